"""Which annotations of a hit speak of what a text query asked. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from protclip.data.ontology import Ontology
from protclip.records import Annotation, Protein

Stems = Callable[[str], frozenset[int]]
"""The stemmed words of a text as numbers, without stop words (`schema.Lexicon.stems`)."""

_WORD = re.compile(r"[^\s,;:()\[\]?!\"]+")
_LONGEST_NAME = 10
COMMON_WORDS = (
    "activity process regulation regulated positive negative protein proteins cell cells cellular component "
    "involved function complex part dependent find show"
)
"""Words that stand in GO names or questions everywhere, and match nothing by themselves."""
MIN_WEIGHT = 0.05
"""A term that a query was read as with less weight than this explains no hit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a text query asks for: its telling words, the GO terms it names, and weights of those it was read as."""

    stems: frozenset[int] = frozenset()
    terms: frozenset[str] = frozenset()
    read_as: Mapping[str, float] = field(default_factory=dict)


def asked(text: str, ontology: Ontology, stems: Stems, read_as: Mapping[str, float] | None = None) -> Asked:
    """Read a text query: words without the common ones, and the terms whose names stand in it."""
    telling = stems(text) - stems(COMMON_WORDS)
    return Asked(stems=telling, terms=frozenset(terms_named_in(text, ontology)), read_as=read_as or {})


def terms_named_in(text: str, ontology: Ontology) -> tuple[str, ...]:
    """GO ids whose name or exact synonym stands in a text; the longest names win over those inside them.

    One word counts only where it is the whole text: "binding" in a sentence would name half of GO.
    """
    words = [w.strip(".'") for w in _WORD.findall(text)]
    taken = [False] * len(words)
    found: list[str] = []
    for size in range(min(_LONGEST_NAME, len(words)), 0, -1):
        if size == 1 and len(words) > 1:
            break
        for start in range(len(words) - size + 1):
            span = slice(start, start + size)
            terms = () if all(taken[span]) else ontology.find(" ".join(words[span]))
            if terms:
                found.extend(term.id for term in terms)
                taken[span] = [True] * size
    return tuple(dict.fromkeys(found))


def matched_annotations(
    protein: Protein, query: Asked, ontology: Ontology, stems: Stems
) -> tuple[Annotation, ...]:
    """The GO annotations that answer a query, best first.

    Those that are what the query named, or below it, come first; then those below the terms that it was
    read as, by their weight; then those that share words with it.
    """
    scored: list[tuple[bool, float, int, Annotation]] = []
    for annotation in protein.of_kind("go"):
        name = annotation.text or (ontology.term(annotation.id).name if annotation.id in ontology else "")
        implied = (
            ontology.ancestors(annotation.id) if annotation.id in ontology else frozenset((annotation.id,))
        )
        is_named = not query.terms.isdisjoint(implied)
        weight = max((query.read_as[t] for t in implied if t in query.read_as), default=0.0)
        weight = weight if weight >= MIN_WEIGHT else 0.0
        shared = len(query.stems & stems(name))
        if is_named or weight or shared:
            scored.append((is_named, weight, shared, annotation))
    return tuple(s[-1] for s in sorted(scored, key=lambda s: (not s[0], -s[1], -s[2])))
