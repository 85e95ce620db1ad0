"""The assembly of the losses: what is on, what is drawn, and two processes against one."""

import os
import runpy
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from protclip.model.losses import global_contrast, term_contrast
from train import objectives as module
from train.distributed import World
from train.loader import PairLoader, Position, positive_mask
from train.objectives import MIN_TERM_PROTEINS, Objectives, TrainingModel
from train.run_sections import ObjectivesSection

WORKER = Path(__file__).with_name("objectives_worker.py")
EVERY = np.arange(40)
OFF = {"gc": 0.0, "bsr": 0.0, "pda": 0.0, "mlm": 0.0}


def section(**weights):
    return ObjectivesSection(**(OFF | weights))


@pytest.fixture
def step(tiny, corpus, features):
    """One forward pass of a tiny model: its objectives, batch, embeddings and targets."""

    def run(**weights):
        found = Objectives(section(**weights), corpus, EVERY, features)
        model = tiny.make_model()
        model.text_model = None
        batch = PairLoader(corpus, EVERY, features, batch_size=8, max_residues=40, seed=1).batch(Position())
        rng = np.random.default_rng(0)
        targets, pairs = found.draw_terms(rng, 4), found.draw_paraphrases(rng, 3)
        inputs = batch.text_features, targets.features, pairs.name_features, pairs.other_features
        return found, batch, TrainingModel(model, found.weights)(batch.tokens, *inputs), targets

    return run


@pytest.mark.parametrize(
    "weights", [{"gc": 1.0}, {"term": 0.5}, {"paraphrase": 2.0}, {"gc": 0.1, "term": 0.3, "paraphrase": 0.2}]
)
def test_a_loss_is_there_where_it_has_a_weight_and_the_total_is_the_weighted_sum(step, weights):
    found, batch, embedded, targets = step(**weights)
    losses = found.losses(batch, embedded, targets, World())
    assert losses.keys() == weights.keys()
    assert all(torch.isfinite(loss) and loss > 0 for loss in losses.values())
    expected = sum(weights[name] * loss.item() for name, loss in losses.items())
    assert found.total(losses).item() == pytest.approx(expected, rel=1e-5)


def test_what_is_off_is_not_drawn(step):
    _, _, embedded, targets = step(gc=1.0)
    assert len(targets.terms) == len(embedded.term) == len(embedded.name) == len(embedded.other) == 0
    _, _, embedded, targets = step(gc=1.0, term=1.0, paraphrase=1.0)
    assert (len(targets.terms), len(embedded.term), len(embedded.name)) == (4, 4, 3)


def test_the_contrast_is_that_of_the_loss_with_its_positives(step, corpus):
    found, batch, embedded, targets = step(gc=1.0)
    fits = positive_mask(corpus, batch.index, batch.text_key, batch.is_term)
    pairs = embedded.protein, embedded.text
    expected = global_contrast(pairs, pairs, (fits, fits.T), embedded.scale)
    torch.testing.assert_close(found.losses(batch, embedded, targets, World())["gc"], expected)
    assert fits.sum() > len(batch)  # there are positives beside the pairs themselves


def test_the_term_loss_counts_ancestors_and_is_per_thousand_terms(step, corpus):
    found, batch, embedded, targets = step(term=1.0)
    has_term = torch.from_numpy(corpus.has_term.toarray()[batch.index.numpy()][:, targets.terms.numpy()])
    prior = targets.prior_logits
    expected = term_contrast(embedded.protein, embedded.term, has_term, prior, embedded.term_scale) * 250
    torch.testing.assert_close(found.losses(batch, embedded, targets, World())["term"], expected)


def test_only_frequent_terms_are_targets(corpus, features):
    train_index = EVERY[EVERY % 4 != 3]  # without the family of plain kinases
    found = Objectives(section(term=1.0), corpus, train_index, features)
    frequency = corpus.has_term[train_index].toarray().sum(0)
    assert found.targets.tolist() == [k for k, n in enumerate(frequency) if n >= MIN_TERM_PROTEINS]
    assert 0 < len(found.targets) < len(frequency)
    drawn = found.draw_terms(np.random.default_rng(0), 1000)
    assert drawn.terms.tolist() == found.targets.tolist()
    share = frequency[drawn.terms.numpy()] / len(train_index)
    torch.testing.assert_close(torch.sigmoid(drawn.prior_logits), torch.tensor(share, dtype=torch.float32))


def test_a_term_of_every_protein_and_one_of_none_have_finite_priors(corpus, features):
    found = Objectives(section(term=1.0), corpus, EVERY[EVERY % 4 == 0], features)
    assert torch.isfinite(found.prior_logits).all()
    assert found.targets.tolist() == []
    assert len(found.draw_terms(np.random.default_rng(0), 10).terms) == 0


def test_draws_follow_from_the_generator_and_are_without_repeats(corpus, features):
    found = Objectives(section(term=1.0, paraphrase=1.0), corpus, EVERY, features)
    one, again, other = (found.draw_terms(np.random.default_rng(seed), 3).terms for seed in (1, 1, 2))
    assert torch.equal(one, again)
    assert len(set(one.tolist())) == 3
    draws = {tuple(found.draw_terms(np.random.default_rng(seed), 3).terms.tolist()) for seed in range(20)}
    assert len(draws) > 3
    assert other.shape == one.shape


