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
        Predicted numbers (C = 1), logits of classes, or for sets of classes probabilities.
    """
    if task == "regression":
        return regression(scores_NC[:, 0], targets_NC[:, 0])
    if task == "single-label":
        return classification(scores_NC.argmax(1), targets_NC.argmax(1))
    return {"f_max": f_max(scores_NC, targets_NC), "aupr": micro_aupr(scores_NC, targets_NC)}


def regression(predicted_N: Floats, true_N: Floats) -> dict[str, float]:
    """Mean absolute error, root mean square error, and Spearman's rank correlation (0 where one is constant)."""
    error_N = predicted_N.astype(np.float64) - true_N
    constant = len(predicted_N) < 2 or np.ptp(predicted_N) == 0 or np.ptp(true_N) == 0
    rank = 0.0 if constant else float(spearmanr(predicted_N, true_N).statistic)
    return {
        "mae": float(np.abs(error_N).mean()),
        "rmse": float(np.sqrt((error_N**2).mean())),
        "spearman": rank,
    }


def classification(predicted_N: npt.NDArray[np.int64], true_N: npt.NDArray[np.int64]) -> dict[str, float]:
    """Accuracy and Matthews' correlation coefficient for any number of classes (Gorodkin 2004)."""
    num = int(max(predicted_N.max(), true_N.max())) + 1
    table_CC = np.zeros((num, num))
    np.add.at(table_CC, (true_N, predicted_N), 1)
    correct, total = np.trace(table_CC), table_CC.sum()
    of_true, of_predicted = table_CC.sum(1), table_CC.sum(0)
    above = correct * total - of_true @ of_predicted
    below = np.sqrt((total**2 - of_predicted @ of_predicted) * (total**2 - of_true @ of_true))
    return {"accuracy": float(correct / total), "mcc": float(above / below) if below else 0.0}


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
    """Average precision over all pairs of protein and class together; equal scores are one threshold."""
    scores, true = scores_NC.ravel(), targets_NC.ravel() > 0
    if not true.any():
        return 0.0
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    hits = np.cumsum(true[order])[ends]
    recall = hits / true.sum()
    return float((np.diff(recall, prepend=0.0) * hits / (ends + 1)).sum())
