"""Tables of sequences and labels with a header: CSV, TSV, gzip of both, Parquet; the separator is told by the header.

So come the mirrors on Hugging Face (mila-intel, SaProtHub), ProteinBERT's copies of TAPE's sets, and tables that were
made of LMDB folders. Their columns have different names.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from protclip.benchmarks.formats.rows import Row, split_of
from protclip.benchmarks.tasks import SPLITS, SplitName
from protclip.errors import AssetError
from protclip.textio import open_text

SEQUENCE_COLUMNS = ("sequence", "seq", "prot_seq", "protein", "primary")
LABEL_COLUMNS = (
    "label",
    "target",
    "localization",
    "fitness",
    "scaled_effect1",
    "scaled_effect",
    "log_fluorescence",
    "stability_score",
)
SPLIT_COLUMNS = ("stage", "split", "set", "assumed_peer_split")

_FOLD_LETTERS = frozenset("acdefghiklmnpqrstvwy#")

Record = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns of a table that count, by their names in its header; ``split`` is empty where there is none."""

    sequence: str
    label: str
    split: str = ""


def read_records(path: Path) -> Iterator[Record]:
    """The lines of a table by the names of its columns, in small letters.

    Raises
    ------
    AssetError
        If the file is damaged, or a line has another number of fields than the header.
    """
    if path.suffix == ".parquet":
        yield from _parquet_records(path)
        return
    try:
        yield from _text_records(path)
    except csv.Error as error:
        raise AssetError(f"{path} is no whole table ({error}). Copy or download it again") from error


def _parquet_records(path: Path) -> Iterator[Record]:
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
    except ValueError as error:
        raise AssetError(f"{path} is no whole Parquet file ({error}). Copy or download it again") from error
    for batch in file.iter_batches():
        for record in batch.to_pylist():
            yield {name.lower(): "" if value is None else str(value) for name, value in record.items()}


def _text_records(path: Path) -> Iterator[Record]:
    with open_text(path) as lines:
        header = next(lines, "")
        separator = "\t" if "\t" in header else ","
        names = [name.strip().lower() for name in next(csv.reader([header], delimiter=separator), [])]
        reader = csv.reader(lines, delimiter=separator)
        for fields in reader:
            if fields and len(fields) != len(names):
                raise AssetError(
                    f"{path}, line {reader.line_num + 1}: {len(fields)} fields, but the header has {len(names)}. "
                    "Copy or download the file again"
                )
            if fields:
                yield dict(zip(names, fields, strict=True))


def columns_of(record: Record, path: Path) -> Columns:
    """Which columns are sequence, label and split. Raises AssetError if the first two cannot be told."""
    sequence, label, split = (
        next((name for name in names if name in record), "")
        for names in (SEQUENCE_COLUMNS, LABEL_COLUMNS, SPLIT_COLUMNS)
    )
    if not sequence or not label:
        raise AssetError(
            f"{path} has the columns {', '.join(record)}. A table needs a column of sequences "
            f"({', '.join(SEQUENCE_COLUMNS)}) and one of labels ({', '.join(LABEL_COLUMNS)})"
        )
    return Columns(sequence=sequence, label=label, split=split)


def read_table(path: Path, column: str = "", refused: Sequence[str] = ()) -> list[Row]:
    """All rows of a table but those that have one of the refused values in a column.

    Raises
    ------
    AssetError
        If a column is missing or a line is cut off.
    """
    return [row for record, _, row in _rows(path) if record.get(column, "") not in refused]


def read_split_table(path: Path) -> dict[SplitName, list[Row]]:
    """The rows of a table that holds all splits and names them in a column; rows of other splits are ignored.

    Raises
    ------
    AssetError
        If a column is missing or a line is cut off.
    """
    found: dict[SplitName, list[Row]] = {split: [] for split in SPLITS}
    for _, name, row in _rows(path):
        split = split_of(name)
        if split:
            found[split].append(row)
    return found


def residues_alone(sequence: str) -> str:
    """A structure-aware sequence (Su et al. 2024: each residue with a small letter for its fold) without its fold.

    Residues that are hidden there (#) become X, the letter for any. Other sequences stay as they are.

    Examples
    --------
    >>> residues_alone("MdKv#pTa"), residues_alone("MKT")
    ('MKXT', 'MKT')
    """
    residues, fold = sequence[::2], sequence[1::2]
    if len(residues) != len(fold) or not _FOLD_LETTERS.issuperset(fold) or residues != residues.upper():
        return sequence
    return residues.replace("#", "X")


def _rows(path: Path) -> Iterator[tuple[Record, str, Row]]:
    """Each record with the name of its split, empty in a table without a column for it, and its row."""
    columns: Columns | None = None
    for record in read_records(path):
        columns = columns or columns_of(record, path)
        row = Row(sequence=residues_alone(record[columns.sequence]), label=record[columns.label])
        yield record, record.get(columns.split, ""), row
