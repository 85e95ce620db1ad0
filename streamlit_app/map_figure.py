"""The map as a plotly figure, and the table that says the same without the picture (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from protclip.predict.map_placing import Placed
from protclip.predict.map_regions import Region
from streamlit_app.charts import VERMILLION, without_markup
from streamlit_app.map_points import NOTHING, OTHER, Codes, Colouring, MapPoints

# Six of Okabe and Ito's, violet and brown added; a test holds every pair apart as it is seen with each kind of
# colour blindness, and each colour from white and from black.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#9030F0", "#8C4020")
MAX_POINTS = 60_000
"""More points in view are drawn as a picture of their density, with a sample of them on top."""
_SAMPLE = 8_000
_BINS, _MAX_LABELS = 300, 5
HEIGHT = 620


@dataclass(frozen=True, slots=True, kw_only=True)
class MapMark:
    """A protein of the map to be marked: a hit with its rank from 1, or (rank 0) the one asked for."""

    accession: str
    title: str
    rank: int
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """What is drawn over the points."""

    marks: tuple[MapMark, ...] = ()
    placed: tuple[Placed, ...] = ()
    outline: Region | None = None


def map_figure(
    points: MapPoints,
    colouring: Colouring,
    overlay: Overlay,
    *,
    view: Region | None = None,
    dark: bool = False,
) -> go.Figure:
    """Draw a map.

    Parameters
    ----------
    view
        A box; only what lies in it is drawn. None is the whole map.
    dark
        Whether it will stand on a dark page.

    Returns
    -------
    plotly.graph_objects.Figure
        One trace of points for each category, rarest on top; where more than `MAX_POINTS` are in view their
        density, with one in so many points. Then hits, the protein asked for, new proteins.
    """
    coordinates = points.made.coordinates
    places = np.arange(len(points)) if view is None else np.flatnonzero(view.contains(coordinates))
    figure = go.Figure()
    numbers = colouring.counts(places)
    if len(places) > MAX_POINTS:
        figure.add_trace(_density(coordinates[places], dark=dark))
        places = places[:: -(-len(places) // _SAMPLE)]
    for trace in _by_category(points, colouring, places, numbers, dark=dark):
        figure.add_trace(trace)
    for trace in _overlay(overlay, dark=dark):
        figure.add_trace(trace)
    if len(overlay.placed) <= _MAX_LABELS:
        figure.update_layout(annotations=[_label(p, dark=dark) for p in overlay.placed])
    return figure.update_layout(_layout(view))


def _by_category(
    points: MapPoints, colouring: Colouring, places: Codes, numbers: Sequence[int], *, dark: bool
) -> list[go.Scattergl]:
    """The points at some places; ``numbers`` says for each category how many there are, drawn or not."""
    last = len(colouring.labels) - 1
    colours = dict(enumerate(PALETTE))
    colours |= {last - 1: "#6F6F6F" if dark else "#A6A6A6", last: "#454545" if dark else "#D9D9D9"}
    traces = []
    # The unknown lie at the bottom, the rarest on top; the legend counts from the most frequent on.
    for rank, code in enumerate((last, last - 1, *range(last - 1))):
        owned = places[colouring.codes[places] == code]
        if len(owned) and colouring.values is not None and code != last:
            traces.append(_by_value(points, colouring.values, owned, _size(len(places))))
        elif len(owned):
            traces.append(
                go.Scattergl(
                    **_points(points, owned, colouring.labels[code]),
                    marker={"color": colours[code], "size": _size(len(places)), "opacity": 0.8},
                    name=f"{without_markup(colouring.labels[code])} ({numbers[code]:,})",
                    legendrank=1000 + (rank if rank > 1 else 100 - rank),
                )
            )
    return traces


def _by_value(points: MapPoints, values: npt.NDArray[np.float64], places: Codes, size: int) -> go.Scattergl:
    logs = np.log10(values[places])
    low, high = np.percentile(logs, [1, 99])
    ticks = [n for n in (20, 50, 100, 200, 500, 1000, 2000, 5000) if low <= np.log10(n) <= high]
    return go.Scattergl(
        **_points(points, places, "residues"),
        marker={
            "color": logs,
            "cmin": low,
            "cmax": high,
            "colorscale": "Cividis",
            "size": size,
            "colorbar": {
                "title": {"text": "residues"},
                "tickvals": np.log10(ticks) if ticks else [],
                "ticktext": [f"{n:,}" for n in ticks],
                "thickness": 12,
            },
        },
        name="proteins",
        showlegend=False,
    )


def _points(points: MapPoints, places: Codes, what: str) -> dict[str, Any]:
    made = points.made
    texts = [without_markup(f"{made.accessions[n]} {points.titles[n]}".strip()) for n in places]
    return {
        "x": made.coordinates[places, 0],
        "y": made.coordinates[places, 1],
        "mode": "markers",
        "text": texts,
        "hovertemplate": f"%{{text}}<br>{without_markup(what)}<extra></extra>",
    }


def _density(coordinates: npt.NDArray[np.float32], *, dark: bool) -> go.Heatmap:
    counts, xs, ys = np.histogram2d(coordinates[:, 0], coordinates[:, 1], bins=_BINS)
    return go.Heatmap(
        x=(xs[:-1] + xs[1:]) / 2,
        y=(ys[:-1] + ys[1:]) / 2,
        z=np.where(counts > 0, np.log10(1 + counts), np.nan).T.astype(np.float32),
        colorscale="Greys_r" if dark else "Greys",
        showscale=False,
        opacity=0.7,
        hoverinfo="skip",
        name="density",
    )


def _overlay(overlay: Overlay, *, dark: bool) -> list[go.Scattergl]:
    """In WebGL as well: what plotly draws as SVG, shapes too, would lie below the points."""
    edge = "#FFFFFF" if dark else "#000000"
    hits = [m for m in overlay.marks if m.rank]
    asked = [m for m in overlay.marks if not m.rank]
    traces = [] if overlay.outline is None else [_outline(overlay.outline, edge)]
    if hits:
        traces.append(_marks(hits, "hits", "diamond-open", edge, 11))
    if asked:
        traces.append(_marks(asked, asked[0].accession, "star", edge, 18))
    for doubtful in (False, True):
        new = [p for p in overlay.placed if (p.is_far or p.is_torn) == doubtful]
        traces += [_new(new, edge, doubtful=doubtful)] if new else []
    return traces


def _new(placed: Sequence[Placed], edge: str, *, doubtful: bool) -> go.Scattergl:
    return go.Scattergl(
        x=[p.x for p in placed],
        y=[p.y for p in placed],
        mode="markers",
        text=[without_markup(p.accession) for p in placed],
        marker={
            "symbol": "x" if doubtful else "cross",
            "size": 15,
            "color": VERMILLION,
            "line": {"width": 2, "color": edge},
        },
        customdata=[[p.nearest, p.distance] for p in placed],
        hovertemplate="%{text}<br>nearest %{customdata[0]}, distance %{customdata[1]:.3f}<extra></extra>",
        name="your sequences, far or torn" if doubtful else "your sequences",
    )


def _label(placed: Placed, *, dark: bool) -> dict[str, Any]:
    paint = {
        "font": {"color": "#FFFFFF" if dark else "#000000"},
        "bgcolor": "rgba(0,0,0,.6)" if dark else "rgba(255,255,255,.7)",
    }
    text = without_markup(placed.accession[:24])
    return {"x": placed.x, "y": placed.y, "text": text, "showarrow": False, "yshift": 20, **paint}


def _marks(marks: Sequence[MapMark], name: str, symbol: str, colour: str, size: int) -> go.Scattergl:
    return go.Scattergl(
        x=[m.x for m in marks],
        y=[m.y for m in marks],
        mode="markers",
        marker={"symbol": symbol, "size": size, "color": colour, "line": {"width": 2, "color": colour}},
        text=[without_markup(f"{m.accession} {m.title}"[:90]) for m in marks],
        customdata=[[m.rank] for m in marks],
        hovertemplate="%{text}" + ("<br>hit %{customdata[0]}" if marks[0].rank else "") + "<extra></extra>",
        name=name,
    )


def _outline(region: Region, colour: str) -> go.Scattergl:
    corners = (*region.corners, region.corners[0])
    return go.Scattergl(
        x=[x for x, _ in corners],
        y=[y for _, y in corners],
        mode="lines",
        line={"color": colour, "width": 2},
        name="selection",
        hoverinfo="skip",
    )


def _layout(view: Region | None) -> dict[str, Any]:
    axis: dict[str, Any] = {"showgrid": False, "zeroline": False, "title": None, "nticks": 8}
    x, y = dict(axis), dict(axis)  # not held to one scale: the axes mean nothing, and a screen is wide
    if view is not None:
        left, right, bottom, top = view.bounds
        x["range"], y["range"] = [left, right], [bottom, top]
    return {
        "height": HEIGHT,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "dragmode": "lasso",
        "xaxis": x,
        "yaxis": y,
        "legend": {"orientation": "h", "y": -0.06, "yanchor": "top", "x": 0, "itemsizing": "constant"},
        "hoverlabel": {"align": "left"},
        "uirevision": view.text if view else "whole",
    }


def figure_rows(
    colouring: Colouring, selected: Codes | None, overlay: Overlay
) -> list[dict[str, str | int | float | None]]:
    """The figure as a table: how many points have each colour, in all and in the selection, then what is marked."""
    inside = colouring.counts(selected) if selected is not None else None
    rows: list[dict[str, str | int | float | None]] = [
        {"what": label, "proteins": number, "selected": None if inside is None else inside[code]}
        for code, (label, number) in enumerate(zip(colouring.labels, colouring.counts(), strict=True))
        if number
    ]
    for mark in overlay.marks:
        kind = f"hit {mark.rank}" if mark.rank else "asked for"
        rows.append({"what": f"{kind}: {mark.accession} {mark.title}", "x": mark.x, "y": mark.y})
    rows += [{"what": f"placed: {p.accession}", "x": p.x, "y": p.y} for p in overlay.placed]
    return rows


def describe_map(points: MapPoints, colouring: Colouring, by: str, num_selected: int | None) -> str:
    """The figure in words, for who does not see it."""
    named = [label for label in colouring.labels if label not in (OTHER, NOTHING)]
    what = f"coloured by {by}" + (f" ({', '.join(named[:4])} and others)" if colouring.values is None else "")
    chosen = "" if num_selected is None else f" {num_selected:,} are selected."
    return f"Map of {len(points):,} proteins, {what}.{chosen} The table below has the numbers."


def _size(number: int) -> int:
    return 3 if number > 5_000 else 5 if number > 2_000 else 8
