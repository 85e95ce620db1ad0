"""The section of the model page on the 22 benchmarks, from results/benchmarks.csv alone."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from protclip.benchmarks.lines import BenchmarkLine, benchmark_lines, current_rows
from protclip.benchmarks.published import SOURCES
from protclip.benchmarks.registry import BENCHMARKS
from protclip.benchmarks.result_rows import ResultRow
from protclip.benchmarks.table import READING, RESULTS
from streamlit_app.downloads import Cell, Origin, Table
from streamlit_app.measured import all_columns
from streamlit_app.page_params import choice_box
from streamlit_app.widgets import download_row, legend, plain, table_height

_KEYS = tuple(benchmark.key for benchmark in BENCHMARKS)
# So wide that the heads of all columns are seen on a laptop; cells are cut there, and whole below.
_WIDTHS = {
    "metric": 80, "checkpoint, frozen": 255, "checkpoint, tuned": 150, "baselines": 215, "published": 140,
    "data": 130,
}  # fmt: skip


def benchmark_table(rows: Sequence[ResultRow]) -> Table:
    """The table of docs/benchmarks.md, a line for each benchmark."""
    lines: list[dict[str, Cell]] = [dict(line.cells("; ")) for line in benchmark_lines(rows)]
    return Table(names=tuple(lines[0]), lines=tuple(lines))


def one_benchmark(line: BenchmarkLine) -> Table:
    """What was measured and published on a benchmark, a line for each model."""
    kinds = {
        "checkpoint, frozen": line.frozen,
        "checkpoint, tuned": line.tuned,
        "baseline": line.baselines,
        "published": line.published,
    }
    lines: list[dict[str, Cell]] = []
    for kind, cells in kinds.items():
        for model, _, value in (cell.rpartition(": ") for cell in cells):
            lines.append({"model": model, line.metric: value, "what it is": kind})
    return Table(names=("model", line.metric, "what it is"), lines=tuple(lines))


def citation(source: str) -> str:
    """The number by which tables cite where a published number was read."""
    return f"[{SOURCES.index(source) + 1}]"


def cited_sources() -> str:
    """What the numbers stand for."""
    return " ".join(f"{citation(name)} {name}." for name in SOURCES)


def benchmarks(results: Mapping[str, Sequence[ResultRow]], origin: Origin) -> None:
    """All in one table, one in full, where published numbers were read, and every row behind it with its command."""
    rows = results.get(RESULTS, ())
    lines = benchmark_lines(rows)
    st.caption("\n".join(f"- {plain(point, limit=len(point))}" for point in READING))
    num_run = sum(line.was_run for line in lines)
    st.markdown(f"**{num_run} of {len(BENCHMARKS)} benchmarks were run**")
    widths = {name: st.column_config.TextColumn(width=width) for name, width in _WIDTHS.items()}
    _shown(benchmark_table(rows), origin, "benchmarks", widths)
    st.markdown("**One benchmark in full**")
    _one(dict(zip(_KEYS, lines, strict=True)), origin)
    st.caption(plain(cited_sources(), limit=2000))
    legend("What do these measures mean?", "Fmax", "Spearman", "MRR", "interval")
    counted = [row for benchmark in BENCHMARKS for row in current_rows(benchmark, rows)]
    if counted:
        with st.expander("Each number with command, commit and hardware", icon=":material/receipt_long:"):
            _shown(all_columns(counted), origin, "benchmark-rows")


def _one(lines: Mapping[str, BenchmarkLine], origin: Origin) -> None:
    key = choice_box(
        "Which benchmark",
        "benchmark",
        _KEYS,
        _KEYS[0],
        draw=st.selectbox,
        format_func=lambda name: lines[name].benchmark.title,
        label_visibility="collapsed",
    )
    line = lines[key]
    if table := one_benchmark(line):
        _shown(table, origin, f"benchmark-{key}")
    if line.was_run:
        st.caption(plain(f"Data: {'. '.join(line.data)}.", limit=2000))
    else:
        st.caption(plain(f"Not run here. It needs {line.benchmark.source}.", limit=1000))


def _shown(table: Table, origin: Origin, key: str, columns: Mapping[str, Any] | None = None) -> None:
    st.dataframe(
        list(table.lines),
        hide_index=True,
        height=table_height(len(table), len(BENCHMARKS)),
        column_config={"benchmark": st.column_config.TextColumn(pinned=True)} | dict(columns or {}),
    )
    download_row(table, origin, stem=key, key=key)
