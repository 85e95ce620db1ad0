"""Measures of predicted pairs, and the rows they make."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from protclip.benchmarks.function_metrics import expected_calibration_error
from protclip.benchmarks.results import Measurement
from protclip.data.ppi_pairs import Labels
from protclip.predict.interaction_fit import micro_f1

Floats = npt.NDArray[np.floating]
Row = Mapping[str, object]
_BINS = 10
_RESAMPLES = 1000


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


def micro_f1_measurement(metric: str, predicted: Labels, labels: Labels, *, seed: int) -> Measurement:
    """Micro-F1 (0 to 1) of predicted types (m, T) with its 95% interval over resamples of the pairs."""
    counts = np.stack([(predicted & labels).sum(axis=1), predicted.sum(axis=1) + labels.sum(axis=1)], axis=1)
    rng = np.random.default_rng(seed)
    sums = np.stack(
        [counts[rng.integers(0, len(counts), len(counts))].sum(axis=0) for _ in range(_RESAMPLES)]
    )
    low, high = np.quantile(2 * sums[:, 0] / np.maximum(sums[:, 1], 1), (0.025, 0.975))
    value = micro_f1(predicted, labels)
    return Measurement(metric=metric, value=value, low=float(low), high=float(high), n=len(labels))
