"""The bridge on a planted graph: trained beats untrained, MRR against its definition, files and refusals."""

import dataclasses

import numpy as np
import pytest
import torch

from protclip.data.knowledge_graph import KnowledgeGraph, Node, split_heads
from protclip.errors import AssetError, FingerprintError, InputError
from protclip.predict.bridge import Space, load_bridge, mean_reciprocal_rank, rank, save_bridge
from protclip.predict.bridge_training import FitOptions, fit, triplets_by_question

PROTEIN, DRUG = "gene/protein", "drug"
QUESTION = (PROTEIN, "target", DRUG)
SMALL = FitOptions(
    width=16, num_layers=1, num_heads=2, epochs=12, batch_size=16, learning_rate=5e-3, num_negatives=8
)


def planted(num_proteins=120, num_drugs=24, seed=0):
    """A protein targets the two drugs nearest to where a hidden linear map sends it; edges in both directions."""
    rng = np.random.default_rng(seed)
    proteins = rng.normal(size=(num_proteins, 6)).astype(np.float32)
    drugs = rng.normal(size=(num_drugs, 5)).astype(np.float32)
    near = np.argsort(-(proteins @ rng.normal(size=(6, 5)) @ drugs.T), axis=1)[:, :2]
    heads, tails = np.repeat(np.arange(num_proteins), 2), near.reshape(-1) + num_proteins
    nodes = [Node(index=i, type=PROTEIN) for i in range(num_proteins)]
    nodes += [Node(index=i, type=DRUG) for i in range(num_drugs)]
    graph = KnowledgeGraph(
        nodes=tuple(nodes),
        relation_names=("target",),
        heads=np.concatenate([heads, tails]),
        relations=np.zeros(2 * len(heads), dtype=np.int64),
        tails=np.concatenate([tails, heads]),
    )
    return graph, {PROTEIN: Space(rows=proteins, fingerprint="p"), DRUG: Space(rows=drugs, fingerprint="d")}


def held_out_mrr(bridge, spaces, test):
    asked = next(t for t in triplets_by_question(test) if t.question == QUESTION)
    heads = np.unique(asked.heads)
    return mean_reciprocal_rank(rank(bridge, spaces, QUESTION, heads), asked.true[heads], filtered=True)


@pytest.fixture(scope="module")
def split():
    graph, spaces = planted()
    return (*split_heads(graph, share=0.2, seed=1), spaces)


@pytest.fixture(scope="module")
def trained(split):
    """Held-out MRR of a bridge, and its losses by epoch."""
    train, test, spaces = split
    losses = []
    bridge = fit(train, spaces, SMALL, watch=lambda epoch, loss: losses.append(loss))
    return held_out_mrr(bridge, spaces, test), losses


def test_trained_beats_untrained_on_heads_it_never_saw(split, trained):
    train, test, spaces = split
    mrr, losses = trained
    untrained = fit(train, spaces, dataclasses.replace(SMALL, epochs=0))
    assert losses[-1] < losses[0] / 1.5
    assert mrr > 1.7 * held_out_mrr(untrained, spaces, test)


def test_a_shuffled_graph_teaches_nothing(split, trained):
    train, test, spaces = split
    wrong = dataclasses.replace(train, tails=train.tails.copy())
    to_drugs = np.flatnonzero(wrong.tails >= 120)
    wrong.tails[to_drugs] = np.random.default_rng(2).permutation(wrong.tails[to_drugs])
    assert trained[0] > 1.7 * held_out_mrr(fit(wrong, spaces, SMALL), spaces, test)


def test_the_same_seed_gives_the_same_bridge_and_leaves_the_generator_alone():
    graph, spaces = planted(30, 8)
    few = dataclasses.replace(SMALL, epochs=2)
    state = torch.random.get_rng_state()
    one, two = fit(graph, spaces, few), fit(graph, spaces, few)
    assert torch.equal(torch.random.get_rng_state(), state)
    heads = np.arange(30)
    np.testing.assert_array_equal(rank(one, spaces, QUESTION, heads), rank(two, spaces, QUESTION, heads))
    other = fit(graph, spaces, dataclasses.replace(few, seed=1))
    assert not np.array_equal(rank(one, spaces, QUESTION, heads), rank(other, spaces, QUESTION, heads))


def slow_mrr(scores, true, filtered):
    means = []
    for row, is_true in zip(scores, true, strict=True):
        ranks = []
        for tail in np.flatnonzero(is_true):
            rivals = [s for t, s in enumerate(row) if t != tail and not (filtered and is_true[t])]
            ranks.append(1 + sum(s >= row[tail] for s in rivals))
        if ranks:
            means.append(np.mean([1 / r for r in ranks]))
    return np.mean(means)


@pytest.mark.parametrize("filtered", [False, True])
def test_mrr_is_its_definition_with_ties_against_the_model(filtered):
    rng = np.random.default_rng(4)
    scores = rng.integers(0, 5, (20, 12)).astype(np.float32)  # many ties
    true = rng.random((20, 12)) < 0.2
    true[0] = False
    found = mean_reciprocal_rank(scores, true, filtered=filtered)
    assert found == pytest.approx(slow_mrr(scores, true, filtered))


def test_filtered_leaves_out_the_other_true_tails():
    scores, true = np.array([[3.0, 2.0, 1.0]], dtype=np.float32), np.array([[True, True, False]])
    assert mean_reciprocal_rank(scores, true, filtered=True) == 1
    assert mean_reciprocal_rank(scores, true, filtered=False) == pytest.approx((1 + 1 / 2) / 2)
    with pytest.raises(InputError, match="none of the heads has a true tail"):
        mean_reciprocal_rank(scores, ~np.ones_like(true), filtered=True)


def test_a_saved_bridge_ranks_as_before_and_refuses_other_spaces(tmp_path):
    graph, spaces = planted(20, 6)
    bridge = fit(graph, spaces, dataclasses.replace(SMALL, epochs=1))
    save_bridge(bridge, tmp_path)
    loaded = load_bridge(tmp_path)
    heads = np.array([3, 1])
    np.testing.assert_array_equal(
        rank(loaded, spaces, QUESTION, heads), rank(bridge, spaces, QUESTION, heads)
    )
    other = spaces | {DRUG: Space(rows=spaces[DRUG].rows, fingerprint="another")}
    with pytest.raises(FingerprintError, match=r"drug embeddings of width 5 by 'd'.*'another'"):
        rank(loaded, other, QUESTION, heads)
    with pytest.raises(InputError, match="no relation 'enzyme' here; known are target"):
        rank(loaded, spaces, (PROTEIN, "enzyme", DRUG), heads)
    (tmp_path / "bridge.safetensors").write_bytes(b"cut")
    with pytest.raises(AssetError, match="missing or damaged"):
        load_bridge(tmp_path)


def test_a_type_without_embeddings_is_a_sentence():
    graph, spaces = planted(20, 6)
    with pytest.raises(InputError, match="6 nodes of type 'drug' and there is no space for them"):
        fit(graph, {PROTEIN: spaces[PROTEIN]}, SMALL)
    short = spaces | {DRUG: Space(rows=spaces[DRUG].rows[:4], fingerprint="d")}
    with pytest.raises(InputError, match="their space has 4 rows"):
        fit(graph, short, SMALL)
    with pytest.raises(InputError, match="finite numbers"):
        Space(rows=np.full((2, 2), np.nan, dtype=np.float32), fingerprint="x")
