"""Measures of predicted pairs, and the rows they make."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from protclip.data.ppi_pairs import Labels

Floats = npt.NDArray[np.floating]
Row = Mapping[str, object]
_BINS = 10


def measured(metric: str, value: float, n: int) -> Row:
    """One row of results/*.csv, over n pairs."""
    return {"metric": metric, "value": value, "n": n}


def aupr(scores: Floats, labels: Labels) -> float:
    """Average precision, 0 to 1, of scores (m,); chance gives the share of true labels."""
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(labels, scores))


def calibration_error(probabilities: Floats, labels: Labels) -> float:
    """Mean distance (0 to 1) between probability and frequency over ten bins, weighed by what is in them."""
    bins = np.minimum((probabilities * _BINS).astype(int), _BINS - 1)
    gaps = np.bincount(bins, weights=probabilities - labels, minlength=_BINS)
    return float(np.abs(gaps).sum() / len(labels))
