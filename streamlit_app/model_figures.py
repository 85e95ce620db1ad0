"""Figures of the model page as pure functions from numbers to plotly figures, each with its numbers as rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from protclip.data.sampling import SamplingRule, Stratum
from protclip.data.statistics import PUBLISHED, Marginals
from streamlit_app.charts import BLUE, GREY, VERMILLION
from streamlit_app.run_curves import Curve, RunCurves

# Okabe and Ito's palette in an order that stays apart in grey, with dashes for who sees no colour.
PALETTE = (BLUE, VERMILLION, "#009E73", "#CC79A7", "#E69F00", "#56B4E9", GREY)
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid")
LEVELS = ("1 protein", "2 transcript", "3 homology", "4 predicted", "5 uncertain")
COVERAGES = ("name alone", "2 of 4", "3 of 4", "4 of 4")
_MARGIN = {"l": 8, "r": 8, "t": 36, "b": 8}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A task with what our method and a simple baseline reach: (value, low, high), bounds None where unknown."""

    task: str
    measure: str
    ours: tuple[float, float | None, float | None]
    baseline: tuple[float, float | None, float | None]
    baseline_name: str


def sampled_marginals(before: Marginals, rule: SamplingRule) -> tuple[Marginals, float]:
    """Shares after property-driven sampling, and the share that is kept, on average.

    Level and coverage are taken as independent, because their joint distribution is not published.
    """
    assert before.existence is not None, "the published sets have levels"
    kept = [
        [
            share_c * share_r * rule.probability(Stratum(existence=c, num_properties=r))
            for r, share_r in enumerate(before.coverage, 1)
        ]
        for c, share_c in enumerate(before.existence, 1)
    ]
    total = sum(map(sum, kept))
    return (
        Marginals(
            existence=tuple(sum(row) / total for row in kept),
            coverage=tuple(sum(column) / total for column in zip(*kept, strict=True)),
        ),
        total / (sum(before.existence) * sum(before.coverage)),
    )


def sampling_rows(rule: SamplingRule) -> list[dict[str, Any]]:
    """Shares, 0 to 1, by level and by coverage: the published sets, and ProtAnno-D after the sampling."""
    after, _ = sampled_marginals(PUBLISHED["ProtAnno-D"], rule)
    sets = {
        "ProtAnno-S, as published": PUBLISHED["ProtAnno-S"],
        "ProtAnno-D before sampling, as published": PUBLISHED["ProtAnno-D"],
        "ProtAnno-D after sampling, expected": after,
    }
    return [
        {"what": kind, "value": label, "set": name, "share": share}
        for name, marginals in sets.items()
        for kind, labels, shares in (
            ("level of existence", LEVELS, marginals.existence or ()),
            ("properties known", COVERAGES, marginals.coverage),
        )
        for label, share in zip(labels, shares, strict=True)
    ]


def sampling_figure(rows: Sequence[dict[str, Any]]) -> go.Figure:
    """Draw `sampling_rows`: two panels of bars, one group for each level or coverage."""
    panels = tuple(dict.fromkeys(row["what"] for row in rows))
    figure = make_subplots(
        rows=1, cols=len(panels), subplot_titles=panels, shared_yaxes=True, horizontal_spacing=0.04
    )
    patterns = ("/", "", "x")
    for number, name in enumerate(dict.fromkeys(row["set"] for row in rows)):
        for column, panel in enumerate(panels, 1):
            shown = [row for row in rows if (row["set"], row["what"]) == (name, panel)]
            figure.add_bar(
                x=[row["value"] for row in shown],
                y=[row["share"] for row in shown],
                name=name,
                legendgroup=name,
                showlegend=column == 1,
                marker={"color": (GREY, BLUE, VERMILLION)[number], "pattern": {"shape": patterns[number]}},
                hovertemplate="%{x}: %{y:.1%}<extra>" + name + "</extra>",
                row=1,
                col=column,
            )
    figure.update_yaxes(tickformat=".0%", range=[0, 1])
    figure.update_xaxes(automargin=True)
    # Above the panels: on a phone the labels of the bars stand upright and take the room below.
    legend = _below() | {"y": 1.15, "yanchor": "bottom"}
    return figure.update_layout(height=380, margin=_MARGIN, legend=legend, bargap=0.25)


