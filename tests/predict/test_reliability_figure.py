"""The figure of the calibration: the rows of one benchmark, the last measured, each aspect a curve."""

import csv

import pytest

from protclip.benchmarks.results import COLUMNS
from protclip.errors import InputError
from protclip.predict.reliability_figure import curves_of, draw_reliability


def row(benchmark, metric, value, n=10) -> dict[str, str]:
    return dict.fromkeys(COLUMNS, "") | {
        "benchmark": benchmark,
        "metric": metric,
        "value": value,
        "n": str(n),
    }


ROWS = [
    row("test/all", "fused/BP/came_true/0.900", "0.8"),
    row("test/all", "fused/BP/came_true/0.100", "0.2"),
    row("test/all", "fused/BP/came_true/0.100", "0.15", 20),
    row("valid/all", "fused/MF/came_true/0.500", "0.5"),
    row("test/all", "fused/BP/ece", "0.01"),
]


def test_the_rows_of_a_benchmark_in_order_and_the_last_measured() -> None:
    assert curves_of(ROWS, "test/all") == {"BP": [(0.1, 0.15, 20), (0.9, 0.8, 10)]}


def test_the_same_rows_give_the_same_file_and_none_is_refused(tmp_path) -> None:
    table, first, second = tmp_path / "f.csv", tmp_path / "a.svg", tmp_path / "b.svg"
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(ROWS)
    for path in (first, second):
        draw_reliability(table, "test/all", path)
    assert first.read_bytes() == second.read_bytes()
    assert b"came true" in first.read_bytes()
    with pytest.raises(InputError, match="no calibration curve of blind/all"):
        draw_reliability(table, "blind/all", first)
