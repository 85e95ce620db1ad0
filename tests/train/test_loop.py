"""A whole run on forty proteins: it learns, and however it is interrupted it ends as if it had not been."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from protclip.encode import Encoder
from protclip.errors import InputError
from train import loop, objectives
from train.config import load_config
from train.distributed import World
from train.loader import Position
from train.loop import Run, TrainingDivergedError, train_run
from train.prepare import prepare
from train.pretrain import main
from train.report import Report
from train.run_log import curve, read_run_log
from train.snapshot import best_snapshot, latest, load_snapshot, snapshots

STEPS = 12  # an epoch has 3


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """The order of additions, and so the last bit, depends on the number of threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def data(tiny, tmp_path_factory):
    """Shards, split and checkpoint, which no run writes to."""
    folder = tmp_path_factory.mktemp("data")
    tiny.write_data(folder)
    tiny.write_checkpoint(folder / "checkpoint")
    return folder


@pytest.fixture(scope="module")
def make_config(tiny, data):
    def make(output, **changes):
        return load_config(tiny.write_run(data, run__output=str(output), run__max_steps=STEPS, **changes))

    return make


@pytest.fixture(scope="module")
def unbroken(make_config, tmp_path_factory):
    """The folder of a run that nothing interrupted."""
    folder = tmp_path_factory.mktemp("unbroken")
    train_run(make_config(folder), resume=False)
    return folder


class StopAfter:
    """Stands in for StopRequest: the signal comes during the given step."""

    def __init__(self, step):
        self.left, self.reason = step, ""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    @property
    def requested(self):
        self.left -= 1
        self.reason = "" if self.left else "SIGTERM"
        return bool(self.reason)


def stop_at(monkeypatch, step):
    monkeypatch.setattr(loop, "StopRequest", lambda: StopAfter(step))


def tensors_of(value):
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from tensors_of(each)


def assert_same_end(one: Path, other: Path):
    """Snapshots and checkpoints equal bit by bit: weights, moments, generators, place in the data."""
    ends = [latest(folder) for folder in (one, other)]
    assert ends[0].step == ends[1].step
    assert ends[0].sampler == ends[1].sampler
    assert ends[0].best == ends[1].best
    for part in ("model", "optimizers"):
        pairs = list(zip(*(tensors_of(getattr(end, part)) for end in ends), strict=True))
        assert len(pairs) > 5
        assert all(torch.equal(a, b) for a, b in pairs), part
    assert torch.equal(ends[0].rng[0]["torch"], ends[1].rng[0]["torch"])
    weights = [(folder / "checkpoint" / "model.safetensors").read_bytes() for folder in (one, other)]
    assert weights[0] == weights[1]


def test_the_loss_falls_and_trained_beats_untrained(make_config, tmp_path):
    config = make_config(tmp_path, run__epochs=20, snapshot__minutes=10.0)
    train_run(load_config_with(config, max_steps=0), resume=False)
    events = read_run_log(tmp_path / "run.jsonl")
    losses = dict(curve(events, "step", "gc"))
    assert min(losses) == 1
    assert losses[60] < 0.8 * losses[1]
    mrr = dict(curve(events, "evaluation", "text_to_protein/mrr"))
    assert mrr[60] > mrr[0] + 0.1
    assert [event.event for event in events][-2:] == ["evaluation", "end"]


def load_config_with(config, **run):
    """The same run with other values in its [run] section."""
    values = config.to_dict()
    return type(config).from_dict(values | {"run": values["run"] | run})


def test_a_run_leaves_a_log_its_file_and_a_checkpoint(unbroken, data):
    events = read_run_log(unbroken / "run.jsonl")
    assert [e.event for e in events if e.event != "snapshot"] == [
        "start",
        "evaluation",
        "step",
        "evaluation",
        "end",
    ]
    start, end = events[0].values, events[-1]
    assert (start["num_train"], start["num_processes"], end.step) == (24, 1, STEPS)
    assert start["split"] == prepare(load_config(unbroken / "run.toml")).splits.fingerprint
    assert latest(unbroken).sampler == {"epoch": 4, "batch": 0}
    before, after = (Encoder.from_pretrained(f) for f in (data / "checkpoint", unbroken / "checkpoint"))
    texts = ["kinase activity", "nucleus"]
    # The frozen tower and its tokenizer are the ones the run began with; what is trained is not.
    np.testing.assert_array_equal(after.text_features(texts), before.text_features(texts))
    assert np.abs(after.texts(texts) - before.texts(texts)).max() > 1e-3
    assert np.abs(after.proteins(["MKVGKGSFGKV"]) - before.proteins(["MKVGKGSFGKV"])).max() > 1e-3


