"""An index as a source of known proteins for predictors."""

from collections.abc import Collection, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from protclip.data.ontology import ROOTS, Ontology
from protclip.predict.neighbours import Neighbour
from protclip.predict.term_evidence import TermColumns
from protclip.predict.words import WordIndex
from vector_store.store import ProteinStore, SearchFilter, StoreQuery

_ANY_TERM = tuple(ROOTS.values())
_READ_AT_ONCE = 2_000


class StoreSource:
    """The proteins of an index, as `protclip.predict.neighbours.ProteinSource` asks for them.

    Parameters
    ----------
    name
        What results call it; by default where it lies.
    annotated
        Give only proteins with a GO term.
    """

    def __init__(self, store: ProteinStore, name: str = "", *, annotated: bool = False) -> None:
        info = store.info()
        self._go = _ANY_TERM if annotated else ()
        self._store, self._name, self._fingerprint = store, name or info.location, info.fingerprint

    @property
    def name(self) -> str:
        """Where the index lies."""
        return self._name

    @property
    def fingerprint(self) -> str:
        """The checkpoint whose embeddings it holds."""
        return self._fingerprint

    def nearest(
        self, embeddings: npt.NDArray[np.float32], top: int, exclude: Sequence[Collection[str]] = ()
    ) -> list[list[Neighbour]]:
        """As `ProteinSource.nearest`; equal cosines are ordered by accession.

        Raises
        ------
        StoreError
            If the store fails.
        """
        found = []
        for number, row in enumerate(embeddings):
            where = SearchFilter(go=self._go, exclude=tuple(exclude[number]) if exclude else ())
            points = self._store.query(StoreQuery(limit=top, protein_vector=row, filter=where))
            found.append(
                [Neighbour(protein=p.protein, cosine=float(np.clip(p.score, -1, 1))) for p in points]
            )
        return found

    def sharing_words(
        self, sequence: str, embedding: npt.NDArray[np.float32], top: int, exclude: Collection[str] = ()
    ) -> list[Neighbour]:
        """As `ProteinSource.sharing_words`; the first call reads every sequence of the index.

        Raises
        ------
        StoreError
            If the store fails.
        """
        accessions, words = self._words
        places = words.candidates(sequence, top + len(exclude))
        names = [accessions[place] for place in places if accessions[place] not in exclude][:top]
        rows = zip(self._store.get(names), self._store.vectors(names, "protein"), strict=True)
        return [
            Neighbour(protein=protein, cosine=float(np.clip(vector @ embedding, -1, 1)))
            for protein, vector in rows
            if protein is not None and vector is not None
        ]

    @cached_property
    def _words(self) -> tuple[list[str], WordIndex]:
        """The accessions of the index and the words of their sequences."""
        accessions, sequences = [], []
        everyone = sorted(self._store.accessions())
        for first in range(0, len(everyone), _READ_AT_ONCE):
            for protein in self._store.get(everyone[first : first + _READ_AT_ONCE]):
                if protein is not None and (protein.of_kind("go") or not self._go):
                    accessions.append(protein.accession)
                    sequences.append(protein.sequence)
        return accessions, WordIndex(sequences)


def term_columns_of(store: ProteinStore, ontology: Ontology) -> TermColumns:
    """The terms of an ontology, with their frequencies among the annotated proteins of an index.

    Raises
    ------
    StoreError
        If the store fails.
    """
    columns = TermColumns(ontology)
    counts = store.facet("go", SearchFilter(), len(ontology) + 1)
    num_annotated = sum(number for _, number in store.facet("named", SearchFilter(go=_ANY_TERM), 2))
    columns.count(counts, num_annotated)
    return columns
