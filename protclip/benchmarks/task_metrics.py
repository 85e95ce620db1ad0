"""Metrics of downstream tasks (Zhou et al. 2025, section on downstream tasks), pure functions of arrays.

Shapes: N proteins, C classes.
"""

import numpy as np
import numpy.typing as npt
from scipy.stats import spearmanr

from protclip.benchmarks.tasks import TaskKind

Floats = npt.NDArray[np.floating]
BEST = {"regression": "mae", "single-label": "accuracy", "multi-label": "f_max"}
"""The validation metric that picks the best epoch; the mean absolute error is best when lowest."""


def task_metrics(task: TaskKind, scores_NC: Floats, targets_NC: Floats) -> dict[str, float]:
    """All metrics of a task.

    Parameters
    ----------
    scores_NC
        Predicted numbers (C = 1), scores of classes of which the greatest wins, or for sets of classes probabilities.
    """
    if task == "regression":
        return regression(scores_NC[:, 0], targets_NC[:, 0])
    if task == "single-label":
        return classification(scores_NC.argmax(1), targets_NC.argmax(1))
    return {"f_max": f_max(scores_NC, targets_NC), "aupr": micro_aupr(scores_NC, targets_NC)}


def deciding_metric(task: TaskKind, scores_NC: Floats, targets_NC: Floats) -> float:
    """The metric that `BEST` names, alone: it is asked for after every epoch."""
    if task == "multi-label":
        return f_max(scores_NC, targets_NC)
    if task == "single-label":
        return float((scores_NC.argmax(1) == targets_NC.argmax(1)).mean())
    return float(np.abs(scores_NC.astype(np.float64) - targets_NC).mean())


def merit(task: TaskKind, value: float) -> float:
    """A deciding metric with the sign that makes greater better."""
    return -value if task == "regression" else value


def regression(predicted_N: Floats, true_N: Floats) -> dict[str, float]:
    """Mean absolute error, root mean square error, and Spearman's rank correlation (0 where one is constant)."""
    from sklearn.metrics import mean_absolute_error, root_mean_squared_error

    # As float64 throughout: ranks of many and sums of squares need the digits.
    predicted_N, true_N = predicted_N.astype(np.float64), true_N.astype(np.float64)
    constant = len(predicted_N) < 2 or np.ptp(predicted_N) == 0 or np.ptp(true_N) == 0
    return {
        "mae": float(mean_absolute_error(true_N, predicted_N)),
        "rmse": float(root_mean_squared_error(true_N, predicted_N)),
        "spearman": 0.0 if constant else float(spearmanr(predicted_N, true_N).statistic),
    }


def classification(predicted_N: npt.NDArray[np.int64], true_N: npt.NDArray[np.int64]) -> dict[str, float]:
    """Accuracy and Matthews' correlation coefficient for any number of classes (Gorodkin 2004)."""
    from sklearn.metrics import accuracy_score, matthews_corrcoef

    return {
        "accuracy": float(accuracy_score(true_N, predicted_N)),
        "mcc": float(matthews_corrcoef(true_N, predicted_N)),
    }


def f_max(probabilities_NC: Floats, targets_NC: Floats) -> float:
    """Largest protein-centric F1 over the thresholds 0, 0.01, ..., 1 (CAFA, Radivojac et al. 2013).

    Precision is the mean over proteins with any prediction, recall the mean over proteins with any class.
    """
    true_NC = targets_NC > 0
    annotated_N = true_NC.any(1)
    best = 0.0
    for threshold in np.arange(101) / 100:
        predicted_NC = probabilities_NC >= threshold
        hits_N, sizes_N = (predicted_NC & true_NC).sum(1), predicted_NC.sum(1)
        if not sizes_N.any() or not annotated_N.any():
            continue
        precision = (hits_N[sizes_N > 0] / sizes_N[sizes_N > 0]).mean()
        recall = (hits_N[annotated_N] / true_NC[annotated_N].sum(1)).mean()
        if precision + recall:
            best = max(best, 2 * precision * recall / (precision + recall))
    return float(best)


def micro_aupr(scores_NC: Floats, targets_NC: Floats) -> float:
    """Average precision over all pairs of protein and class together; equal scores are one threshold.

    0 where no protein has any class.
    """
    from sklearn.metrics import average_precision_score

    true_NC = targets_NC > 0
    if not true_NC.any():
        return 0.0
    return float(average_precision_score(true_NC.ravel(), scores_NC.ravel()))
