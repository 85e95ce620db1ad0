import errno
import os
import random
import re
import signal
import subprocess
import sys
import time
import warnings

import numpy as np
import pytest
import torch
from torch import nn

import train.snapshot
from protclip.errors import AssetError, InputError
from train.rng_state import capture_rng, restore_rng
from train.snapshot import (
    Snapshot,
    best_snapshot,
    latest,
    load_snapshot,
    refuse_used_folder,
    save_snapshot,
    snapshots,
)

CPU = torch.device("cpu")


def make(step=1, **changes):
    values = {
        "step": step,
        "epoch": 0,
        "model": {"weight": torch.full((100,), float(step))},
        "optimizers": {
            "dense": {"state": {0: {"exp_avg": torch.ones(3)}}, "param_groups": [{"betas": (0.9, 0.99)}]}
        },
        "schedule": {"last_epoch": step},
        "scaler": {},
        "sampler": {"epoch": 0, "position": 32},
        "rng": [capture_rng(CPU)],
        "config": {"run": {"name": "a", "seed": 1}},
        "best": 0.25,
    }
    return Snapshot(**values | changes)


def steps_of(folder):
    return [(path.name.split("-")[0], int(path.name.split("-")[1])) for path in snapshots(folder)]


def flip_a_byte(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_what_is_saved_is_read_again(tmp_path):
    snapshot = make(7)
    again = load_snapshot(save_snapshot(snapshot, tmp_path / "new" / "snapshots", keep=2))
    assert torch.equal(again.model["weight"], snapshot.model["weight"])
    assert again.optimizers["dense"]["param_groups"] == [{"betas": (0.9, 0.99)}]
    assert list(again.optimizers["dense"]["state"]) == [0]
    assert (again.step, again.epoch, again.best, again.sampler) == (7, 0, 0.25, {"epoch": 0, "position": 32})
    assert again.config == snapshot.config
    assert again.rng[0]["python"] == snapshot.rng[0]["python"]


class Run:
    """A tiny training whose result depends on weights, moments, schedule, and all three generators."""

    def __init__(self, seed):
        torch.manual_seed(seed)
        np.random.seed(seed)
        random.seed(seed)
        self.model = nn.Sequential(nn.Linear(6, 6), nn.Dropout(0.5), nn.Linear(6, 1))
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=0.1)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, lambda step: 0.9**step)
        self.scaler = torch.amp.GradScaler("cpu")
        np.random.standard_normal()  # one drawn, one waiting: the waiting one is part of the state
        random.gauss(0, 1)

    def train(self, steps):
        for _ in range(steps):
            shift = np.random.standard_normal() + random.gauss(0, 1)
            loss = (self.model(torch.randn(4, 6) + shift) ** 2).mean()
            self.optimizer.zero_grad()
            self.scaler.scale(loss).backward()
            self.scaler.step(self.optimizer)
            self.scaler.update()
            self.schedule.step()

    def snapshot(self, step):
        return make(
            step,
            model=self.model.state_dict(),
            optimizers={"dense": self.optimizer.state_dict()},
            schedule=self.schedule.state_dict(),
            scaler=self.scaler.state_dict(),
            rng=[capture_rng(CPU)],
        )

    def restore(self, snapshot):
        self.model.load_state_dict(snapshot.model)
        self.optimizer.load_state_dict(snapshot.optimizers["dense"])
        self.schedule.load_state_dict(snapshot.schedule)
        self.scaler.load_state_dict(snapshot.scaler)
        assert restore_rng(snapshot.rng, 0, 1, CPU)


def test_a_resumed_run_is_bit_by_bit_the_uninterrupted_one(tmp_path):
    whole = Run(1)
    whole.train(8)
    first = Run(1)
    first.train(3)
    save_snapshot(first.snapshot(3), tmp_path, keep=1)
    resumed = Run(2)
    resumed.restore(latest(tmp_path))
    resumed.train(5)
    without = Run(2)
    without.train(5)
    for name, weight in whole.model.state_dict().items():
        assert torch.equal(weight, resumed.model.state_dict()[name])
    assert not torch.equal(whole.model[0].weight, without.model[0].weight)


def test_the_last_ones_and_the_best_are_kept(tmp_path):
    for step in range(1, 7):
        save_snapshot(make(step), tmp_path, keep=2, best=step in (1, 3))
    assert steps_of(tmp_path) == [("step", 6), ("step", 5), ("best", 3)]
    assert load_snapshot(best_snapshot(tmp_path)).step == 3
    assert latest(tmp_path).step == 6
    save_snapshot(make(7), tmp_path, keep=2, best=True)
    assert steps_of(tmp_path) == [("step", 7), ("best", 7), ("step", 6)]


def test_a_best_one_takes_no_second_room(tmp_path):
    path = save_snapshot(make(1), tmp_path, keep=1, best=True)
    assert path.samefile(best_snapshot(tmp_path))


