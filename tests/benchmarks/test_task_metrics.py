"""The metrics of downstream tasks against slow definitions, and at the ends of their scales."""

import numpy as np
import pytest

from protclip.benchmarks.pair_metrics import micro_f1_measurement
from protclip.benchmarks.task_metrics import (
    BEST,
    classification,
    deciding_metric,
    f_max,
    merit,
    micro_aupr,
    regression,
    task_metrics,
)
from protclip.predict.interaction_fit import micro_f1


def slow_f_max(scores, targets):
    best = 0.0
    for step in range(101):
        precisions, recalls = [], []
        for score, target in zip(scores, targets, strict=True):
            predicted = {c for c, s in enumerate(score) if s >= step / 100}
            true = {c for c, t in enumerate(target) if t}
            if predicted:
                precisions.append(len(predicted & true) / len(predicted))
            if true:
                recalls.append(len(predicted & true) / len(true))
        if precisions and recalls and sum(precisions) + sum(recalls):
            p, r = np.mean(precisions), np.mean(recalls)
            best = max(best, 2 * p * r / (p + r))
    return best


def slow_micro_aupr(scores, targets):
    """Area under the steps of precision over recall, a step for each score that occurs."""
    pairs = [
        (s, t > 0) for s_C, t_C in zip(scores, targets, strict=True) for s, t in zip(s_C, t_C, strict=True)
    ]
    total, before, area = sum(t for _, t in pairs), 0.0, 0.0
    for threshold in sorted({s for s, _ in pairs}, reverse=True):
        kept = [t for s, t in pairs if s >= threshold]
        recall = sum(kept) / total
        area, before = area + (recall - before) * sum(kept) / len(kept), recall
    return area


def slow_mcc(predicted, true):
    """Gorodkin's covariance of the indicator matrices of prediction and truth."""
    classes = range(int(max(predicted.max(), true.max())) + 1)
    predicted_NC, true_NC = ((labels[:, None] == classes).astype(float) for labels in (predicted, true))
    shifted = [found - found.mean(0) for found in (predicted_NC, true_NC)]
    covariance = [[(a * b).sum() for b in shifted] for a in shifted]
    return covariance[0][1] / (covariance[0][0] * covariance[1][1]) ** 0.5


def slow_ranks(values):
    """Ranks from 1; equal values share the mean of theirs."""
    return np.array([np.mean([r for r, v in enumerate(sorted(values), 1) if v == value]) for value in values])


def slow_micro_f1(predicted, labels):
    right = wrong = missed = 0
    for told, true in zip(predicted.ravel(), labels.ravel(), strict=True):
        right, wrong, missed = (
            right + (told and true),
            wrong + (told and not true),
            missed + (not told and true),
        )
    precision, recall = right / (right + wrong), right / (right + missed)
    return 2 * precision * recall / (precision + recall)


@pytest.mark.parametrize("seed", range(4))
def test_correlation_with_ties_and_micro_f1_are_those_of_slow_definitions(seed):
    rng = np.random.default_rng(seed)
    predicted, true = np.round(rng.random(40), 1), np.round(rng.random(40), 1)
    expected = np.corrcoef(slow_ranks(predicted), slow_ranks(true))[0, 1]
    assert regression(predicted, true)["spearman"] == pytest.approx(expected)
    told, labels = rng.random((20, 7)) < 0.4, rng.random((20, 7)) < 0.3
    expected = slow_micro_f1(told, labels)
    assert micro_f1(told, labels) == pytest.approx(expected)
    assert micro_f1_measurement("micro_f1", told, labels, seed=seed).value == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(4))
def test_the_metrics_are_those_of_slow_definitions(seed):
    rng = np.random.default_rng(seed)
    targets = (rng.random((12, 6)) < 0.3).astype(np.float32)
    targets[0] = 0  # a protein without any class
    scores = np.round(np.clip(targets * 0.3 + rng.random((12, 6)) * 0.7, 0, 1), 1)  # with ties
    assert f_max(scores, targets) == pytest.approx(slow_f_max(scores, targets))
    assert micro_aupr(scores, targets) == pytest.approx(slow_micro_aupr(scores, targets))
    true, predicted = rng.integers(0, 4, 30), rng.integers(0, 5, 30)
    found = classification(predicted, true)
    assert found["mcc"] == pytest.approx(slow_mcc(predicted, true))
    assert found["accuracy"] == np.mean(true == predicted)


def test_the_ends_of_the_scales():
    perfect = np.eye(4, dtype=np.float32)
    assert task_metrics("multi-label", perfect, perfect) == {"f_max": 1.0, "aupr": 1.0}
    assert task_metrics("single-label", perfect, perfect) == {"accuracy": 1.0, "mcc": 1.0}
    assert classification(np.zeros(3, int), np.zeros(3, int)) == {"accuracy": 1.0, "mcc": 0.0}
    assert micro_aupr(perfect, 0 * perfect) == f_max(perfect, 0 * perfect) == 0.0
    up = np.arange(3000.0)  # more than half precision can rank
    assert regression(up**3, up)["spearman"] == pytest.approx(1.0)
    assert regression(up + 2, up)["mae"] == pytest.approx(2.0)
    assert regression(np.array([0.0, 4.0]), np.array([0.0, 0.0])) == pytest.approx(
        {"mae": 2.0, "rmse": 8**0.5, "spearman": 0.0}
    )


@pytest.mark.parametrize("task", BEST)
def test_the_deciding_metric_is_one_of_the_task_and_a_better_prediction_has_more_merit(task):
    targets = np.arange(4.0)[:, None] if task == "regression" else np.eye(4)
    worse = targets[::-1] / 2
    values = [deciding_metric(task, scores, targets) for scores in (targets, worse)]
    assert values == [task_metrics(task, scores, targets)[BEST[task]] for scores in (targets, worse)]
    assert merit(task, values[0]) > merit(task, values[1])
