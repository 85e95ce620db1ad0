"""The graph network: its layer against loops, and what a network adds to embeddings that say nothing."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from protclip.data.ppi_pairs import ProteinPairs
from protclip.predict.gin import GinSettings, PairGIN, fit_gin
from protclip.predict.interaction_fit import micro_f1

SMALL = GinSettings(reduced=16, width=16, epochs=25, learning_rate=1e-2, batch_size=256, dropout=0.0)


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    """30 hubs of two kinds, told by their sign; 90 others have the same embedding."""
    rows = np.zeros((120, 4), dtype=np.float32)
    rows[:30, 0] = np.where(np.arange(30) % 2, 1, -1)
    rows[30:, 1] = 1
    return rows


@pytest.fixture(scope="module")
def network(rows: np.ndarray) -> ProteinPairs:
    """Each of the others has three hubs of its kind; pairs of others are typed by whether their kinds agree."""
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 2, 120)
    kind[:30] = np.arange(30) % 2
    to_hubs = [
        (hub, k)
        for k in range(30, 120)
        for hub in rng.choice(np.flatnonzero(kind[:30] == kind[k]), 3, replace=False)
    ]
    among = rng.permutation([(a, b) for a in range(30, 120) for b in range(a + 1, 120)])[:600]
    pairs = np.concatenate([np.array(to_hubs), among]).astype(np.int64)
    agree = kind[pairs[:, 0]] == kind[pairs[:, 1]]
    labels = np.stack([agree, ~agree], axis=1)
    names = tuple(f"P{k}" for k in range(120))
    return ProteinPairs(accessions=names, sequences=("MKV",) * 120, pairs=pairs, labels=labels)


def test_a_layer_sums_over_neighbours_as_loops_do() -> None:
    torch.manual_seed(0)
    model = PairGIN(4, 2, SMALL)
    model.own_weight.data.fill_(0.3)
    nodes, edges = torch.randn(6, 5), torch.tensor([[0, 1], [2, 1], [3, 4]])
    slow = [1.3 * node for node in nodes]
    for a, b in edges.tolist():
        slow[a] = slow[a] + nodes[b]
        slow[b] = slow[b] + nodes[a]
    assert torch.allclose(model.gathered(nodes, edges), torch.stack(slow), atol=1e-6)


def test_neither_order_nor_direction_matters(rows: np.ndarray, network: ProteinPairs) -> None:
    torch.manual_seed(0)
    model = PairGIN(4, 2, SMALL).eval()
    rows_NE, edges, pairs = (torch.from_numpy(a) for a in (rows, network.pairs, network.pairs[:20]))
    with torch.inference_mode():
        given = model(rows_NE, edges, pairs)
        assert torch.allclose(model(rows_NE, edges.flip(1).flip(0), pairs.flip(1)), given, atol=1e-4)


def test_a_known_network_tells_what_embeddings_do_not(rows: np.ndarray, network: ProteinPairs) -> None:
    to_hubs, among = np.arange(270), np.arange(270, 870)
    train, held = network.of(np.concatenate([to_hubs, among[:500]])), network.of(among[500:])
    hubs_alone = network.pairs[to_hubs]
    with_it = fit_gin(rows, train, SMALL, seed=1, edges=hubs_alone)
    without = fit_gin(rows, train, SMALL, seed=1, edges=np.zeros((0, 2), dtype=np.int64))
    told = micro_f1(with_it.probabilities(held.pairs) > 0.5, held.labels)
    assert told > 0.9
    assert told > micro_f1(without.probabilities(held.pairs) > 0.5, held.labels) + 0.2


def test_the_network_is_by_default_that_of_training(rows: np.ndarray, network: ProteinPairs) -> None:
    train = network.of(np.arange(300))
    settings = GinSettings(reduced=4, width=4, epochs=1)
    assert np.array_equal(fit_gin(rows, train, settings, seed=1).edges, train.pairs)


def test_the_best_epoch_on_some_pairs_is_kept(rows: np.ndarray, network: ProteinPairs) -> None:
    order = np.random.default_rng(0).permutation(870)
    by_chance = replace(network, labels=network.labels[order])
    train, held = by_chance.of(np.arange(770)), by_chance.of(np.arange(770, 870))
    settings = replace(SMALL, epochs=16, learning_rate=3e-2, schedule="plateau")
    found = []
    for best_on in (None, held):
        fitted = [fit_gin(rows, train, settings, seed=seed, best_on=best_on) for seed in range(5)]
        found.append([micro_f1(p.probabilities(held.pairs) > 0.5, held.labels) for p in fitted])
    last, best = np.array(found)
    assert (best >= last).all()
    assert (best > last).any()
