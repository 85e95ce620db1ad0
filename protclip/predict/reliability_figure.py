"""What calibrated probabilities promise against what came true: a figure from rows of results/function.csv."""

import csv
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from protclip.data.files import replacing
from protclip.errors import InputError

_BIN = re.compile(r"fused/(MF|BP|CC)/came_true/([\d.]+)")
_STYLES = {"MF": ("#0072B2", "o"), "BP": ("#D55E00", "s"), "CC": ("#009E73", "^")}
Curve = list[tuple[float, float, int]]
"""Promised, came true, pairs; for each bin."""


def curves_of(rows: Iterable[Mapping[str, str]], benchmark: str) -> dict[str, Curve]:
    """The curve of each aspect among rows as `protclip calibrate --output` writes them; the last measured counts."""
    found: dict[str, dict[float, tuple[float, int]]] = {}
    for row in rows:
        matched = _BIN.fullmatch(row["metric"])
        if matched and row["benchmark"] == benchmark:
            found.setdefault(matched[1], {})[float(matched[2])] = float(row["value"]), int(row["n"])
    return {
        aspect: [(at, true, number) for at, (true, number) in sorted(found[aspect].items())]
        for aspect in _STYLES
        if aspect in found
    }


def draw_reliability(results: Path, benchmark: str, path: Path) -> None:
    """Draw the curves as SVG with matplotlib (extra "figures").

    Raises
    ------
    InputError
        If the table has no curve of this benchmark.
    """
    with results.open(encoding="utf-8", newline="") as file:
        curves = curves_of(csv.DictReader(file), benchmark)
    if not curves:
        raise InputError(
            f"{results} has no calibration curve of {benchmark}; measure one with protclip calibrate --output"
        )
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "protclip", "font.size": 8, "svg.fonttype": "none"}):
        figure = Figure(figsize=(7, 4.2), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(3, 2))
        _draw_curves(left, right, curves)
        with replacing(path) as unfinished:
            figure.savefig(unfinished, format="svg", metadata={"Date": None})


def _draw_curves(left: Any, right: Any, curves: Mapping[str, Curve]) -> None:
    left.plot([0, 1], [0, 1], color="#8C8C8C", linewidth=1, linestyle="--")
    for aspect, curve in curves.items():
        colour, marker = _STYLES[aspect]
        at, true, number = zip(*curve, strict=True)
        left.plot(at, true, color=colour, marker=marker, markersize=4, label=aspect)
        right.plot(number, at, color=colour, marker=marker, markersize=4)
    left.set(xlabel="probability promised", ylabel="share that came true", xlim=(0, 1), ylim=(0, 1))
    left.legend(frameon=False)
    right.set(xlabel="pairs of protein and term", ylabel="probability promised", xscale="log", ylim=(0, 1))
