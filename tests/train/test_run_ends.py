"""How a run ends: out of patience with the best weights, on a sample that is no number, on a full disk."""

import errno
import os

import numpy as np
import pytest
import torch

import train.snapshot
from protclip.encode import Encoder
from protclip.errors import AssetError, InputError
from train import loop, objectives
from train.config import load_config
from train.distributed import World
from train.loader import PairLoader, Position
from train.loop import Run, TrainingDivergedError, train_run
from train.prepare import prepare
from train.report import Report
from train.run_log import curve, read_run_log
from train.snapshot import best_snapshot, latest, load_snapshot

METRIC = "text_to_protein/mrr"


@pytest.fixture(scope="module")
def data(tiny, tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    tiny.write_data(folder)
    tiny.write_checkpoint(folder / "checkpoint")
    tiny.write_checkpoint(folder / "esm", shape="esm")
    return folder


@pytest.fixture
def make_config(tiny, data, tmp_path):
    """A run of 12 steps (an epoch has 3) whose output is under tmp_path."""

    def make(*overrides, **changes):
        return load_config(tiny.write_run(data, run__output=str(tmp_path / "run"), **changes), overrides)

    return make


@pytest.fixture
def measured(monkeypatch):
    """Give the evaluations these values, one after another; the last one stays."""

    def give(*values):
        left = list(values)

        def metrics(self, model):
            return {METRIC: left.pop(0) if len(left) > 1 else left[0], "other_loss": 1.0}

        monkeypatch.setattr(loop.HeldOut, "metrics", metrics)

    return give


BY_EPOCH = {"snapshot__minutes": 10.0, "run__max_steps": 30, "run__patience": 2}


def test_a_run_ends_when_its_patience_does_and_leaves_the_best_weights(make_config, measured, tmp_path):
    measured(0.1, 0.2, 0.5, 0.4, 0.5, 0.3)  # before the first step, then after each epoch
    train_run(make_config("evaluation.every_epochs=1", **BY_EPOCH), resume=False)
    events = read_run_log(tmp_path / "run" / "run.jsonl")
    assert [step for step, _ in curve(events, "evaluation", METRIC)] == [0, 3, 6, 9, 12]
    assert (events[-1].event, events[-1].step, events[-1].values["weights_of_step"]) == ("end", 12, 6)
    assert latest(tmp_path / "run").step == 12
    best = load_snapshot(best_snapshot(tmp_path / "run"))
    assert (best.step, best.best) == (6, 0.5)
    weights = Encoder.from_pretrained(tmp_path / "run" / "checkpoint").model.log_scale
    assert torch.equal(weights.detach(), best.model["model.log_scale"])
    assert not torch.equal(weights.detach(), latest(tmp_path / "run").model["model.log_scale"])


def test_a_resumed_run_has_waited_as_long_as_the_broken_one(make_config, measured, tmp_path, capsys):
    measured(0.1, 0.5, 0.4)
    config = make_config("evaluation.every_epochs=1", **BY_EPOCH | {"run__max_steps": 7})
    train_run(config, resume=False)
    # one more epoch without a better one, and the patience of two is out
    measured(0.4)
    longer = make_config("evaluation.every_epochs=1", **BY_EPOCH)
    train_run(longer, resume=True)
    assert latest(tmp_path / "run").step == 9
    capsys.readouterr()
    train_run(longer, resume=True)
    assert "nothing to do: the run ended at step 9" in capsys.readouterr().err


def test_a_loss_is_best_when_lowest_and_an_unknown_metric_is_named(make_config, measured):
    measured(0.1)
    with pytest.raises(
        InputError, match=r"'rr' was not measured. Give one of other_loss, text_to_protein/mrr"
    ):
        train_run(make_config("run.best_metric=rr"), resume=False)
    spent = loop.Spent().evaluated({"gc_loss": 2.0}, "gc_loss")
    assert (spent.evaluated({"gc_loss": 1.0}, "gc_loss").best, spent.best) == (1.0, 2.0)
    assert spent.evaluated({"gc_loss": 3.0}, "gc_loss").waited == 1
    assert spent.evaluated({"gc_loss": float("nan")}, "gc_loss").waited == 1


@pytest.mark.parametrize("grad_cache", [0, 3])
def test_the_protein_that_spoils_the_loss_is_named(make_config, tmp_path, monkeypatch, grad_cache):
    gc_alone = ["objectives.term=0", "objectives.paraphrase=0", f"optimizer.grad_cache={grad_cache}"]
    config = make_config(*gc_alone)
    prepare_real = loop.prepare

    def damaged(config):
        prepared = prepare_real(config)
        batch = Run(config, World(), prepared, Report(config, World(rank=1))).loader.batch(Position(batch=2))
        spoilt.append(prepared.corpus.accessions[int(batch.index[5])])
        real = PairLoader.batch

        def batch_of(self, position):
            found = real(self, position)
            if position == Position(batch=2):
                found.text_features[5] = torch.nan
            return found

        monkeypatch.setattr(PairLoader, "batch", batch_of)
        return prepared

    spoilt = []
    monkeypatch.setattr(loop, "prepare", damaged)
    with pytest.raises(TrainingDivergedError) as caught:
        train_run(config, resume=False)
    assert f"the loss of step 3 is nan (no number comes of {spoilt[0]})" in str(caught.value)
    kept = latest(tmp_path / "run")
    assert kept.step == 2
    assert all(torch.isfinite(value).all() for value in kept.model.values())


def test_a_disk_that_fills_ends_the_run_with_a_sentence_and_a_resume_goes_on(
    make_config, tmp_path, monkeypatch
):
    train_run(make_config(f"run.output={tmp_path / 'unbroken'}"), resume=False)
    real, writes = os.write, []

    def full(descriptor, content):
        # The third snapshot gets half of its bytes onto the disk.
        started = len(list((tmp_path / "run").glob("step-*.pt")))
        writes.extend([1] * (started == 2))
        if len(writes) > 20:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(descriptor, content)

    monkeypatch.setattr(train.snapshot.os, "write", full)
    config = make_config()
    with pytest.raises(AssetError, match=r"snapshot of step \d+ could not be written.*make room there"):
        train_run(config, resume=False)
    monkeypatch.undo()
    before = latest(tmp_path / "run")
    assert before.step == 2
    train_run(config, resume=True)
    ends = [latest(tmp_path / name) for name in ("run", "unbroken")]
    assert all(torch.equal(ends[0].model[name], ends[1].model[name]) for name in ends[1].model)


def gradients(run):
    run.learner.optimizer.zero_grad()
    run._backward(run.loader.batch(Position()), 0, 1.0)
    return {n: p.grad.clone() for n, p in run.learner.inner.named_parameters() if p.grad is not None}


def gradients_of(config):
    torch.manual_seed(0)
    return gradients(Run(config, World(), prepare(config), Report(config, World(rank=1))))


ALONE = ["objectives.term=0", "objectives.paraphrase=0"]


@pytest.mark.parametrize(
    ("shape", "changed"),
    [
        ("checkpoint", "optimizer.grad_cache=3"),
        ("esm", "optimizer.grad_cache=5"),
        ("esm", "model.activation_checkpointing=true"),
    ],
)
def test_what_saves_memory_leaves_the_gradients(make_config, data, monkeypatch, shape, changed):
    monkeypatch.setattr(objectives, "KMER_KEEP_SHARE", 1.0)
    base = [*ALONE, f"model.checkpoint={data / shape}"]
    plain, saving = gradients_of(make_config(*base)), gradients_of(make_config(*base, changed))
    assert plain.keys() == saving.keys()
    assert max(gradient.abs().max() for gradient in plain.values()) > 1e-3
    for name, gradient in saving.items():
        torch.testing.assert_close(gradient, plain[name], atol=1e-6, rtol=1e-4)


def test_a_setting_without_effect_warns(make_config):
    with pytest.warns(UserWarning, match="activation_checkpointing has no effect"):
        gradients_of(make_config("model.activation_checkpointing=true"))
    with pytest.warns(UserWarning, match="zero1 has no effect on one process"):
        gradients_of(make_config("optimizer.zero1=true"))


def test_the_log_tells_the_speed(make_config, tmp_path):
    train_run(make_config(**{"run__max_steps": 21, "snapshot__minutes": 10.0}), resume=False)
    events = read_run_log(tmp_path / "run" / "run.jsonl")
    (start,) = [e for e in events if e.event == "start"]
    assert start.values["matmul_flops_per_s"] > 1e8
    last = [e for e in events if e.event == "step"][-1].values
    assert last["tokens_per_s"] > 10
    assert 0 < last["share_of_peak"] < 1
    assert (tmp_path / "run" / "training.svg").is_file()


def test_texts_and_proteins_longer_than_the_model_takes_are_refused(make_config):
    shape = ['model.checkpoint=""', "model.shape.kmer_sizes=[3]", "model.shape.text_max_tokens=513"]
    shape += ["model.shape.protein_config.num_hidden_layers=0"]
    with pytest.raises(InputError, match=r"text_max_tokens = 513 .*positions for 512 tokens"):
        train_run(make_config(*shape), resume=False)
    with pytest.raises(InputError, match=r"data.max_residues = 1023 is longer than .*1022"):
        train_run(make_config("data.max_residues=1023"), resume=False)
    with pytest.raises(AssetError, match="no checkpoint folder"):
        train_run(make_config("model.checkpoint=nowhere"), resume=False)


def test_no_evaluation_leaves_the_last_weights(make_config, tmp_path):
    train_run(make_config("evaluation.num_proteins=0"), resume=False)
    end = read_run_log(tmp_path / "run" / "run.jsonl")[-1]
    assert (end.event, end.values["weights_of_step"]) == ("end", 12)
    assert np.isfinite(Encoder.from_pretrained(tmp_path / "run" / "checkpoint").proteins(["MKV"])).all()
