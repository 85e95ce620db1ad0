"""What the interactions page asks of the predictors, as work for a job, and the answer with its evidence."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from protclip.errors import InputError
from protclip.records import Protein
from streamlit_app.jobs import Report, Work

if TYPE_CHECKING:
    from protclip.predict.interaction import HeadOrigin, Interaction
    from protclip.predict.shared_terms import SharedTerm
    from protclip.predict.tasks import Tools

GetTools = Callable[[], "Tools"]
Pair = tuple[Protein, Protein]
ReadPairs = Callable[[Report], tuple[list[Pair], tuple[str, ...]]]
"""Gives the pairs of a list, and a sentence for each line that cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairAnswer:
    """One pair: what is predicted, and what both proteins share by their annotations."""

    first: Protein
    second: Protein
    interaction: "Interaction"
    shared: tuple["SharedTerm", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairsAnswer:
    """Some pairs in their order.

    ``num_having`` tells of each shared term how many of the ``num_known`` known proteins have it, ``usual_cosine``
    and ``type_threshold`` are the head's, and ``errors`` has a sentence for each pair that could not be used.
    """

    pairs: tuple[PairAnswer, ...]
    num_having: Mapping[str, int]
    num_known: int
    usual_cosine: float
    type_threshold: float
    origin: "HeadOrigin"
    errors: tuple[str, ...] = field(default=())


def pairs_work(tools: GetTools, read: ReadPairs) -> Work:
    """Predict the pairs that a function reads."""

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
        return _answer(opened, list(zip(pairs, found, strict=True)), errors)

    return work


def one_pair(first: Protein, second: Protein) -> ReadPairs:
    """A reader of a single pair."""
    return lambda report: ([(first, second)], ())


def atlas_work(tools: GetTools, protein: Protein, top: int) -> Work:
    """Find the most probable partners of a protein in the atlas."""

    def work(report: Report) -> PairsAnswer:
        from protclip.predict.interacting import partners

        report(0, 0)
        opened = tools()
        found = partners(protein, top, opened.encoder, opened.interactions(), opened.atlas())
        report(0, 0)
        pairs = [((protein, opened.known_protein(one.second)), one) for one in found]
        return _answer(opened, pairs, ())

    return work


def _answer(
    tools: "Tools", found: Sequence[tuple[Pair, "Interaction"]], errors: Iterable[str]
) -> PairsAnswer:
    from protclip.predict.shared_terms import count_having, shared_terms

    predictor, known = tools.interactions(), tools.atlas().proteins
    pairs = tuple(
        PairAnswer(first=a, second=b, interaction=one, shared=shared_terms(a, b, tools.ontology))
        for (a, b), one in found
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
    )