def test_paraphrases_are_two_texts_of_one_term(corpus, features):
    found = Objectives(section(paraphrase=1.0), corpus, EVERY, features)
    drawn = found.draw_paraphrases(np.random.default_rng(0), 1000)
    rows = {features[row].astype(np.float32).tobytes(): row for row in range(len(features))}
    term_of = {row: k for k, texts in enumerate(corpus.vocabulary.texts_of) for row in texts.tolist()}
    pairs = zip(drawn.name_features, drawn.other_features, strict=True)
    seen = [(rows[name.numpy().tobytes()], rows[other.numpy().tobytes()]) for name, other in pairs]
    assert len(seen) == sum(len(texts) > 1 for texts in corpus.vocabulary.texts_of)
    for name, other in seen:
        assert name in corpus.vocabulary.name_rows
        assert name != other
        assert term_of[name] == term_of[other]


def test_a_corpus_without_terms_or_paraphrases_gives_zero_losses(step, corpus, features, monkeypatch):
    monkeypatch.setattr(module, "MIN_TERM_PROTEINS", 1000)
    found, batch, embedded, targets = step(term=1.0)
    assert found.losses(batch, embedded, targets, World())["term"] == 0


def test_training_hides_kmers_and_evaluation_does_not(tiny, corpus, features):
    torch.manual_seed(0)
    model = tiny.make_model()
    batch = PairLoader(corpus, EVERY, features, batch_size=8, max_residues=40, seed=1).batch(Position())
    none = torch.zeros(0, 16)
    training = TrainingModel(model, section(gc=1.0))
    one, other = (training(batch.tokens, batch.text_features, none, none, none).protein for _ in range(2))
    assert (one - other).abs().max() > 1e-3
    plain = [model.protein_features(batch.tokens.input_ids, batch.tokens.attention_mask) for _ in range(2)]
    assert torch.equal(*plain)


def start_processes(folder, port):
    """Two processes as torchrun starts them; torchrun itself would take seconds more."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1"}
    environment.pop("TORCHELASTIC_USE_AGENT_STORE", None)
    return [
        subprocess.Popen(
            [sys.executable, WORKER, folder],
            env={**environment, "RANK": str(rank), "LOCAL_RANK": str(rank), "MASTER_PORT": str(port)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]


@pytest.fixture(scope="module")
def two_processes(tmp_path_factory):
    """The gradients that each of two gloo processes found."""
    folder = tmp_path_factory.mktemp("two")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = [process.communicate(timeout=120)[1] for process in start_processes(folder, port)]
    # gloo now and then aborts at exit, all done: the reports count, not the exit status
    assert len(list(folder.glob("rank*.pt"))) == 2, "\n".join(told)[-3000:]
    return [torch.load(folder / f"rank{rank}.pt") for rank in range(2)]


@pytest.fixture(scope="module")
def alone(tiny):
    """The gradients of one process with the whole batch."""
    worker = runpy.run_path(str(WORKER))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "KMER_KEEP_SHARE", 1.0)
        return worker["all_gradients"](World(), tiny)


def test_two_processes_give_the_gradient_of_one_with_the_whole_batch(two_processes, alone):
    for case, expected in alone.items():
        assert expected, case
        for found in (rank[case] for rank in two_processes):
            assert found.keys() == expected.keys()
            for name, gradient in expected.items():
                largest = max(gradient.abs().max().item(), 0.1)
                assert (found[name] - gradient).abs().max() < 1e-5 * largest, (case, name)


def test_the_gradients_that_were_compared_are_not_zero(alone):
    every = alone["kmers, every loss"]
    assert all(gradient.abs().max() > 1e-6 for gradient in every.values())
    assert {"term_log_scale", "model.log_scale", "model.kmers.tables.0"} <= every.keys()


def test_processes_with_unequal_counts_of_hidden_residues_were_compared(tiny):
    """Means of means would pass with equal counts; these are not."""
    worker = runpy.run_path(str(WORKER))
    batch = worker["batch_of"](tiny, ObjectivesSection(), step=1)
    halves = [worker["share_of"](batch, World(rank=r, size=2)).residues for r in range(2)]
    for name in ("mlm_hidden", "bsr_hidden"):
        counts = [int(getattr(half, name).sum()) for half in halves]
        assert counts[0] != counts[1]
    with_two = [int((half.property_present.sum(1) >= 2).sum()) for half in halves]
    assert with_two[0] != with_two[1]


def test_what_no_loss_reaches_takes_no_gradient(alone):
    assert "term_log_scale" not in alone["kmers, contrast alone"]
    assert "model.log_scale" not in alone["kmers, terms alone"]
    assert {name.split(".")[1] for name in alone["kmers, paraphrases alone"]} == {
        "text_projection",
        "log_scale",
    }
    parts = {"mlm_head", "bsr_head", "fusion", "prototypes", "local_log_scale"}
    assert not parts & {name.split(".")[1] for name in alone["kmers, contrast alone"]}
    assert parts <= {name.split(".")[1] for name in alone["esm, four losses"]}
    assert {name.split(".")[1] for name in alone["esm, mlm alone"]} == {"protein_model", "mlm_head"}
    assert {name.split(".")[1] for name in alone["esm, the release's bsr alone"]} == {"bsr_head"}
    for case in ("esm, contrast alone", "kmers under esm, contrast alone"):
        assert not [name for name in alone[case] if "contact_head" in name]
        assert all(gradient is not None for gradient in alone[case].values()), case
