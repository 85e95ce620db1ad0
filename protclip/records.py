"""The records that cross package boundaries: frozen, slotted, keyword-only, standard library only."""

from dataclasses import dataclass
from typing import Literal

AnnotationKind = Literal["go", "ec", "pfam", "function", "location", "similarity"]
ANNOTATION_KINDS: tuple[AnnotationKind, ...] = ("go", "ec", "pfam", "function", "location", "similarity")

PROPERTIES = ("PROTEIN NAME", "FUNCTION", "SUBCELLULAR LOCATION", "SIMILARITY")
"""The four properties of a biotext, in the paper's order (Zhou et al. 2025, section on ProtAnno)."""

Leg = Literal["protein", "biotext", "lexical", "terms"]
"""Which search found a hit: protein tower, text tower over the known annotation, BM25, or known GO terms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """One statement about a protein.

    ``kind`` "go", "ec" and "pfam" carry an ``id`` (GO:0004386, 3.6.4.12, PF00270) and, where known,
    its name as ``text``; the prose kinds carry ``text`` only, without UniProt's label
    ("FUNCTION: " and so on is added by biotext). ``evidence`` is a GO evidence code or an ECO id,
    or "" where the source gives none. ``count`` is how many source lines support the statement.
    """

    kind: AnnotationKind
    id: str = ""
    text: str = ""
    evidence: str = ""
    count: int = 1

    def __post_init__(self) -> None:
        if self.kind not in ANNOTATION_KINDS:
            raise ValueError(f"annotation kind {self.kind!r} is not one of {', '.join(ANNOTATION_KINDS)}")
        if not (self.id or self.text):
            raise ValueError(f"a {self.kind} annotation needs an id or a text")
        if self.count < 1:
            raise ValueError(f"annotation count {self.count} is below 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Protein:
    """A protein with what is known of it. ``accession`` is any non-empty identifier without spaces.

    ``existence`` is UniProt's protein-existence level, 1 (protein evidence) to 5 (uncertain), or None.

    Examples
    --------
    >>> helicase = Annotation(kind="go", id="GO:0004386", evidence="IDA")
    >>> protein = Protein(accession="mine", sequence="MKTAYIAK", annotations=(helicase,))
    >>> [a.id for a in protein.of_kind("go")], protein.of_kind("ec")
    (['GO:0004386'], ())
    """

    accession: str
    sequence: str
    name: str = ""
    gene: str = ""
    organism: str = ""
    existence: int | None = None
    reviewed: bool = False
    annotations: tuple[Annotation, ...] = ()

    def __post_init__(self) -> None:
        if not self.accession or any(c.isspace() for c in self.accession):
            raise ValueError(f"accession {self.accession!r} is empty or has white space")
        if not self.sequence:
            raise ValueError(f"protein {self.accession} has an empty sequence")
        if self.existence is not None and self.existence not in range(1, 6):
            raise ValueError(f"protein {self.accession}: existence level {self.existence} is not 1 to 5")

    def of_kind(self, kind: AnnotationKind) -> tuple[Annotation, ...]:
        """The annotations of one kind, in their order."""
        return tuple(a for a in self.annotations if a.kind == kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Biotext:
    """The text of a protein: (label, text) of the properties that are present, in the order of PROPERTIES.

    Examples
    --------
    >>> Biotext(properties=(("PROTEIN NAME", "Ubiquitin"), ("FUNCTION", "Protein tag."))).text
    'PROTEIN NAME: Ubiquitin FUNCTION: Protein tag.'
    """

    properties: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        labels = [label for label, _ in self.properties]
        if labels != [p for p in PROPERTIES if p in labels]:
            raise ValueError(f"biotext properties {labels} are not an ordered subset of {PROPERTIES}")

    @property
    def text(self) -> str:
        """The full text: every property once, with its label (paper: ProtAnno template)."""
        return " ".join(f"{label}: {text}" for label, text in self.properties)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One search result. ``rank`` counts from 1.

    ``score`` is what the hits are ordered by: the cosine in [-1, 1] for a semantic search, BM25 for a
    lexical one, the reciprocal-rank-fusion score for a hybrid one, and 1 or 2 more where a query that is
    the name of a protein names this one (`vector_store.name_queries`). ``cosine`` is the cosine between
    the query and the protein tower's embedding where the query has a vector, and ``percentile``
    (0 to 100) is the share of the index whose cosine for this query lies below it; both are None for
    a purely lexical search. ``leg_ranks`` says which legs found it, and at which rank.
    """

    rank: int
    protein: Protein
    score: float
    cosine: float | None = None
    percentile: float | None = None
    leg_ranks: tuple[tuple[Leg, int], ...] = ()
    matched: tuple[Annotation, ...] = ()
