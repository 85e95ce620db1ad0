"""What every engine stores and how it is asked: ids, vectors, indexed fields, BM25, conditions.

The two Qdrant libraries share names but no classes, so both speak these neutral ones.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from qdrant_edge import Bm25, Bm25Config

from protclip.errors import InputError
from vector_store.payload import NO, YES, Payload, go_id, go_numbers, payload_of
from vector_store.store import FacetField, SearchFilter, StoreLeg, StorePoint, Vector

PROTEIN, BIOTEXT, LEXICAL_VECTOR, TERM_VECTOR = "protein", "biotext", "bm25", "terms"
VECTOR_OF_LEG: Mapping[StoreLeg, str] = {
    "protein": PROTEIN,
    "biotext": BIOTEXT,
    "lexical": LEXICAL_VECTOR,
    "terms": TERM_VECTOR,
}

FieldType = Literal["keyword", "number", "range"]
"""Words and numbers that are matched, numbers that are compared: an index for both costs twice."""

INDEXED_FIELDS: Mapping[str, FieldType] = {
    "accession": "keyword",
    "go": "number",
    "ec_prefixes": "keyword",
    "ec_class": "keyword",
    "location": "number",
    "organism": "keyword",
    "length": "range",
    "named": "keyword",
    "evidence": "keyword",
}

EXACT_SEARCH_POINTS = 65_536
"""Up to this many points every vector is compared (4 ms at 45,000 x 256), which is exact, is the same each
time, and saves the minute that a graph takes; above it the engine builds its HNSW graph."""


def exact_search_kib(dimension: int) -> int:
    """The size in KiB of that many vectors, which is how Qdrant counts."""
    return EXACT_SEARCH_POINTS * dimension * 4 // 1024


LEXICAL_LENGTH_NORM = 0.3
"""BM25's b. With the usual 0.75 the best known proteins, whose annotation is longest, come last."""

TERM_LENGTH_NORM = 0.25
"""Exponent of the number of a protein's terms by which its share in each of them falls."""

QUANTILE, OVERSAMPLING = 0.99, 2.0
"""int8: clip the outermost percent; fetch twice as many and rescore them with the full vectors."""

_NAMESPACE = uuid.UUID("5f0d4a0e-6c1b-5a53-9a3e-0b7f6f8f2c11")


def point_id(accession: str) -> str:
    """The point id of an accession, always the same (Qdrant takes unsigned integers and UUIDs only)."""
    return str(uuid.uuid5(_NAMESPACE, accession))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sparse:
    """A sparse vector; an empty one has no words."""

    indices: tuple[int, ...]
    values: tuple[float, ...]


class Lexicon:
    """BM25 on our side, so that the same text is the same sparse vector in every engine.

    English stop words and stemming; inverse document frequency is the engine's part (the modifier of
    the sparse vector).
    """

    def __init__(self, average_words: float) -> None:
        self._bm25 = Bm25(Bm25Config(language="english", avg_len=average_words, b=LEXICAL_LENGTH_NORM))

    def document(self, text: str) -> Sparse:
        """Term frequencies of a stored text, saturated and normalised by length."""
        return _sparse(self._bm25.embed_document(text))

    def query(self, text: str) -> Sparse:
        """The words of a query, each once."""
        return _sparse(self._bm25.embed_query(text))

    def stems(self, text: str) -> frozenset[int]:
        """The stemmed words of a text, as numbers, without stop words."""
        return frozenset(self.query(text).indices)


def term_document(go_closure: Sequence[str]) -> Sparse:
    """The terms a protein has or implies, each once, shared out as BM25 does a long text's words.

    Of two proteins with a term, the one with fewer others comes first: it is about that term.
    """
    numbers = tuple(sorted(set(go_numbers(go_closure))))
    share = len(numbers) ** -TERM_LENGTH_NORM if numbers else 0.0
    return Sparse(indices=numbers, values=(share,) * len(numbers))


