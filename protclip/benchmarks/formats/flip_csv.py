"""FLIP's splits (Dallago et al. 2021): CSV files of sequence, target, set, validation, loose or in splits.zip."""

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from protclip.benchmarks.formats.rows import Row
from protclip.benchmarks.tasks import SPLITS, SplitName
from protclip.errors import AssetError

_COLUMNS = {"sequence", "target", "set", "validation"}
AAV_REGION = slice(474, 674)
"""Residues of VP1 that ProtST and PEER keep of an AAV capsid: the mutated region in the middle of 200."""


def read_flip(path: Path, split: str, region: slice | None = None) -> dict[SplitName, list[Row]]:
    """The rows of one split, such as two_vs_many, from its CSV file or from the archive that holds it.

    Rows for training that have "True" as validation are the valid split; rows of any other set than train and test
    are ignored. ``region`` is cut out of each sequence as it is written, with its special characters.

    Raises
    ------
    AssetError
        If the file is damaged or columns are missing.
    """
    found: dict[SplitName, list[Row]] = {name: [] for name in SPLITS}
    with _lines(path, split) as lines:
        reader = csv.DictReader(lines)
        missing = sorted(_COLUMNS - set(reader.fieldnames or ()))
        if missing:
            raise AssetError(
                f"{path} has no column {', '.join(missing)}. Give FLIP's {split}.csv or splits.zip"
            )
        for record in reader:
            part = _part(record)
            if part:
                sequence = record["sequence"][region] if region else record["sequence"]
                found[part].append(Row(sequence=sequence, label=record["target"]))
    return found


def holds_split(path: Path, split: str) -> bool:
    """Whether a file is the CSV file of a split, or an archive with it."""
    if path.suffix != ".zip":
        return path.name == f"{split}.csv"
    return bool(_member(path, split))


def _part(record: Mapping[str, str | None]) -> SplitName | None:
    if record["set"] == "train":
        return "valid" if (record["validation"] or "").strip().lower() == "true" else "train"
    return "test" if record["set"] == "test" else None


def _member(path: Path, split: str) -> str:
    """The name of a split's file in an archive; empty where it has none or is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            return next((name for name in archive.namelist() if Path(name).name == f"{split}.csv"), "")
    except (OSError, zipfile.BadZipFile):
        return ""


@contextmanager
def _lines(path: Path, split: str) -> Iterator[Iterator[str]]:
    try:
        if path.suffix != ".zip":
            with path.open(encoding="utf-8", newline="") as file:
                yield file
            return
        with zipfile.ZipFile(path) as archive, archive.open(_member(path, split)) as packed:
            yield io.TextIOWrapper(packed, encoding="utf-8", newline="")
    except (KeyError, UnicodeDecodeError, csv.Error, zipfile.BadZipFile) as error:
        raise AssetError(
            f"{path} has no readable {split}.csv ({error}). Download the archive again"
        ) from error
