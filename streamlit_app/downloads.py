"""Result rows as file contents (pure). Every file says which model, index and query made it, and when."""

import csv
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from protclip.records import Protein
from protclip.sequence import format_fasta
from streamlit_app.rows import Row

_NUMBER = re.compile(r"_\d+$")
_FORMULA = ("=", "+", "-", "@")
"""What a spreadsheet takes for the beginning of a formula; names from an uploaded FASTA file may begin so."""
Cell = str | int | float | bool | tuple[float, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where rows come from. ``date`` is the day of the search, YYYY-MM-DD in UTC."""

    model: str
    fingerprint: str
    index: str
    date: str
    query: str

    def as_dict(self) -> dict[str, str]:
        """The fields by name, in their order."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFormat:
    """One way of writing rows: its file name ending, its media type, and the function that does it."""

    name: str
    ending: str
    mime: str
    write: Callable[[Any, Origin], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Lines with the same columns, where they are no `Row`. A name that ends in _2 is the second of its kind."""

    names: tuple[str, ...]
    lines: tuple[Mapping[str, Cell], ...]

    def __len__(self) -> int:
        return len(self.lines)


COLUMNS = tuple(f.name for f in fields(Row))
Rows = Sequence[Row] | Table


def to_csv(rows: Rows, origin: Origin) -> bytes:
    """Comma-separated, one header line; the origin stands in the last columns of every line, as `_told` names it."""
    return _delimited(rows, origin, ",")


def to_tsv(rows: Rows, origin: Origin) -> bytes:
    """Tab-separated, otherwise as CSV."""
    return _delimited(rows, origin, "\t")


def to_json(rows: Rows, origin: Origin) -> bytes:
    """One object with the origin's fields and the list ``rows``."""
    content: dict[str, Any] = {**origin.as_dict(), "rows": list(_table(rows).lines)}
    return json.dumps(content, ensure_ascii=False, indent=2).encode()


def to_parquet(rows: Rows, origin: Origin) -> bytes:
    """A Parquet table with the origin in its columns and in its schema metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = dict.fromkeys(("rank", "length", "num_queries"), pa.int32())
    types |= dict.fromkeys(("score", "cosine", "percentile"), pa.float64())
    types |= {"named": pa.bool_(), "residue_track": pa.list_(pa.float64())}
    table = _table(rows)
    told = _told(table, origin)
    names, lines = (*table.names, *told), [{**line, **told} for line in table.lines]
    # Of other columns the values tell, and one without a value is text.
    columns = [
        pa.array([line.get(name) for line in lines], types.get(_NUMBER.sub("", name))) for name in names
    ]
    columns = [c.cast(pa.string()) if pa.types.is_null(c.type) else c for c in columns]
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(columns, names, metadata=origin.as_dict()), sink)
    return sink.getvalue()


def to_fasta(rows: Rows, origin: Origin) -> bytes:
    """FASTA with rank and scores, where there are any, and origin in the header lines."""
    where = f"model={origin.model} fingerprint={origin.fingerprint} index={origin.index} date={origin.date}"
    lines: list[str] = []
    for line in _table(rows).lines:
        scores = f" rank={line['rank']} score={line['score']:.6g}" if "rank" in line else ""
        if line.get("cosine") is not None:
            scores += f" cosine={line['cosine']:.4f}"
        organism = f" OS={line['organism']}" if line["organism"] else ""
        lines.append(f">{line['accession']} {line['title']}{organism}{scores} {where}")
        lines += _wrapped(str(line["sequence"]))
    return "".join(f"{line}\n" for line in lines).encode()


def protein_fasta(protein: Protein) -> bytes:
    """One protein as FASTA, with the header the rest of the project writes and reads."""
    return "".join(f"{line.rstrip()}\n" for line in format_fasta([protein])).encode()


TABLE_FORMATS = (
    FileFormat(name="CSV", ending="csv", mime="text/csv", write=to_csv),
    FileFormat(name="TSV", ending="tsv", mime="text/tab-separated-values", write=to_tsv),
    FileFormat(name="JSON", ending="json", mime="application/json", write=to_json),
    FileFormat(name="Parquet", ending="parquet", mime="application/vnd.apache.parquet", write=to_parquet),
)
"""What any table can be written as."""
FORMATS = (*TABLE_FORMATS, FileFormat(name="FASTA", ending="fasta", mime="text/x-fasta", write=to_fasta))


def _table(rows: Rows) -> Table:
    if isinstance(rows, Table):
        return rows
    return Table(names=COLUMNS, lines=tuple({name: getattr(row, name) for name in COLUMNS} for row in rows))


def _told(table: Table, origin: Origin) -> dict[str, str]:
    """The origin as columns beside a table's own; where a name is taken, as origin_name.

    The model of a measured row is its own, and seldom the model of the server that the file was taken from.
    """
    return {f"origin_{n}" if n in table.names else n: value for n, value in origin.as_dict().items()}


def _delimited(rows: Rows, origin: Origin, delimiter: str) -> bytes:
    table, text = _table(rows), io.StringIO(newline="")
    safe_origin = {name: _inert(value) for name, value in _told(table, origin).items()}
    writer = csv.DictWriter(text, (*table.names, *safe_origin), delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    for line in table.lines:
        cells = {**line, **safe_origin}
        writer.writerow({name: _flat(value) for name, value in cells.items()})
    return text.getvalue().encode()


def _flat(value: Cell) -> str | int | float:
    """A cell as text takes it: nothing for None, the bins of a track in a row with spaces between, no formula."""
    if isinstance(value, tuple):
        return " ".join(f"{number:.6g}" for number in value)
    if isinstance(value, str):
        return _no_formula(value)
    return "" if value is None else value


def _inert(value: str) -> str:
    """The query is a stranger's text: a spreadsheet must not take it for a formula."""
    return _no_formula(" ".join(value.split()))


def _no_formula(text: str) -> str:
    return f"'{text}" if text[:1] in _FORMULA else text


def _wrapped(sequence: str, width: int = 60) -> list[str]:
    return [sequence[start : start + width] for start in range(0, len(sequence), width)]
