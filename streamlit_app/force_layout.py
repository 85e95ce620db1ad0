"""Places of a network's nodes by forces (Fruchterman and Reingold 1991): near along edges, else apart (pure).

Shapes: N nodes, M edges.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_STEPS = 150
_SEED = 7

Places = npt.NDArray[np.float64]


def force_layout(num_nodes: int, edges: Sequence[tuple[int, int, float]]) -> Places:
    """Places (N, 2), -1 to 1, of nodes; the same input gives the same places.

    Parameters
    ----------
    edges
        (node, node, weight from 0 to 1): the heavier, the nearer.
    """
    places_N2 = np.random.default_rng(_SEED).uniform(-1, 1, (num_nodes, 2))
    if num_nodes < 2:
        return np.zeros((num_nodes, 2))
    weights_NN = np.zeros((num_nodes, num_nodes))
    for first, second, weight in edges:
        if first != second:
            weights_NN[first, second] = weights_NN[second, first] = max(weight, weights_NN[first, second])
    ideal = num_nodes**-0.5
    for step in range(_STEPS):
        heat = 0.2 * (1 - step / _STEPS)
        apart_NN2 = places_N2[:, None] - places_N2[None]
        distance_NN = np.maximum(np.linalg.norm(apart_NN2, axis=2), 1e-6)
        push_NN = ideal**2 / distance_NN**2 - weights_NN * distance_NN / ideal
        # A little towards the middle: parts without an edge between them must not drift away.
        move_N2 = (apart_NN2 * push_NN[..., None]).sum(axis=1) - 0.5 * places_N2
        length_N1 = np.maximum(np.linalg.norm(move_N2, axis=1, keepdims=True), 1e-9)
        places_N2 = places_N2 + move_N2 / length_N1 * np.minimum(length_N1, heat)
    places_N2 -= places_N2.mean(axis=0)
    scaled: Places = places_N2 / max(float(np.abs(places_N2).max()), 1e-9)
    return scaled