def test_the_same_run_again_gives_the_same_bits(unbroken, make_config, tmp_path):
    train_run(make_config(tmp_path), resume=False)
    assert_same_end(tmp_path, unbroken)


def test_another_seed_gives_another_run(unbroken, make_config, tmp_path):
    train_run(make_config(tmp_path, run__seed=18), resume=False)
    ours, theirs = (latest(folder).model["model.kmers.tables.0"] for folder in (tmp_path, unbroken))
    assert not torch.equal(ours, theirs)


@pytest.mark.parametrize("stops", [(5,), (3, 4)], ids=["within an epoch", "twice"])
def test_a_run_that_was_stopped_ends_as_the_unbroken_one(
    unbroken, make_config, tmp_path, monkeypatch, capsys, stops
):
    """(The second stop comes four steps after the resume, at step 7.)"""
    config, done = make_config(tmp_path), 0
    for number, step in enumerate(stops):
        stop_at(monkeypatch, step)
        train_run(config, resume=number > 0)
        done += step
        assert latest(tmp_path).step == done
        assert f"SIGTERM after step {done}; --resume continues" in capsys.readouterr().err
        assert not (tmp_path / "checkpoint").exists()
    monkeypatch.undo()
    train_run(config, resume=True)
    assert_same_end(tmp_path, unbroken)
    starts = [e.step for e in read_run_log(tmp_path / "run.jsonl") if e.event == "start"]
    assert starts == [0, *np.cumsum(stops).tolist()]


def test_accumulation_is_resumed_between_steps(make_config, tmp_path, monkeypatch):
    changes = {"data__accumulation": 2, "data__batch_size": 6}  # four batches an epoch
    train_run(make_config(tmp_path / "unbroken", **changes), resume=False)
    stop_at(monkeypatch, 5)
    broken = make_config(tmp_path / "broken", **changes)
    train_run(broken, resume=False)
    assert latest(tmp_path / "broken").sampler == {"epoch": 2, "batch": 2}
    monkeypatch.undo()
    train_run(broken, resume=True)
    assert_same_end(tmp_path / "broken", tmp_path / "unbroken")


