"""Which GO terms two proteins have in common, and how common each is: evidence that stands beside a prediction."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from protclip.data.ontology import Aspect, Ontology
from protclip.records import Protein

EVIDENCE_ASPECTS: tuple[Aspect, ...] = ("CC", "BP")
"""Where two proteins are, and what they take part in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedTerm:
    """A GO term that two proteins have or imply.

    ``first_evidence`` and ``second_evidence`` are the codes of the annotations that say so, () where the source has
    none.
    """

    id: str
    name: str
    aspect: Aspect
    first_evidence: tuple[str, ...] = ()
    second_evidence: tuple[str, ...] = ()


def shared_terms(
    first: Protein, second: Protein, ontology: Ontology, aspects: Sequence[Aspect] = EVIDENCE_ASPECTS
) -> tuple[SharedTerm, ...]:
    """The most specific terms that both proteins have or imply by their annotations; never a root of the ontology.

    A term is left out where one below it is shared too. Ids that the ontology does not know say nothing.
    """
    implied = [_codes_by_term(protein, ontology) for protein in (first, second)]
    both = (implied[0].keys() & implied[1].keys()) - set(ontology.roots)
    found = [ontology.term(go_id) for go_id in ontology.leaves(both)]
    return tuple(
        SharedTerm(
            id=term.id,
            name=term.name,
            aspect=term.aspect,
            first_evidence=tuple(sorted(implied[0][term.id])),
            second_evidence=tuple(sorted(implied[1][term.id])),
        )
        for term in found
        if term.aspect in aspects
    )


def count_having(terms: Iterable[str], proteins: Iterable[Protein], ontology: Ontology) -> dict[str, int]:
    """How many of some proteins have each term, or one below it."""
    counts: Counter[str] = Counter(dict.fromkeys(terms, 0))
    above: dict[str, set[str]] = defaultdict(set)
    for term in counts:
        for below in ontology.descendants(term):
            above[below].add(term)
    for protein in proteins:
        ids = {ontology.resolve(annotation.id) or "" for annotation in protein.of_kind("go")}
        counts.update({term for go_id in ids & above.keys() for term in above[go_id]})
    return dict(counts)


def _codes_by_term(protein: Protein, ontology: Ontology) -> dict[str, set[str]]:
    """The evidence codes of the annotations that give or imply each term."""
    codes: dict[str, set[str]] = defaultdict(set)
    for annotation in protein.of_kind("go"):
        if annotation.id in ontology:
            for term in ontology.ancestors(annotation.id):
                codes[term] |= {annotation.evidence} - {""}
    return codes
