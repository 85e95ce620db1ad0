"""The training-process figure: every curve of a run log, as SVG."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from protclip.errors import InputError
from train.run_log import LogEvent, curve, read_run_log

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURE, LOG = "training.svg", "run.jsonl"
Panel = tuple[str, tuple[str, ...], tuple[str, ...]]
"""Title, and the names of "step" and of "evaluation" values it shows; a panel of no known value is left out."""

_SPEED = ("tokens_per_s", "share_of_peak")
_OF_THE_RUN = {"lr", "seconds", "scale", "loss_scale", *_SPEED}
"""Values of a step that are no losses."""


def write_figure(folder: Path) -> Path:
    """Draw the run in ``folder`` into its training.svg.

    Raises
    ------
    AssetError
        Where there is no run log, or it is damaged.
    InputError
        Where the run has not taken a step yet.
    ImportError
        Where matplotlib is not installed.
    """
    from matplotlib import rc_context  # here, because its first import writes a cache of fonts

    events = read_run_log(folder / LOG)
    figure = training_figure(events)
    path = folder / FIGURE
    # Fixed names and no date: the same log gives the same file.
    with rc_context({"svg.hashsalt": "protclip", "svg.fonttype": "none"}):
        figure.savefig(path, format="svg", metadata={"Date": None})
    return path


def training_figure(events: Sequence[LogEvent]) -> "Figure":
    """Losses, retrieval metrics, learning rate, scales and throughput over the steps of a run.

    Raises
    ------
    InputError
        Where no step is in the log.
    """
    from matplotlib.figure import Figure

    panels = [panel for panel in _panels(events) if panel[1] or panel[2]]
    if not panels:
        raise InputError("the run log has no step to draw yet. Let the run take its first step.")
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(4.2 * columns, 3.0 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).flatten()
    for place, (title, of_steps, of_evaluations) in zip(axes, panels, strict=False):
        _draw(
            place,
            title,
            events,
            [*(("step", n) for n in of_steps), *(("evaluation", n) for n in of_evaluations)],
        )
    for place in axes[len(panels) :]:
        place.set_axis_off()
    return figure


def _panels(events: Sequence[LogEvent]) -> list[Panel]:
    steps, evaluations = _names(events, "step"), _names(events, "evaluation")
    losses = tuple(name for name in steps if name not in _OF_THE_RUN)
    shown = {"retrieval, from texts": "text_to_protein/", "retrieval, from proteins": "protein_to_text/"}
    panels: list[Panel] = [("losses", losses, ())]
    for title, prefix in shown.items():
        panels.append((title, (), tuple(n for n in evaluations if n.startswith(prefix) and "rank" not in n)))
    panels.append(("median rank", (), tuple(n for n in evaluations if n.endswith("rank"))))
    seen = {name for _, _, names in panels for name in names}
    others = tuple(n for n in evaluations if n not in seen and not n.startswith("num") and "/num" not in n)
    panels.append(("other evaluations", (), others))
    for title, name in (
        ("learning rate", "lr"),
        ("scale of the contrast", "scale"),
        ("loss scale (fp16)", "loss_scale"),
        ("residue tokens a second", "tokens_per_s"),
        ("share of the measured peak", "share_of_peak"),
    ):
        panels.append((title, (name,) if name in steps else (), ()))
    return panels


def _names(events: Iterable[LogEvent], kind: str) -> list[str]:
    """Names of the numbers that events of a kind have, in the order of their first."""
    values = (each.values.items() for each in events if each.event == kind)
    return list(dict.fromkeys(n for items in values for n, v in items if isinstance(v, int | float)))


def _draw(place: Any, title: str, events: Sequence[LogEvent], names: list[tuple[Any, str]]) -> None:
    for kind, name in names:
        points = curve(events, kind, name)
        # The label is the name without what the title already says.
        label = name.rpartition("/")[2] if title.startswith("retrieval") else name
        marker = "." if len(points) < 30 else ""
        place.plot([s for s, _ in points], [v for _, v in points], marker=marker, linewidth=1.2, label=label)
    place.set_title(title, fontsize=10)
    place.set_xlabel("step", fontsize=8)
    place.tick_params(labelsize=8)
    place.grid(visible=True, alpha=0.3)
    if title == "loss scale (fp16)":
        place.set_yscale("log", base=2)
    if len(names) > 1:
        place.legend(fontsize=7, frameon=False)