def training_figure(run: RunCurves) -> go.Figure:
    """Draw a run: losses above, validation below, over the steps."""
    with_validation = any(len(curve.points) > 1 for curve in run.validation)
    titles = ("loss", "validation") if with_validation else ("loss",)
    figure = make_subplots(
        rows=len(titles), cols=1, shared_xaxes=True, subplot_titles=titles, vertical_spacing=0.12
    )
    _draw(figure, run.losses, 1, markers=False)
    if with_validation:
        _draw(figure, run.validation, 2, markers=True)
        figure.update_yaxes(rangemode="tozero", row=2, col=1)
    figure.update_xaxes(title_text="step", row=len(titles), col=1)
    return figure.update_layout(
        height=330 + 220 * with_validation,
        margin=_MARGIN,
        legend=_below() | {"y": -0.18, "groupclick": "toggleitem"},
    )


def _draw(figure: go.Figure, curves: Sequence[Curve], row: int, *, markers: bool) -> None:
    for number, curve in enumerate(curves):
        figure.add_scatter(
            x=[step for step, _ in curve.points],
            y=[value for _, value in curve.points],
            name=curve.name,
            mode="lines+markers" if markers else "lines",
            line={"color": PALETTE[number], "dash": _DASHES[number], "width": 2},
            hovertemplate="step %{x:,}: %{y:.4g}<extra>" + curve.name + "</extra>",
            legendgroup=str(row),
            legendgrouptitle_text=("loss", "validation")[row - 1],
            row=row,
            col=1,
        )


def curve_rows(run: RunCurves) -> list[dict[str, Any]]:
    """A run's curves as rows."""
    return [
        {"run": run.name, "what": curve.name, "step": step, "value": value}
        for curve in (*run.losses, *run.validation)
        for step, value in curve.points
    ]


def comparison_figure(compared: Sequence[Compared]) -> go.Figure:
    """Draw ours beside a simple baseline for each task, with 95% intervals (or the range of seeds) where known."""
    tasks = [f"{c.task}<br>{c.measure}, {c.baseline_name}" for c in compared][::-1]
    figure = go.Figure()
    # Ours is hollow: where both reach the same, the baseline is seen within.
    for name, color, symbol, size, values in (
        ("simple baseline, named below the task", GREY, "circle", 9, [c.baseline for c in compared]),
        ("ours", BLUE, "diamond-open", 14, [c.ours for c in compared]),
    ):
        figure.add_scatter(
            x=[value for value, _, _ in values][::-1],
            y=tasks,
            name=name,
            mode="markers",
            marker={"color": color, "symbol": symbol, "size": size, "line": {"width": 2, "color": color}},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [None if high is None else high - value for value, _, high in values][::-1],
                "arrayminus": [None if low is None else value - low for value, low, _ in values][::-1],
                "color": color,
                "width": 0,
            },
            customdata=[[c.baseline_name if name != "ours" else "ours"] for c in compared][::-1],
            hovertemplate="%{customdata[0]}: %{x:.3f}<extra></extra>",
        )
    figure.update_xaxes(range=[0, 1])
    figure.update_yaxes(automargin=True)
    return figure.update_layout(height=90 + 42 * len(compared), margin=_MARGIN | {"b": 50}, legend=_below())


def comparison_rows(compared: Sequence[Compared]) -> list[dict[str, Any]]:
    """The same as rows."""
    return [
        {
            "task": c.task,
            "measure": c.measure,
            "ours": c.ours[0],
            "ours_low": c.ours[1],
            "ours_high": c.ours[2],
            "baseline": c.baseline_name,
            "baseline_value": c.baseline[0],
            "baseline_low": c.baseline[1],
            "baseline_high": c.baseline[2],
        }
        for c in compared
    ]


def _below() -> dict[str, Any]:
    return {"orientation": "h", "y": -0.12, "yanchor": "top", "x": 0}
