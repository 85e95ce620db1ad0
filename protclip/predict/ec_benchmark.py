"""EC numbers predicted for held-out enzymes: by share, and by what a calibration makes of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from protclip.benchmarks.function_metrics import TermScores, expected_calibration_error, fmax, micro_aupr
from protclip.encode import Encoder
from protclip.predict.ec_numbers import (
    ECCalibration,
    ECEvidence,
    ec_evidence,
    fit_ec_calibration,
    is_right,
)
from protclip.predict.neighbours import ProteinSource
from protclip.predict.term_evidence import look_near
from protclip.records import Protein

_AT_ONCE = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOutEnzymes:
    """Held-out proteins with an EC number, their candidates and their numbers, in one order."""

    evidence: tuple[tuple[ECEvidence, ...], ...]
    true: tuple[frozenset[str], ...]

    def part(self, chosen: slice) -> "HeldOutEnzymes":
        """Some of them."""
        return HeldOutEnzymes(evidence=self.evidence[chosen], true=self.true[chosen])

    def fit(self) -> ECCalibration | None:
        """A calibration fitted to them; None where there are too few."""
        return fit_ec_calibration(self.evidence, self.true)


def gather_enzymes(proteins: Sequence[Protein], encoder: Encoder, source: ProteinSource) -> HeldOutEnzymes:
    """Candidates for those proteins that have an EC number; the source must not hold them or their clusters."""
    enzymes = [p for p in proteins if p.of_kind("ec")]
    evidence: list[tuple[ECEvidence, ...]] = []
    for first in range(0, len(enzymes), _AT_ONCE):
        sequences = [p.sequence for p in enzymes[first : first + _AT_ONCE]]
        near = look_near(sequences, encoder.proteins(sequences), source)
        evidence.extend(ec_evidence(found.homologues) for found in near)
    true = tuple(frozenset(a.id for a in p.of_kind("ec")) for p in enzymes)
    return HeldOutEnzymes(evidence=tuple(evidence), true=true)


def measured_enzymes(held: HeldOutEnzymes, calibration: ECCalibration | None) -> Iterator[dict[str, object]]:
    """Rows of results/function.csv: by share of the homologues' bits, and by probability where there is one."""
    by_share = [np.array([one.share for one in found]) for found in held.evidence]
    yield from _rows("homologues", held, by_share)
    if calibration is not None:
        told = [calibration.probabilities(found) for found in held.evidence]
        yield from _rows("fused", held, told)


def _rows(name: str, held: HeldOutEnzymes, told: Sequence[np.ndarray]) -> Iterator[dict[str, object]]:
    scores = _scores(held, told)
    for metric, value, number in (
        ("fmax", fmax(scores)[0], len(held.true)),
        ("aupr", micro_aupr(scores), len(held.true)),
        ("ece", expected_calibration_error(scores.score, scores.right), len(scores.score)),
    ):
        yield {"benchmark": "all", "metric": f"{name}/EC/{metric}", "value": value, "n": number}


def _scores(held: HeldOutEnzymes, told: Sequence[np.ndarray]) -> TermScores:
    pairs = zip(held.evidence, held.true, strict=True)
    right = [[is_right(one.ec, own) for one in found] for found, own in pairs]
    return TermScores(
        protein=np.repeat(np.arange(len(right)), [len(found) for found in right]),
        score=np.concatenate([np.zeros(0), *told]),
        right=np.array([one for found in right for one in found], dtype=np.bool_),
        num_true=np.array([len(own) for own in held.true], dtype=np.int64),
    )
