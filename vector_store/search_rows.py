"""Search results as rows and text: the columns that the command line prints in every format. Pure."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from protclip.records import Annotation, Hit, Protein
from vector_store.search_records import SearchResult

Form = Literal["table", "json", "jsonl", "tsv"]
FORMS: tuple[Form, ...] = ("table", "json", "jsonl", "tsv")
COLUMNS = ("rank", "accession", "name", "score", "cosine", "percentile", "legs", "annotations", "query")
Row = dict[str, Any]
_MAX_SHOWN = 60


def rows_of(result: SearchResult, title: Callable[[Protein], str], query: str) -> list[Row]:
    """A row for each hit. ``annotations`` are those that match the query, else all GO terms of the hit."""
    return [_row(hit, title(hit.protein), query) for hit in result.hits]


def _row(hit: Hit, name: str, query: str) -> Row:
    return {
        "rank": hit.rank,
        "accession": hit.protein.accession,
        "name": name,
        "score": round(hit.score, 6),
        "cosine": None if hit.cosine is None else round(hit.cosine, 4),
        "percentile": None if hit.percentile is None else round(hit.percentile, 2),
        "legs": dict(hit.leg_ranks),
        "annotations": [_told(a) for a in (hit.matched or hit.protein.of_kind("go"))],
        "query": query,
    }


def _told(annotation: Annotation) -> dict[str, str]:
    return {"id": annotation.id, "name": annotation.text, "evidence": annotation.evidence}


def document(result: SearchResult, rows: Sequence[Row], query: str) -> dict[str, Any]:
    """One search as a JSON object: what was asked, of what, and the hits."""
    return {
        "query": query,
        "kind": result.kind,
        "mode": result.query.mode,
        "fingerprint": result.fingerprint,
        "index": result.index,
        "num_indexed": result.num_indexed,
        "num_background": result.num_background,
        "seconds": round(result.seconds, 4),
        "terms": [{"id": go_id, "weight": round(weight, 4)} for go_id, weight in result.terms],
        "confident_match": result.confident,
        "warnings": list(result.warnings),
        "hits": [{key: value for key, value in row.items() if key != "query"} for row in rows],
    }


def json_lines(rows: Iterable[Row]) -> str:
    """A JSON object a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def tab_separated(rows: Iterable[Row], *, header: bool) -> str:
    """TSV; legs as protein:1, annotations as GO:0004386 helicase activity, several joined by "; "."""
    target = io.StringIO()
    writer = csv.writer(target, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    if header:
        writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_cell(row[column]) for column in COLUMNS])
    return target.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return "; ".join(f"{leg}:{rank}" for leg, rank in value.items())
    if isinstance(value, list):
        return "; ".join(f"{a['id']} {a['name']}".strip() for a in value)
    return " ".join(str(value).split())


def table(result: SearchResult, rows: Sequence[Row]) -> str:
    """A table for the eye, with a line that says what the numbers are."""
    if not rows:
        return "No protein of the index was found: no word matches, or none passes the filter.\n"
    heads = ["", "accession", "score", "cosine", "pct", "legs", "name", "annotations"]
    cells = [heads] + [_cells(row) for row in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(len(heads) - 1)]
    lines = [
        "  ".join(
            [*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[-1]]
        ).rstrip()
        for line in cells
    ]
    background = (
        f"; pct: share of {result.num_background:,} proteins below it" if result.vector is not None else ""
    )
    note = f"{result.num_indexed:,} proteins in {result.index}, {result.seconds * 1000:.0f} ms{background}"
    return "\n".join([*lines, note]) + "\n"


def _cells(row: Row) -> list[str]:
    def number(value: float | None, digits: int) -> str:
        return "" if value is None else f"{value:.{digits}f}"

    legs = " ".join(f"{leg[0].upper()}{rank}" for leg, rank in row["legs"].items())
    return [
        str(row["rank"]),
        row["accession"],
        f"{row['score']:.4f}",
        number(row["cosine"], 3),
        number(row["percentile"], 1),
        legs,
        _short(row["name"]),
        _short("; ".join(a["name"] or a["id"] for a in row["annotations"][:3])),
    ]


def _short(text: str) -> str:
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 1]}…"


class Writer:
    """Gives the text of one result after another in a format; `end` closes what they opened.

    Parameters
    ----------
    one
        Whether there is a single query: JSON is then an object instead of a list of them.
    """

    def __init__(self, form: Form, title: Callable[[Protein], str], *, one: bool) -> None:
        self._form, self._title, self._one = form, title, one
        self._written = 0

    def text_of(self, result: SearchResult, label: str) -> str:
        """What to print for the next result."""
        rows = rows_of(result, self._title, label)
        first, self._written = self._written == 0, self._written + 1
        if self._form == "jsonl":
            return json_lines(rows)
        if self._form == "tsv":
            return tab_separated(rows, header=first)
        if self._form == "json":
            text = json.dumps(document(result, rows, label), ensure_ascii=False, indent=2)
            return text if self._one else f"{'[' if first else ','}\n{text}"
        lead = "" if first else "\n"
        heading = "" if self._one else f"{lead}# {_short(label)}\n"
        return heading + table(result, rows)

    def end(self) -> str:
        """What to print after the last result."""
        if self._form == "json":
            return "\n" if self._one else ("\n]\n" if self._written else "[]\n")
        return tab_separated([], header=True) if self._form == "tsv" and not self._written else ""
