"""From evidence to probability: weights fitted on held-out proteins, kept as JSON beside the checkpoint."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from protclip.data.files import replacing
from protclip.errors import AssetError
from protclip.predict.ec_numbers import ECCalibration
from protclip.predict.logistic import Floats, log_odds, logistic_weights
from protclip.predict.term_evidence import STRATA, TermEvidence

Bools = npt.NDArray[np.bool_]

FEATURES = ("homologues", "neighbours", "text", "frequency", "homologues x neighbours", "rare and named")
"""What the logistic model sees of a candidate: three log odds, the name's standing, and two products."""
_LEAST_ROWS = 500
"""A stratum with fewer validation pairs of an aspect takes the weights of all strata together."""
NUM_KNOTS = 40
_FREEDOM = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Weights by aspect and stratum, and the curve that makes their scores come true.

    ``weights`` has, for each aspect, one row (bias first, then FEATURES) a stratum of STRATA; ``knots`` has, for
    each aspect, rising scores and the probabilities they mean (isotonic regression, linear in between).
    ``fingerprint`` is the checkpoint's and ``source`` says which known proteins the evidence came from. ``ec`` is
    None where EC numbers were not calibrated.
    """

    weights: Mapping[str, tuple[tuple[float, ...], ...]]
    knots: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]]
    fingerprint: str
    source: str
    fitted_on: str
    ec: ECCalibration | None = None

    def probabilities(self, evidence: TermEvidence, aspects: npt.NDArray[np.str_]) -> Floats:
        """The probability (C,), 0 to 1, that each candidate term would be annotated; ``aspects`` (C,) are theirs."""
        told, features = np.zeros(len(aspects)), features_of(evidence)
        for aspect in self.weights:
            mine = aspects == aspect
            bias, *weights = self.weights[aspect][evidence.stratum]
            scores = expit(features[mine] @ np.array(weights) + bias)
            told[mine] = np.interp(scores, *self.knots[aspect])
        return told

    def write(self, path: Path) -> None:
        """Write as JSON; `read_calibration` reads it."""
        facts = asdict(self) | {"features": FEATURES, "strata": STRATA}
        facts["ec"] = self.ec and self.ec.as_json()
        with replacing(path) as part:
            part.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def read_calibration(path: Path) -> Calibration:
    """Read what `Calibration.write` wrote.

    Raises
    ------
    AssetError
        If the file is missing, damaged, or of another version of the features.

    Examples
    --------
    >>> from protclip.starter import calibration_path
    >>> scores, probabilities = read_calibration(calibration_path()).knots["MF"]
    >>> scores[0], scores[-1], list(probabilities) == sorted(probabilities)
    (0.0, 1.0, True)
    """
    remedy = "Restore it, or fit it again with protclip calibrate"
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        known = tuple(facts.pop("features")), tuple(facts.pop("strata"))
        if known != (FEATURES, STRATA):
            raise AssetError(f"{path} was fitted to other features than this version has. {remedy}")
        for name in ("weights", "knots"):
            facts[name] = {
                a: tuple(tuple(map(float, row)) for row in rows) for a, rows in facts[name].items()
            }
        ec = facts.pop("ec", None)  # files of before have none
        return Calibration(**facts, ec=None if ec is None else ECCalibration.of_json(ec))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise AssetError(f"the calibration {path} is missing or damaged ({error}). {remedy}") from error


def features_of(evidence: TermEvidence) -> Floats:
    """What the logistic model sees of each candidate, (C, len(FEATURES))."""
    homologues, neighbours, frequency = (
        log_odds(share) for share in (evidence.homologues, evidence.neighbours, evidence.frequency)
    )
    return np.stack(
        [
            homologues,
            neighbours,
            evidence.text,
            frequency,
            homologues * neighbours / 10,
            evidence.text * -frequency / 10,
        ],
        axis=1,
    )


def fit_calibration(
    evidence: Sequence[TermEvidence],
    aspects: Sequence[npt.NDArray[np.str_]],
    right: Sequence[Bools],
    *,
    fingerprint: str,
    source: str,
    fitted_on: str,
) -> Calibration:
    """Fit weights and curve on validation proteins.

    The curve is fitted to scores of weights that had not seen the protein (five folds), so that it corrects
    what the weights promise on new proteins.

    Parameters
    ----------
    evidence, aspects, right
        Of each protein: its candidates, their aspects, and which of them it is annotated with.
    """
    features = np.concatenate([features_of(e) for e in evidence])
    aspect = np.concatenate(aspects)
    truth = np.concatenate(right)
    sizes = [len(r) for r in right]
    stratum = np.repeat([e.stratum for e in evidence], sizes)
    fold = np.repeat(np.arange(len(evidence)) % 5, sizes)
    weights, knots = {}, {}
    for name in sorted(set(aspect)):
        mine = aspect == name
        weights[str(name)] = _strata_weights(features[mine], truth[mine], stratum[mine])
        unseen = _unseen_scores(features[mine], truth[mine], stratum[mine], fold[mine])
        knots[str(name)] = _isotonic_knots(unseen, truth[mine])
    return Calibration(
        weights=weights, knots=knots, fingerprint=fingerprint, source=source, fitted_on=fitted_on
    )


def _unseen_scores(
    features: Floats, truth: Bools, stratum: npt.NDArray[np.int64], fold: npt.NDArray[np.int64]
) -> Floats:
    scores = np.zeros(len(truth))
    for number in range(5):
        table = np.array(
            _strata_weights(*(a[fold != number] for a in (features, truth, stratum)))  # type: ignore[arg-type]
        )[stratum[fold == number]]
        scores[fold == number] = expit(table[:, 0] + (features[fold == number] * table[:, 1:]).sum(1))
    return scores


def _strata_weights(
    features: Floats, truth: Bools, stratum: npt.NDArray[np.int64]
) -> tuple[tuple[float, ...], ...]:
    together = logistic_weights(features, truth, freedom=_FREEDOM)
    rows = []
    for number in range(len(STRATA)):
        mine = stratum == number
        enough = mine.sum() >= _LEAST_ROWS and 0 < truth[mine].sum() < mine.sum()
        rows.append(logistic_weights(features[mine], truth[mine], freedom=_FREEDOM) if enough else together)
    return tuple(rows)


def _isotonic_knots(scores: Floats, truth: Bools) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """At most NUM_KNOTS points of the isotonic curve, at quantiles of the scores of annotated pairs."""
    from sklearn.isotonic import IsotonicRegression

    curve = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(scores, truth)
    places = np.unique(np.quantile(scores[truth], np.linspace(0, 1, NUM_KNOTS - 2)))
    at = np.unique(np.concatenate([[0.0], places, [1.0]]))
    return tuple(at.tolist()), tuple(np.round(curve.predict(at), 5).tolist())