def term_query(terms: Sequence[tuple[str, float]]) -> Sparse:
    """Weighted GO terms of a query; those without weight are left out."""
    given = {number: weight for term, weight in terms for number in go_numbers([term]) if weight > 0}
    return Sparse(indices=tuple(given), values=tuple(given.values()))


def _sparse(vector: object) -> Sparse:
    return Sparse(indices=tuple(vector.indices), values=tuple(vector.values))  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """A filter in terms of payload fields: all of ``any_of`` hold, each by one of its values."""

    any_of: tuple[tuple[str, tuple[str, ...] | tuple[int, ...]], ...] = ()
    length_min: int | None = None
    length_max: int | None = None
    excluded_ids: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether every point passes."""
        return self == Conditions()

    @property
    def has_length(self) -> bool:
        """Whether the length is bounded on either side."""
        return self.length_min is not None or self.length_max is not None


def conditions_of(where: SearchFilter, excluded: tuple[str, ...] = ()) -> Conditions:
    """A filter as conditions; ``excluded`` are accessions that must not come back either."""
    fields: dict[str, tuple[str, ...] | tuple[int, ...]] = {
        "go": _numbers(where.go),
        "ec_prefixes": where.ec,
        "location": _numbers(where.location),
        "organism": where.organism,
        "named": () if where.named is None else (YES if where.named else NO,),
        "evidence": where.evidence,
    }
    return Conditions(
        any_of=tuple((key, values) for key, values in fields.items() if values),
        length_min=where.length_min,
        length_max=where.length_max,
        excluded_ids=tuple(point_id(a) for a in dict.fromkeys((*where.exclude, *excluded))),
    )


def _numbers(go_ids: tuple[str, ...]) -> tuple[int, ...]:
    numbers = tuple(go_numbers(go_ids))
    if len(numbers) < len(go_ids):
        raise InputError(f"a filter by {', '.join(go_ids)} needs GO ids such as GO:0004386")
    return numbers


def facet_value(facet_field: FacetField, value: object) -> str:
    """A stored value of a field as `SearchFilter` takes it."""
    return go_id(str(value)) if facet_field in ("go", "location") else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class PointData:
    """A point ready for an engine; ``vectors`` and ``sparse`` map names of vectors to their numbers."""

    id: str
    vectors: Mapping[str, list[float]]
    sparse: Mapping[str, Sparse]
    payload: Payload


def point_data(point: StorePoint, lexicon: Lexicon, dimension: int) -> PointData:
    """Check a point's vectors and lay it out. Raises InputError for a vector no engine may see."""
    accession = point.protein.accession
    vectors = {PROTEIN: checked(point.protein_vector, dimension, f"the protein vector of {accession}")}
    if point.biotext_vector is not None:
        vectors[BIOTEXT] = checked(point.biotext_vector, dimension, f"the biotext vector of {accession}")
    return PointData(
        id=point_id(accession),
        vectors={name: vector.tolist() for name, vector in vectors.items()},
        sparse={
            LEXICAL_VECTOR: lexicon.document(point.lexical_text),
            TERM_VECTOR: term_document(point.go_closure),
        },
        payload=payload_of(point),
    )


def checked(vector: npt.ArrayLike, dimension: int, what: str) -> Vector:
    """The vector as float32 (d,); engines store NaN and zero vectors without complaint, so look first.

    Raises
    ------
    InputError
        If the vector has another size, is all zeros, or holds NaN or infinity.
    """
    row = np.asarray(vector, dtype=np.float32)
    if row.shape != (dimension,):
        raise InputError(f"{what} has shape {row.shape}; this index takes {dimension} numbers")
    if not np.isfinite(row).all():
        raise InputError(f"{what} holds NaN or infinity; give finite numbers")
    if not row.any():
        raise InputError(f"{what} is all zeros and points nowhere; leave it out, or encode it again")
    return row
