"""New proteins on a map that is there: each amid its nearest known ones."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.float32]
NUM_NEIGHBOURS = 15
_STEPS, _NO_DISTANCE = 30, 1e-3
Near = Sequence[tuple[str, float]]
"""Known proteins by accession with the cosine to a new one, nearest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A new protein on a map.

    ``distance`` is 1 less the cosine to ``nearest``, the nearest protein of the map; ``spread`` how far its
    neighbours lie from its place, in units of the map. It is far where 95 of 100 proteins of the map have
    a nearer neighbour, and torn where 95 of 100 have neighbours that lie closer together: its place then says little.
    """

    accession: str
    x: float
    y: float
    nearest: str
    distance: float
    spread: float
    is_far: bool
    is_torn: bool


def placed_row(placed: Placed) -> dict[str, str | float]:
    """A placed protein as a row of `protclip map place` and of the HTTP API; ``warnings`` of "far" and "torn"."""
    told = asdict(placed)
    warned = [word for word in ("far", "torn") if told.pop(f"is_{word}")]
    return told | {"warnings": ",".join(warned)}


def middles(places: Rows, cosines: Rows) -> tuple[Rows, Rows]:
    """The weighted geometric medians of neighbours on a map, and how far these lie from them.

    The median is where most of the weight is; the mean of neighbours on two islands would lie in the sea between
    (docs/map.md has both measured).

    Parameters
    ----------
    places
        Of the k neighbours of m proteins, shape (m, k, 2).
    cosines
        To each of them, shape (m, k).

    Returns
    -------
    tuple
        The medians (m, 2), by Weiszfeld's steps, and the root mean square distance (m,) from them, by the same
        weights: each falls by e where the distance grows by its mean over the neighbours.
    """
    beyond = cosines.max(axis=1, keepdims=True) - cosines
    weights = np.exp(-beyond / (beyond.mean(axis=1, keepdims=True) + 1e-9))
    weights /= weights.sum(axis=1, keepdims=True)
    found = np.einsum("mk,mkd->md", weights, places)
    for _ in range(_STEPS):
        away = np.linalg.norm(places - found[:, None, :], axis=2)
        pull = weights / np.maximum(away, _NO_DISTANCE)
        found = np.einsum("mk,mkd->md", pull / pull.sum(axis=1, keepdims=True), places)
    squares = ((places - found[:, None, :]) ** 2).sum(axis=2)
    return found, np.sqrt((weights * squares).sum(axis=1))


def place(
    accession: str, near: Near, places: Mapping[str, Rows], usual: tuple[float, float]
) -> Placed | None:
    """Place one protein; None where none of its neighbours is on the map.

    Parameters
    ----------
    near
        Its neighbours; the first `NUM_NEIGHBOURS` of those on the map are used.
    places
        Coordinates (2,) of the map's proteins by accession.
    usual
        Distance and spread that 95 of 100 proteins of the map do not exceed.
    """
    known = [(name, cosine) for name, cosine in near if name in places][:NUM_NEIGHBOURS]
    if not known:
        return None
    cosines = np.array([[cosine for _, cosine in known]], dtype=np.float32)
    found, spreads = middles(np.stack([places[name] for name, _ in known])[None], cosines)
    distance, spread = 1 - known[0][1], float(spreads[0])
    return Placed(
        accession=accession,
        x=float(found[0, 0]),
        y=float(found[0, 1]),
        nearest=known[0][0],
        distance=max(distance, 0.0),
        spread=spread,
        is_far=distance > usual[0],
        is_torn=spread > usual[1],
    )
