"""Platt's calibration: a logit becomes a probability by one line, fitted on pairs that the model never saw."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Platt:
    """probability = sigmoid(slope * logit + offset). A positive slope never changes the order of two logits."""

    slope: float = 1.0
    offset: float = 0.0

    def __post_init__(self) -> None:
        if not self.slope > 0:
            raise ValueError(f"a calibration's slope is above 0, not {self.slope}")

    def probabilities(self, logits: npt.NDArray[np.floating]) -> Floats:
        """Probabilities, 0 to 1, of logits of any shape."""
        return expit(self.slope * logits.astype(np.float64) + self.offset)


def fit_platt(logits: npt.NDArray[np.floating], labels: npt.NDArray[np.bool_]) -> Platt:
    """Fit slope and offset to logits (m,) and labels (m,) by maximum likelihood.

    Labels are drawn towards the middle as Platt (1999) does, so that even labels that are all alike have a finite
    fit. The slope is searched as its logarithm: where labels run against the logits it comes close to 0, never below.

    Examples
    --------
    >>> logits = np.array([-2.0, -1.0, 1.0, 2.0])
    >>> fitted = fit_platt(logits, np.array([False, True, False, True]))
    >>> bool((np.diff(fitted.probabilities(logits)) > 0).all())  # a calibration never changes the order
    True
    """
    from scipy.optimize import minimize

    positives, negatives = int(labels.sum()), int((~labels).sum())
    targets = np.where(labels, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    values = logits.astype(np.float64)

    def loss(parameters: Floats) -> tuple[float, Floats]:
        slope, offset = np.exp(parameters[0]), parameters[1]
        line = slope * values + offset
        error = expit(line) - targets
        gradient = np.array([(error * values).mean() * slope, error.mean()])
        return float((np.logaddexp(0, line) - targets * line).mean()), gradient

    found = minimize(loss, np.zeros(2), jac=True, method="L-BFGS-B", bounds=[(-7, 7), (None, None)]).x
    return Platt(slope=float(np.exp(found[0])), offset=float(found[1]))
