"""Questions in, hits out: what a query is, which legs it searches, and what its scores mean."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from protclip.data.biotext import title
from protclip.data.ontology import Ontology
from protclip.data.term_vectors import TermVectors
from protclip.errors import FingerprintError, InputError
from protclip.predict.query_cutoff import QueryCutOff
from protclip.records import Hit, Protein
from vector_store.filters import checked_filter
from vector_store.fuse import example_vector
from vector_store.matching import Asked, asked, matched_annotations
from vector_store.name_queries import (
    LONGEST_NAME,
    NAME_WEIGHTS,
    NUM_LOOKED_AT,
    is_exactly,
    named_first,
    names,
)
from vector_store.percentiles import percentiles
from vector_store.recognise import (
    FoundKind,
    as_accession,
    go_id_in,
    kind_of,
    nearest_accessions,
    recognise,
    shortened,
    without_controls,
)
from vector_store.schema import Lexicon
from vector_store.search_records import (
    MAX_TOP,
    MODES,
    FacetCount,
    QueryEncoder,
    SearchMode,
    SearchQuery,
    SearchResult,
)
from vector_store.store import (
    FacetField,
    ProteinStore,
    ScoredPoint,
    SearchFilter,
    StoreQuery,
    Vector,
    Weights,
)

__all__ = ["FacetCount", "QueryEncoder", "Retriever", "SearchMode", "SearchQuery", "SearchResult"]

NUM_BACKGROUND = 65_536
"""Proteins that a percentile is taken over at most; a larger index is represented by a fixed sample."""

HYBRID_WEIGHTS: Weights = (1.0, 0.0, 0.25, 8.0)
"""Of the legs protein, biotext, lexical, terms in a hybrid search; chosen on the dev questions, where the mean over
a protein's annotation adds nothing to the terms themselves. For a query that names a protein see `name_queries`."""

