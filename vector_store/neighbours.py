"""An index as a source of known proteins for predictors."""

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

from protclip.predict.neighbours import Neighbour
from vector_store.store import ProteinStore, SearchFilter, StoreQuery


class StoreSource:
    """The annotated proteins of an index, as `protclip.predict.neighbours.ProteinSource` asks for them."""

    def __init__(self, store: ProteinStore, name: str = "") -> None:
        info = store.info()
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
            where = SearchFilter(exclude=tuple(exclude[number]) if exclude else ())
            points = self._store.query(StoreQuery(limit=top, protein_vector=row, filter=where))
            found.append(
                [Neighbour(protein=p.protein, cosine=float(np.clip(p.score, -1, 1))) for p in points]
            )
        return found
