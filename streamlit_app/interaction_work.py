"""What the interactions page asks of the predictors, as work for a job, and the answer with its evidence."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from protclip.errors import InputError
from protclip.records import Protein
from streamlit_app.jobs import Report, Work

if TYPE_CHECKING:
    from protclip.predict.interaction import HeadOrigin, Interaction
    from protclip.predict.interologs import KnownEvidence
    from protclip.predict.shared_terms import SharedTerm
    from protclip.predict.tasks import Tools

KNOWN_FILE = "the file"
"""What sentences call the file of known interactions: its name is not kept."""
GetTools = Callable[[], "Tools"]
Pair = tuple[Protein, Protein]
ReadPairs = Callable[[Report], tuple[list[Pair], tuple[str, ...]]]
"""Gives the pairs of a list, and a sentence for each line that cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairAnswer:
    """One pair: what is predicted, what both proteins share by their annotations, and what a file has of them."""

    first: Protein
    second: Protein
    interaction: "Interaction"
    shared: tuple["SharedTerm", ...]
    known: "KnownEvidence | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PairsAnswer:
    """Some pairs in their order.

    ``num_having`` tells of each shared term how many of the ``num_known`` known proteins have it, ``usual_cosine``
    and ``type_threshold`` are the head's, and ``errors`` has a sentence for each pair that could not be used.
    ``known_told`` says what there was to look up known interactions in, "" where no file was given.
    """

    pairs: tuple[PairAnswer, ...]
    num_having: Mapping[str, int]
    num_known: int
    usual_cosine: float
    type_threshold: float
    origin: "HeadOrigin"
    errors: tuple[str, ...] = field(default=())
    known_told: str = ""


def pairs_work(tools: GetTools, read: ReadPairs, known: str = "") -> Work:
    """Predict the pairs that a function reads; ``known`` is the text of a file of known interactions."""

    def work(report: Report) -> PairsAnswer:
        from protclip.predict.interacting import predict_pairs

        pairs, errors = read(report)
        if not pairs:
            raise InputError(
                errors[0] if errors else "there is no pair in the list. Write two proteins a line"
            )
        opened = tools()
        found = predict_pairs(pairs, opened.encoder, opened.interactions())
        report(0, 0)
        evidence = _looked_up(opened, pairs, known, report)
        return _answer(opened, list(zip(pairs, found, strict=True)), evidence, errors)

    return work


def one_pair(first: Protein, second: Protein) -> ReadPairs:
    """A reader of a single pair."""
    return lambda report: ([(first, second)], ())


def atlas_work(tools: GetTools, protein: Protein, top: int, known: str = "") -> Work:
    """Find the most probable partners of a protein in the atlas; ``known`` as in `pairs_work`."""

    def work(report: Report) -> PairsAnswer:
        from protclip.predict.interacting import partners

        report(0, 0)
        opened = tools()
        found = partners(protein, top, opened.encoder, opened.interactions(), opened.atlas())
        report(0, 0)
        pairs = [(protein, opened.known_protein(one.second)) for one in found]
        evidence = _looked_up(opened, pairs, known, report)
        return _answer(opened, list(zip(pairs, found, strict=True)), evidence, ())

    return work


def _looked_up(
    tools: "Tools", pairs: Sequence[Pair], known: str, report: Report
) -> tuple[list["KnownEvidence | None"], str]:
    """What a file has of each pair, and a sentence on the file."""
    if not known:
        return [None] * len(pairs), ""
    from protclip.data.known_interactions import known_interactions_in
    from protclip.predict.interologs import InterologSearch

    network = known_interactions_in(known.splitlines(), KNOWN_FILE)
    search = InterologSearch(network, tools.atlas().proteins)
    found: list[KnownEvidence | None] = []
    for first, second in pairs:
        report(len(found), len(pairs))
        found.append(search.find(first, second))
    return found, search.told


def _answer(
    tools: "Tools",
    found: Sequence[tuple[Pair, "Interaction"]],
    looked_up: tuple[Sequence["KnownEvidence | None"], str],
    errors: Iterable[str],
) -> PairsAnswer:
    from protclip.predict.shared_terms import count_having, shared_terms

    predictor, known = tools.interactions(), tools.atlas().proteins
    pairs = tuple(
        PairAnswer(
            first=a, second=b, interaction=one, shared=shared_terms(a, b, tools.ontology), known=evidence
        )
        for ((a, b), one), evidence in zip(found, looked_up[0], strict=True)
    )
    terms = {term.id for pair in pairs for term in pair.shared}
    return PairsAnswer(
        pairs=pairs,
        num_having=count_having(terms, known, tools.ontology) if terms else {},
        num_known=len(known),
        usual_cosine=predictor.known.usual_cosine,
        type_threshold=predictor.type_threshold,
        origin=predictor.origin,
        errors=tuple(errors),
        known_told=looked_up[1],
    )
