"""Figures of the mutations page (pure): a heatmap with the wild type marked, means by position, a fitted head.

Shapes: L positions, R the 20 residues in the order of `protclip.sequence.RESIDUES`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from protclip.sequence import RESIDUES
from streamlit_app.charts import BLUE, GREY, VERMILLION

Grid = npt.NDArray[np.float64]
BY_CHEMISTRY = "GAVLIMCFYWHKRQNEDSTP"
"""The rows from the bottom: aliphatic, aromatic, basic, polar, acidic, small, proline; likes stand together."""
# Orange to purple through a pale grey, from ColorBrewer's PuOr: told apart with every kind of colour vision.
_DIVERGING = ((0.0, "#B35806"), (0.25, "#F1A340"), (0.5, "#F2F0EB"), (0.75, "#998EC3"), (1.0, "#542788"))
_SAME = {"l": 8, "r": 8, "t": 8, "b": 8}
_HIDDEN = "rgba(0,0,0,0)"


def heatmap(
    grid_LR: Grid,
    sequence: str,
    region: tuple[int, int],
    *,
    unit: str,
    labels_LR: npt.NDArray[np.str_] | None,
) -> go.Figure:
    """Draw every single substitution of a region.

    Parameters
    ----------
    region
        First and last position, from 1.
    unit
        What the colours measure, for their legend.
    labels_LR
        A word for each substitution, shown when it is pointed at; None where the values are predicted
        measurements, which have no middle: they are drawn from dark to light.
    """
    start, end = region
    columns = [RESIDUES.index(letter) for letter in BY_CHEMISTRY]
    shown_RL = grid_LR[start - 1 : end, columns].T
    positions = list(range(start, end + 1))
    figure = go.Figure()
    figure.add_heatmap(
        x=positions,
        y=list(BY_CHEMISTRY),
        z=shown_RL,
        text=_words(shown_RL, sequence, start, labels_LR, columns),
        hovertemplate="%{text}<extra></extra>",
        colorbar={"title": {"text": unit, "side": "top"}, "thickness": 12, "len": 1.0},
        **_colours(grid_LR, diverging=labels_LR is not None),
    )
    wild = [(p, sequence[p - 1]) for p in positions if sequence[p - 1] in BY_CHEMISTRY]
    figure.add_scatter(
        x=[p for p, _ in wild],
        y=[letter for _, letter in wild],
        mode="markers",
        marker={
            "symbol": "circle",
            "size": 7,
            "color": "#111111",
            "line": {"width": 1.2, "color": "#FFFFFF"},
        },
        name="wild type",
        hovertemplate="%{y}%{x}: the wild type<extra></extra>",
    )
    return figure.update_layout(_heatmap_layout(positions))


def _colours(grid_LR: Grid, *, diverging: bool) -> dict[str, Any]:
    """One scale for the whole protein, so that regions can be compared; its ends leave out the outermost."""
    values = grid_LR[np.isfinite(grid_LR)]
    if not len(values):
        return {"colorscale": "Cividis", "zmin": 0.0, "zmax": 1.0}
    if not diverging:
        low, high = np.percentile(values, [1, 99])
        return {"colorscale": "Cividis", "zmin": float(low), "zmax": float(high)}
    far = float(np.percentile(np.abs(values), 99)) or 1.0
    return {"colorscale": _DIVERGING, "zmid": 0.0, "zmin": -far, "zmax": far}


def _words(
    shown_RL: Grid,
    sequence: str,
    start: int,
    labels_LR: npt.NDArray[np.str_] | None,
    columns: Sequence[int],
) -> list[list[str]]:
    def of_cell(row: int, place: int) -> str:
        value, position = shown_RL[row, place], start + place
        told = f"{sequence[position - 1]}{position}{BY_CHEMISTRY[row]}"
        label = "" if labels_LR is None else str(labels_LR[position - 1, columns[row]])
        return f"{told}: {'no score' if np.isnan(value) else f'{value:.3g}'}{f', {label}' if label else ''}"

    return [[of_cell(row, place) for place in range(shown_RL.shape[1])] for row in range(shown_RL.shape[0])]


def _heatmap_layout(positions: Sequence[int]) -> dict[str, Any]:
    return {
        "height": 470,
        "margin": _SAME,
        "plot_bgcolor": _HIDDEN,
        "xaxis": {
            "title": {"text": "position"},
            "range": [positions[0] - 0.5, positions[-1] + 0.5],
            "showgrid": False,
            "zeroline": False,
        },
        "yaxis": {
            "title": {"text": "new residue"},
            "showgrid": False,
            "tickmode": "array",
            "tickvals": list(BY_CHEMISTRY),
            "tickfont": {"size": 11},
            "fixedrange": True,
        },
        "showlegend": False,
        "hoverlabel": {"align": "left"},
    }


def position_chart(means_L: Grid, sequence: str, region: tuple[int, int], *, unit: str) -> go.Figure:
    """Draw the mean over the 19 substitutions at each position of the whole protein, the region shaded."""
    figure = go.Figure()
    positions = np.arange(1, len(means_L) + 1)
    figure.add_bar(
        x=positions,
        y=means_L,
        marker={"color": BLUE, "line": {"width": 0}},
        customdata=[[letter] for letter in sequence],
        hovertemplate="%{customdata[0]}%{x}: mean %{y:.3g}<extra></extra>",
    )
    if region != (1, len(means_L)):
        figure.add_vrect(
            x0=region[0] - 0.5, x1=region[1] + 0.5, fillcolor=VERMILLION, opacity=0.15, line_width=0
        )
    return figure.update_layout(
        {
            "height": 170,
            "margin": _SAME,
            "bargap": 0,
            "showlegend": False,
            "xaxis": {"range": [0.5, len(means_L) + 0.5], "title": {"text": "position"}},
            "yaxis": {"title": {"text": f"mean, {unit}"}, "nticks": 4},
        }
    )


def measured_chart(
    measured: npt.NDArray[np.floating], held_out: npt.NDArray[np.floating], names: Sequence[str]
) -> go.Figure:
    """Draw what was measured against what was predicted when the variant was left out, with the line of equals."""
    both = np.concatenate([measured, held_out])
    ends = [float(both.min()), float(both.max())]
    figure = go.Figure()
    figure.add_scatter(
        x=ends, y=ends, mode="lines", line={"color": GREY, "dash": "dash"}, name="equal", hoverinfo="skip"
    )
    figure.add_scattergl(
        x=held_out,
        y=measured,
        mode="markers",
        marker={"color": BLUE, "size": 6, "opacity": 0.7},
        customdata=[[name] for name in names],
        name="variants",
        hovertemplate="%{customdata[0]}: predicted %{x:.3g}, measured %{y:.3g}<extra></extra>",
    )
    return figure.update_layout(
        {
            "height": 360,
            "margin": _SAME,
            "showlegend": False,
            "xaxis": {"title": {"text": "predicted, the variant left out"}},
            "yaxis": {"title": {"text": "measured"}},
        }
    )
