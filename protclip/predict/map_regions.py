"""A region of a map that somebody drew: its outline, as text that fits an address, and what lies inside."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from protclip.errors import InputError

Corner = tuple[float, float]
MAX_CORNERS = 60
_NUMBER = r"-?\d{1,6}(?:\.\d{1,6})?"
_TEXT = re.compile(rf"{_NUMBER},{_NUMBER}(?:_{_NUMBER},{_NUMBER})+")
ACCEPTED = (
    "two opposite corners of a box, as 1.5,2_4,6.25, or the corners of an outline, as 0,0_2,0_1,2, "
    f"at most {MAX_CORNERS}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A closed outline of three corners or more, kept to a hundredth of the map's unit."""

    corners: tuple[Corner, ...]

    def __post_init__(self) -> None:
        if not 3 <= len(self.corners) <= MAX_CORNERS:
            raise ValueError(f"an outline has 3 to {MAX_CORNERS} corners, not {len(self.corners)}")

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, right, bottom and top."""
        xs, ys = zip(*self.corners, strict=True)
        return min(xs), max(xs), min(ys), max(ys)

    @property
    def is_box(self) -> bool:
        """Whether it is an upright rectangle."""
        left, right, bottom, top = self.bounds
        return self.corners == _box_corners(left, right, bottom, top)

    @property
    def text(self) -> str:
        """The region as `parse_region` reads it."""
        left, right, bottom, top = self.bounds
        corners = ((left, bottom), (right, top)) if self.is_box else self.corners
        return "_".join(f"{x:.2f},{y:.2f}" for x, y in corners)

    def contains(self, coordinates: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
        """Which of n points (n, 2) lie inside, by the even-odd rule; shape (n,)."""
        left, right, bottom, top = self.bounds
        x, y = coordinates[:, 0], coordinates[:, 1]
        inside = np.zeros(len(coordinates), dtype=bool)
        near = np.flatnonzero((x >= left) & (x <= right) & (y >= bottom) & (y <= top))
        if self.is_box:
            inside[near] = True
            return inside
        x, y = x[near], y[near]
        odd = np.zeros(len(near), dtype=bool)
        for (x0, y0), (x1, y1) in zip(self.corners, self.corners[1:] + self.corners[:1], strict=True):
            if y0 != y1:
                crosses = (y0 > y) != (y1 > y)
                odd ^= crosses & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
        inside[near] = odd
        return inside


def box(left: float, right: float, bottom: float, top: float) -> Region:
    """An upright rectangle.

    Raises
    ------
    InputError
        If it has no area, or a side is no number.
    """
    sides = tuple(round(side, 2) for side in (left, right, bottom, top) if math.isfinite(side))
    if len(sides) < 4 or sides[0] >= sides[1] or sides[2] >= sides[3]:
        raise InputError(
            f"a box from {left} to {right} and from {bottom} to {top} holds nothing; give the lower side first"
        )
    return Region(corners=_box_corners(*sides))


def outline(corners: Sequence[Corner]) -> Region:
    """What somebody drew by hand, thinned evenly to `MAX_CORNERS` corners.

    Raises
    ------
    InputError
        If fewer than three different corners are left, or they lie on one level or upright line.
    """
    step = max(len(corners) / MAX_CORNERS, 1)
    kept = [corners[int(n * step)] for n in range(min(len(corners), MAX_CORNERS))]
    rounded = tuple(dict.fromkeys((round(x, 2), round(y, 2)) for x, y in kept))
    if len(rounded) < 3 or any(len(set(side)) == 1 for side in zip(*rounded, strict=True)):
        raise InputError("the outline encloses nothing; draw around some points")
    return Region(corners=rounded)


def parse_region(text: str) -> Region:
    """Read a region.

    Raises
    ------
    InputError
        If it is none.
    """
    if len(text) > 20 * MAX_CORNERS or not _TEXT.fullmatch(text):
        raise InputError(f"this is no region of a map; give {ACCEPTED}")
    corners = [(float(x), float(y)) for x, y in (pair.split(",") for pair in text.split("_"))]
    if len(corners) > MAX_CORNERS:
        raise InputError(f"an outline of {len(corners)} corners; give {ACCEPTED}")
    if len(corners) == 2:
        (x0, y0), (x1, y1) = corners
        return box(min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1))
    return outline(corners)


def _box_corners(left: float, right: float, bottom: float, top: float) -> tuple[Corner, ...]:
    return (left, bottom), (right, bottom), (right, top), (left, top)
