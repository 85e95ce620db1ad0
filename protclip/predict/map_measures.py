"""How far a map can be believed, measured on a sample of its proteins against all of them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from protclip.predict.map_placing import middles

Rows = npt.NDArray[np.float32]
Places = npt.NDArray[np.int64]
_BLOCK = 64
_USUAL = 95


@dataclass(frozen=True, slots=True, kw_only=True)
class MapMeasures:
    """What is measured of a map on ``num_sampled`` proteins, each with its ``num_neighbours`` nearest.

    ``trustworthiness``, 0 to 1: 1 less what is lost by neighbours on the map that are none in the space, by how far
    down they rank there (Venna and Kaski 2001). ``overlap``: share of the neighbours in the space that are
    neighbours on the map. ``usual_distance`` and ``usual_spread``: 95 of 100 proteins have a nearest other
    protein within this distance (1 less the cosine), and neighbours spread no wider on the map.
    ``placing_error``: median distance on the map between a protein and the place it gets as a new one.
    """

    num_sampled: int
    num_neighbours: int
    trustworthiness: float
    overlap: float
    usual_distance: float
    usual_spread: float
    placing_error: float


def measure_map(rows: Rows, coordinates: Rows, sampled: Places, num_neighbours: int) -> MapMeasures:
    """Measure a map on some of its proteins.

    Parameters
    ----------
    rows
        Unit rows (n, E).
    coordinates
        Their places (n, 2).
    sampled
        Which of them to measure on, shape (m,).
    num_neighbours
        k, with 2n > 3k + 1.
    """
    n, k = len(rows), num_neighbours
    excess, shared = 0, 0
    distances, spreads, errors = [], [], []
    for first in range(0, len(sampled), _BLOCK):
        block = sampled[first : first + _BLOCK]
        cosines = without_self(rows[block] @ rows.T, block)
        in_space, cosines_of_near = nearest(cosines, k)
        on_map, _ = nearest(without_self(_nearness(coordinates, block), block), k)
        excess += int(np.maximum(_ranks(cosines, on_map) - k, 0).sum())
        shared += int((in_space[:, :, None] == on_map[:, None, :]).sum())
        places, spread = middles(coordinates[in_space], cosines_of_near)
        distances.append(1 - cosines_of_near[:, 0])
        spreads.append(spread)
        errors.append(np.linalg.norm(places - coordinates[block], axis=1))
    m = len(sampled)
    return MapMeasures(
        num_sampled=m,
        num_neighbours=k,
        trustworthiness=1 - 2 * excess / (m * k * (2 * n - 3 * k - 1)),
        overlap=shared / (m * k),
        usual_distance=float(np.percentile(np.concatenate(distances), _USUAL)),
        usual_spread=float(np.percentile(np.concatenate(spreads), _USUAL)),
        placing_error=float(np.median(np.concatenate(errors))),
    )


def nearest(values: Rows, k: int) -> tuple[Places, Rows]:
    """Places (m, k) of the k greatest values in each row of (m, n), greatest first, and those values."""
    found = np.argpartition(-values, k - 1, axis=1)[:, :k]
    order = np.argsort(-np.take_along_axis(values, found, axis=1), axis=1, kind="stable")
    found = np.take_along_axis(found, order, axis=1)
    return found, np.take_along_axis(values, found, axis=1)


def without_self(values: Rows, own: Places) -> Rows:
    """The values (m, n) with that of each row's own column put last."""
    values[np.arange(len(own)), own] = -np.inf
    return values


def _nearness(coordinates: Rows, block: Places) -> Rows:
    offsets = coordinates[block][:, None, :] - coordinates[None, :, :]
    return -np.einsum("mnd,mnd->mn", offsets, offsets)


def _ranks(cosines: Rows, columns: Places) -> Places:
    """The rank from 1, by falling cosine, of some columns (m, k) in their rows."""
    own = np.take_along_axis(cosines, columns, axis=1)
    return 1 + np.stack([(cosines > own[:, [j]]).sum(axis=1) for j in range(own.shape[1])], axis=1)
