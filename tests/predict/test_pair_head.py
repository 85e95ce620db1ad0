"""Head, non-pairs and calibration on a network with a planted rule."""

import itertools

import numpy as np
import pytest
import torch

from protclip.errors import InputError
from protclip.predict.pair_head import HeadSettings, PairHead, PairTargets, fit_head, random_non_pairs
from protclip.predict.platt import Platt, fit_platt

SETTINGS = HeadSettings(hidden=16, epochs=20, dropout=0.0, learning_rate=1e-2, batch_size=128)


def planted(seed: int) -> tuple[np.ndarray, PairTargets]:
    """60 proteins of four families: two interact where their families are the same, and by the family's type."""
    rng = np.random.default_rng(seed)
    family = np.arange(60) % 4
    rows = np.eye(8, dtype=np.float32)[family] + rng.normal(0, 0.15, (60, 8)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    pairs = np.array(list(itertools.combinations(range(60), 2)))[rng.permutation(1770)[:800]]
    interacts = family[pairs[:, 0]] == family[pairs[:, 1]]
    types = np.eye(4, dtype=bool)[family[pairs[:, 0]]] & interacts[:, None]
    return rows, PairTargets(pairs=pairs, interacts=interacts, types=types)


def part(targets: PairTargets, chosen: slice) -> PairTargets:
    return PairTargets(
        pairs=targets.pairs[chosen], interacts=targets.interacts[chosen], types=targets.types[chosen]
    )


def right(head: PairHead, rows: np.ndarray, asked: PairTargets) -> tuple[float, float]:
    """Shares of pairs and of the types of those that interact that a head tells right."""
    logits = head.logits(rows[asked.pairs[:, 0]], rows[asked.pairs[:, 1]])
    types = (logits[asked.interacts, 1:] > 0) == asked.types[asked.interacts]
    return float(((logits[:, 0] > 0) == asked.interacts).mean()), float(types.mean())


def test_a_fitted_head_beats_one_that_is_not_on_pairs_it_never_saw() -> None:
    rows, targets = planted(0)
    head = fit_head(rows, part(targets, slice(600)), SETTINGS, seed=1)
    fresh = PairHead(torch.from_numpy(rows.mean(0)), 4, SETTINGS)
    asked = part(targets, slice(600, None))
    assert min(right(head, rows, asked)) > 0.95
    assert max(right(fresh, rows, asked)) < 0.9


def test_labels_at_random_teach_nothing() -> None:
    rows, targets = planted(0)
    mixed = np.random.default_rng(1).permutation(targets.interacts)
    learned = PairTargets(pairs=targets.pairs, interacts=mixed, types=targets.types)
    head = fit_head(rows, part(learned, slice(600)), SETTINGS, seed=1)
    assert right(head, rows, part(targets, slice(600, None)))[0] < 0.85


def test_the_order_of_two_proteins_makes_no_difference() -> None:
    rows, targets = planted(0)
    head = fit_head(rows, targets, HeadSettings(hidden=8, epochs=1), seed=1)
    assert np.array_equal(head.logits(rows[:30], rows[30:]), head.logits(rows[30:], rows[:30]))


def test_a_seed_repeats_and_leaves_torchs_own_alone() -> None:
    rows, targets = planted(0)
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    heads = [fit_head(rows, targets, HeadSettings(hidden=8, epochs=1), seed=s) for s in (1, 1, 2)]
    assert torch.equal(torch.rand(3), wanted)
    found = [head.logits(rows[:5], rows[5:10]).tolist() for head in heads]
    assert found[0] == found[1] != found[2]


def test_pairs_of_one_kind_are_refused() -> None:
    rows, targets = planted(0)
    alike = PairTargets(pairs=targets.pairs, interacts=np.ones(800, bool), types=targets.types)
    with pytest.raises(InputError, match="nothing to tell apart"):
        fit_head(rows, alike, SETTINGS, seed=1)


def test_non_pairs_are_new_and_as_frequent_as_in_the_pairs() -> None:
    hub = np.array([[0, k] for k in range(1, 200)] + [[k, k + 1] for k in range(1, 1200)])
    found = random_non_pairs(hub, hub, 1_000, seed=1)
    as_sets = {frozenset(pair) for pair in found.tolist()}
    assert len(as_sets) == 1_000
    assert not as_sets & {frozenset(pair) for pair in hub.tolist()}
    assert all(len(pair) == 2 for pair in as_sets)
    # The hub has one end in fourteen of the pairs; of all proteins alike it would have one in 1,200.
    assert 0.04 < (found == 0).mean() < 0.1


def test_a_network_without_non_pairs_is_told() -> None:
    triangle = np.array([[0, 1], [1, 2], [0, 2]])
    with pytest.raises(InputError, match="only 0 of 2 pairs"):
        random_non_pairs(triangle, triangle, 2, seed=0)


def test_calibration_finds_the_line_that_made_the_labels() -> None:
    rng = np.random.default_rng(2)
    logits = rng.normal(0, 3, 20_000)
    labels = rng.random(20_000) < 1 / (1 + np.exp(-(0.5 * logits - 1)))
    found = fit_platt(logits, labels)
    assert (found.slope, found.offset) == pytest.approx((0.5, -1), abs=0.06)


@pytest.mark.parametrize("labels", [[True] * 6, [False] * 6, [True, True, True, False, False, False]])
def test_calibrated_probabilities_never_change_the_order(labels: list[bool]) -> None:
    logits = np.array([-3.0, -1, 0, 0.5, 2, 900])  # in the last case, the labels run against the logits
    found = fit_platt(logits[:6], np.array(labels)).probabilities(logits)
    assert (np.diff(found) >= 0).all()
    assert ((found >= 0) & (found <= 1)).all()


def test_a_falling_calibration_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        Platt(slope=-1.0)
