"""What is said of a protein, statement by statement: curated before predicted, each with what speaks for it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from protclip.data.go_slim import CC_SLIM, slim_of
from protclip.data.ontology import ASPECTS, Ontology
from protclip.errors import InputError
from protclip.predict.function import MIN_PROBABILITY, FunctionPrediction, TermPrediction
from protclip.predict.neighbours import Neighbour
from protclip.records import Annotation, Protein

Kind = Literal["description", "MF", "BP", "CC", "location", "EC"]
KINDS: tuple[Kind, ...] = ("description", "MF", "BP", "CC", "location", "EC")
Status = Literal["curated", "predicted"]
Agreement = Literal["homology and model", "homology only", "model only", ""]

SPEAKING_SHARE = 0.25
"""Homologues, or neighbours in the shared space, speak for a term if at least this share of their weight has it."""
SPEAKING_TEXT = 2.0
"""A term's name speaks for it from this many standard deviations above the names of other terms."""
_COMPLEX = "GO:0032991"
_DESCRIBED: tuple[Kind, ...] = ("MF", "BP", "location")
_ASPECT_OF: Mapping[Kind, str] = {"MF": "MF", "BP": "BP", "CC": "CC", "location": "CC", "EC": "MF"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which statements are wanted.

    ``min_probability`` is MIN_PROBABILITY (less is never predicted) to 1; EC numbers are held to it where they have
    a probability. ``aspects`` are of MF, BP and CC: locations come with CC, EC numbers with MF. ``top`` is how
    many of the most specific terms, the most probable ones, are told of each kind, with what they imply;
    None tells all.
    """

    min_probability: float = 0.5
    aspects: tuple[str, ...] = ASPECTS
    top: int | None = None

    def __post_init__(self) -> None:
        if not MIN_PROBABILITY <= self.min_probability <= 1:
            raise InputError(f"probability {self.min_probability} is not {MIN_PROBABILITY} to 1")
        if not self.aspects or not set(self.aspects) <= set(ASPECTS):
            raise InputError(f"aspects {self.aspects} are not some of {', '.join(ASPECTS)}")
        if self.top is not None and self.top < 1:
            raise InputError(f"top {self.top} is below 1; leave it out to get every statement")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement about a protein.

    ``id`` is a GO id or EC number ("" for a description and for prose), ``name`` the term's name, the prose, or the
    description. ``relation`` is what GAF calls it. ``most_specific`` is false of a term that another one of the
    same kind and status implies. ``probability`` is None where there is none (curated, EC numbers that
    were not calibrated). The shares
    and ``text`` are those of `TermPrediction`; of an EC number ``homologues`` is its share of their bits.
    ``supporters`` are accessions, homologues first; ``homologue`` is the best aligned protein of
    which the same is known (of a description the best of all), "" where there is none, with its alignment's
    identity and coverages, 0 to 1. ``evidence`` is the source's evidence code of a curated statement.
    """

    kind: Kind
    id: str
    name: str
    status: Status
    relation: str = ""
    most_specific: bool = True
    probability: float | None = None
    agreement: Agreement = ""
    homologues: float | None = None
    neighbours: float | None = None
    text: float | None = None
    supporters: tuple[str, ...] = ()
    homologue: str = ""
    identity: float | None = None
    query_coverage: float | None = None
    target_coverage: float | None = None
    evidence: str = ""


def statements(
    prediction: FunctionPrediction, ontology: Ontology, wanted: Wanted | None = None
) -> tuple[Statement, ...]:
    """What is said of a protein: its description, then kind by kind the curated statements and the predicted ones.

    A term that a curated one is or implies is not predicted besides.
    """
    chosen = wanted or Wanted()
    curated = list(_curated(prediction, ontology, chosen))
    stated = ontology.closure(s.id for s in curated if s.id in ontology)
    predicted = list(_predicted(prediction, ontology, chosen, stated))
    owned = [(n, _owned(n.protein, ontology)) for n in prediction.homologues]
    told = [_beside(s, next((n for n, ids in owned if s.id in ids), None)) for s in (*curated, *predicted)]
    told.sort(key=lambda s: KINDS.index(s.kind))  # stable: the order within a kind stays
    return (_description(prediction, told, chosen), *told)


def agreement_of(term: TermPrediction, num_homologues: int) -> Agreement:
    """Whether homology, the model (neighbours in the shared space, or the term's name) or both speak for a term.

    Where neither reaches its threshold, the one with the greater share is named.
    """
    homology = num_homologues > 0 and term.homologues >= SPEAKING_SHARE
    model = term.neighbours >= SPEAKING_SHARE or term.text >= SPEAKING_TEXT
    if homology and model:
        return "homology and model"
    if homology or (not model and num_homologues > 0 and term.homologues > term.neighbours):
        return "homology only"
    return "model only"


def specific_terms(
    terms: Iterable[TermPrediction], ontology: Ontology, wanted: Wanted
) -> list[TermPrediction]:
    """Those probable enough that no other such term implies, in their order, ``wanted.top`` at most."""
    likely = [t for t in terms if t.probability >= wanted.min_probability]
    leaves = frozenset(ontology.leaves(t.go_id for t in likely))
    return [t for t in likely if t.go_id in leaves][: wanted.top]


def _wanted_kinds(wanted: Wanted) -> list[Kind]:
    return [kind for kind in KINDS if _ASPECT_OF.get(kind) in wanted.aspects]


def _curated(prediction: FunctionPrediction, ontology: Ontology, wanted: Wanted) -> Iterator[Statement]:
    """The annotations of the known protein with this very sequence."""
    if prediction.known is None:
        return
    for kind in _wanted_kinds(wanted):
        told = _curated_ec if kind == "EC" else _curated_terms
        for statement in told(kind, prediction.known, ontology):
            yield replace(statement, supporters=(prediction.known.accession,))


def _curated_ec(kind: Kind, known: Protein, ontology: Ontology) -> Iterator[Statement]:
    for a in known.of_kind("ec"):
        yield Statement(kind=kind, id=a.id, name=a.text, status="curated", evidence=a.evidence)


def _curated_terms(kind: Kind, known: Protein, ontology: Ontology) -> Iterator[Statement]:
    """GO terms of one kind by their current ids, and the prose of a location; roots and unknown ids say nothing."""
    current = ((ontology.resolve(a.id), a) for a in known.of_kind("go"))
    terms = {go_id: a for go_id, a in current if go_id is not None and go_id not in ontology.roots}
    ids = _ids_of(kind, terms, ontology)
    leaves = frozenset(ontology.leaves(ids))
    for go_id in ids:
        yield Statement(
            kind=kind,
            id=go_id,
            name=ontology.term(go_id).name,
            status="curated",
            relation=_relation(go_id, ontology),
            most_specific=go_id in leaves,
            evidence=terms[go_id].evidence if go_id in terms else "",
        )
    for a in known.of_kind("location") if kind == "location" else ():
        text = " ".join(a.text.split())
        yield Statement(kind=kind, id="", name=text, status="curated", evidence=a.evidence)


def _ids_of(kind: Kind, terms: Mapping[str, Annotation], ontology: Ontology) -> list[str]:
    if kind == "location":
        found = slim_of(terms, ontology, CC_SLIM)
        return [ontology.resolve(go_id) or go_id for go_id in found]
    return [go_id for go_id in terms if ontology.term(go_id).aspect == kind]


def _predicted(
    prediction: FunctionPrediction, ontology: Ontology, wanted: Wanted, stated: Collection[str]
) -> Iterator[Statement]:
    for kind in _wanted_kinds(wanted):
        if kind == "EC":
            yield from _predicted_ec(prediction, wanted)
            continue
        terms = prediction.locations if kind == "location" else prediction.of_aspect(kind)
        left = [t for t in terms if t.go_id not in stated and t.probability >= wanted.min_probability]
        specific = {t.go_id for t in specific_terms(left, ontology, wanted)}
        kept = ontology.closure(specific)
        for term in left:
            if term.go_id in kept:
                statement = _of_term(kind, term, ontology, len(prediction.homologues))
                yield replace(statement, most_specific=term.go_id in specific)


def _predicted_ec(prediction: FunctionPrediction, wanted: Wanted) -> Iterator[Statement]:
    known = {a.id for a in prediction.known.of_kind("ec")} if prediction.known else set()
    left = [ec for ec in prediction.ec if ec.ec not in known]
    likely = [ec for ec in left if ec.probability is None or ec.probability >= wanted.min_probability]
    for ec in likely[: wanted.top]:
        yield Statement(
            kind="EC",
            id=ec.ec,
            name="",
            status="predicted",
            probability=ec.probability,
            agreement="homology only",
            homologues=ec.share,
            supporters=ec.supporters,
        )


def _of_term(kind: Kind, term: TermPrediction, ontology: Ontology, num_homologues: int) -> Statement:
    return Statement(
        kind=kind,
        id=term.go_id,
        name=term.name,
        status="predicted",
        relation=_relation(term.go_id, ontology),
        probability=term.probability,
        agreement=agreement_of(term, num_homologues),
        homologues=term.homologues,
        neighbours=term.neighbours,
        text=term.text,
        supporters=term.supporters,
    )


def _relation(go_id: str, ontology: Ontology) -> str:
    """The relation of GAF 2.2 for an annotation that was not reviewed."""
    aspect = ontology.term(go_id).aspect
    if aspect != "CC":
        return "enables" if aspect == "MF" else "involved_in"
    return "part_of" if _COMPLEX in ontology.ancestors(go_id) else "located_in"


def _owned(protein: Protein, ontology: Ontology) -> frozenset[str]:
    """Ids of all that is known of a protein: GO terms with what they imply, EC numbers."""
    terms = ontology.closure(a.id for a in protein.of_kind("go") if a.id in ontology)
    return terms | {a.id for a in protein.of_kind("ec")}


def _beside(statement: Statement, homologue: Neighbour | None) -> Statement:
    if homologue is None or homologue.alignment is None:
        return statement
    return replace(
        statement,
        homologue=homologue.protein.accession,
        identity=homologue.alignment.identity,
        query_coverage=homologue.alignment.query_coverage,
        target_coverage=homologue.alignment.target_coverage,
    )


def _description(prediction: FunctionPrediction, told: Sequence[Statement], wanted: Wanted) -> Statement:
    """One line: the statement of each kind that tells most, and the nearest known protein.

    That is the one with the greatest product of probability (1 if curated) and information: "protein binding" is
    probable of most proteins and says little of any.
    """
    status: Status = "curated" if prediction.known else "predicted"
    bits = {term.go_id: term.information for term in prediction.terms}

    def weight(statement: Statement) -> float:
        sure = 1.0 if statement.probability is None else statement.probability
        return sure * bits.get(statement.id, 0.0)

    named = []
    for kind in _DESCRIBED:
        telling = [s for s in told if s.kind == kind and s.status == status and s.most_specific]
        named.extend([max(telling, key=weight)] if telling else [])  # of equals the first
    nothing = "no term" if prediction.known else f"no term with a probability of {wanted.min_probability:g}"
    probabilities = [s.probability for s in named if s.probability is not None]
    nearest = prediction.homologues[0] if prediction.homologues else None
    parts = [*([s.name for s in named] or [nothing]), *_likeness(prediction.known, nearest)]
    line = Statement(
        kind="description",
        id="",
        name=f"{status.capitalize()}: {'; '.join(parts)}",
        status=status,
        probability=min(probabilities, default=None),
        supporters=(nearest.protein.accession,) if nearest else (),
    )
    return _beside(line, nearest)


def _likeness(known: Protein | None, nearest: Neighbour | None) -> Iterator[str]:
    if known is not None:
        yield f"same sequence as {_called(known)}"
    elif nearest is not None and nearest.alignment is not None:
        of = nearest.alignment
        yield f"like {_called(nearest.protein)}, {of.identity:.0%} identical over {of.query_coverage:.0%} of it"


def _called(protein: Protein) -> str:
    return f"{protein.name} ({protein.accession})" if protein.name else protein.accession
