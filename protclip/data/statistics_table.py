"""Statistics of a set as lines of text: what `protclip data stats` prints. Pure."""

from collections.abc import Iterator

from protclip.data.sampling import NUM_PROPERTIES, Stratum
from protclip.data.statistics import PUBLISHED, Marginals, SetStatistics

NUM_FAMILIES = 10
"""Families that are shown."""

LEVELS: tuple[int | None, ...] = (1, 2, 3, 4, 5, None)


def table(after: SetStatistics, before: SetStatistics | None) -> Iterator[str]:
    """Lines: strata, marginals beside the published ones, properties, lengths, families.

    With ``before`` each count stands beside that of the set it was selected from.
    """
    yield from _strata(after, before)
    yield ""
    yield from _marginals(after, before)
    yield ""
    yield f"{'property':24}{'proteins':>12}{'share':>9}"
    for label, number in after.properties:
        yield f"{label:24}{number:12,}{number / max(after.num_proteins, 1):9.2%}"
    yield ""
    yield "residues  " + "  ".join(f"{quantile:.0%}: {length:,}" for quantile, length in after.lengths)
    yield ""
    if after.families:
        yield "largest families"
    for name, number in after.families[:NUM_FAMILIES]:
        yield f"{number:12,}  {name}"


def level_name(level: int | None) -> str:
    """How a level is written in a table: C1 to C5, or unknown."""
    return "unknown" if level is None else f"C{level}"


def _strata(after: SetStatistics, before: SetStatistics | None) -> Iterator[str]:
    """Counts by existence level (rows) and coverage (columns); "before > after" where both are known."""
    yield f"{'existence':10}" + "".join(f"{f'R={r}/4':>24}" for r in range(1, NUM_PROPERTIES + 1))
    shown = {stratum.existence for each in (after, before) if each for stratum, _ in each.strata}
    for level in (level for level in LEVELS if level in shown):
        cells = []
        for r in range(1, NUM_PROPERTIES + 1):
            stratum = Stratum(existence=level, num_properties=r)
            came = f"{before.size_of(stratum):,} > " if before else ""
            cells.append(f"{came}{after.size_of(stratum):,}")
        yield f"{level_name(level):10}" + "".join(f"{cell:>24}" for cell in cells)
    came = f"{before.num_proteins:,} > " if before else ""
    yield f"{'all':10}{came}{after.num_proteins:,}"


def _marginals(after: SetStatistics, before: SetStatistics | None) -> Iterator[str]:
    """Shares in percent, ours above the published ones of the unsampled sets."""
    yield f"{'percent':24}" + "".join(f"{name:>8}" for name in _COLUMNS)
    yield _row("before" if before else "this set", (before or after).marginals())
    if before:
        yield _row("after", after.marginals())
    for name, marginals in PUBLISHED.items():
        yield _row(f"published {name}", marginals)


_COLUMNS = (*(f"C{level}" for level in range(1, 6)), *(f"R={r}/4" for r in range(1, NUM_PROPERTIES + 1)))


def _row(name: str, marginals: Marginals) -> str:
    levels = ["-"] * 5 if marginals.existence is None else [f"{100 * x:.2f}" for x in marginals.existence]
    return f"{name:24}" + "".join(
        f"{x:>8}" for x in (*levels, *(f"{100 * x:.2f}" for x in marginals.coverage))
    )
