"""Measures of predicted pairs, and the rows they make."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from protclip.benchmarks.function_metrics import expected_calibration_error
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
    return expected_calibration_error(probabilities.astype(np.float64), labels, _BINS)
