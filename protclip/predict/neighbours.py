"""Annotated proteins near a query: found by embedding, told with their alignment."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

from protclip.data.atlas import Atlas
from protclip.errors import FingerprintError
from protclip.predict.alignment import Alignment, SequenceSet, align
from protclip.predict.words import WordIndex
from protclip.records import Protein

Rows = npt.NDArray[np.float32]
DATABASE_RESIDUES = 200_000_000
"""Size of the database that E-values are told for: about that of Swiss-Prot, whatever a source holds."""
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

    def sharing_words(
        self, sequence: str, embedding: Rows, top: int, exclude: Collection[str] = ()
    ) -> list[Neighbour]:
        """At most ``top`` proteins that share words with a sequence (`protclip.predict.words`), likeliest first.

        They may be homologous and are not aligned; ``embedding`` (E,) is the sequence's.
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

    def sharing_words(
        self, sequence: str, embedding: Rows, top: int, exclude: Collection[str] = ()
    ) -> list[Neighbour]:
        """As `ProteinSource.sharing_words`; the first call reads every sequence."""
        places = self._words.candidates(sequence, top + len(exclude))
        cosines = np.clip(self._atlas.protein_vectors[places] @ embedding, -1, 1)
        near = (
            Neighbour(protein=self._atlas.proteins[place], cosine=float(cosine))
            for place, cosine in zip(places, cosines, strict=True)
        )
        return [n for n in near if n.protein.accession not in exclude][:top]

    @cached_property
    def _words(self) -> WordIndex:
        return WordIndex([protein.sequence for protein in self._atlas.proteins])

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


def aligned_homologues(
    sequence: str, candidates: Sequence[Neighbour], expect: float, most: int
) -> list[Neighbour]:
    """The candidates that align to a sequence, best alignment first.

    Parameters
    ----------
    expect
        Greatest E-value, in a database of `DATABASE_RESIDUES`.
    most
        So many are told at most.

    Raises
    ------
    InputError
        If the sequence is empty or has a character that is no residue.
    """
    scores = SequenceSet([n.protein.sequence for n in candidates]).scores(sequence)
    # An alignment costs many times its score: only the best are made.
    best = sorted(range(len(scores)), key=lambda i: (-scores[i], candidates[i].protein.accession))[:most]
    told = aligned(sequence, [candidates[place] for place in best])
    return [n for n in told if n.alignment is not None and n.alignment.expect(DATABASE_RESIDUES) <= expect]


def aligned(sequence: str, neighbours: Sequence[Neighbour]) -> list[Neighbour]:
    """The neighbours with their alignments to a sequence, in their order.

    Raises
    ------
    InputError
        If the sequence is empty or has a character that is no residue.
    """
    alignments = align(sequence, [neighbour.protein.sequence for neighbour in neighbours])
    return [replace(n, alignment=a) for n, a in zip(neighbours, alignments, strict=True)]
