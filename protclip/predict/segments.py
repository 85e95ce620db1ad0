"""Stretches of a protein that stand out of a per-residue track, as ranked intervals."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

MAX_GAP = 2
"""Residues below the threshold that a segment may run over between two that are above it."""
MIN_LENGTH = 3
"""Shorter segments are left out."""

Values = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Residues ``start`` to ``end``, both counted from 1 and both inside.

    ``mean`` is of the track over them, ``excess`` the sum of what they have above the track's threshold, by which
    segments are ranked; both in the track's unit.
    """

    start: int
    end: int
    mean: float
    excess: float

    def __post_init__(self) -> None:
        if not 1 <= self.start <= self.end:
            raise ValueError(f"a segment from {self.start} to {self.end} is none; residues count from 1")

    @property
    def length(self) -> int:
        """Residues in it."""
        return self.end - self.start + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A value for each residue of a protein.

    Attributes
    ----------
    name
        What the values are ("contribution", "bsr_gain", "pda_weight", "pda_weight:FUNCTION").
    values
        float32 (L,).
    threshold
        Residues above it make up the segments.
    p_value
        How often, 0 to 1, the best segment of the same residues in random order is at least as prominent; None
        where there is no segment or nothing was drawn. It counts the protein itself, so it is never 0.
    """

    name: str
    values: Values
    threshold: float
    p_value: float | None = None

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Stretches above the threshold, the one with the most excess first."""
        places = np.flatnonzero(self.values > self.threshold)
        if not len(places):
            return ()
        stretches = np.split(places, np.flatnonzero(np.diff(places) > MAX_GAP + 1) + 1)
        found = [
            self._segment(int(s[0]), int(s[-1]) + 1) for s in stretches if s[-1] - s[0] + 1 >= MIN_LENGTH
        ]
        return tuple(sorted(found, key=lambda segment: (-segment.excess, segment.start)))

    @property
    def prominence(self) -> float:
        """Excess of the first segment in standard deviations of the track; 0 without a segment or deviation."""
        segments, deviation = self.segments, float(self.values.std())
        return segments[0].excess / deviation if segments and deviation else 0.0

    def _segment(self, start: int, end: int) -> Segment:
        inside = self.values[start:end].astype(np.float64)
        return Segment(
            start=start + 1,
            end=end,
            mean=float(inside.mean()),
            excess=float((inside - self.threshold).sum()),
        )


def standing_out(name: str, values: Values) -> Track:
    """A track whose threshold is one standard deviation above the mean of its residues.

    Examples
    --------
    >>> track = standing_out("example", np.array([0, 0, 5, 6, 5, 0, 0, 0, 0, 0], dtype=np.float32))
    >>> [(segment.start, segment.end, round(segment.mean, 1)) for segment in track.segments]
    [(3, 5, 5.3)]
    """
    return Track(name=name, values=values, threshold=float(values.mean() + values.std()))
