"""A value for each residue as a short track that fits into a table cell (pure)."""

import numpy as np
import numpy.typing as npt

NUM_BINS = 40
Track = tuple[float, ...]


def binned(values: npt.NDArray[np.float32], num_bins: int = NUM_BINS) -> Track:
    """Sums over ``num_bins`` stretches of nearly equal length, from the first residue to the last.

    A protein with fewer residues has a bin for each. The bins add up to what the residues add up to.
    """
    num_bins = min(num_bins, len(values))
    if not num_bins:
        return ()
    starts = np.linspace(0, len(values), num_bins, endpoint=False).astype(int)
    return tuple(float(total) for total in np.add.reduceat(values.astype(np.float64), starts))


def for_the_eye(track: Track) -> list[float]:
    """A track scaled to its largest bin, from -1 to 1: shapes can be compared, heights cannot."""
    largest = max(map(abs, track), default=0.0)
    return [value / largest if largest else 0.0 for value in track]