def test_a_run_killed_while_it_writes_a_snapshot_ends_as_the_unbroken_one(
    unbroken, make_config, data, tmp_path
):
    make_config(tmp_path)
    run_file = str(data / "run.toml")
    script = Path(__file__).with_name("killed_run.py")
    killed = subprocess.run(
        [sys.executable, script, "7", run_file],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
    assert latest(tmp_path).step == 6
    assert len(list(tmp_path.glob(".*.part"))) == 1
    done = CliRunner().invoke(main, [run_file, "--resume"])
    assert done.exit_code == 0, done.output
    assert_same_end(tmp_path, unbroken)
    assert list(tmp_path.glob(".*.part")) == []


def nan_from(monkeypatch, call):
    """The loss is no number from the given step on."""
    calls, total = [], objectives.Objectives.total

    def broken(self, losses):
        calls.append(1)
        return total(self, losses) * (torch.nan if len(calls) >= call else 1)

    monkeypatch.setattr(objectives.Objectives, "total", broken)


def test_a_loss_that_is_no_number_ends_the_run_and_the_last_snapshot_is_good(
    unbroken, make_config, tmp_path, monkeypatch
):
    config = make_config(tmp_path)
    nan_from(monkeypatch, 5)
    with pytest.raises(
        TrainingDivergedError, match=r"loss of step 5 is nan \(batch of (P\d{4}, ){5}\.\.\.\)"
    ):
        train_run(config, resume=False)
    kept = latest(tmp_path)
    assert kept.step == 4
    assert all(torch.isfinite(value).all() for value in kept.model.values())
    monkeypatch.undo()
    train_run(config, resume=True)
    assert_same_end(tmp_path, unbroken)


def test_divergence_is_a_sentence_of_the_command_line(make_config, data, tmp_path, monkeypatch):
    make_config(tmp_path)
    nan_from(monkeypatch, 1)
    done = CliRunner().invoke(main, [str(data / "run.toml")])
    assert done.exit_code == 1
    assert "Error: the loss of step 1 is nan" in done.stderr
    assert "lower optimizer.lr and use --resume" in done.stderr


def files_of(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_finished_run_that_is_resumed_does_nothing_and_says_so(make_config, tmp_path, capsys):
    config = make_config(tmp_path, evaluation__num_proteins=0)
    train_run(config, resume=False)
    before = files_of(tmp_path)
    capsys.readouterr()
    train_run(config, resume=True)
    assert f"nothing to do: the run ended at step {STEPS}" in capsys.readouterr().err
    assert files_of(tmp_path) == before


def test_a_run_killed_before_its_checkpoint_was_written_writes_it_when_resumed(
    unbroken, make_config, tmp_path, monkeypatch
):
    class KilledError(Exception):
        pass

    def kill(self):
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(Run, "_save_checkpoint", kill)
        with pytest.raises(KilledError):
            train_run(make_config(tmp_path), resume=False)
    train_run(make_config(tmp_path), resume=True)
    assert_same_end(tmp_path, unbroken)


def test_a_finished_run_with_a_higher_limit_goes_on(make_config, tmp_path):
    train_run(make_config(tmp_path), resume=False)
    longer = load_config_with(make_config(tmp_path), max_steps=STEPS + 3)
    train_run(longer, resume=True)
    assert latest(tmp_path).step == STEPS + 3


def test_a_used_folder_is_refused_and_a_resume_without_snapshot_begins(
    unbroken, make_config, tmp_path, capsys
):
    with pytest.raises(InputError, match="holds snapshots of an earlier run"):
        train_run(make_config(unbroken), resume=False)
    train_run(make_config(tmp_path), resume=True)
    assert "starting from the beginning" in capsys.readouterr().err
    assert_same_end(tmp_path, unbroken)


def test_a_snapshot_of_another_model_is_refused(tiny, data, make_config, tmp_path, monkeypatch):
    tiny.write_checkpoint(data / "other", kmer_bits=32, shape="esm")
    stop_at(monkeypatch, 2)
    train_run(make_config(tmp_path), resume=False)
    with pytest.raises(InputError, match=r"snapshot of step 2 .* is of another model"):
        train_run(make_config(tmp_path, model__checkpoint=str(data / "other")), resume=True)


def test_a_rate_lowered_for_a_resume_has_effect(make_config, tmp_path, monkeypatch, capsys):
    stop_at(monkeypatch, 4)
    train_run(make_config(tmp_path), resume=False)
    monkeypatch.undo()
    frozen = make_config(tmp_path, optimizer__lr=1e-30, optimizer__table_lr=1e-30)
    train_run(frozen, resume=True)
    assert "other values of optimizer.lr, optimizer.table_lr than the snapshot's" in capsys.readouterr().err
    before, after = (load_snapshot(p).model for p in sorted(snapshots(tmp_path))[-9::8])
    assert [p.name[:14] for p in sorted(snapshots(tmp_path))[-9::8]] == ["step-000000004", "step-000000012"]
    torch.testing.assert_close(
        after["model.kmers.tables.0"], before["model.kmers.tables.0"], atol=1e-12, rtol=0
    )


def test_the_best_snapshot_is_of_the_weights_that_were_measured(make_config, tmp_path):
    config = make_config(tmp_path, evaluation__every_minutes=1e-6, snapshot__minutes=10.0)
    train_run(config, resume=False)
    measured = dict(curve(read_run_log(tmp_path / "run.jsonl"), "evaluation", "text_to_protein/mrr"))
    best = load_snapshot(best_snapshot(tmp_path))
    during = {step: value for step, value in measured.items() if 0 < step < STEPS}
    assert during[best.step] == best.best == max(during.values())
    assert best.best > measured[0]


def make_run(make_config, folder, **changes):
    config = make_config(folder, evaluation__num_proteins=0, **changes)
    return Run(config, World(), prepare(config), Report(config, World(rank=1)))


def grads_of(run):
    return {name: p.grad.clone() for name, p in run.learner.inner.named_parameters() if p.grad is not None}


def test_accumulation_is_the_mean_over_the_micro_batches(make_config, tmp_path, monkeypatch):
    """The contrast sees one micro-batch at a time: not the gradient of a batch twice as large."""
    monkeypatch.setattr(objectives, "KMER_KEEP_SHARE", 1.0)
    run = make_run(make_config, tmp_path, optimizer__grad_clip=0.0)
    batches = [run.loader.batch(Position(batch=b)) for b in range(2)]
    alone, losses = [], []
    for number, batch in enumerate(batches):
        run.learner.optimizer.zero_grad()
        losses.append(run._backward(batch, number, 1.0))
        alone.append(grads_of(run))
    metrics = run._step(batches)
    together = grads_of(run)
    assert together.keys() == alone[0].keys()
    for name, gradient in together.items():
        torch.testing.assert_close(gradient, (alone[0][name] + alone[1][name]) / 2, atol=1e-6, rtol=1e-4)
    for name in ("loss", "gc", "term", "paraphrase"):
        assert metrics[name] == pytest.approx((losses[0][name] + losses[1][name]) / 2, rel=1e-5)


def test_clipping_bounds_the_dense_weights_and_leaves_the_tables(make_config, tmp_path, monkeypatch):
    monkeypatch.setattr(objectives, "KMER_KEEP_SHARE", 1.0)
    free = make_run(make_config, tmp_path, optimizer__grad_clip=0.0)
    clipped = make_run(make_config, tmp_path, optimizer__grad_clip=0.01)
    for run in (free, clipped):
        run._step([run.loader.batch(Position())])
    ours, theirs = grads_of(clipped), grads_of(free)
    dense = [name for name in ours if ".tables." not in name]
    assert torch.stack([theirs[n].norm() for n in dense]).norm() > 0.1
    assert torch.stack([ours[n].norm() for n in dense]).norm() == pytest.approx(0.01, rel=1e-3)
    torch.testing.assert_close(ours["model.kmers.tables.0"], theirs["model.kmers.tables.0"])


def test_no_held_out_protein_is_ever_in_a_batch(make_config, tmp_path):
    run = make_run(make_config, tmp_path)
    seen = {
        run.prepared.corpus.accessions[int(i)]
        for epoch in range(4)
        for b in range(run.loader.batches_per_epoch)
        for i in run.loader.batch(Position(epoch=epoch, batch=b)).index
    }
    splits = run.prepared.splits
    assert {splits.of(accession) for accession in seen} == {"train"}
    assert len(seen) == 24
    assert splits.counts() == {"train": 24, "valid": 8, "test": 8}


FOUR = {
    "objectives__bsr": 0.7,
    "objectives__pda": 1.0,
    "objectives__mlm": 0.3,
    "objectives__term": 0.0,
    "objectives__paraphrase": 0.0,
    "data__max_text_tokens": 12,
}


@pytest.fixture(scope="module")
def blocks(tiny, data):
    """A checkpoint of k-mers under ESM blocks, without the parts of the objectives over residues."""
    tiny.write_checkpoint(data / "blocks", "kmers-under-esm", num_prototypes=6)
    return {"model__checkpoint": str(data / "blocks"), **FOUR}


def test_four_losses_fall_and_the_right_text_helps_to_rebuild(make_config, blocks, tmp_path):
    config = make_config(tmp_path, snapshot__minutes=10.0, optimizer__lr=0.02, **blocks)
    train_run(load_config_with(config, max_steps=150), resume=False)
    events = read_run_log(tmp_path / "run.jsonl")
    for name in ("gc", "bsr", "pda", "mlm"):
        values = [value for _, value in curve(events, "step", name)]
        assert min(values[-2:]) < 0.95 * values[0], (name, values)
    ends = [event.values for event in events if event.event == "evaluation"]
    assert ends[-1]["bsr/matched_loss"] < ends[0]["bsr/matched_loss"] - 0.1
    assert ends[-1]["bsr/matched_loss"] < ends[-1]["bsr/shuffled_loss"]
    assert ends[-1]["bsr/matched_loss"] < ends[-1]["bsr/no_text_loss"]
    again = Encoder.from_pretrained(tmp_path / "checkpoint")
    assert again.config.residue_objectives
    assert again.proteins(["MKVGKGSFGKV"]).shape == (1, 8)


def test_a_run_with_four_losses_that_was_stopped_ends_as_the_unbroken_one(
    make_config, blocks, tmp_path, monkeypatch
):
    train_run(make_config(tmp_path / "unbroken", **blocks), resume=False)
    stop_at(monkeypatch, 5)
    broken = make_config(tmp_path / "broken", **blocks)
    train_run(broken, resume=False)
    monkeypatch.undo()
    train_run(broken, resume=True)
    assert_same_end(tmp_path / "broken", tmp_path / "unbroken")


@pytest.mark.parametrize("units", ["clauses", "whole"])
def test_the_release_can_be_run(make_config, blocks, tmp_path, units):
    with pytest.warns(UserWarning, match="text_dropout has no effect"):
        train_run(
            make_config(tmp_path, objectives__release_compat=["all"], data__text_units=units, **blocks),
            resume=False,
        )
    losses = [e.values for e in read_run_log(tmp_path / "run.jsonl") if e.event == "step"]
    assert all(np.isfinite(losses[0][name]) for name in ("gc", "bsr", "pda", "mlm"))
    saved = Encoder.from_pretrained(tmp_path / "checkpoint").config
    assert (saved.pool_padding, saved.scale_max) == (True, 0.0)
