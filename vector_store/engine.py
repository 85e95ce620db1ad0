"""What both engines have in common: checks, legs, fusion, order. An engine adds eight primitives."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from protclip.batching import batches
from protclip.errors import InputError, StoreError
from protclip.records import Protein
from vector_store.fuse import Fused, example_vector, fuse
from vector_store.manifest import IndexManifest
from vector_store.payload import protein_of
from vector_store.schema import (
    VECTOR_OF_LEG,
    Conditions,
    Lexicon,
    PointData,
    Sparse,
    checked,
    conditions_of,
    facet_value,
    point_data,
    point_id,
    term_query,
)
from vector_store.store import (
    LEGS,
    FacetField,
    ScoredPoint,
    SearchFilter,
    StoreInfo,
    StoreLeg,
    StorePoint,
    StoreQuery,
    Vector,
    VectorName,
)

_PAGE = 2_048
_MIN_DEPTH, _DEPTH_PER_HIT = 100, 5
_SLACK, _MAX_FETCH = 20, 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One answer of one leg."""

    accession: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One stored point: the payload fields and the vector that were asked for."""

    payload: Mapping[str, Any]
    vector: Sequence[float] | None = None

    @property
    def accession(self) -> str:
        """Whose point it is."""
        return str(self.payload.get("accession", ""))


Page = tuple[list[Row], Any]
"""Rows and where the next page begins, None at the end."""


class EngineStore(ABC):
    """A `ProteinStore` over the primitives of an engine."""

    engine: str
    batch_size: int

    def __init__(self, manifest: IndexManifest, location: str) -> None:
        self._manifest, self._location = manifest, location
        self._lexicon = Lexicon(manifest.average_words)
        self._closed = False

    # Primitives. Each raises StoreError when the engine fails.

    @abstractmethod
    def _nearest(self, name: str, query: Vector | Sparse, where: Conditions, limit: int) -> list[Found]:
        """The best ``limit`` points of one named vector, best first."""

    @abstractmethod
    def _rows(self, ids: Sequence[str], fields: bool | list[str], vector: str | None) -> list[Row]:
        """The points of these ids that are there, in any order."""

    @abstractmethod
    def _page(self, start: Any, size: int, vector: str | None) -> Page:
        """A page of all points in order of id, with their accessions and one vector."""

    @abstractmethod
    def _values(self, key: str, where: Conditions, limit: int) -> list[tuple[object, int]]:
        """The most frequent values of an indexed field, exactly counted."""

    @abstractmethod
    def _write(self, points: Sequence[PointData]) -> None:
        """Insert or replace points, durably."""

    @abstractmethod
    def _count(self) -> int:
        """How many points there are."""

    @abstractmethod
    def _mark(self, manifest: IndexManifest) -> None:
        """Keep the manifest where the index is."""

    @abstractmethod
    def _release(self) -> None:
        """Let go of files and connections."""

    # The protocol.

    def info(self) -> StoreInfo:
        """What the collection says of itself."""
        self._require_open()
        return self._manifest.info(self.engine, self._location, self._count())

    def upsert(self, points: Iterable[StorePoint]) -> int:
        """Load points in batches and return how many; loading the same point again changes nothing.

        Raises
        ------
        InputError
            For a vector of the wrong size, all zeros, or with NaN: its batch is not stored, those
            before it are.
        """
        self._require_open()
        number = 0
        for batch in batches(points, self.batch_size):
            data = [point_data(p, self._lexicon, self._manifest.dimension) for p in batch]
            if self._manifest.complete:  # from here to finish() a kill would leave half of it
                self._set_manifest(replace(self._manifest, complete=False, files={}))
            self._write(data)
            number += len(data)
        return number

    def query(self, query: StoreQuery) -> list[ScoredPoint]:
        """At most ``query.limit`` proteins, best first; ties are broken by accession."""
        self._require_open()
        if query.limit < 1:
            raise InputError(f"a search for {query.limit} hits finds nothing; ask for 1 or more")
        legs, where = self._prepared(query)
        if not legs:
            return []
        if len(legs) == 1:
            return self._scored(self._one_leg(legs, where, query.limit))
        depth = max(_MIN_DEPTH, _DEPTH_PER_HIT * query.limit)
        ranked = {leg: [f.accession for f in self._ranked(leg, v, where, depth)] for leg, v in legs.items()}
        weights = dict(zip(LEGS, query.weights, strict=True))
        return self._scored(fuse(ranked, weights)[: query.limit])

    def facet(self, facet_field: FacetField, where: SearchFilter, limit: int) -> list[tuple[str, int]]:
        """The most frequent values of one field among the proteins that pass the filter."""
        self._require_open()
        found = self._values(facet_field, conditions_of(where), limit + _SLACK)
        counts = [(facet_value(facet_field, value), number) for value, number in found]
        return sorted(counts, key=lambda pair: (-pair[1], pair[0]))[:limit]

    def get(self, accessions: Sequence[str]) -> list[Protein | None]:
        """The proteins in the order asked, None where absent."""
        rows = self._by_accession(accessions, True, None)
        return [protein_of(rows[a].payload) if a in rows else None for a in accessions]

    def vectors(self, accessions: Sequence[str], name: VectorName) -> list[Vector | None]:
        """The stored vectors in the order asked, None where absent."""
        rows = self._by_accession(accessions, ["accession"], name)
        stored = {a: row.vector for a, row in rows.items() if row.vector is not None}
        return [np.asarray(stored[a], dtype=np.float32) if a in stored else None for a in accessions]

    def sample(self, size: int, name: VectorName) -> Vector:
        """At most ``size`` stored vectors as rows, the same ones each time; all of them if there are fewer.

        They are the first in order of point id; ids are hashes, so that is a random sample.
        """
        self._require_open()
        pages: list[Vector] = []
        for rows in self._pages(name):
            found = [row.vector for row in rows if row.vector is not None]
            if found:
                pages.append(np.asarray(found, dtype=np.float32))
            if sum(map(len, pages)) >= size:
                break
        empty: Vector = np.empty((0, self._manifest.dimension), dtype=np.float32)
        return np.concatenate([empty, *pages])[:size]

    def accessions(self) -> set[str]:
        """All accessions in the store (used to resume a load)."""
        self._require_open()
        return {row.accession for rows in self._pages(None) for row in rows}

    def close(self) -> None:
        """Release the store; a second call does nothing."""
        if not self._closed:
            self._closed = True
            self._release()

    # Shared steps.

    def _require_open(self) -> None:
        if self._closed:
            raise StoreError(f"the index {self._location} was closed; open it again")

    def _set_manifest(self, manifest: IndexManifest) -> None:
        self._mark(manifest)
        self._manifest = manifest

    def _prepared(self, query: StoreQuery) -> tuple[dict[StoreLeg, Vector | Sparse], Conditions]:
        """What each leg searches with, and the filter; examples become one vector of the protein leg."""
        vectors = (query.protein_vector, query.biotext_vector)
        if query.positive or query.negative:
            if query.lexical_text or query.terms or any(v is not None for v in vectors):
                raise InputError("a search by examples stands alone; leave vectors, terms and text out")
            vectors = (self._examples(query), None)
        legs: dict[StoreLeg, Vector | Sparse] = {
            leg: checked(v, self._manifest.dimension, f"the query's {leg} vector")
            for leg, v in zip(LEGS, vectors, strict=False)
            if v is not None
        }
        sparse = {"lexical": self._lexicon.query(query.lexical_text), "terms": term_query(query.terms)}
        legs.update({leg: vector for leg, vector in sparse.items() if vector.indices})  # type: ignore[misc]
        return legs, conditions_of(query.filter, excluded=(*query.positive, *query.negative))

    def _examples(self, query: StoreQuery) -> Vector:
        asked = (*query.positive, *query.negative)
        stored = dict(zip(asked, self.vectors(asked, "protein"), strict=True))
        missing = [a for a, vector in stored.items() if vector is None]
        if missing:
            raise InputError(f"the index has no protein {', '.join(missing)}; give accessions that it holds")
        found = {a: v for a, v in stored.items() if v is not None}
        return example_vector([found[a] for a in query.positive], [found[a] for a in query.negative])

    def _one_leg(
        self, legs: Mapping[StoreLeg, Vector | Sparse], where: Conditions, limit: int
    ) -> list[Fused]:
        ((leg, query),) = legs.items()
        found = self._ranked(leg, query, where, limit)
        return [
            Fused(accession=f.accession, score=f.score, leg_ranks=((leg, rank),))
            for rank, f in enumerate(found, start=1)
        ]

    def _ranked(self, leg: StoreLeg, query: Vector | Sparse, where: Conditions, wanted: int) -> list[Found]:
        """The best of one leg; where equals straddle the cut, enough of them to choose by accession."""
        fetch = wanted + _SLACK
        found = self._nearest(VECTOR_OF_LEG[leg], query, where, fetch)
        while len(found) == fetch <= _MAX_FETCH and found[-1].score == found[wanted - 1].score:
            fetch *= 4
            found = self._nearest(VECTOR_OF_LEG[leg], query, where, fetch)
        return sorted(found, key=lambda f: (-f.score, f.accession))[:wanted]

    def _scored(self, hits: Sequence[Fused]) -> list[ScoredPoint]:
        rows = self._by_accession([hit.accession for hit in hits], True, None)
        return [
            ScoredPoint(
                protein=protein_of(rows[hit.accession].payload), score=hit.score, leg_ranks=hit.leg_ranks
            )
            for hit in hits
            if hit.accession in rows
        ]

    def _by_accession(
        self, accessions: Sequence[str], fields: bool | list[str], vector: str | None
    ) -> dict[str, Row]:
        self._require_open()
        wanted = list(dict.fromkeys(accessions))
        pages = (self._rows([point_id(a) for a in batch], fields, vector) for batch in batches(wanted, _PAGE))
        return {row.accession: row for rows in pages for row in rows}

    def _pages(self, vector: str | None) -> Iterator[list[Row]]:
        start: Any = None
        while True:
            rows, start = self._page(start, _PAGE, vector)
            yield rows
            if start is None:
                return
