"""An index as a source of known proteins for predictors."""

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

from protclip.data.ontology import ROOTS, Ontology
from protclip.predict.neighbours import Neighbour
from protclip.predict.term_evidence import TermColumns
from vector_store.store import ProteinStore, SearchFilter, StoreQuery

_ANY_TERM = tuple(ROOTS.values())


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
