"""The figure of `protclip data stats`: strata before and after, marginals beside the published ones, and more."""

from pathlib import Path
from typing import Any

from protclip.data.files import replacing
from protclip.data.sampling import NUM_PROPERTIES, Stratum
from protclip.data.statistics import PUBLISHED, Marginals, SetStatistics
from protclip.data.statistics_table import LEVELS, NUM_FAMILIES, level_name
from protclip.errors import InputError

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
            _draw_lengths(axes[0, 1], after)
        _draw_families(axes[0, 2], after)
        _draw_marginals(axes[1, 0], after, before, "existence")
        _draw_marginals(axes[1, 1], after, before, "coverage")
        _draw_properties(axes[1, 2], after, before)
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


def _draw_marginals(axes: Any, after: SetStatistics, before: SetStatistics | None, kind: str) -> None:
    """Shares by level or by coverage: ours and the published ones side by side."""
    series: dict[str, Marginals] = {"before" if before else "this set": (before or after).marginals()}
    if before:
        series["after"] = after.marginals()
    series |= {f"published {name}, unsampled": each for name, each in PUBLISHED.items()}
    names = [f"C{c}" for c in range(1, 6)] if kind == "existence" else [f"R={r}/4" for r in range(1, 5)]
    width = 0.8 / len(series)
    colours = _COLOURS if before else (_COLOURS[0], *_COLOURS[2:])
    for number, (label, marginals) in enumerate(series.items()):
        shares = getattr(marginals, kind) or (0.0,) * len(names)
        places = [place + (number + 0.5) * width - 0.4 for place in range(len(names))]
        axes.bar(places, [100 * share for share in shares], width, label=label, color=colours[number])
    axes.set_xticks(range(len(names)), names)
    axes.set_ylabel("percent")
    axes.set_title(f"Shares by {kind}")
    axes.legend(frameon=False)


def _draw_properties(axes: Any, after: SetStatistics, before: SetStatistics | None) -> None:
    series = {"before": before, "after": after} if before else {"this set": after}
    width = 0.8 / len(series)
    for number, (label, counted) in enumerate(series.items()):
        assert counted is not None
        shares = [100 * n / max(counted.num_proteins, 1) for _, n in counted.properties]
        places = [place + (number + 0.5) * width - 0.4 for place in range(len(shares))]
        axes.bar(places, shares, width, label=label, color=_COLOURS[number])
    axes.set_xticks(range(len(after.properties)), [name.replace(" ", "\n") for name, _ in after.properties])
    axes.set_ylabel("percent of the proteins")
    axes.set_title("Properties that are known")
    axes.legend(frameon=False)


def _draw_lengths(axes: Any, counted: SetStatistics) -> None:
    axes.semilogx([length for _, length in counted.lengths], [100 * q for q, _ in counted.lengths], "o-")
    axes.set_xlabel("residues")
    axes.set_ylabel("percent of the proteins at most as long")
    axes.set_title("Lengths")


def _draw_families(axes: Any, counted: SetStatistics) -> None:
    families = counted.families[:NUM_FAMILIES][::-1]
    axes.barh([name[:40] for name, _ in families], [number for _, number in families], color=_COLOURS[1])
    axes.set_title("Largest families" if families else "No family is known")
    axes.set_xlabel("proteins")
