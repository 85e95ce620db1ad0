"""Annotated proteins near a query: found by embedding, told with their alignment."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from protclip.data.atlas import Atlas
from protclip.errors import FingerprintError
from protclip.predict.alignment import Alignment, align
from protclip.records import Protein

Rows = npt.NDArray[np.float32]
_BLOCK = 32
"""Queries compared at once: memory holds a cosine with every protein for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A known protein and how near it is: cosine of the embeddings, -1 to 1, and the alignment where one was made."""

    protein: Protein
    cosine: float
    alignment: Alignment | None = None


class ProteinSource(Protocol):
    """Known proteins with embeddings: an atlas in memory, or an index (`vector_store.neighbours`)."""

    @property
    def name(self) -> str:
        """What results call it."""
        ...

    @property
    def fingerprint(self) -> str:
        """The checkpoint whose embeddings it holds."""
        ...

    def nearest(
        self, embeddings: Rows, top: int, exclude: Sequence[Collection[str]] = ()
    ) -> list[list[Neighbour]]:
        """For each of n unit rows (n, E) at most ``top`` proteins by cosine, best first, not aligned.

        ``exclude`` has the accessions that must not come back, one collection a row; () excludes none.
        """
        ...


class AtlasSource:
    """An atlas in memory; every pair is compared.

    Raises
    ------
    FingerprintError
        If the atlas is of another checkpoint than the one asked for.
    """

    def __init__(self, atlas: Atlas, name: str, fingerprint: str | None = None) -> None:
        if fingerprint is not None and atlas.fingerprint != fingerprint:
            raise FingerprintError(
                f"{name} has embeddings of the checkpoint {atlas.fingerprint}, the model is {fingerprint}; "
                "give an atlas or an index made with this model"
            )
        self._atlas, self._name = atlas, name

    @property
    def name(self) -> str:
        """What results call it."""
        return self._name

    @property
    def fingerprint(self) -> str:
        """The checkpoint whose embeddings it holds."""
        return self._atlas.fingerprint

    def nearest(
        self, embeddings: Rows, top: int, exclude: Sequence[Collection[str]] = ()
    ) -> list[list[Neighbour]]:
        """As `ProteinSource.nearest`; equal cosines come in the atlas's order."""
        found = []
        for first in range(0, len(embeddings), _BLOCK):
            cosines = embeddings[first : first + _BLOCK] @ self._atlas.protein_vectors.T
            for number, row in enumerate(cosines, start=first):
                found.append(self._best(row, top, exclude[number] if exclude else ()))
        return found

    def _best(self, cosines: Rows, top: int, without: Collection[str]) -> list[Neighbour]:
        wanted = min(top + len(without), len(cosines))
        if not wanted:
            return []
        places = np.argpartition(-cosines, wanted - 1)[:wanted]
        ordered = places[np.lexsort((places, -cosines[places]))]
        near = (
            Neighbour(protein=self._atlas.proteins[place], cosine=float(np.clip(cosines[place], -1, 1)))
            for place in ordered
        )
        return [n for n in near if n.protein.accession not in without][:top]


def aligned(sequence: str, neighbours: Sequence[Neighbour]) -> list[Neighbour]:
    """The neighbours with their alignments to a sequence, in their order.

    Raises
    ------
    InputError
        If the sequence is empty or has a character that is no residue.
    """
    alignments = align(sequence, [neighbour.protein.sequence for neighbour in neighbours])
    return [replace(n, alignment=a) for n, a in zip(neighbours, alignments, strict=True)]
