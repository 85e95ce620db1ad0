"""What results/scaling.csv says of growth and of encoding speed, with the slopes of its series."""

import csv
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from protclip.errors import AssetError

GROWTH = "growth"
EXACT_POINTS = 65_536
"""Up to so many proteins an index has no graph (`vector_store.schema.EXACT_SEARCH_POINTS`)."""
_SPEED = re.compile(r"encoding speed/(.+)")
_RESIDUES = re.compile(r"(\d+) residues")


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One metric at several sizes: number of proteins to value; the latest row of a size counts."""

    points: Mapping[int, float]

    @property
    def slope(self) -> float:
        """What a further protein adds, from the smallest size to the largest; NaN where there is one size."""
        (low, first), (high, last) = self._ends()
        return (last - first) / (high - low) if high > low else math.nan

    @property
    def exponent(self) -> float:
        """The power of the size that the value grows with between them: 1 is in proportion, 0 not at all."""
        (low, first), (high, last) = self._ends()
        if high == low or min(first, last) <= 0:
            return math.nan
        return math.log(last / first) / math.log(high / low)

    def up_to(self, most: int) -> "Series":
        """The part with at most so many proteins."""
        return Series(points={n: value for n, value in self.points.items() if n <= most})

    @property
    def beyond_exact(self) -> float:
        """What a protein costs at the largest size, graph and all, beyond the line through sizes without a graph."""
        exact = self.up_to(EXACT_POINTS)
        (low, first), _ = exact._ends()
        largest = max(self.points)
        if largest <= EXACT_POINTS:
            return math.nan
        return (self.points[largest] - first - exact.slope * (largest - low)) / largest

    def _ends(self) -> tuple[tuple[int, float], tuple[int, float]]:
        low, high = min(self.points), max(self.points)
        return (low, self.points[low]), (high, self.points[high])


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """CPU seconds of each way of encoding the same proteins, and the metrics beside them, at one shape of ESM-2."""

    shape: str
    num_residues: int
    values: Mapping[str, float]

    def of(self, metric: str) -> float:
        """A value, "encoder_bfloat16/cpu_s" for example; NaN where the machine could not measure it."""
        return self.values.get(metric, math.nan)

    def cpu_s_a_residue(self, run: str) -> float:
        """Of one way, "encoder_bfloat16" for example."""
        return self.of(f"{run}/cpu_s") / self.num_residues


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """What was measured: series of growth by metric, and speeds by shape in file order."""

    growth: Mapping[str, Series]
    speeds: Sequence[Speed]


def read_scaling(path: Path) -> Scaling:
    """Read the rows of ``vector_store.growth_benchmark`` and ``protclip.benchmarks.encoding_speed``.

    Growth is that of the checkpoint measured last: rows of another one do not count.

    Raises
    ------
    AssetError
        If there is no such file, or no row in it.
    """
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except OSError as error:
        raise AssetError(
            f"{path} cannot be read ({error}); measure with vector_store.growth_benchmark"
        ) from error
    grown = [row for row in rows if row["benchmark"] == GROWTH]
    points: dict[str, dict[int, float]] = {}
    for row in grown:
        if row["fingerprint"] == grown[-1]["fingerprint"]:
            points.setdefault(row["metric"], {})[int(row["n"])] = float(row["value"])
    speeds: dict[str, tuple[int, dict[str, float]]] = {}
    for row in rows:
        if found := _SPEED.fullmatch(row["benchmark"]):
            residues = _RESIDUES.search(row["data"])
            assert residues is not None
            _, values = speeds.setdefault(found[1], (int(residues[1]), {}))
            values[row["metric"]] = float(row["value"])
    if not points and not speeds:
        raise AssetError(f"{path} has no rows of growth or encoding speed")
    return Scaling(
        growth={metric: Series(points=found) for metric, found in points.items()},
        speeds=[Speed(shape=s, num_residues=n, values=values) for s, (n, values) in speeds.items()],
    )
