"""Figures as pure functions from numbers to plotly figures, with the words that say the same without the picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

# Okabe and Ito's palette, told apart with every kind of colour vision; shape and height differ as well.
GREY, BLUE, VERMILLION = "#8C8C8C", "#0072B2", "#D55E00"
NUM_BINS = 70
_ROUNDING = 1e-5
QUANTILES = (50.0, 90.0, 99.0, 99.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A hit to be marked on a distribution; ``strong`` marks are drawn apart."""

    accession: str
    title: str
    cosine: float
    strong: bool = False


def cosine_distribution(cosines: npt.NDArray[np.float32], marks: Sequence[Mark]) -> go.Figure:
    """Draw where hits lie among the cosines of the whole index for one query.

    Parameters
    ----------
    cosines
        One cosine for each protein of the index (or of a sample of it), shape (n,).
    marks
        The hits to mark below the bars.

    Returns
    -------
    plotly.graph_objects.Figure
        Bars (number of proteins, logarithmic, because the hits are a few in tens of thousands) over a
        strip with one triangle for each hit.
    """
    counts, edges = np.histogram(cosines, bins=NUM_BINS)
    figure = go.Figure()
    figure.add_bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts,
        width=np.diff(edges),
        marker={"color": GREY, "line": {"width": 0}},
        name="all indexed proteins",
        hovertemplate="cosine %{x:.2f}: %{y:,} proteins<extra></extra>",
    )
    for strong in (False, True):
        chosen = [m for m in marks if m.strong == strong]
        if chosen:
            figure.add_trace(_strip(chosen, strong=strong))
    return figure.update_layout(_layout())


def _strip(marks: Sequence[Mark], *, strong: bool) -> go.Scatter:
    return go.Scatter(
        x=[m.cosine for m in marks],
        y=[0.72 if strong else 0.36] * len(marks),
        yaxis="y2",
        mode="markers",
        marker={
            "symbol": "diamond" if strong else "triangle-up",
            "size": 13 if strong else 10,
            "color": VERMILLION if strong else BLUE,
            "line": {"width": 1, "color": "#FFFFFF"},
        },
        name=", ".join(m.accession for m in marks[:3]) if strong else "hits",
        customdata=[[m.accession, without_markup(m.title)] for m in marks],
        hovertemplate="%{customdata[0]} %{customdata[1]}<br>cosine %{x:.3f}<extra></extra>",
    )


def _layout() -> dict[str, Any]:
    return {
        "height": 250,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "bargap": 0,
        "xaxis": {
            "title": {"text": "cosine between the query and a protein"},
            "zeroline": False,
            "anchor": "y2",
        },
        "yaxis": {"title": {"text": "proteins (log)"}, "type": "log", "domain": [0.2, 1.0], "nticks": 4},
        "yaxis2": {"domain": [0.0, 0.18], "range": [0, 1], "visible": False, "fixedrange": True},
        "legend": {"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
        "hoverlabel": {"align": "left"},
    }


def distribution_rows(
    cosines: npt.NDArray[np.float32], marks: Sequence[Mark]
) -> list[dict[str, str | float]]:
    """The figure as a table: landmarks of the distribution and the hits among them, highest cosine first."""
    rows: list[dict[str, str | float]] = [
        {"what": f"{q:g}% of the index lies below", "cosine": float(np.percentile(cosines, q))}
        for q in QUANTILES
    ]
    rows += [{"what": f"{m.accession} {m.title}", "cosine": m.cosine} for m in marks]
    return sorted(rows, key=lambda row: -float(row["cosine"]))


def describe_position(cosine: float, cosines: npt.NDArray[np.float32]) -> str:
    """One sentence that explains a cosine by its place in the index.

    The share counts proteins whose cosine is strictly lower, as the percentile of a hit does.
    """
    # The protein itself is among the cosines, computed in another order of additions: it must not count as lower.
    num_above = int(np.count_nonzero(cosines > cosine + _ROUNDING))
    below = float(np.count_nonzero(cosines < cosine - _ROUNDING)) / max(len(cosines), 1) * 100
    typical = float(np.median(cosines)) if len(cosines) else 0.0
    above = "no protein scores higher" if num_above == 0 else f"{num_above:,} score higher"
    return (
        f"Cosine {cosine:.3f} is above {percent(below)} of the {len(cosines):,} proteins compared ({above}); "
        f"a typical protein has {typical:.3f} for this query."
    )


def percent(value: float) -> str:
    """A percentage that never rounds up to 100, with more digits where high ones have to be told apart."""
    text = f"{value:.3f}" if value >= 99 else f"{value:.1f}"
    return f"{'99.999' if value < 100 and text == '100.000' else text}%" if value < 100 else "100%"


def without_markup(text: str) -> str:
    """Plotly reads a little HTML in hover labels; a protein's title is not meant as any."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
