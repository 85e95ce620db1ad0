"""Which residues an objective hides (Zhou et al. 2025: MLM, and the static segments of BSR).

Shapes: B proteins, L tokens with specials and padding. The same generator state gives the same masks.
"""

import itertools
import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from protclip.model.release_compat import PAPER, ReleaseCompat

MASK_SHARE = 0.15
"""Share of a protein's residues that an objective hides."""
SHORTEST, LONGEST = 5, 10
"""Residues in a static segment."""

Mask = npt.NDArray[np.bool_]


def independent_mask(is_residue_BL: Mask, rng: np.random.Generator) -> Mask:
    """Each residue with a chance of 15%, on its own (MLM); specials and padding never."""
    return is_residue_BL & (rng.random(is_residue_BL.shape) < MASK_SHARE)


def segment_mask(is_residue_BL: Mask, rng: np.random.Generator, compat: ReleaseCompat = PAPER) -> Mask:
    """Stretches of 5 to 10 residues until 15% of a protein is covered (BSR, static segments).

    Lengths are uniform, starts uniform over residues that are not covered yet, overlap is allowed, and
    a stretch ends with its protein: of a protein of one residue that residue is hidden.

    Parameters
    ----------
    is_residue_BL
        True at real residues, which stand in one piece behind <cls>.
    compat
        ``collapsing_segments`` and ``padded_quota`` give the release's form.
    """
    lengths = _collapsing_lengths(rng) if compat.collapsing_segments else _lengths(rng)
    masks_BL = np.zeros_like(is_residue_BL)
    for mask, is_residue in zip(masks_BL, is_residue_BL, strict=True):
        places = np.arange(1, len(is_residue) - 1) if compat.padded_quota else np.flatnonzero(is_residue)
        mask[places] = _covered(len(places), lengths, rng)
    return masks_BL & is_residue_BL


def segment_cover(num_residues: int, rng: np.random.Generator) -> list[Mask]:
    """Masks (L,) of passes that together hide every residue exactly once, in stretches of 5 to 10.

    The protein is cut into consecutive stretches of random length, and every seventh goes into the same pass, so
    that a pass hides about the share that training does. A protein of fewer than 5 residues is one stretch.
    """
    starts, rest = [0], num_residues
    while rest > LONGEST:
        # What is left must be long enough for a stretch of its own.
        length = min(int(rng.integers(SHORTEST, LONGEST + 1)), rest - SHORTEST)
        starts.append(starts[-1] + length)
        rest -= length
    stretch_of = np.searchsorted(starts, np.arange(num_residues), side="right") - 1
    num_passes = min(math.ceil(1 / MASK_SHARE), len(starts))
    return [stretch_of % num_passes == number for number in range(num_passes)]


def _covered(num_places: int, lengths: Iterator[int], rng: np.random.Generator) -> Mask:
    covered = np.zeros(num_places, dtype=np.bool_)
    # In a random order whose covered places are passed over, the next start is uniform over the uncovered.
    for start in rng.permutation(num_places):
        if np.count_nonzero(covered) >= MASK_SHARE * num_places:
            break
        if not covered[start]:
            covered[start : start + next(lengths)] = True
    return covered


def _lengths(rng: np.random.Generator) -> Iterator[int]:
    return (int(rng.integers(SHORTEST, LONGEST + 1)) for _ in itertools.count())


def _collapsing_lengths(rng: np.random.Generator) -> Iterator[int]:
    """The release's: each draw replaces its own upper bound, and a segment has one residue more than drawn."""
    bound = LONGEST
    while True:
        bound = int(rng.integers(bound // 2, bound + 1))
        yield bound + 1
