"""The section of the model page on the 22 benchmarks, from results/benchmarks.csv alone."""

from collections.abc import Mapping, Sequence

import streamlit as st

from protclip.benchmarks.published import SOURCES
from protclip.benchmarks.registry import BENCHMARKS
from protclip.benchmarks.result_rows import ResultRow
from protclip.benchmarks.table import READING, RESULTS, benchmark_lines, current_rows
from streamlit_app.downloads import Cell, Origin, Table
from streamlit_app.measured import all_columns
from streamlit_app.widgets import download_row, legend, plain, table_height


def benchmark_table(rows: Sequence[ResultRow]) -> Table:
    """The table of docs/benchmarks.md, a line for each benchmark."""
    lines: list[dict[str, Cell]] = [dict(line.cells("; ")) for line in benchmark_lines(rows)]
    return Table(names=tuple(lines[0]), lines=tuple(lines))


def benchmarks(results: Mapping[str, Sequence[ResultRow]], origin: Origin) -> None:
    """The table, where its published numbers were read, and every row behind it with its command."""
    rows = results.get(RESULTS, ())
    st.caption(plain(READING, limit=1000))
    num_run = sum(line.was_run for line in benchmark_lines(rows))
    st.markdown(f"**{num_run} of {len(BENCHMARKS)} benchmarks were run**")
    _shown(benchmark_table(rows), origin, "benchmarks")
    st.caption(
        plain(" ".join(f"[{number}] {name}." for number, name in enumerate(SOURCES, start=1)), limit=2000)
    )
    legend("What do these measures mean?", "Fmax", "Spearman", "MRR", "interval")
    counted = [row for benchmark in BENCHMARKS for row in current_rows(benchmark, rows)]
    if counted:
        with st.expander("Each number with command, commit and hardware", icon=":material/receipt_long:"):
            _shown(all_columns(counted), origin, "benchmark-rows")


def _shown(table: Table, origin: Origin, key: str) -> None:
    st.dataframe(
        list(table.lines),
        hide_index=True,
        height=table_height(len(table), len(table)),
        column_config={"benchmark": st.column_config.TextColumn(pinned=True)},
    )
    download_row(table, origin, stem=key, key=key)
