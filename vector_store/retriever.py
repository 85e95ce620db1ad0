"""Questions in, hits out, with what their scores mean."""

import math
import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Literal

import numpy as np

from protclip.data.biotext import title
from protclip.data.ontology import Ontology
from protclip.data.term_vectors import TermVectors
from protclip.errors import FingerprintError, InputError
from protclip.predict.query_cutoff import QueryCutOff
from protclip.records import Hit, Protein
from vector_store.filters import checked_filter
from vector_store.matching import matched_annotations
from vector_store.name_queries import named_first
from vector_store.percentiles import percentiles
from vector_store.query_plan import HYBRID_WEIGHTS, Plan, Planner
from vector_store.recognise import kind_of, without_controls
from vector_store.search_records import (
    MAX_TOP,
    MODES,
    FacetCount,
    QueryEncoder,
    SearchMode,
    SearchQuery,
    SearchResult,
)
from vector_store.store import FacetField, ProteinStore, ScoredPoint, SearchFilter, Vector, Weights

__all__ = ["FacetCount", "QueryEncoder", "Retriever", "SearchMode", "SearchQuery", "SearchResult"]

NUM_BACKGROUND = 65_536
"""Proteins that a percentile is taken over at most; a larger index is represented by a fixed sample."""


class Retriever:
    """Searches one store with the model that made its vectors.

    Parameters
    ----------
    weights
        Of the legs protein, biotext, lexical, terms in a hybrid search; 0 leaves one out.
    terms
        Vectors of GO terms by the same model; without them the leg "terms" is not run.
    cut_off
        Where a text is too far from all terms for a confident match; without it none is judged.

    Raises
    ------
    FingerprintError
        If term vectors or cut-off are of another checkpoint than the store's.
    """

    def __init__(
        self,
        store: ProteinStore,
        encoder: QueryEncoder,
        ontology: Ontology,
        *,
        weights: Weights = HYBRID_WEIGHTS,
        terms: TermVectors | None = None,
        cut_off: QueryCutOff | None = None,
    ) -> None:
        self._store, self._ontology, self._info = store, ontology, store.info()
        if terms is not None and terms.fingerprint != self._info.fingerprint:
            raise FingerprintError(
                f"the term vectors are of the checkpoint {terms.fingerprint}, the index is of "
                f"{self._info.fingerprint}; give those of the same checkpoint"
            )
        if cut_off is not None:
            cut_off.check(self._info.fingerprint)
        self._planner = Planner(store, encoder, ontology, weights=weights, terms=terms, cut_off=cut_off)
        self._known, self._stems = self._planner.known, self._planner.stems

    def search(self, query: SearchQuery) -> SearchResult:
        """Find the proteins that answer a query.

        Raises
        ------
        InputError
            For a query, a filter, or an accession that cannot be used; the text says what to do.
        StoreError
            If the store fails.
        """
        started = time.perf_counter()
        if not 1 <= query.top <= MAX_TOP:
            raise InputError(f"{query.top} hits were asked for; 1 to {MAX_TOP:,} can be")
        if query.mode not in MODES:
            raise InputError(f"search mode {query.mode!r} is not one of {', '.join(MODES)}")
        where = checked_filter(query.filter, self._ontology)
        plan = self._planner.plan(query, where)
        points = self._store.query(plan.query)
        if plan.name:
            points = named_first(plan.name, points, self._stems)[: query.top]
        hits = self._hits(points, plan)
        return SearchResult(
            query=query,
            kind=plan.kind,
            hits=hits,
            fingerprint=self._info.fingerprint,
            index=self._info.location,
            num_indexed=self._info.num_points,
            terms=plan.query.terms,
            confident=plan.confident,
            warnings=plan.warnings,
            seconds=time.perf_counter() - started,
            num_background=0 if plan.vector is None else len(self.background),
            vector=plan.vector,
        )

    def protein(self, accession: str) -> Protein:
        """A protein of the index. Raises InputError for an unknown accession, with the nearest ones."""
        return self._known.protein(accession)

    def kind_of(self, text: str) -> Literal["text", "sequence", "accession"]:
        """What `search` would take a text for, without searching."""
        return kind_of(without_controls(text)[0], self._known.has)

    @property
    def weights(self) -> Weights:
        """Of the legs protein, biotext, lexical, terms in a hybrid search."""
        return self._planner.weights

    def terms_of(self, text: str) -> tuple[tuple[str, float], ...]:
        """The GO terms that a text is read as, with weights that sum to 1; () without term vectors."""
        return self._planner.terms_of(text)

    def facets(
        self, facet_field: FacetField, where: SearchFilter | None = None, limit: int = 20
    ) -> tuple[FacetCount, ...]:
        """The most frequent values of a field among the proteins that pass a filter, with their names.

        The three roots of GO are left out: every annotated protein has them.
        """
        checked = checked_filter(where or SearchFilter(), self._ontology)
        found = self._store.facet(facet_field, checked, limit + 3)
        told = [(v, n) for v, n in found if v not in self._ontology.roots][:limit]
        return tuple(FacetCount(value=v, label=self._label(v), count=n) for v, n in told)

    def title(self, protein: Protein) -> str:
        """What a protein is, in a line: its name, its gene, or its most informative function."""
        bits = {} if protein.name or protein.gene else self.information_content
        return title(protein, self._ontology, bits)

    @cached_property
    def information_content(self) -> Mapping[str, float]:
        """Bits of each GO term: how rare it is among the proteins of this index within its aspect."""
        counts = dict(self._store.facet("go", SearchFilter(), len(self._ontology) + 1))
        known = {go_id: n for go_id, n in counts.items() if go_id in self._ontology}
        totals: dict[str, int] = {}
        for go_id, n in known.items():
            aspect = self._ontology.term(go_id).aspect
            totals[aspect] = max(totals.get(aspect, 0), n)  # the aspect's root is on all its proteins
        return {g: math.log2(totals[self._ontology.term(g).aspect] / n) for g, n in known.items()}

    def _hits(self, points: Sequence[ScoredPoint], plan: Plan) -> tuple[Hit, ...]:
        cosines = self._cosines(points, plan.vector)
        percentiles = self._percentiles(cosines, plan.vector)
        return tuple(
            Hit(
                rank=rank,
                protein=point.protein,
                score=point.score,
                cosine=cosine,
                percentile=percentile,
                leg_ranks=point.leg_ranks,
                matched=matched_annotations(point.protein, plan.asked, self._ontology, self._stems),
            )
            for rank, (point, cosine, percentile) in enumerate(
                zip(points, cosines, percentiles, strict=True), start=1
            )
        )

    def _cosines(self, points: Sequence[ScoredPoint], vector: Vector | None) -> list[float | None]:
        if vector is None:
            return [None] * len(points)
        stored = self._store.vectors([p.protein.accession for p in points], "protein")
        return [None if row is None else float(np.clip(row @ vector, -1, 1)) for row in stored]

    def _percentiles(self, cosines: Sequence[float | None], vector: Vector | None) -> list[float | None]:
        if vector is None or not cosines:
            return [None] * len(cosines)
        told = iter(percentiles([c for c in cosines if c is not None], self.background @ vector))
        return [None if c is None else next(told) for c in cosines]

    @cached_property
    def background(self) -> Vector:
        """What percentiles are taken over, (n, d): vectors of the whole index, or a fixed sample of a large one."""
        return self._store.sample(NUM_BACKGROUND, "protein")

    def _label(self, value: str) -> str:
        return self._ontology.term(value).name if value in self._ontology else value
