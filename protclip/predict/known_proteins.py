"""The proteins a head was fitted on, in few bytes: how far a protein lies from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.float32]
NUM_DIRECTIONS = 96
"""Directions kept of an embedding; of the 256 of protclip-mini they hold 96% of what SHS27k's proteins have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestTraining:
    """The training protein nearest to a protein, and the cosine, -1 to 1, of the two embeddings."""

    accession: str
    cosine: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownProteins:
    """n training proteins as unit rows (n, K) along K orthonormal ``directions`` (K, E).

    A row is its embedding without what lies outside of these directions, made a unit vector again: the cosine of a
    training protein to itself is a little below 1. ``usual_cosine`` is what 95 of 100 proteins that a calibration
    was measured on, and that were new to the head then, have as cosine to their nearest.
    """

    accessions: tuple[str, ...]
    directions: Rows
    rows: Rows
    usual_cosine: float = -1.0

    @classmethod
    def of(cls, accessions: Sequence[str], embeddings: Rows, num_directions: int = NUM_DIRECTIONS) -> Self:
        """Keep the leading directions of unit rows (n, E)."""
        directions = np.linalg.svd(embeddings, full_matrices=False)[2][:num_directions]
        rows = embeddings @ directions.T
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return cls(accessions=tuple(accessions), directions=directions, rows=rows)

    def nearest(self, embeddings: Rows) -> list[NearestTraining]:
        """The nearest training protein of each of m unit rows (m, E)."""
        cosines = (embeddings @ self.directions.T) @ self.rows.T
        places = cosines.argmax(axis=1)
        return [
            NearestTraining(accession=self.accessions[place], cosine=float(np.clip(row[place], -1, 1)))
            for place, row in zip(places, cosines, strict=True)
        ]
