"""Logistic regression whose weights are told for raw features, and log odds of shares."""

import numpy as np
import numpy.typing as npt
from scipy.special import logit

Floats = npt.NDArray[np.float64]
_EDGE = 1e-4


def logistic_weights(features: Floats, truth: npt.NDArray[np.bool_], *, freedom: float) -> tuple[float, ...]:
    """Bias and weights (1 + F) for features (m, F) and labels (m,) of both kinds, fitted to standardised features.

    ``freedom`` is the inverse strength of the regularisation, scikit-learn's C.
    """
    from sklearn.linear_model import LogisticRegression

    mean, spread = features.mean(0), np.maximum(features.std(0), 1e-6)
    model = LogisticRegression(C=freedom, max_iter=300).fit((features - mean) / spread, truth)
    weights = model.coef_[0] / spread
    return (float(model.intercept_[0] - weights @ mean), *weights.tolist())


def log_odds(share: Floats) -> Floats:
    """Log odds of shares, 0 to 1, kept finite at both ends."""
    odds: Floats = logit(np.clip(share, _EDGE, 1 - _EDGE))
    return odds
