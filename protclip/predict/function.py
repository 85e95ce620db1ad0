"""What a protein does: GO terms, EC numbers and locations, each with its probability and what speaks for it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from protclip.data.go_slim import CC_SLIM
from protclip.data.ontology import Ontology
from protclip.data.term_vectors import TermVectors
from protclip.encode import Encoder
from protclip.errors import FingerprintError
from protclip.predict.calibration import Calibration
from protclip.predict.ec_numbers import ECCalibration, ec_evidence
from protclip.predict.neighbours import Neighbour, ProteinSource
from protclip.predict.term_evidence import (
    STRATA,
    KnownNear,
    TermColumns,
    TermEvidence,
    TermRows,
    gather_evidence,
    look_near,
)
from protclip.records import Protein

MIN_PROBABILITY = 0.05
"""Terms less probable than this are not reported."""
_NUM_SUPPORTERS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class TermPrediction:
    """A GO term that a protein probably has.

    ``probability``, 0 to 1, comes from a calibration on proteins of other sequence clusters, and never exceeds that
    of a term it implies. ``homologues`` and ``neighbours``, 0 to 1, are the shares of aligned homologues (by bits)
    and of proteins near in the shared space that have the term; ``text`` is how many standard deviations the
    cosine with the term's name lies above that of other terms. ``supporters`` are accessions, homologues first.
    ``information`` is how rare the term is: bits, -log2 of the share of known proteins that have it (Resnik 1995).
    """

    go_id: str
    name: str
    aspect: str
    probability: float
    homologues: float
    neighbours: float
    text: float
    supporters: tuple[str, ...]
    information: float = 0.0

    @property
    def weight(self) -> float:
        """By which a term leads a description: its information, weighed by its probability."""
        return self.probability * self.information


@dataclass(frozen=True, slots=True, kw_only=True)
class ECPrediction:
    """An EC number, and which share, 0 to 1, of the bits of homologues with any has it.

    ``probability``, 0 to 1, is None where the calibration has none for EC numbers; it holds for proteins that have an
    EC number at all (`protclip.predict.ec_numbers`).
    """

    ec: str
    share: float
    supporters: tuple[str, ...]
    probability: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionPrediction:
    """What is predicted of one protein; ``terms`` and ``locations`` most probable first.

    ``homologues`` are aligned proteins whose E-value allows it, best first; ``stratum`` says how near the nearest
    is. ``known`` is a protein of the source with this very sequence: what is curated of it beats what is predicted.
    ``locations`` are the cellular-component terms of the slim among the terms. ``ec_calibrated`` says whether EC
    numbers would have a probability.
    """

    label: str
    length: int
    terms: tuple[TermPrediction, ...]
    ec: tuple[ECPrediction, ...]
    locations: tuple[TermPrediction, ...]
    homologues: tuple[Neighbour, ...]
    stratum: str
    known: Protein | None
    fingerprint: str
    source: str
    ec_calibrated: bool = False
    warnings: tuple[str, ...] = field(default=())

    def of_aspect(self, aspect: str) -> tuple[TermPrediction, ...]:
        """The terms of MF, BP or CC."""
        return tuple(term for term in self.terms if term.aspect == aspect)


class FunctionPredictor:
    """Predicts from the checkpoint, known proteins, and a calibration of both.

    Raises
    ------
    FingerprintError
        If source, term vectors or calibration are of another checkpoint than the encoder.
    """

    def __init__(
        self,
        encoder: Encoder,
        source: ProteinSource,
        columns: TermColumns,
        terms: TermVectors,
        calibration: Calibration,
    ) -> None:
        for what, given in (
            ("known proteins", source), ("term vectors", terms), ("calibration", calibration)
        ):  # fmt: skip
            if given.fingerprint != encoder.fingerprint:
                raise FingerprintError(
                    f"the {what} in use: of the checkpoint {given.fingerprint}; the model: {encoder.fingerprint}. "
                    "Give what was made with this model: protclip calibrate --model FOLDER --save FILE makes a "
                    "calibration"
                )
        self._encoder, self._source, self._columns = encoder, source, columns
        self._rows, self._calibration = TermRows(terms, columns), calibration
        self._slim = frozenset(CC_SLIM)

    def predict(
        self,
        sequences: Sequence[str],
        labels: Sequence[str] | None = None,
        exclude: Sequence[Collection[str]] = (),
    ) -> list[FunctionPrediction]:
        """A prediction for each sequence, in their order.

        Parameters
        ----------
        sequences
            n protein sequences.
        labels
            What to call them; by default "sequence 1" and so on.
        exclude
            For each, accessions that may not serve as evidence (the protein itself, where it is known).

        Raises
        ------
        InputError
            If a sequence is empty or has a character that is no residue.
        """
        names = labels or [f"sequence {number}" for number in range(1, len(sequences) + 1)]
        embeddings = self._encoder.proteins(sequences)
        near = look_near(sequences, embeddings, self._source, exclude)
        return [
            self._one(name, sequence, embedding, found)
            for name, sequence, embedding, found in zip(names, sequences, embeddings, near, strict=True)
        ]

    def _one(
        self, label: str, sequence: str, embedding: npt.NDArray[np.float32], near: KnownNear
    ) -> FunctionPrediction:
        evidence = gather_evidence(embedding, near, self._columns, self._rows)
        homologues = near.homologues
        terms = self._terms(evidence, near)
        return FunctionPrediction(
            label=label,
            length=len(sequence),
            terms=terms,
            ec=ec_predictions(homologues, self._calibration.ec),
            ec_calibrated=self._calibration.ec is not None,
            locations=tuple(t for t in terms if t.go_id in self._slim),
            homologues=homologues,
            stratum=STRATA[evidence.stratum],
            known=next((n.protein for n in homologues if n.protein.sequence == sequence.upper()), None),
            fingerprint=self._encoder.fingerprint,
            source=self._source.name,
            warnings=_warnings(self._encoder.num_windows(sequence), len(sequence), evidence),
        )

    def _terms(self, evidence: TermEvidence, near: KnownNear) -> tuple[TermPrediction, ...]:
        columns, ontology = self._columns, self._columns.ontology
        told = self._calibration.probabilities(evidence, columns.aspects[evidence.columns])
        raw = {columns.ids[c]: float(p) for c, p in zip(evidence.columns, told, strict=True)}
        probabilities = implied_too(raw, ontology)
        place = {columns.ids[c]: i for i, c in enumerate(evidence.columns)}
        known = {n.protein.accession: n.protein for n in (*near.homologues, *near.neighbours)}
        owned = [(a, frozenset(columns.of(protein).tolist())) for a, protein in known.items()]
        found = []
        for go_id, probability in sorted(probabilities.items(), key=lambda item: (-item[1], item[0])):
            column = columns.column(go_id)
            if probability < MIN_PROBABILITY or column is None:
                continue
            at, term = place.get(go_id), ontology.term(go_id)
            found.append(
                TermPrediction(
                    go_id=go_id,
                    name=term.name,
                    aspect=term.aspect,
                    probability=probability,
                    homologues=0.0 if at is None else float(evidence.homologues[at]),
                    neighbours=0.0 if at is None else float(evidence.neighbours[at]),
                    text=0.0 if at is None else float(evidence.text[at]),
                    supporters=tuple(a for a, terms in owned if column in terms)[:_NUM_SUPPORTERS],
                    information=float(-np.log2(columns.frequency[column])),
                )
            )
        return tuple(found)


def implied_too(probabilities: Mapping[str, float], ontology: Ontology) -> dict[str, float]:
    """Each term and what it implies with the greatest probability of a term that implies it: roots are left out."""
    told: dict[str, float] = {}
    for go_id, probability in sorted(probabilities.items(), key=lambda item: -item[1]):
        for implied in ontology.ancestors(go_id):
            told.setdefault(implied, probability)
    return {go_id: p for go_id, p in told.items() if go_id not in ontology.roots}


def ec_predictions(
    homologues: Iterable[Neighbour], calibration: ECCalibration | None
) -> tuple[ECPrediction, ...]:
    """EC numbers of homologues, the most probable first; by their share where they have no probability."""
    evidence = ec_evidence(homologues)
    told = [None] * len(evidence) if calibration is None else calibration.probabilities(evidence).tolist()
    found = [
        ECPrediction(ec=e.ec, share=e.share, supporters=e.supporters[:_NUM_SUPPORTERS], probability=p)
        for e, p in zip(evidence, told, strict=True)
    ]
    return tuple(sorted(found, key=lambda one: -(one.probability or 0.0)))  # stable: else by share


def _warnings(num_windows: int, length: int, evidence: TermEvidence) -> tuple[str, ...]:
    told = []
    if num_windows > 1:
        told.append(f"{length:,} residues were read in {num_windows} windows and averaged")
    if length < 20:
        told.append(f"{length} residues carry little signal; predictions for peptides were not measured")
    if not evidence.num_homologues:
        told.append("no known protein aligns with it: what is told rests on the model alone")
    return tuple(told)
