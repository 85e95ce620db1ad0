"""LMDB folders of PEER (Xu et al. 2022) and TAPE (Rao et al. 2019): numbered records, each a pickled dict.

The key ``num_examples`` holds their number, the keys "0", "1" and so on hold records with ``primary``, the sequence,
and the set's label. X_train.lmdb is a folder with data.mdb inside, or that file itself.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from protclip.benchmarks.formats.plain_pickle import load_plain
from protclip.benchmarks.formats.rows import Row
from protclip.errors import AssetError

_NEEDS_LMDB = (
    "LMDB files need the package lmdb, which is not installed. Run: pip install 'protclip[benchmarks]'"
)


def read_lmdb(path: Path, label: str) -> list[Row]:
    """The rows of one split; ``label`` names the field of the label, a number or a list or array of one.

    Raises
    ------
    AssetError
        If lmdb is not installed, the folder is damaged, a field is missing, or a record holds more than plain data.
    """
    rows = []
    for number, record in enumerate(_records(path)):
        if not isinstance(record, Mapping) or not {"primary", label} <= set(record):
            raise AssetError(
                f"{path}, record {number}: a record with the fields primary and {label} was expected. "
                "Give the folder of this benchmark"
            )
        rows.append(
            Row(sequence=text_of(record["primary"]), label=number_of(record[label], f"{path}, {number}"))
        )
    return rows


def number_of(value: object, source: str) -> float:
    """A number that its source may write as a list or an array of one. Raises AssetError for anything else."""
    try:
        return float(np.asarray(value, dtype=np.float64).item())
    except (TypeError, ValueError) as error:
        raise AssetError(f"{source}: the label is {value!r}, not one number. Get the file again") from error


def text_of(value: object) -> str:
    """A sequence as text; TAPE's first files hold bytes."""
    return value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)


def _records(path: Path) -> Iterator[object]:
    lmdb = _lmdb()
    try:
        with (
            lmdb.open(
                str(path), subdir=path.is_dir(), readonly=True, lock=False, readahead=False
            ) as environment,
            environment.begin() as reading,
        ):
            count = reading.get(b"num_examples")
            number = int(str(load_plain(count, f"{path}, num_examples"))) if count else 0
            if not number:
                raise AssetError(f"{path} has no num_examples. Give a folder of PEER or TAPE")
            for place in range(number):
                data = reading.get(str(place).encode())
                if data is None:
                    raise AssetError(f"{path} has no record {place} of {number}. Copy or download it again")
                yield load_plain(data, f"{path}, record {place}")
    except lmdb.Error as error:
        raise AssetError(f"{path} is no whole LMDB file ({error}). Copy or download it again") from error


def _lmdb() -> Any:
    try:
        import lmdb  # type: ignore[import-not-found,import-untyped,unused-ignore]
    except ImportError as error:
        raise AssetError(_NEEDS_LMDB) from error
    return lmdb