_CACHED_QUERIES = 1_024


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What is asked of the store, and what the answers are judged by."""

    kind: FoundKind
    query: StoreQuery
    vector: Vector | None = None
    asked: Asked = field(default_factory=Asked)
    warnings: tuple[str, ...] = ()
    name: str = ""  # what the query is, where it names a protein
    confident: bool | None = None


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
        self._store, self._encoder, self._ontology, self.weights = store, encoder, ontology, weights
        self._info, self._terms, self._cut_off = store.info(), terms, cut_off
        if terms is not None and terms.fingerprint != self._info.fingerprint:
            raise FingerprintError(
                f"the term vectors are of the checkpoint {terms.fingerprint}, the index is of "
                f"{self._info.fingerprint}; give those of the same checkpoint"
            )
        if cut_off is not None:
            cut_off.check(self._info.fingerprint)
        # Weights of words do not matter here, only which words there are.
        self._stems = lru_cache(65_536)(Lexicon(1.0).stems)
        self._text_vector = lru_cache(_CACHED_QUERIES)(self._encoded_text)
        self._sequence_vector = lru_cache(_CACHED_QUERIES)(self._encoded_sequence)

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
        plan = self._plan(query, where)
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
        found = self._store.get([as_accession(accession, self._is_known)])[0]
        if found is None:
            raise self._unknown(accession)
        return found

    def kind_of(self, text: str) -> Literal["text", "sequence", "accession"]:
        """What `search` would take a text for, without searching."""
        return kind_of(without_controls(text)[0], self._is_known)

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

    # From a query to what is asked of the store.

    def _plan(self, query: SearchQuery, where: SearchFilter) -> _Plan:
        if query.more_like or query.less_like:
            return self._plan_examples(query, where)
        found = recognise(query.text, query.kind, self._is_known)
        if found.kind == "text" or (found.kind == "accession" and query.mode == "lexical"):
            return self._plan_text(found.value, found.warnings, query, where)
        if query.mode == "lexical":
            raise InputError("a sequence has no words to search for; choose mode semantic or hybrid")
        if found.kind == "accession":
            vector = self._stored([found.value])[0]
            where = replace(where, exclude=(*where.exclude, found.value))
        else:
            vector = self._sequence_vector(found.value)
        store_query = StoreQuery(limit=query.top, protein_vector=vector, filter=where)
        return _Plan(kind=found.kind, query=store_query, vector=vector, warnings=found.warnings)

    def _plan_text(
        self, text: str, warnings: tuple[str, ...], query: SearchQuery, where: SearchFilter
    ) -> _Plan:
        go_id = go_id_in(text)
        if go_id:
            text = self._ontology.term(go_id).name
            warnings = (*warnings, f"{go_id} was searched by its name, {text}; --filter go={go_id} is exact")
        vector = None if query.mode == "lexical" else self._text_vector(text)
        words = "" if query.mode == "semantic" else text
        if words and not self._stems(words):
            warnings = (
                *warnings,
                "the query has no word that the lexical search knows (English, no stop words)",
            )
        is_name = query.mode == "hybrid" and self._is_name(text, where)
        store_query = StoreQuery(
            limit=max(query.top, NUM_LOOKED_AT) if is_name else query.top,
            protein_vector=vector,
            biotext_vector=vector if query.mode == "hybrid" and self.weights[1] else None,
            lexical_text=words,
            terms=self.terms_of(text) if query.mode == "hybrid" else (),
            weights=NAME_WEIGHTS if is_name else self.weights,
            filter=where,
        )
        remark = None if is_name else self._doubt(vector)
        return _Plan(
            kind="text",
            query=store_query,
            vector=vector,
            asked=asked(text, self._ontology, self._stems, dict(store_query.terms)),
            warnings=(*warnings, remark) if remark else warnings,
            name=text if is_name else "",
            confident=None if remark is None else not remark,
        )

    def _doubt(self, vector: Vector | None) -> str | None:
        """Why no match of a text can be trusted, "" where one can; None where that cannot be judged."""
        if vector is None or self._terms is None or self._cut_off is None:
            return None
        return self._cut_off.remark(self._terms.closeness(vector))

    def _is_name(self, text: str, where: SearchFilter) -> bool:
        """Whether a text is the gene or name of a protein, or words of it and no others."""
        if len(text.split()) > LONGEST_NAME:
            return False
        found = self._store.query(StoreQuery(limit=NUM_LOOKED_AT, lexical_text=text, filter=where))
        return any(is_exactly(text, p.protein) or names(text, p.protein, self._stems) for p in found)

    def _plan_examples(self, query: SearchQuery, where: SearchFilter) -> _Plan:
        positive = tuple(as_accession(a, self._is_known) for a in query.more_like)
        negative = tuple(as_accession(a, self._is_known) for a in query.less_like)
        vector = example_vector(self._stored(positive), self._stored(negative))
        unused = [("the text", bool(query.text.strip())), ("the mode", query.mode == "lexical")]
        warnings = tuple(f"{what} is not used in a search by examples" for what, given in unused if given)
        store_query = StoreQuery(limit=query.top, positive=positive, negative=negative, filter=where)
        return _Plan(kind="examples", query=store_query, vector=vector, warnings=warnings)

    def terms_of(self, text: str) -> tuple[tuple[str, float], ...]:
        """The GO terms that a text is read as, with weights that sum to 1; () without term vectors."""
        return () if self._terms is None else self._terms.nearest(self._text_vector(text))

    def _encoded_text(self, text: str) -> Vector:
        return _read_only(self._encoder.texts([text])[0])

    def _encoded_sequence(self, sequence: str) -> Vector:
        return _read_only(self._encoder.proteins([sequence])[0])

    def _stored(self, accessions: Sequence[str]) -> list[Vector]:
        found = self._store.vectors(accessions, "protein")
        for accession, vector in zip(accessions, found, strict=True):
            if vector is None:
                raise self._unknown(accession)
        return [vector for vector in found if vector is not None]

    def _is_known(self, accession: str) -> bool:
        return self._store.get([accession])[0] is not None

    def _unknown(self, accession: str) -> InputError:
        near = nearest_accessions(accession, self._store.accessions())
        hint = f"Nearest: {', '.join(near)}" if near else "Search by its sequence instead"
        return InputError(f"the index has no protein {shortened(accession)!r}. {hint}")

    # From the store's answers to hits.

    def _hits(self, points: Sequence[ScoredPoint], plan: _Plan) -> tuple[Hit, ...]:
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


def _read_only(vector: npt.NDArray[np.float32]) -> Vector:
    """A cached vector is handed out many times: nobody may write to it."""
    copy = np.array(vector, dtype=np.float32)
    copy.setflags(write=False)
    return copy
