"""Rank arithmetic without an engine: reciprocal rank fusion, and the direction that examples point in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from protclip.errors import InputError
from vector_store.store import StoreLeg, Vector

RRF_K = 2
"""Qdrant's default. With the 60 of Cormack et al. (2009) the first hit of a leg counts hardly more than its tenth,
which wastes a leg that is much better than the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fused:
    """One accession with its fused score and its rank, from 1, in each leg that found it."""

    accession: str
    score: float
    leg_ranks: tuple[tuple[StoreLeg, int], ...]


def fuse(
    legs: Mapping[StoreLeg, Sequence[str]], weights: Mapping[StoreLeg, float], k: int = RRF_K
) -> list[Fused]:
    """Reciprocal rank fusion as Qdrant computes it, so that either may do the work.

    Parameters
    ----------
    legs
        Accessions of each leg, best first, without repeats.
    weights
        Weight >= 0 of each leg; it divides the rank, so that a leg of weight 2 is read twice as far
        down. Qdrant counts ranks from 0: rank 1 of weight 1 scores 1 / k.

    Returns
    -------
    list of Fused
        Best first; equal scores in order of accession.
    """
    scores: dict[str, float] = {}
    ranks: dict[str, list[tuple[StoreLeg, int]]] = {}
    for leg, accessions in legs.items():
        for rank, accession in enumerate(accessions, start=1):
            share = 1.0 / (rank / weights[leg] + k - 1) if weights[leg] > 0 else 0.0
            scores[accession] = scores.get(accession, 0.0) + share
            ranks.setdefault(accession, []).append((leg, rank))
    order = sorted(scores, key=lambda accession: (-scores[accession], accession))
    return [Fused(accession=a, score=scores[a], leg_ranks=tuple(ranks[a])) for a in order]


def example_vector(positive: Sequence[Vector], negative: Sequence[Vector]) -> Vector:
    """The unit vector that "more like these, less like those" searches with, shape (d,).

    Qdrant's "average vector" strategy: the mean of the positive examples, moved away from the mean of
    the negative ones by their difference. It is a direction in the shared space, so hits have a cosine.

    Raises
    ------
    InputError
        If there is no positive example, or the examples cancel each other out.
    """
    if not positive:
        raise InputError("there is nothing to look for: give at least one protein that hits should be like")
    mean = np.asarray(np.stack(positive).mean(axis=0), dtype=np.float64)
    if negative:
        mean = 2 * mean - np.asarray(np.stack(negative).mean(axis=0), dtype=np.float64)
    norm = float(np.linalg.norm(mean))
    if norm < 1e-6:
        raise InputError("the examples cancel each other out. Take some of them away")
    return np.asarray(mean / norm, dtype=np.float32)
