"""From a query to what is asked of the store: which legs it searches, with what vectors, words and terms."""

from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from protclip.data.ontology import Ontology
from protclip.data.term_vectors import TermVectors
from protclip.errors import InputError
from protclip.predict.query_cutoff import QueryCutOff
from vector_store.fuse import example_vector
from vector_store.known import KnownProteins
from vector_store.matching import Asked, asked
from vector_store.name_queries import LONGEST_NAME, NAME_WEIGHTS, NUM_LOOKED_AT, is_exactly, names
from vector_store.recognise import FoundKind, as_accession, go_id_in, recognise
from vector_store.schema import Lexicon
from vector_store.search_records import QueryEncoder, SearchQuery
from vector_store.store import ProteinStore, SearchFilter, StoreQuery, Vector, Weights

HYBRID_WEIGHTS: Weights = (1.0, 0.0, 0.25, 8.0)
"""Of the legs protein, biotext, lexical, terms in a hybrid search; chosen on the dev questions, where the mean over
a protein's annotation adds nothing to the terms themselves. For a query that names a protein see `name_queries`."""

_CACHED_QUERIES = 1_024


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is asked of the store, and what the answers are judged by."""

    kind: FoundKind
    query: StoreQuery
    vector: Vector | None = None
    asked: Asked = field(default_factory=Asked)
    warnings: tuple[str, ...] = ()
    name: str = ""  # what the query is, where it names a protein
    confident: bool | None = None


class Planner:
    """Reads queries; the parameters are those of `Retriever`.

    ``stems`` are the words of a text as the lexical search knows them, ``known`` the proteins of the store.
    """

    def __init__(
        self,
        store: ProteinStore,
        encoder: QueryEncoder,
        ontology: Ontology,
        *,
        weights: Weights,
        terms: TermVectors | None,
        cut_off: QueryCutOff | None,
    ) -> None:
        self._store, self._encoder, self._ontology, self.weights = store, encoder, ontology, weights
        self._terms, self._cut_off, self.known = terms, cut_off, KnownProteins(store)
        # Weights of words do not matter here, only which words there are.
        self.stems = lru_cache(65_536)(Lexicon(1.0).stems)
        self._text_vector = lru_cache(_CACHED_QUERIES)(self._encoded_text)
        self._sequence_vector = lru_cache(_CACHED_QUERIES)(self._encoded_sequence)

    def plan(self, query: SearchQuery, where: SearchFilter) -> Plan:
        """What a query asks of the store, within a checked filter. Raises InputError if it cannot be used."""
        if query.more_like or query.less_like:
            return self._plan_examples(query, where)
        found = recognise(query.text, query.kind, self.known.has)
        if found.kind == "text" or (found.kind == "accession" and query.mode == "lexical"):
            return self._plan_text(found.value, found.warnings, query, where)
        if query.mode == "lexical":
            raise InputError("a sequence has no words to search for; choose mode semantic or hybrid")
        if found.kind == "accession":
            vector = self.known.vectors([found.value])[0]
            where = replace(where, exclude=(*where.exclude, found.value))
        else:
            vector = self._sequence_vector(found.value)
        store_query = StoreQuery(limit=query.top, protein_vector=vector, filter=where)
        return Plan(kind=found.kind, query=store_query, vector=vector, warnings=found.warnings)

    def _plan_text(
        self, text: str, warnings: tuple[str, ...], query: SearchQuery, where: SearchFilter
    ) -> Plan:
        go_id = go_id_in(text)
        if go_id:
            text = self._ontology.term(go_id).name
            warnings = (*warnings, f"{go_id} was searched by its name, {text}; --filter go={go_id} is exact")
        vector = None if query.mode == "lexical" else self._text_vector(text)
        words = "" if query.mode == "semantic" else text
        if words and not self.stems(words):
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
        return Plan(
            kind="text",
            query=store_query,
            vector=vector,
            asked=asked(text, self._ontology, self.stems, dict(store_query.terms)),
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
        return any(is_exactly(text, p.protein) or names(text, p.protein, self.stems) for p in found)

    def _plan_examples(self, query: SearchQuery, where: SearchFilter) -> Plan:
        positive = tuple(as_accession(a, self.known.has) for a in query.more_like)
        negative = tuple(as_accession(a, self.known.has) for a in query.less_like)
        vector = example_vector(self.known.vectors(positive), self.known.vectors(negative))
        unused = [("the text", bool(query.text.strip())), ("the mode", query.mode == "lexical")]
        warnings = tuple(f"{what} is not used in a search by examples" for what, given in unused if given)
        store_query = StoreQuery(limit=query.top, positive=positive, negative=negative, filter=where)
        return Plan(kind="examples", query=store_query, vector=vector, warnings=warnings)

    def terms_of(self, text: str) -> tuple[tuple[str, float], ...]:
        """The GO terms that a text is read as, with weights that sum to 1; () without term vectors."""
        return () if self._terms is None else self._terms.nearest(self._text_vector(text))

    def _encoded_text(self, text: str) -> Vector:
        return _read_only(self._encoder.texts([text])[0])

    def _encoded_sequence(self, sequence: str) -> Vector:
        return _read_only(self._encoder.proteins([sequence])[0])


def _read_only(vector: npt.NDArray[np.float32]) -> Vector:
    """A cached vector is handed out many times: nobody may write to it."""
    copy = np.array(vector, dtype=np.float32)
    copy.setflags(write=False)
    return copy
