"""Metrics of predicted functions against slow definitions and scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from protclip.benchmarks.function_metrics import (
    THRESHOLDS,
    TermScores,
    expected_calibration_error,
    fmax,
    micro_aupr,
)

NUM_PROTEINS, NUM_TERMS = 30, 40


def planted(seed: int, noise: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.random((NUM_PROTEINS, NUM_TERMS)) < 0.2
    scores = np.clip(truth * 0.6 + rng.normal(0.2, noise, truth.shape), 0, 1).round(2)
    return scores * (rng.random(truth.shape) < 0.7), truth


def listed(scores: np.ndarray, truth: np.ndarray) -> TermScores:
    protein, term = np.nonzero(scores)
    return TermScores(
        protein=protein,
        score=scores[protein, term],
        right=truth[protein, term],
        num_true=truth.sum(1).astype(np.int64),
    )


def slow_fmax(scores: np.ndarray, truth: np.ndarray) -> float:
    best = 0.0
    for threshold in THRESHOLDS:
        precisions, recalls = [], []
        for row, true in zip(scores, truth, strict=True):
            if not true.any():
                continue
            predicted = row >= threshold - 1e-9
            if predicted.any():
                precisions.append((predicted & true).sum() / predicted.sum())
            recalls.append((predicted & true).sum() / true.sum())
        if precisions and sum(recalls):
            p, r = np.mean(precisions), np.mean(recalls)
            best = max(best, 2 * p * r / (p + r))
    return best


@pytest.mark.parametrize("seed", range(4))
def test_fmax_equals_the_slow_definition(seed: int) -> None:
    scores, truth = planted(seed, 0.3)
    truth[3] = False
    assert fmax(listed(scores, truth))[0] == pytest.approx(slow_fmax(scores, truth))


@pytest.mark.parametrize("seed", range(4))
def test_aupr_equals_scikit_learn_where_every_pair_is_listed(seed: int) -> None:
    scores, truth = planted(seed, 0.3)
    scores = np.clip(scores + 0.01, 0, 1)
    expected = average_precision_score(truth.ravel(), scores.ravel())
    assert micro_aupr(listed(scores, truth)) == pytest.approx(expected)


def test_less_noise_is_better() -> None:
    quiet, loud = (listed(*planted(1, noise)) for noise in (0.05, 0.6))
    assert fmax(quiet)[0] > fmax(loud)[0]
    assert micro_aupr(quiet) > micro_aupr(loud)


def test_a_part_is_measured_as_if_alone() -> None:
    scores, truth = planted(2, 0.3)
    mask = np.arange(NUM_PROTEINS) % 3 == 0
    assert fmax(listed(scores, truth).of(mask)) == fmax(listed(scores[mask], truth[mask]))
    assert micro_aupr(listed(scores, truth).of(mask)) == micro_aupr(listed(scores[mask], truth[mask]))


def test_what_was_never_listed_lowers_the_aupr() -> None:
    scores, truth = planted(3, 0.1)
    half = np.where(np.arange(NUM_TERMS) % 2, scores, 0)
    assert micro_aupr(listed(half, truth)) < micro_aupr(listed(scores, truth))


def test_probabilities_that_come_true_have_no_error() -> None:
    rng = np.random.default_rng(0)
    probability = rng.random(200_000)
    right = rng.random(200_000) < probability
    assert expected_calibration_error(probability, right) < 0.01
    assert expected_calibration_error(np.sqrt(probability), right) > 0.1


def test_scores_outside_their_range_are_refused() -> None:
    with pytest.raises(ValueError, match="0 to 1"):
        TermScores(
            protein=np.array([0]), score=np.array([1.2]), right=np.array([True]), num_true=np.array([1])
        )