def test_where_files_cannot_be_linked_the_best_is_a_copy(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    path = save_snapshot(make(1), tmp_path, keep=1, best=True)
    assert best_snapshot(tmp_path).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    "damage", [flip_a_byte, lambda path: os.truncate(path, 500), lambda path: os.truncate(path, 0)]
)
def test_a_damaged_snapshot_is_passed_over_with_a_warning(tmp_path, damage):
    save_snapshot(make(1), tmp_path, keep=3)
    bad = save_snapshot(make(2), tmp_path, keep=3)
    damage(bad)
    with pytest.raises(AssetError, match=r"is damaged: its checksum is \w{16}, expected is \w{16}"):
        load_snapshot(bad)
    with pytest.warns(UserWarning, match=re.escape(bad.name)):
        assert latest(tmp_path).step == 1
    # the run that goes on from step 1 must not lose its snapshots to the damaged later one
    for step in (1, 2):
        save_snapshot(make(step, epoch=9), tmp_path, keep=1, best=True)
    bad.unlink(missing_ok=True)
    assert latest(tmp_path).epoch == 9
    assert load_snapshot(best_snapshot(tmp_path)).step == 2


def test_a_snapshot_under_another_name_is_still_checked_to_be_one(tmp_path):
    other = tmp_path / "other.pt"
    other.write_bytes(b"not at all")
    with pytest.raises(AssetError, match=r"damaged or no snapshot"):
        load_snapshot(other)
    torch.save({"weight": torch.ones(1)}, other)
    with pytest.raises(AssetError, match=r"no snapshot of format 1"):
        load_snapshot(other)
    with pytest.raises(AssetError, match=r"cannot be read"):
        load_snapshot(tmp_path / "none.pt")


def test_an_empty_or_missing_folder_has_none(tmp_path):
    assert latest(tmp_path) is None
    assert latest(tmp_path / "none") is None
    assert best_snapshot(tmp_path) is None
    refuse_used_folder(tmp_path)
    save_snapshot(make(5), tmp_path, keep=1)
    with pytest.raises(InputError, match=r"step-000000005-.*Use --resume"):
        refuse_used_folder(tmp_path)


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_full_disk_leaves_the_snapshots_before_it(tmp_path, monkeypatch, call):
    path = save_snapshot(make(1), tmp_path, keep=1, best=True)
    before = path.read_bytes()
    real, calls = getattr(os, call), []

    def full(*arguments):
        calls.append(call)
        if call == "write" and len(calls) < 4:  # some of it still fits
            return real(*arguments)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(train.snapshot.os, call, full)
    with pytest.raises(AssetError, match=r"step 2 .*No space left on device.*make room") as caught:
        save_snapshot(make(2), tmp_path, keep=1, best=True)
    monkeypatch.undo()
    assert calls
    assert isinstance(caught.value.__cause__, OSError)
    assert path.read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(
        [path.name, path.name.replace("step", "best")]
    )
    assert latest(tmp_path).step == 1
    save_snapshot(make(2), tmp_path, keep=1, best=True)
    assert steps_of(tmp_path) == [("step", 2), ("best", 2)]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"best": np.float64(0.5)}, "snapshot.best is a numpy.float64"),
        ({"sampler": {"order": [np.arange(3)]}}, r"snapshot.sampler.order\[0\] is a numpy.ndarray"),
        ({"config": {"path": os.PathLike}}, "snapshot.config.path"),
    ],
)
def test_what_could_not_be_read_again_is_refused_before_it_is_written(tmp_path, changes, place):
    with pytest.raises(InputError, match=place):
        save_snapshot(make(1, **changes), tmp_path, keep=1)
    assert not list(tmp_path.iterdir())


def test_another_number_of_processes_starts_the_generators_anew(tmp_path):
    states = [capture_rng(CPU), capture_rng(CPU)]
    before = torch.get_rng_state()
    with pytest.warns(UserWarning, match=r"of 2 processes and this run has 1"):
        assert not restore_rng(states, 0, 1, CPU)
    assert torch.equal(torch.get_rng_state(), before)


SAVER = """
import sys, torch
from pathlib import Path
from train.snapshot import Snapshot, save_snapshot
for step in range(1, 10**6):
    weight = torch.full((500_000,), float(step))
    state = dict(model={"w": weight}, optimizers={}, schedule={}, scaler={}, sampler={}, rng=[], config={})
    save_snapshot(Snapshot(step=step, epoch=0, **state), Path(sys.argv[1]), keep=2, best=step % 3 == 0)
    print(step, flush=True)
"""


def test_killed_in_the_middle_of_saving_a_run_goes_on_from_its_last_snapshot(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", SAVER, tmp_path], stdout=subprocess.PIPE, text=True)
    for _ in range(5):
        process.stdout.readline()
    time.sleep(0.013)
    process.send_signal(signal.SIGKILL)
    told = [5, *(int(line) for line in process.stdout)]
    process.wait()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # no damaged one may lie there
        snapshot = latest(tmp_path)
    assert told[-1] <= snapshot.step <= told[-1] + 1
    assert torch.equal(snapshot.model["w"], torch.full((500_000,), float(snapshot.step)))
    assert load_snapshot(best_snapshot(tmp_path)).step >= 3
    save_snapshot(make(snapshot.step + 1), tmp_path, keep=2)
    assert not list(tmp_path.glob(".*"))
