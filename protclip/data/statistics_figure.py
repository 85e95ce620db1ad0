"""The figure of `protclip data stats`: strata before and after, marginals beside the published ones, and more."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from protclip.data.files import replacing
from protclip.data.sampling import NUM_PROPERTIES, Stratum
from protclip.data.statistics import PUBLISHED, SetStatistics
from protclip.data.statistics_table import LEVELS, NUM_FAMILIES, level_name
from protclip.errors import InputError
from protclip.records import PROPERTIES

_COLOURS = ("#4477aa", "#ee6677", "#bbbbbb", "#666666")
"""Before, after, published S, published D: told apart with any colour vision and in print."""


def draw_statistics(path: Path, after: SetStatistics, before: SetStatistics | None) -> None:
    """Draw statistics as SVG with matplotlib (extra "figures"); the same numbers give the same file.

    Raises
    ------
    InputError
        If the path does not end in .svg.
    """
    if path.suffix.lower() != ".svg":
        raise InputError(f"the figure {path} is not SVG; give a path that ends in .svg")
    import matplotlib as mpl
    from matplotlib.figure import Figure

    # Ids in an SVG are random without a salt, and a date changes each time.
    with mpl.rc_context({"svg.hashsalt": "protclip", "font.size": 8, "svg.fonttype": "none"}):
        figure = Figure(figsize=(13, 7.5), layout="constrained")
        axes = figure.subplots(2, 3)
        _draw_strata(axes[0, 0], before or after, "Proteins before sampling" if before else "Proteins")
        if before:
            _draw_strata(axes[0, 1], after, "Proteins after sampling")
        else:
            axes[0, 1].set_axis_off()
        series = {"before": before, "after": after} if before else {"this set": after}
        _draw_lengths(axes[0, 2], series)
        _draw_marginals(axes[1, 0], series)
        _draw_properties(axes[1, 1], series)
        _draw_families(axes[1, 2], after)
        with replacing(path) as unfinished:
            figure.savefig(unfinished, format="svg", metadata={"Date": None})


def _draw_strata(axes: Any, counted: SetStatistics, title: str) -> None:
    """Counts by level and coverage as a table of cells, darker where there are more."""
    import numpy as np

    levels = [level for level in LEVELS if any(s.existence == level for s, _ in counted.strata)]
    sizes = np.array(
        [
            [counted.size_of(Stratum(existence=c, num_properties=r)) for r in range(1, NUM_PROPERTIES + 1)]
            for c in levels
        ]
    )
    # Sizes span five orders of magnitude.
    axes.imshow(
        np.log10(sizes + 1), cmap="Blues", vmin=0, vmax=1.5 * np.log10(sizes.max() + 1), aspect="auto"
    )
    for (row, column), size in np.ndenumerate(sizes):
        axes.text(column, row, f"{size:,}", ha="center", va="center")
    axes.set_xticks(range(NUM_PROPERTIES), [f"R={r}/4" for r in range(1, NUM_PROPERTIES + 1)])
    axes.set_yticks(range(len(levels)), [level_name(level) for level in levels])
    axes.set_title(f"{title}: {counted.num_proteins:,}")


def _draw_marginals(axes: Any, series: Mapping[str, SetStatistics]) -> None:
    """Shares by level and by coverage: ours and the published ones side by side."""
    shown = {label: counted.marginals() for label, counted in series.items()}
    shown |= {f"published {name}, unsampled": each for name, each in PUBLISHED.items()}
    names = [*(f"C{c}" for c in range(1, 6)), *(f"R\n{r}/4" for r in range(1, NUM_PROPERTIES + 1))]
    bars = {label: [*(each.existence or (0.0,) * 5), *each.coverage] for label, each in shown.items()}
    _grouped_bars(axes, bars, names, _COLOURS[-len(bars) :])
    axes.set_ylabel("percent of the proteins")
    axes.set_title("Existence and coverage, beside the published sets")


def _draw_properties(axes: Any, series: Mapping[str, SetStatistics]) -> None:
    bars = {
        label: [number / max(counted.num_proteins, 1) for _, number in counted.properties]
        for label, counted in series.items()
    }
    names = [name.replace(" ", "\n") for name in PROPERTIES]
    _grouped_bars(axes, bars, names, _COLOURS[2 - len(bars) : 2])
    axes.set_ylabel("percent of the proteins")
    axes.set_title("Properties that are known")


def _grouped_bars(
    axes: Any, bars: Mapping[str, Sequence[float]], names: Sequence[str], colours: Sequence[str]
) -> None:
    """Shares as percent: a group of bars a name, a colour a label."""
    width = 0.8 / len(bars)
    for number, (label, shares) in enumerate(bars.items()):
        places = [place + (number + 0.5) * width - 0.4 for place in range(len(names))]
        axes.bar(places, [100 * share for share in shares], width, label=label, color=colours[number])
    axes.set_xticks(range(len(names)), names)
    # Room for the legend above the highest bar.
    axes.margins(y=0.1 + 0.09 * len(bars))
    axes.legend(frameon=False, loc="upper right")


def _draw_lengths(axes: Any, series: Mapping[str, SetStatistics]) -> None:
    """Quantiles of the lengths; the line between two of them is drawn, not known."""
    for (label, counted), colour in zip(series.items(), _COLOURS[2 - len(series) : 2], strict=True):
        residues = [length for _, length in counted.lengths]
        percent = [100 * quantile for quantile, _ in counted.lengths]
        axes.semilogx(residues, percent, "o-", label=label, color=colour)
    axes.set_xlabel("residues")
    axes.set_ylabel("percent of the proteins at most as long")
    axes.set_title("Lengths")
    axes.legend(frameon=False)


def _draw_families(axes: Any, counted: SetStatistics) -> None:
    families = counted.families[:NUM_FAMILIES][::-1]
    axes.barh([name[:40] for name, _ in families], [number for _, number in families], color=_COLOURS[1])
    axes.set_title("Largest families" if families else "No family is known")
    axes.set_xlabel("proteins")
