"""Queries that are a gene or the name of a protein rather than a description. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from protclip.records import Protein
from vector_store.matching import Stems
from vector_store.store import ScoredPoint, Weights

NAME_WEIGHTS: Weights = (1.0, 0.0, 16.0, 1.0)
"""Of the legs protein, biotext, lexical, terms where a query names a protein: words say more than meaning."""
NUM_LOOKED_AT = 20
"""Hits of the lexical leg that are asked whether the query names them."""
LONGEST_NAME = 6
"""Words; a longer query is taken for a description without a look."""
EXACT_BONUS, NAMED_BONUS = 2.0, 1.0
"""Added to the score of a protein whose gene or name is exactly the query, or has all words of it."""


def is_exactly(text: str, protein: Protein) -> bool:
    """Whether a text is a protein's gene or name, upper and lower case aside."""
    asked = _folded(text)
    return bool(asked) and asked in (_folded(protein.gene), _folded(protein.name))


def names(text: str, protein: Protein, stems: Stems) -> bool:
    """Whether every telling word of a text stands in a protein's gene and name."""
    asked = stems(text)
    return bool(asked) and asked <= stems(f"{protein.gene} {protein.name}")


def named_first(text: str, points: Sequence[ScoredPoint], stems: Stems) -> list[ScoredPoint]:
    """The same hits, those that a text names exactly first, then those whose gene and name have all its words."""
    raised = [replace(p, score=p.score + _bonus(text, p.protein, stems)) for p in points]
    return sorted(raised, key=lambda p: -p.score)


def _bonus(text: str, protein: Protein, stems: Stems) -> float:
    if is_exactly(text, protein):
        return EXACT_BONUS
    return NAMED_BONUS if names(text, protein, stems) else 0.0


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
