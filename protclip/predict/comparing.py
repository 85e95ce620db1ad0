"""Pairs of proteins compared by embedding and by Gene Ontology, and what is told of each pair as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from protclip.data.ontology import ASPECTS, Aspect
from protclip.encode import Encoder
from protclip.predict.similarity import LinSimilarity, Similarity, compare
from protclip.records import Protein

_DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two proteins by accession, how alike they are, and in which aspects each of them has no GO term to compare."""

    first: str
    second: str
    similarity: Similarity
    first_without: tuple[Aspect, ...]
    second_without: tuple[Aspect, ...]


def compare_pairs(
    pairs: Sequence[tuple[Protein, Protein]], encoder: Encoder, lin: LinSimilarity
) -> list[Comparison]:
    """Compare pairs in their order; each sequence is encoded once.

    Raises
    ------
    InputError
        If a protein has a GO id that the ontology does not know.
    """
    if not pairs:
        return []
    sequences = list(dict.fromkeys(protein.sequence for pair in pairs for protein in pair))
    rows = encoder.proteins(sequences)
    row_of = dict(zip(sequences, rows, strict=True))
    return [
        Comparison(
            first=a.accession,
            second=b.accession,
            similarity=compare((a, b), (row_of[a.sequence], row_of[b.sequence]), lin),
            first_without=_without(a, lin),
            second_without=_without(b, lin),
        )
        for a, b in pairs
    ]


def document(one: Comparison) -> dict[str, Any]:
    """JSON values of a pair; Lin's similarity is null where ``without_terms`` names one of the two."""
    found = one.similarity
    return {
        "first": one.first,
        "second": one.second,
        "cosine": round(found.cosine, _DIGITS),
        "manhattan": round(found.manhattan, _DIGITS),
        **{f"lin_{a}": None if value is None else round(value, _DIGITS) for a, value in found.lin},
        "without_terms": {"first": list(one.first_without), "second": list(one.second_without)},
    }


def _without(protein: Protein, lin: LinSimilarity) -> tuple[Aspect, ...]:
    terms = [a.id for a in protein.of_kind("go")]
    return tuple(aspect for aspect in ASPECTS if not lin.has_terms(terms, aspect))
