"""The rows of results/*.csv, and tables made of them (pure): no number on the model page has another source."""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import fmean

from protclip.benchmarks.result_rows import ResultRow, cell_words, latest, read_rows
from streamlit_app.downloads import Cell, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSpec:
    """Which rows of a file make a table.

    ``pattern`` matches all of "benchmark|metric|model" and has the groups ``row`` and ``column``. ``labels`` are
    words for what those groups catch, in the order of rows and of columns; what has none comes last, as it is.
    """

    title: str
    about: str
    file: str
    pattern: str
    labels: Mapping[str, str]
    any_model: bool = False

    def place(self, given: ResultRow) -> tuple[str, str] | None:
        """Row and column of a measurement, None where it is not of this table."""
        found = re.fullmatch(self.pattern, f"{given.benchmark}|{given.metric}|{given.model}")
        if found is None:
            return None
        row, column = found["row"], found["column"]
        return self.labels.get(row, row.replace("/", ", ")), self.labels.get(column, column)

    def in_order(self, names: Iterable[str]) -> list[str]:
        """Names of rows or columns as their labels stand; what has no label last, as it came."""
        place = {name: number for number, name in enumerate(self.labels.values())}
        return sorted(names, key=lambda name: place.get(name, len(place)))


def results_folder() -> Path | None:
    """Where the measurements are: PROTCLIP_RESULTS, else beside the packages of a checkout; None where neither is."""
    given = os.environ.get("PROTCLIP_RESULTS")
    folder = Path(given) if given else Path(__file__).parents[1] / "results"
    return folder if any(folder.glob("*.csv")) else None


def read_results(folder: Path) -> dict[str, tuple[ResultRow, ...]]:
    """The measurements of each file, by the file's name; what was measured again stands last."""
    return {path.name: tuple(read_rows(path)) for path in sorted(folder.glob("*.csv"))}


def chosen(spec: TableSpec, rows: Iterable[ResultRow], fingerprint: str) -> list[ResultRow]:
    """The measurements of a table: with the model of a fingerprint, unless the table takes any."""
    return [
        m
        for m in latest(rows)
        if (spec.any_model or m.fingerprint == fingerprint) and spec.place(m) is not None
    ]


def pivot(spec: TableSpec, given: Sequence[ResultRow]) -> Table:
    """Measurements that were `chosen` as a table of texts, rows and columns in the order of their labels.

    A cell has the value with its interval, or the mean over seeds with the least and the greatest.
    """
    cells: dict[str, dict[str, list[ResultRow]]] = {}
    for one in given:
        row, column = spec.place(one) or ("", "")
        cells.setdefault(row, {}).setdefault(column, []).append(one)
    columns = spec.in_order(dict.fromkeys(c for found in cells.values() for c in found))
    lines: list[dict[str, Cell]] = []
    for row in spec.in_order(cells):
        line: dict[str, Cell] = {"what": row}
        line |= {c: cell_words(cells[row][c]) if c in cells[row] else None for c in columns}
        lines.append(line)
    return Table(names=("what", *columns), lines=tuple(lines))


def all_columns(given: Iterable[ResultRow]) -> Table:
    """Measurements with all that is needed to make them again."""
    names = tuple(f.name for f in fields(ResultRow))
    return Table(names=names, lines=tuple({n: getattr(m, n) for n in names} for m in given))


def conditions(given: Sequence[ResultRow]) -> str:
    """In one line: how many were looked at, on what data, when, and by which version of the code."""
    sizes = sorted({int(m.n) for m in given if m.n.isdigit()})
    words = (
        [f"n = {sizes[0]:,}" if len(sizes) == 1 else f"n = {sizes[0]:,} to {sizes[-1]:,}"] if sizes else []
    )
    data = sorted({m.data for m in given if m.data})
    words += [" and ".join(d.replace("; ", ", ") for d in data)] if 0 < len(data) < 3 else []
    words += [f"{len(data)} data sets"] if len(data) > 2 else []
    dates = sorted({m.date for m in given})
    commits = sorted({m.commit[:7] for m in given})
    return "; ".join([*words, f"measured {dates[-1]}", f"code {', '.join(commits[:3])}"])


def value_of(
    rows: Iterable[ResultRow], benchmark: str, metric: str, fingerprint: str
) -> tuple[float, float | None, float | None] | None:
    """Value and interval of one number (of several seeds mean, least, greatest); None where it was not measured."""
    found = [
        m
        for m in latest(rows)
        if (m.benchmark, m.metric) == (benchmark, metric) and m.fingerprint in ("", fingerprint)
    ]
    if len(found) > 1:
        values = [m.value for m in found]
        return fmean(values), min(values), max(values)
    return (found[0].value, found[0].low, found[0].high) if found else None
