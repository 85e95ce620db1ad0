"""Protein to text: property texts ranked in the shared space, and one description assembled of them.

Text to protein is search (`vector_store.retriever`). Shapes: n proteins, m texts, E shared space.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from protclip.data.biotext import clauses, describe
from protclip.data.ontology import ASPECTS, Aspect, Ontology
from protclip.data.term_vectors import TermVectors
from protclip.encode import Encoder
from protclip.errors import FingerprintError, InputError
from protclip.predict.neighbours import Neighbour, ProteinSource
from protclip.records import PROPERTIES, Biotext, Protein

NUM_NEIGHBOURS = 20
"""Near proteins whose texts are candidates, and whose agreement is counted."""
NUM_TEXTS = 5
"""Texts of each property, those with most support, that are embedded and ranked."""
NUM_TERMS = 5
"""GO terms near the protein whose names are candidates beside the neighbours' texts."""
TEMPERATURE = 0.05
"""How fast a neighbour's weight falls with its distance in cosine from the nearest one."""
SUPPORT_WEIGHT = 2.0
"""What full support adds to a text's score, in units of the cosine."""
MIN_SUPPORT = 0.1
"""A property whose best text has less is left out of the assembled description: near proteins do not agree."""

_OF_ASPECT: dict[Aspect, tuple[str, str]] = {
    "MF": ("FUNCTION", "{}."),
    "BP": ("FUNCTION", "Involved in {}."),
    "CC": ("SUBCELLULAR LOCATION", "{}."),
}
assert set(_OF_ASPECT) == set(ASPECTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """A text that may describe a protein. ``rank`` counts from 1 over all properties.

    Attributes
    ----------
    property, text
        One of PROPERTIES, and its text without the label.
    cosine
        Of protein and text in the shared space, -1 to 1.
    support
        How far the near proteins say the same, 0 to 1: the overlap (Dice) of the text's statements with each
        neighbour's of the same property, weighed by the neighbours' nearness and times their cosine, so that
        agreement of remote proteins counts for less. A measure of agreement, not a probability.
    score
        ``cosine + SUPPORT_WEIGHT * support``; the order of the ranks.
    sources
        Accessions of the neighbours that have this very text, the nearest first; the GO id of a term's name.
    """

    rank: int
    property: str
    text: str
    cosine: float
    support: float
    score: float
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """What a protein is described as: the task ``cross_modal_transformation``.

    Attributes
    ----------
    predicted_text
        The best text of each property with its label, in the order of PROPERTIES, where its support is at least
        `MIN_SUPPORT`; "" where that is none.
    confidence_score
        Mean support (0 to 1) of the texts in it, 0 without any: how far near proteins agree with it and how near they
        are. Not a probability.
    descriptions
        Every candidate, the best first.
    neighbours
        The near proteins that support was counted over, the nearest first.
    """

    accession: str
    predicted_text: str
    confidence_score: float
    descriptions: tuple[Description, ...]
    neighbours: tuple[Neighbour, ...]
    source: str
    model: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMatch:
    """One of a user's texts for a protein: ``rank`` from 1 among them, and the cosine, -1 to 1."""

    rank: int
    text: str
    cosine: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    label: str
    text: str
    support: float
    sources: tuple[str, ...]

    @property
    def biotext(self) -> Biotext:
        return Biotext(properties=((self.label, self.text),))


def rank_texts(encoder: Encoder, sequences: Sequence[str], texts: Sequence[str]) -> list[list[TextMatch]]:
    """For each of n proteins the m texts (GO terms, drugs, diseases, any), nearest first; equal ones in their order.

    Raises
    ------
    InputError
        If there is no text, or one is empty, or a sequence is.
    """
    if not texts:
        raise InputError("there is no text to rank; give at least one")
    cosines_nm = encoder.proteins(sequences) @ encoder.texts(texts).T
    found = []
    for row in cosines_nm:
        order = np.argsort(-row, kind="stable")
        ranked = enumerate(order, start=1)
        found.append(
            [TextMatch(rank=rank, text=texts[place], cosine=float(row[place])) for rank, place in ranked]
        )
    return found


class Translator:
    """Describes proteins by the texts of known ones near them and by the names of GO terms near them.

    Raises
    ------
    FingerprintError
        If the known proteins or the terms are of another checkpoint than the encoder's.
    """

    def __init__(
        self, encoder: Encoder, source: ProteinSource, ontology: Ontology, terms: TermVectors | None = None
    ) -> None:
        for what, fingerprint in ((source.name, source.fingerprint), ("terms", terms and terms.fingerprint)):
            if fingerprint is not None and fingerprint != encoder.fingerprint:
                raise FingerprintError(
                    f"{what} has embeddings of the checkpoint {fingerprint}, the model is {encoder.fingerprint}; "
                    "give what was made with this model"
                )
        self._encoder, self._source, self._ontology, self._terms = encoder, source, ontology, terms

    def translate(
        self, proteins: Sequence[Protein], *, exclude: Sequence[Collection[str]] = ()
    ) -> list[Translation]:
        """Describe proteins; what is known of them is not read.

        Parameters
        ----------
        proteins
            n of them.
        exclude
            Accessions whose texts must not be used, one collection a protein; () excludes none.

        Raises
        ------
        InputError
            If a sequence is empty or has a character that is no residue.
        """
        rows_nE = self._encoder.proteins([protein.sequence for protein in proteins])
        near = self._source.nearest(rows_nE, NUM_NEIGHBOURS, exclude)
        candidates = [self._candidates(row, found) for row, found in zip(rows_nE, near, strict=True)]
        # Near proteins share texts, and so do proteins of one file: each text is embedded once.
        biotexts = list(dict.fromkeys(c.biotext for found in candidates for c in found))
        place = {biotext: number for number, biotext in enumerate(biotexts)}
        vectors_mE = self._encoder.biotexts(biotexts)
        found = []
        for protein, row, of_one, neighbours in zip(proteins, rows_nE, candidates, near, strict=True):
            cosines = vectors_mE[[place[c.biotext] for c in of_one]] @ row
            found.append(self._translation(protein.accession, _ranked(of_one, cosines), neighbours))
        return found

    def _candidates(
        self, row_E: npt.NDArray[np.float32], neighbours: Sequence[Neighbour]
    ) -> list[_Candidate]:
        """Property texts of the neighbours and names of the terms nearest to the protein, each once."""
        known = [describe(neighbour.protein, self._ontology) for neighbour in neighbours]
        weights = _weights([neighbour.cosine for neighbour in neighbours])
        said = [{label: _statements(label, text) for label, text in biotext.properties} for biotext in known]
        sources: dict[tuple[str, str], list[str]] = {}
        for neighbour, biotext in zip(neighbours, known, strict=True):
            for text in biotext.properties:
                sources.setdefault(text, []).append(neighbour.protein.accession)
        found = [_candidate(text, who, said, weights) for text, who in sources.items()]
        found = [
            candidate
            for label in PROPERTIES
            for candidate in sorted((c for c in found if c.label == label), key=lambda c: -c.support)[
                :NUM_TEXTS
            ]
        ]
        kept = {(candidate.label, candidate.text) for candidate in found}
        for go_id, text in self._terms_near(row_E):
            if text not in kept:
                found.append(_candidate(text, [go_id], said, weights))
        return found

    def _terms_near(self, row_E: npt.NDArray[np.float32]) -> Iterator[tuple[str, tuple[str, str]]]:
        """GO ids of the nearest terms, and what a protein that has the term would be said to have."""
        for go_id, _ in self._terms.nearest(row_E, NUM_TERMS) if self._terms else ():
            term = self._ontology.term(go_id)
            label, form = _OF_ASPECT[term.aspect]
            yield go_id, (label, form.format(term.name))

    def _translation(
        self, accession: str, descriptions: tuple[Description, ...], neighbours: Sequence[Neighbour]
    ) -> Translation:
        best = assembled(descriptions)
        return Translation(
            accession=accession,
            predicted_text=Biotext(properties=tuple((d.property, d.text) for d in best)).text,
            confidence_score=float(np.mean([d.support for d in best])) if best else 0.0,
            descriptions=descriptions,
            neighbours=tuple(neighbours),
            source=self._source.name,
            model=self._encoder.name,
            fingerprint=self._encoder.fingerprint,
        )


def assembled(descriptions: Sequence[Description]) -> list[Description]:
    """The first text of each property, in the order of PROPERTIES, as far as it has support."""
    first: dict[str, Description] = {}
    for description in descriptions:
        first.setdefault(description.property, description)
    return [first[label] for label in PROPERTIES if label in first and first[label].support >= MIN_SUPPORT]


def _weights(cosines: Sequence[float]) -> npt.NDArray[np.float64]:
    """What each neighbour's agreement counts, together at most 1: softmax of nearness, times the cosine itself."""
    values = np.array(cosines, dtype=np.float64)
    if not len(values):
        return values
    shares = np.exp((values - values.max()) / TEMPERATURE)
    return shares / shares.sum() * values.clip(min=0.0)


def _statements(label: str, text: str) -> frozenset[str]:
    return frozenset(clauses(Biotext(properties=((label, text),))))


def _candidate(
    text: tuple[str, str],
    sources: Sequence[str],
    said: Sequence[Mapping[str, frozenset[str]]],
    weights: npt.NDArray[np.float64],
) -> _Candidate:
    label, own = text[0], _statements(*text)
    others = [statements.get(label, frozenset()) for statements in said]
    overlaps = [2 * len(own & other) / (len(own) + len(other) or 1) for other in others]
    support = float(weights @ np.array(overlaps))
    return _Candidate(label=label, text=text[1], support=support, sources=tuple(sources))


def _ranked(candidates: Sequence[_Candidate], cosines: npt.NDArray[np.float32]) -> tuple[Description, ...]:
    scores = [
        float(c) + SUPPORT_WEIGHT * candidate.support
        for candidate, c in zip(candidates, cosines, strict=True)
    ]
    order = np.argsort(-np.array(scores), kind="stable")
    return tuple(
        Description(
            rank=rank,
            property=candidates[place].label,
            text=candidates[place].text,
            cosine=float(cosines[place]),
            support=candidates[place].support,
            score=scores[place],
            sources=candidates[place].sources,
        )
        for rank, place in enumerate(order, start=1)
    )
