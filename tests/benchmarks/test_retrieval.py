"""Retrieval metrics against slow definitions and scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from protclip.benchmarks.retrieval import average_precisions, partner_ranks, rank_metrics


def unit_rows(number, seed, dim=4):
    rows = np.random.default_rng(seed).normal(size=(number, dim)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def slow_rank(scores, groups, i):
    """Walk down the list, rivals first among equals, until a target of the query's group comes."""
    ours = groups == groups[i]
    for rank, j in enumerate(sorted(range(len(scores)), key=lambda j: (-scores[j], ours[j])), 1):
        if ours[j]:
            return rank
    raise AssertionError


@pytest.mark.parametrize("rounding", [6, 1, 0])  # coarser scores have more ties
@pytest.mark.parametrize("num_groups", [40, 12, 1])
def test_ranks_equal_the_slow_definition(rounding, num_groups):
    query, target = unit_rows(40, 0).round(rounding), unit_rows(40, 1).round(rounding)
    groups = np.arange(40) if num_groups == 40 else np.random.default_rng(2).integers(num_groups, size=40)
    ranks = partner_ranks(query, target, groups)
    scores = query @ target.T
    assert ranks.tolist() == [slow_rank(scores[i], groups, i) for i in range(40)]


def test_a_model_that_says_the_same_of_everything_comes_last():
    same = np.ones((10, 3), np.float32)
    assert partner_ranks(same, same, np.arange(10)).tolist() == [10] * 10


def test_a_model_that_has_become_nan_comes_last():
    broken = np.full((10, 3), np.nan, np.float32)
    assert partner_ranks(broken, unit_rows(10, 0, 3), np.arange(10)).tolist() == [10] * 10
    one_nan = unit_rows(10, 0, 3)
    one_nan[4] = np.nan
    assert partner_ranks(unit_rows(10, 0, 3), one_nan, np.arange(10))[4] == 10


def test_a_twin_is_as_good_as_the_partner():
    query = np.eye(3, dtype=np.float32)
    target = np.eye(3, dtype=np.float32)[[1, 0, 2]]  # 0 and 1 changed places
    assert partner_ranks(query, target, np.arange(3)).tolist() == [3, 3, 1]
    assert partner_ranks(query, target, np.array([5, 5, 7])).tolist() == [1, 1, 1]


def test_matched_beats_mismatched():
    query = unit_rows(50, 0)
    matched = rank_metrics(partner_ranks(query, query + 0.1 * unit_rows(50, 1), np.arange(50)))
    shuffled = rank_metrics(partner_ranks(query, np.roll(query, 1, axis=0), np.arange(50)))
    assert matched.mrr > 0.5 > shuffled.mrr
    assert matched.median_rank < shuffled.median_rank


def test_metrics_of_ranks_by_hand():
    metrics = rank_metrics(np.array([1, 2, 10, 11]))
    assert metrics.mrr == pytest.approx((1 + 1 / 2 + 1 / 10 + 1 / 11) / 4)
    assert (metrics.recall_at_1, metrics.recall_at_10, metrics.median_rank) == (0.25, 0.75, 6.0)
    assert set(metrics.as_dict("text_to_protein")) == {
        f"text_to_protein/{name}" for name in ("mrr", "recall_at_1", "recall_at_10", "median_rank")
    }


def test_average_precision_is_that_of_scikit_learn():
    rng = np.random.default_rng(3)
    scores = rng.normal(size=(20, 60)).astype(np.float32)
    relevant = rng.random((20, 60)) < rng.random((20, 1))
    relevant[:, 0] = True
    expected = [average_precision_score(r, s) for r, s in zip(relevant, scores, strict=True)]
    np.testing.assert_allclose(average_precisions(scores, relevant), expected)


def test_average_precision_where_nothing_is_relevant_is_nan():
    scores = np.array([[0.3, 0.2, 0.1]] * 3, np.float32)
    relevant = np.array([[False] * 3, [True] * 3, [False, False, True]])
    found = average_precisions(scores, relevant)
    assert np.isnan(found[0])
    np.testing.assert_allclose(found[1:], [1, 1 / 3])


def test_equal_scores_keep_the_order_of_the_targets():
    tied = np.zeros((2, 4), np.float32)
    relevant = np.array([[True, False, False, False], [False, False, False, True]])
    np.testing.assert_allclose(average_precisions(tied, relevant), [1, 1 / 4])
