"""The contract every vector store keeps, whichever Qdrant engine stands behind it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from protclip.records import Protein

Vector = npt.NDArray[np.float32]
VectorName = Literal["protein", "biotext"]
FacetField = Literal["go", "ec_class", "location", "organism", "named", "evidence"]
StoreLeg = Literal["protein", "biotext", "lexical", "terms"]
LEGS: tuple[StoreLeg, ...] = ("protein", "biotext", "lexical", "terms")
Weights = tuple[float, float, float, float]
"""Of the legs of a fused query, in the order of LEGS; 0 leaves one out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchFilter:
    """What hits must satisfy: all fields at once; within one field any of the values.

    ``go`` holds GO ids and matches descendants too (the payload stores every protein's terms with
    their ancestors). ``ec`` holds EC prefixes ("3.6.4" matches 3.6.4.12). ``location`` holds GO ids of
    cellular-component slim terms. ``length_min`` and ``length_max`` are residues, inclusive. ``evidence``
    holds groups of evidence codes (`protclip.data.evidence`), any of which stands behind one GO annotation.
    """

    go: tuple[str, ...] = ()
    ec: tuple[str, ...] = ()
    location: tuple[str, ...] = ()
    organism: tuple[str, ...] = ()
    length_min: int | None = None
    length_max: int | None = None
    named: bool | None = None
    evidence: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    """Accessions that must not come back (the query protein itself)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StorePoint:
    """What is loaded for one protein. Vectors are unit rows; ``biotext`` is None where nothing is known.

    ``go_closure`` holds the GO ids of the protein and all their ancestors; ``location`` the CC slim
    terms among them; ``lexical_text`` is what BM25 sees.
    """

    protein: Protein
    protein_vector: Vector
    biotext_vector: Vector | None
    go_closure: tuple[str, ...] = ()
    location: tuple[str, ...] = ()
    lexical_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreQuery:
    """One query. Legs that have no input are not run; with more than one, ranks are fused (RRF, k = 60).

    ``protein_vector`` is searched in the protein vectors, ``biotext_vector`` in the biotext vectors,
    ``lexical_text`` by BM25. ``terms`` are GO ids with weights > 0: proteins are ranked by the sum over the
    terms they have or imply, shared out over all their terms. ``positive`` and ``negative`` are accessions
    in the store for "more like these, less like those" and stand alone (no other leg).
    """

    limit: int
    protein_vector: Vector | None = None
    biotext_vector: Vector | None = None
    lexical_text: str = ""
    terms: tuple[tuple[str, float], ...] = ()
    positive: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    weights: Weights = (1.0, 1.0, 1.0, 1.0)
    filter: SearchFilter = field(default_factory=SearchFilter)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredPoint:
    """One answer: the protein as stored, the score it is ordered by, and its rank in each leg that found it."""

    protein: Protein
    score: float
    leg_ranks: tuple[tuple[StoreLeg, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreInfo:
    """What a collection says of itself. ``fingerprint`` is the checkpoint's that made its vectors."""

    engine: str
    location: str
    fingerprint: str
    schema_version: int
    dimension: int
    num_points: int
    complete: bool


class ProteinStore(Protocol):
    """Proteins with their vectors, found by vector, by word, by both, or by example.

    Every method raises `protclip.errors.StoreError` when the engine fails, with a remedy.
    """

    def info(self) -> StoreInfo:
        """What the collection says of itself."""
        ...

    def upsert(self, points: Iterable[StorePoint]) -> int:
        """Load points in batches and return how many; loading the same point again changes nothing."""
        ...

    def finish(self) -> None:
        """Build payload indexes and the graph, flush, and mark the collection complete."""
        ...

    def query(self, query: StoreQuery) -> list[ScoredPoint]:
        """At most ``query.limit`` proteins, best first; ties are broken by accession."""
        ...

    def facet(self, facet_field: FacetField, where: SearchFilter, limit: int) -> list[tuple[str, int]]:
        """The most frequent values of one field among the proteins that pass the filter."""
        ...

    def get(self, accessions: Sequence[str]) -> list[Protein | None]:
        """The proteins in the order asked, None where absent."""
        ...

    def vectors(self, accessions: Sequence[str], name: VectorName) -> list[Vector | None]:
        """The stored vectors in the order asked, None where absent."""
        ...

    def sample(self, size: int, name: VectorName) -> Vector:
        """At most ``size`` stored vectors as rows, the same ones each time; all of them if there are fewer."""
        ...

    def accessions(self) -> set[str]:
        """All accessions in the store (used to resume a load)."""
        ...

    def close(self) -> None:
        """Release the store; a second call does nothing."""
        ...
