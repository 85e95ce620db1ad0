"""EC numbers from aligned homologues: which share has one, and how probable that makes it once that was fitted."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from protclip.errors import AssetError
from protclip.predict.logistic import Floats, log_odds, logistic_weights
from protclip.predict.neighbours import Neighbour

EC_FEATURES = ("share", "identity", "homologues with any")
"""What the logistic model sees of a candidate: log odds of its share, greatest identity of a homologue that has it,
and the logarithm of how many homologues have any EC number."""
MIN_SHARE = 0.2
"""EC numbers with a smaller share of the homologues' bits are not reported."""
LEAST_CANDIDATES = 100
"""Fewer candidates of held-out enzymes are too few to fit to; so is less than a tenth of it right, or wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ECEvidence:
    """A candidate, and what speaks for it.

    ``share``, 0 to 1, is that of the bits of the ``num_any`` homologues with any EC number; ``identity``, 0 to 1, is
    the greatest of a homologue that has this one; ``supporters`` are the accessions of these, the best first.
    """

    ec: str
    share: float
    identity: float
    num_any: int
    supporters: tuple[str, ...]


def ec_evidence(homologues: Iterable[Neighbour]) -> tuple[ECEvidence, ...]:
    """The candidates of a protein, greatest share first."""
    bits: dict[str, float] = {}
    identity: dict[str, float] = {}
    supporters: dict[str, list[str]] = {}
    total, num_any = 0.0, 0
    for neighbour in homologues:
        numbers = {a.id for a in neighbour.protein.of_kind("ec")}
        if not numbers or neighbour.alignment is None:
            continue
        total, num_any = total + neighbour.alignment.bits, num_any + 1
        for ec in numbers:
            bits[ec] = bits.get(ec, 0.0) + neighbour.alignment.bits
            identity[ec] = max(identity.get(ec, 0.0), neighbour.alignment.identity)
            supporters.setdefault(ec, []).append(neighbour.protein.accession)
    return tuple(
        ECEvidence(
            ec=ec,
            share=bits[ec] / total,
            identity=identity[ec],
            num_any=num_any,
            supporters=tuple(supporters[ec]),
        )
        for ec in sorted(bits, key=lambda ec: (-bits[ec], ec))
        if bits[ec] / total >= MIN_SHARE
    )


def is_right(ec: str, true: Collection[str]) -> bool:
    """Whether a number is one of a protein's, or the beginning of one (3.6.4.- of 3.6.4.12)."""
    beginning = ec.split("-")[0]
    return ec in true or (beginning != ec and any(number.startswith(beginning) for number in true))


@dataclass(frozen=True, slots=True, kw_only=True)
class ECCalibration:
    """``weights`` are bias and one for each of EC_FEATURES; ``fitted_on`` says to how many candidates."""

    weights: tuple[float, ...]
    fitted_on: str

    def probabilities(self, evidence: Sequence[ECEvidence]) -> Floats:
        """The probability (C,), 0 to 1, that each candidate is an EC number of a protein that has any known one."""
        bias, *weights = self.weights
        return expit(_features(evidence) @ np.array(weights) + bias)

    def as_json(self) -> dict[str, Any]:
        """JSON values; `of_json` reads them."""
        return asdict(self) | {"features": EC_FEATURES}

    @classmethod
    def of_json(cls, facts: Mapping[str, Any]) -> Self:
        """Read what `as_json` gave; AssetError if it was fitted to other features, as of another version."""
        if tuple(facts["features"]) != EC_FEATURES or len(facts["weights"]) != 1 + len(EC_FEATURES):
            raise AssetError(
                f"the probability of EC numbers was fitted to {facts['features']}, this version has {EC_FEATURES}. "
                "Fit it again with protclip calibrate"
            )
        return cls(weights=tuple(map(float, facts["weights"])), fitted_on=str(facts["fitted_on"]))


def fit_ec_calibration(
    evidence: Sequence[Sequence[ECEvidence]], true: Sequence[Collection[str]]
) -> ECCalibration | None:
    """Fit to held-out proteins that have an EC number each; None where there is too little to fit to.

    Proteins without one are left out: few carry their number in these data, so its absence says nothing.

    Parameters
    ----------
    evidence, true
        Of each protein its candidates, and its EC numbers.
    """
    candidates = [one for found in evidence for one in found]
    right = np.array(
        [is_right(one.ec, own) for found, own in zip(evidence, true, strict=True) for one in found],
        dtype=np.bool_,
    )
    rarer = min(int(right.sum()), int((~right).sum()))
    if len(candidates) < LEAST_CANDIDATES or rarer < LEAST_CANDIDATES // 10:
        return None
    weights = logistic_weights(_features(candidates), right, freedom=1.0)
    told = f"{len(candidates)} candidates of {len(evidence)} proteins with an EC number, {int(right.sum())} right"
    return ECCalibration(weights=weights, fitted_on=told)


def _features(evidence: Sequence[ECEvidence]) -> npt.NDArray[np.float64]:
    rows = np.array([(one.share, one.identity, one.num_any) for one in evidence], dtype=np.float64)
    share, identity, num_any = rows.reshape(-1, 3).T
    return np.stack([log_odds(share), identity, np.log(np.maximum(num_any, 1))], axis=1)
