"""The tracks of an explanation as a figure: one lane for the sentence and one for each control, on the same axes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from streamlit_app.sequence_view import ShownTrack, Span

# Okabe and Ito's palette; every lane has its title besides.
_COLOURS = ("#D55E00", "#0072B2", "#009E73", "#7F7F7F", "#CC79A7", "#56B4E9")
LANE_HEIGHT, _GAP = 92, 0.055
MAX_SHADED = 8
"""Segments that are shaded, the first ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane(ShownTrack):
    """A track with the residues it was made of, whose letters the pointer is told."""

    residues: str


def track_figure(
    lanes: Sequence[Lane], *, threshold: float, segments: Sequence[Span], mark: Span | None = None
) -> go.Figure:
    """Draw tracks over the residues of a protein.

    Parameters
    ----------
    lanes
        The first is that of the sentence; all share both axes, so heights can be compared.
    threshold
        Of the first lane, above which residues make up segments.
    segments
        Of the first lane, the highest rank first; `MAX_SHADED` are shaded.
    mark
        A stretch to mark on every lane.

    Returns
    -------
    plotly.graph_objects.Figure
        Steps filled to zero; the pointer is told number, residue and the values of all lanes.
    """
    figure = go.Figure()
    for number, lane in enumerate(lanes):
        figure.add_trace(_steps(lane, number))
    figure.add_hline(y=threshold, yref="y", line={"width": 1, "dash": "dot", "color": _COLOURS[0]})
    for span in segments[:MAX_SHADED]:
        _shade(figure, span, "y domain", _COLOURS[0], 0.13)
    if mark is not None:
        _shade(figure, mark, "paper", "#009E73", 0.25)
    return figure.update_layout(_layout(lanes))


def _steps(lane: Lane, number: int) -> go.Scatter:
    return go.Scatter(
        x=list(range(1, len(lane.values) + 1)),
        y=lane.values.tolist(),
        text=list(lane.residues),
        name=lane.label,
        yaxis=_axis(number),
        mode="lines",
        line={"shape": "hvh", "width": 1, "color": _COLOURS[number % len(_COLOURS)]},
        fill="tozeroy",
        hovertemplate="%{text}%{x}: %{y:.3g}",
    )


def _shade(figure: go.Figure, span: Span, yref: str, colour: str, opacity: float) -> None:
    figure.add_shape(
        type="rect",
        **{"x0": span.start - 0.5, "x1": span.end + 0.5, "y0": 0, "y1": 1, "yref": yref},
        fillcolor=colour,
        opacity=opacity,
        line={"width": 0},
        layer="below",
    )


def _axis(number: int) -> str:
    return "y" if number == 0 else f"y{number + 1}"


def _layout(lanes: Sequence[Lane]) -> dict[str, Any]:
    num = len(lanes)
    height = (1 - _GAP * (num - 1)) / num
    top = max((float(lane.values.max(initial=0)) for lane in lanes), default=1.0)
    low = min((float(lane.values.min(initial=0)) for lane in lanes), default=0.0)
    room = 0.06 * ((top - low) or 1.0)
    layout: dict[str, Any] = {
        "height": LANE_HEIGHT * num + 60,
        "margin": {"l": 8, "r": 8, "t": 24, "b": 8},
        "showlegend": False,
        "hovermode": "x unified",
        "hoversubplots": "axis",
        "xaxis": {"title": {"text": "residue"}, "anchor": _axis(num - 1), "zeroline": False},
        "annotations": [],
    }
    for number, lane in enumerate(lanes):
        high = 1 - number * (height + _GAP)
        layout[_axis(number).replace("y", "yaxis")] = {
            "domain": [max(high - height, 0.0), high],
            "range": [low - room, top + room],
            "nticks": 3,
            "zeroline": True,
            "anchor": "x",
        }
        layout["annotations"].append(
            {
                "text": lane.label,
                **{
                    "x": 0,
                    "xref": "paper",
                    "xanchor": "left",
                    "y": high,
                    "yref": "paper",
                    "yanchor": "bottom",
                },
                "showarrow": False,
                "font": {"size": 12},
            }
        )
    return layout
