"""Heads, towers, networks from scratch and linear models: each learns what was planted, and again the same."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from torch.nn.functional import one_hot

from protclip.benchmarks.fitting import FitSettings, outputs_of, seeded
from protclip.benchmarks.models import tuned_tower
from protclip.benchmarks.models.features import Composition, OneHot, Remembered, ThreeMers, TowerFeatures
from protclip.benchmarks.models.few_words import FewWords
from protclip.benchmarks.models.frozen_head import FrozenHead
from protclip.benchmarks.models.linear import Linear
from protclip.benchmarks.models.scratch import (
    NUM_KINDS,
    PUBLISHED,
    ConvolutionalNetwork,
    FromScratch,
    RecurrentNetwork,
    rows_of,
)
from protclip.benchmarks.models.towers import fingerprint_of, open_tower
from protclip.benchmarks.models.tuned_tower import TunedTower, keep_words, with_all_words
from protclip.benchmarks.task_metrics import deciding_metric, merit
from protclip.model.kmers import KmerEmbedding

KINDS = ("regression", "single-label", "multi-label")
FAST = FitSettings(lr=0.02, epochs=30, patience=8, batch_size=16, micro_batch=16)
MODELS = ("frozen", "tuned", "cnn", "lstm", "linear sparse", "linear dense")


@pytest.fixture(scope="module")
def models(checkpoints):
    folder = checkpoints["kmers"]
    return {
        "frozen": FrozenHead(source=Remembered(TowerFeatures(open_tower(folder))), settings=FAST),
        "tuned": TunedTower(checkpoint=folder, settings=FAST, crop=200),
        "cnn": FromScratch(architecture="CNN", width=16, epochs=60, lr=0.02),
        "lstm": FromScratch(architecture="LSTM", width=8, epochs=25, lr=0.05),
        "linear sparse": Linear(source=ThreeMers()),
        "linear dense": Linear(source=Composition()),
    }


def constant(task):
    """The mean label of train, for every protein of test."""
    return np.tile(task.splits["train"].targets.mean(0), (len(task.splits["test"]), 1))


def merit_of(task, scores):
    return merit(task.kind, deciding_metric(task.kind, scores, task.splits["test"].targets))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", MODELS)
def test_a_trained_model_beats_a_constant(planted, models, name, kind):
    task = planted.planted_task(kind)
    scores = models[name].predict(task, seed=1)
    assert scores.shape == task.splits["test"].targets.shape
    assert scores.dtype == np.float32
    assert merit_of(task, scores) > merit_of(task, constant(task)) + 0.15
    if kind == "multi-label":
        assert 0 <= scores.min() <= scores.max() <= 1


@pytest.mark.parametrize("name", MODELS)
def test_seeds_reproduce_and_rows_come_in_the_order_of_the_test_split(planted, models, name):
    task, model = planted.planted_task("single-label"), models[name]
    if name in ("cnn", "lstm"):
        model = replace(model, epochs=2)
    order = np.random.default_rng(2).permutation(len(task.splits["test"]))
    first = model.predict(task, seed=1)
    np.testing.assert_array_equal(model.predict(task, seed=1), first)
    turned = model.predict(planted.reordered(task, "test", order), seed=1)
    np.testing.assert_allclose(turned, first[order], atol=1e-5)
    if not name.startswith("linear"):
        assert not np.array_equal(model.predict(task, seed=2), first)


def test_neither_labels_of_test_nor_proteins_of_test_are_learnt_from(planted, models):
    task = planted.planted_task("single-label")
    turned = planted.reordered(task, "test", np.arange(len(task.splits["test"]))[::-1])
    cheat = replace(
        task,
        splits={**task.splits, "test": replace(task.splits["test"], targets=turned.splits["test"].targets)},
    )
    for name in ("frozen", "linear sparse"):
        np.testing.assert_array_equal(models[name].predict(task, seed=1), models[name].predict(cheat, seed=1))


def test_a_tuned_tower_moves_the_tables_and_leaves_the_checkpoint_alone(planted, checkpoints, models):
    task = planted.planted_task("single-label")
    before = fingerprint_of(checkpoints["kmers"])
    first = models["tuned"].predict(task, seed=1)
    assert fingerprint_of(checkpoints["kmers"]) == before == models["tuned"].fingerprint
    still = replace(models["tuned"], settings=replace(FAST, body_share=0.0)).predict(task, seed=1)
    assert not np.allclose(first, still)


def test_tables_with_the_words_of_the_task_alone_learn_the_same(planted, models, monkeypatch):
    task = planted.planted_task("single-label")
    few_words = {
        split: replace(part, sequences=tuple("MKV"[k % 3] * (5 + k % 7) for k in range(len(part))))
        for split, part in task.splits.items()
    }
    task, sizes = replace(task, splits=few_words), []

    def kept(tower, inputs, *, fewer):
        if fewer:
            keep_words(tower, inputs)
        sizes.append(sum(len(table) for table in tower.model.kmers.tables))

    found = []
    for fewer in (True, False):
        monkeypatch.setattr(tuned_tower, "keep_words", partial(kept, fewer=fewer))
        found.append(models["tuned"].predict(task, seed=1))
    np.testing.assert_array_equal(*found)
    assert sizes[0] < sizes[1] / 2


def test_a_word_that_was_not_kept_cannot_be_asked_for(checkpoints):
    tower = open_tower(checkpoints["kmers"], torch.device("cpu"))
    first, other = (tower.collate([tower.tokens(sequence)]) for sequence in ("MKTAYIAKQR", "WWWWHHHHWW"))
    expected = tower(first)
    tower.model.kmers = FewWords(tower.model.kmers, [first])
    torch.testing.assert_close(tower(first), expected, rtol=0, atol=0)
    with pytest.raises((IndexError, RuntimeError)):
        tower(other)
    with torch.no_grad():
        for table in tower.model.kmers.tables:
            table += 1
    moved, whole = tower(first), with_all_words(tower.model)
    torch.testing.assert_close(tower(first), moved, rtol=0, atol=0)
    torch.testing.assert_close(tower(other), open_tower(checkpoints["kmers"], torch.device("cpu"))(other))
    assert type(whole.kmers) is KmerEmbedding
    assert with_all_words(whole) is whole


@pytest.mark.parametrize("shape", ["esm", "kmers-under-esm"])
def test_a_tower_with_blocks_is_tuned_too(planted, checkpoints, shape):
    task = planted.planted_task("single-label")
    model = TunedTower(checkpoint=checkpoints[shape], settings=replace(FAST, epochs=2), crop=40)
    assert model.predict(task, seed=1).shape == (30, 3)


@pytest.mark.parametrize("network", [ConvolutionalNetwork, RecurrentNetwork])
def test_padding_does_not_change_a_network_from_scratch(network):
    sequences = ("MKTAYIAKQR", "GGS", "A", "ACDEFGHIKLMNPQRSTVWYX")
    with seeded(0):
        made = network(8, 2, 3)
    rows = outputs_of(made, rows_of(sequences), torch.float32)
    for number, sequence in enumerate(sequences):
        alone = outputs_of(made, rows_of((sequence,)), torch.float32)[0]
        torch.testing.assert_close(alone, rows[number], atol=1e-5, rtol=1e-4)
    cropped = outputs_of(made, rows_of(sequences, crop=3), torch.float32)
    torch.testing.assert_close(cropped[1], rows[1], atol=1e-5, rtol=1e-4)
    assert not torch.allclose(cropped[0], rows[0])


def test_the_convolution_is_that_of_a_slow_loop():
    with seeded(0):
        made = ConvolutionalNetwork(4, 1, 2)
    weight, bias = made.layers[0].weight, made.layers[0].bias
    codes = ["ACDEFGHIKLMNPQRSTVWY".index(letter) for letter in "MKTAYI"]
    found = []
    for place in range(6):
        inside = [(k, codes[place + k - 2]) for k in range(5) if 0 <= place + k - 2 < 6]
        found.append(torch.relu(bias + sum(weight[:, code, k] for k, code in inside)))
    expected = made.head(torch.stack(found).amax(0))
    torch.testing.assert_close(outputs_of(made, rows_of(("MKTAYI",)), torch.float32)[0], expected)


def test_the_two_directions_are_torchs_bidirectional_lstm():
    with seeded(0):
        made, whole = RecurrentNetwork(4, 2, 2), torch.nn.LSTM(4, 4, 2, batch_first=True, bidirectional=True)
    for part, of_part in whole.named_parameters():
        layers = made.back if part.endswith("_reverse") else made.ahead
        name, _, number = part.removesuffix("_reverse").rpartition("_l")
        of_part.data = getattr(layers[int(number)], f"{name}_l0").data
    kinds = rows_of(("MKTAYI",)).batch([0])
    _, (states, _) = whole(made.embedding(one_hot(kinds, NUM_KINDS).float()))
    expected = made.head(torch.tanh(made.linear(made.reweight(states.permute(1, 2, 0)).squeeze(-1))))
    torch.testing.assert_close(made(kinds), expected)


def test_defaults_are_those_of_peer_and_what_is_not_stands_in_the_name():
    cnn, lstm = PUBLISHED["CNN"], PUBLISHED["LSTM"]
    assert (cnn.width, cnn.num_layers, lstm.width, lstm.num_layers) == (1024, 2, 640, 3)
    assert (cnn.for_task("regression").lr, cnn.for_task("single-label").lr) == (1e-4, 2e-4)
    assert (cnn.for_task("regression").batch_size, cnn.for_task("single-label").batch_size) == (64, 256)
    assert (lstm.for_task("regression").lr, lstm.for_task("multi-label").epochs) == (5e-5, 100)
    assert FromScratch(architecture="CNN").name == "CNN"
    assert FromScratch(architecture="LSTM", width=64, crop=256, lr=0.001).name == (
        "LSTM (width 64, crop 256, lr 0.001)"
    )


def test_one_network_without_a_hidden_layer_is_a_logistic_regression_a_class(planted):
    task = planted.planted_task("multi-label")
    together = Linear(source=ThreeMers(), penalties=(0.1,)).predict(task, seed=1)
    rows = {split: ThreeMers().sparse(task.splits[split].sequences) for split in task.splits}
    for column in range(3):
        one = LogisticRegression(C=10, max_iter=1000).fit(
            rows["train"], task.splits["train"].targets[:, column]
        )
        np.testing.assert_allclose(together[:, column], one.predict_proba(rows["test"])[:, 1], atol=0.01)


def test_the_penalty_is_chosen_on_valid(planted):
    task, _ = planted.variant_task()
    chosen = merit_of(task, Linear(source=OneHot()).predict(task, seed=1))
    worst = merit_of(task, Linear(source=OneHot(), penalties=(1e6,)).predict(task, seed=1))
    assert chosen > worst + 0.2


def test_a_class_that_train_lacks_scores_nothing(planted):
    task = planted.planted_task("single-label")
    train = task.splits["train"]
    kept = [i for i, target in enumerate(train.targets) if not target[1]]
    part = replace(train, sequences=tuple(train.sequences[i] for i in kept), targets=train.targets[kept])
    scores = Linear(source=ThreeMers()).predict(replace(task, splits={**task.splits, "train": part}), seed=1)
    assert (scores[:, 1] == 0).all()
    assert set(scores.argmax(1)) == {0, 2}
