"""Whole runs on two and four processes: dealt-out optimizer, resume in the same order, overflow of fp16."""

import json
import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

import pytest
import torch

from train.config import load_config
from train.distributed import World
from train.loop import train_run
from train.prepare import prepare
from train.run_log import curve, read_run_log
from train.snapshot import latest
from train.stream_loader import make_loader
from train.stream_order import StreamPosition

WORKER = Path(__file__).with_name("run_worker.py")
STEPS = 5


def launch(folder, jobs, processes):
    """Run the jobs one after another on so many processes; what each process saw, by job."""
    ports = free_ports(len(jobs))
    jobs = [job | {"port": port} for job, port in zip(jobs, ports, strict=True)]
    (folder / "jobs.json").write_text(json.dumps(jobs))
    world = {"WORLD_SIZE": str(processes), "MASTER_ADDR": "127.0.0.1"}
    started = [
        subprocess.Popen(
            [sys.executable, WORKER, folder],
            env={**os.environ, "OMP_NUM_THREADS": "1", **world, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(processes)
    ]
    told = [process.communicate(timeout=150)[1] for process in started]
    paths = [[folder / f"job{job}-rank{rank}.json" for rank in range(processes)] for job in range(len(jobs))]
    # gloo now and then aborts at exit, all done: what was written counts, not the exit status.
    assert all(path.is_file() for each in paths for path in each), "\n".join(told)[-3000:]
    return [[json.loads(path.read_text()) for path in each] for each in paths]


def free_ports(count):
    """One for each job: a process that is done with one could still meet the former store at its port."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


@pytest.fixture(scope="module")
def make_folder(tiny, tmp_path_factory):
    def make(**changes):
        folder = tmp_path_factory.mktemp("many")
        tiny.write_data(folder)
        tiny.write_checkpoint(folder / "checkpoint")
        tiny.write_run(folder, run__max_steps=STEPS, evaluation__num_proteins=0, **changes)
        return folder

    return make


def out(folder, name, *more):
    return [f"run.output={folder / name}", *more]


@pytest.fixture(scope="module")
def two(make_folder):
    """The folder of runs on two processes, and what they saw."""
    folder = make_folder(data__batch_size=4)
    zero = "optimizer.zero1=true"
    jobs = [
        {"set": out(folder, "plain")},
        {"set": out(folder, "zero", zero)},
        {"set": out(folder, "broken", zero), "stop_after": 3},
        {"set": out(folder, "broken", zero), "resume": True},
    ]
    return folder, launch(folder, jobs, 2)


def largest_difference(one, other):
    assert one.keys() == other.keys()
    return max((one[name] - other[name]).abs().max().item() for name in one)


def moments(snapshot):
    return {
        f"{number}.{name}": tensor
        for number, state in snapshot.optimizers["adamw"]["state"].items()
        for name, tensor in state.items()
    }


def test_a_dealt_out_optimizer_gives_the_weights_and_moments_of_adamw(two):
    folder, _ = two
    plain, zero = latest(folder / "plain"), latest(folder / "zero")
    assert plain.step == zero.step == STEPS
    assert largest_difference(plain.model, zero.model) < 1e-6
    assert len(moments(zero)) > 10
    assert largest_difference(moments(plain), moments(zero)) < 1e-6
    first = min((folder / "zero").glob("step-*.pt"))
    assert largest_difference(torch.load(first, weights_only=True)["model"], zero.model) > 1e-3


def test_a_resume_on_two_processes_goes_on_in_the_same_order_to_the_same_end(two):
    folder, (_, whole, before, after) = two
    for rank in range(2):
        assert [step["index"] for step in before[rank] + after[rank]] == [s["index"] for s in whole[rank]]
        assert len(before[rank]) == 3
    both = [index for each in whole for step in each[:3] for batch in step["index"] for index in batch]
    assert len(set(both)) == len(both) == 24  # an epoch: every training protein once, on one of the two
    ends = [latest(folder / name) for name in ("zero", "broken")]
    assert largest_difference(ends[0].model, ends[1].model) == 0
    assert largest_difference(moments(ends[0]), moments(ends[1])) == 0


def test_one_process_takes_up_what_two_with_a_dealt_out_optimizer_left(two):
    folder, _ = two
    alone = [f"run.max_steps={STEPS + 2}", "data.batch_size=8", *out(folder, "zero")]
    with pytest.warns(UserWarning, match="snapshot is of 2 processes and this run has 1"):
        train_run(load_config(folder / "run.toml", alone), resume=True)
    assert latest(folder / "zero").step == STEPS + 2


def test_a_streaming_run_of_two_processes_is_resumed_in_its_order_and_by_one(make_folder):
    folder = make_folder(data__batch_size=4)
    broken = {"set": out(folder, "broken", "data.streaming=true")}
    before, after = launch(folder, [broken | {"stop_after": 2}, broken | {"resume": True}], 2)
    for rank in range(2):
        assert [step["index"] for step in before[rank] + after[rank]] == of_stream(folder, rank, 2, STEPS)
    begun = [index for each in before for step in each for batch in step["index"] for index in batch]
    assert len(set(begun)) == len(begun) == 16
    # One process takes up the epoch of two: the proteins that were left, and no other.
    place = torch.load(min((folder / "broken").glob("step-000000002-*.pt")), weights_only=True)["sampler"]
    ((left,),) = of_stream(folder, 0, 1, 1, StreamPosition(**place))
    everyone = prepare(load_config(folder / "run.toml")).train_index.tolist()
    assert sorted(begun + left) == everyone


def of_stream(folder, rank, size, steps, place=None):
    """The proteins of the first steps from a place on, each with its one batch, as the loader gives them."""
    config = load_config(folder / "run.toml", ["data.streaming=true", f"data.batch_size={8 // size}"])
    loader = make_loader(config, World(rank=rank, size=size), prepare(config))
    return [[b.index.tolist()] for b, _ in islice(loader.stream(place or StreamPosition()), steps)]


@pytest.mark.slow
def test_an_overflow_on_one_of_four_skips_the_step_on_all_and_halves_the_scale(make_folder):
    folder = make_folder(data__global_batch=8)
    # Fresh projections give short vectors, whose unit length multiplies the gradient: a small scale is enough.
    fp16 = ["precision=fp16", "optimizer.loss_scale_power=2", "objectives.term=0", "optimizer.zero1=true"]
    ((*ranks,),) = launch(folder, [{"set": out(folder, "fp16", *fp16), "overflow_at": [2]}], 4)
    for seen in ranks:
        assert [step["loss_scale"] for step in seen] == [4, 4, 2, 2, 2]
        assert [step["moved"] for step in seen] == [False, True, False, True, True]  # the first rate is 0
    assert all(torch.isfinite(weight).all() for weight in latest(folder / "fp16").model.values())
    assert latest(folder / "fp16").scaler["scale"] == 2
    logged = curve(read_run_log(folder / "fp16" / "run.jsonl"), "step", "loss_scale")
    assert logged == [(1, 4.0)]
