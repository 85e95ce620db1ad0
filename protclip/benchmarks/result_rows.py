"""The rows of results/*.csv as they were written: which of them count, and what a cell of a table says of them."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import fmean


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """One measured number. ``low`` and ``high`` bound its 95% bootstrap interval where one was made."""

    benchmark: str
    metric: str
    value: float
    low: float | None
    high: float | None
    n: str
    model: str
    fingerprint: str
    data: str
    seed: str
    date: str
    commit: str
    command: str
    hardware: str


def read_rows(path: Path) -> Iterator[ResultRow]:
    """The measurements of a file, in the order they were made."""
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            low, high = (float(row[name]) if row[name] else None for name in ("low", "high"))
            told = {f.name: row[f.name] for f in fields(ResultRow) if f.name not in ("value", "low", "high")}
            yield ResultRow(value=float(row["value"]), low=low, high=high, **told)


def latest(rows: Iterable[ResultRow]) -> list[ResultRow]:
    """Of what was measured more than once with the same model, weights and seed, the last, on whatever data.

    A number on data that have since changed would else stand in one cell with the new one, as if of another seed.
    Where one benchmark has several data sets at a time, as ways to split, `lines.current_rows` tells them apart.
    """
    kept: dict[tuple[str, ...], ResultRow] = {}
    for row in rows:
        key = (row.benchmark, row.metric, row.model, row.fingerprint, row.seed)
        kept.pop(key, None)
        kept[key] = row
    return list(kept.values())


def cell_words(given: Sequence[ResultRow]) -> str:
    """One value with its interval, or the mean of several seeds with their range."""
    values = [row.value for row in given]
    if len(values) > 1:
        return f"{fmean(values):.4g} ({min(values):.4g} to {max(values):.4g}, {len(values)} seeds)"
    one = given[0]
    interval = "" if one.low is None or one.high is None else f" [{one.low:.4g}, {one.high:.4g}]"
    return f"{one.value:.4g}{interval}"
