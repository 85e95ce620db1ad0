"""Which share of the index lies below a hit."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_ROUNDING = 1e-6
"""Of a float32 cosine: a hit must not count itself among the proteins below it."""


def percentiles(cosines: Sequence[float], background: npt.NDArray[np.float32]) -> list[float]:
    """For each cosine the share in percent, 0 to 100, of the background's cosines (n,) that lie below it."""
    found = np.array(cosines, dtype=np.float64) - _ROUNDING
    # Sorting the few hits instead of the whole background: where among them each protein falls.
    order = np.argsort(found)
    places = np.searchsorted(found[order], background, side="right")
    shares = np.empty(len(found))
    shares[order] = np.cumsum(np.bincount(places, minlength=len(found) + 1))[: len(found)]
    told: list[float] = (shares / len(background) * 100).tolist()
    return told
