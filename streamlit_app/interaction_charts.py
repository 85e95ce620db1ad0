"""Figures of the interactions page (pure): the seven types of a pair, and a network of pairs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from streamlit_app.charts import BLUE, GREY, VERMILLION, without_markup
from streamlit_app.force_layout import force_layout

_MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}
LEVELS = ((0.9, 5.0, "solid"), (0.7, 2.5, "solid"), (0.5, 1.5, "dash"), (0.0, 1.0, "dot"))
"""Least probability of an edge, its width and its dash: told apart without colours."""

Place = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A pair in the network, by the names of both, with its probability (0 to 1)."""

    first: str
    second: str
    probability: float


def type_chart(types: Sequence[tuple[str, float]], threshold: float) -> go.Figure:
    """Draw the probability of each type given that the two interact, with the head's threshold."""
    ordered = sorted(types, key=lambda pair: pair[1])
    figure = go.Figure()
    figure.add_bar(
        x=[p for _, p in ordered],
        y=[name for name, _ in ordered],
        orientation="h",
        marker={"color": [BLUE if p >= threshold else GREY for _, p in ordered]},
        text=[f"{p:.2f}" for _, p in ordered],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{y}: %{x:.3f}<extra></extra>",
    )
    figure.add_vline(x=threshold, line={"color": VERMILLION, "dash": "dash", "width": 1.5})
    return figure.update_layout(
        {
            "height": 260,
            "margin": _MARGIN,
            "showlegend": False,
            "xaxis": {"range": [0, 1.08], "title": {"text": "probability, given that the two interact"}},
            "yaxis": {"title": None},
        }
    )


def network_chart(edges: Sequence[Edge], names: Mapping[str, str], marked: Sequence[str]) -> go.Figure:
    """Draw proteins as nodes and pairs as edges.

    Parameters
    ----------
    edges
        The pairs to draw.
    names
        What a protein is called, shown when its node is pointed at.
    marked
        Nodes that are drawn hollow, because they lie far from training.
    """
    nodes = list(dict.fromkeys(name for edge in edges for name in (edge.first, edge.second)))
    place = {name: number for number, name in enumerate(nodes)}
    places = force_layout(len(nodes), [(place[e.first], place[e.second], e.probability) for e in edges])
    at: dict[str, Place] = {name: (float(x), float(y)) for name, (x, y) in zip(nodes, places, strict=True)}
    figure = go.Figure()
    for level, (least, width, dash) in enumerate(LEVELS):
        below = LEVELS[level - 1][0] if level else 2.0
        chosen = [e for e in edges if least <= e.probability < below]
        if chosen:
            figure.add_trace(_edges(chosen, at, {"width": width, "dash": dash}, _level_name(least, below)))
    for hollow in (False, True):
        chosen_nodes = [name for name in nodes if (name in marked) == hollow]
        if chosen_nodes:
            figure.add_trace(_nodes(chosen_nodes, at, names, hollow=hollow))
    hidden = {"visible": False, "range": [-1.25, 1.25]}
    return figure.update_layout(
        {
            "height": 480,
            "margin": _MARGIN,
            "xaxis": hidden,
            "yaxis": hidden,
            "legend": {"orientation": "h", "y": -0.02, "yanchor": "top", "x": 0},
            "hoverlabel": {"align": "left"},
        }
    )


def _level_name(least: float, below: float) -> str:
    return f"{least:g} or more" if below > 1 else f"{least:g} to {below:g}"


def _edges(
    edges: Sequence[Edge], at: Mapping[str, Place], line: Mapping[str, object], name: str
) -> go.Scatter:
    gap = (None, None)
    ends = [point for edge in edges for point in (at[edge.first], at[edge.second], gap)]
    return go.Scatter(
        x=[x for x, _ in ends],
        y=[y for _, y in ends],
        mode="lines",
        line={"color": GREY, **line},
        name=f"probability {name}",
        hoverinfo="skip",
    )


def _nodes(
    chosen: Sequence[str], at: Mapping[str, Place], names: Mapping[str, str], *, hollow: bool
) -> go.Scatter:
    return go.Scatter(
        x=[at[name][0] for name in chosen],
        y=[at[name][1] for name in chosen],
        mode="markers+text",
        text=[without_markup(name) for name in chosen],
        textposition="top center",
        marker={
            "size": 13,
            "symbol": "circle-open" if hollow else "circle",
            "color": VERMILLION if hollow else BLUE,
            "line": {"width": 2 if hollow else 0},
        },
        customdata=[[without_markup(names.get(name, ""))] for name in chosen],
        hovertemplate="%{text} %{customdata[0]}<extra></extra>",
        name="far from training" if hollow else "protein",
    )
