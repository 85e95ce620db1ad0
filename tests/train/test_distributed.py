import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.distributed

from protclip.errors import InputError
from train.device import resolve_device, usable_precision
from train.distributed import World, start, unwrap

WORKER = Path(__file__).with_name("gather_worker.py")
TORCHRUN = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "TORCHELASTIC_USE_AGENT_STORE")


@pytest.fixture(scope="module")
def two_processes(tmp_path_factory):
    """What each of two gloo processes reports."""
    folder = tmp_path_factory.mktemp("two")
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc_per_node=2",
        WORKER,
        folder,
    ]
    for _ in range(2):  # gloo now and then aborts at exit, all done: the reports count, not the exit status
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        if len(list(folder.glob("rank*.json"))) == 2:
            break
    assert len(list(folder.glob("rank*.json"))) == 2, done.stderr[-3000:]
    return [json.loads((folder / f"rank{rank}.json").read_text()) for rank in range(2)]


@pytest.fixture(scope="module")
def reference():
    return runpy.run_path(str(WORKER))["reference"]


def largest_difference(ones, others):
    assert ones.keys() == others.keys()
    return {name: (torch.tensor(ones[name]) - torch.tensor(others[name])).abs().max().item() for name in ones}


@pytest.mark.parametrize(("kind", "steps"), [("gradients", 1), ("accumulated", 2)])
def test_two_processes_give_the_gradient_of_one(two_processes, reference, kind, steps):
    expected = reference(steps)
    assert set(expected) >= {"table.weight", "log_scale", "text.weight", "protein.3.bias"}
    assert all(torch.tensor(value).abs().max() > 1e-3 for value in expected.values())
    for report in two_processes:
        differences = largest_difference(report[kind], expected)
        assert max(differences.values()) < 1e-6, differences


def test_a_gather_without_gradient_would_be_noticed(two_processes, reference):
    differences = largest_difference(two_processes[0]["detached"], reference())
    assert differences["text.weight"] > 1e-3
    assert differences["table.weight"] > 1e-4


def test_batches_of_different_size_are_refused_on_every_process(two_processes):
    for report in two_processes:
        assert "process 0 has (4, 2), process 1 has (3, 2)" in report["refusal"]
        assert "Drop the last incomplete batch" in report["refusal"]


def test_small_messages_reach_every_process(two_processes):
    assert [(r["rank"], r["size"], r["is_main"]) for r in two_processes] == [(0, 2, True), (1, 2, False)]
    for report in two_processes:
        assert report["integers"] == [0, 7, 1, 7]
        assert report["mean"] == {"loss": 0.5, "only0": 3.0, "only1": 3.0}
        assert report["any"] == [True, False]
        assert report["broadcast"] == {"from": 0}
        assert report["objects"] == [{"rank": 0, "state": []}, {"rank": 1, "state": [1]}]


def test_a_world_of_one_is_the_identity_without_a_process_group(monkeypatch):
    for name in TORCHRUN:
        monkeypatch.delenv(name, raising=False)
    model, rows = torch.nn.Linear(2, 2), torch.ones(3, 2, requires_grad=True)
    with start("cpu") as world:
        assert not torch.distributed.is_initialized()
        assert (world.rank, world.size, world.is_main, world.device.type, world.backend) == (
            0,
            1,
            True,
            "cpu",
            "",
        )
        assert world.gather_rows(rows) is rows
        assert world.wrap_ddp(model) is model
        assert unwrap(model) is model
        assert world.gather_objects("a") == ["a"]
        assert world.broadcast("a") == "a"
        assert world.mean({"loss": 2}) == {"loss": 2.0}
        assert (world.any(True), world.any(False)) == (True, False)
        world.barrier()
        with world.no_sync(model):
            pass


def test_one_process_of_torchrun_is_a_world_of_one(monkeypatch):
    for name, value in (("RANK", "0"), ("WORLD_SIZE", "1"), ("LOCAL_RANK", "0")):
        monkeypatch.setenv(name, value)
    with start("cpu") as world:
        assert world.size == 1
        assert not torch.distributed.is_initialized()


@pytest.mark.parametrize(
    ("environment", "words"),
    [({"WORLD_SIZE": "2"}, "RANK or LOCAL_RANK is not set"), ({"WORLD_SIZE": "two"}, "WORLD_SIZE is 'two'")],
)
def test_half_an_environment_is_refused(monkeypatch, environment, words):
    for name in TORCHRUN:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=words), start("cpu"):
        pass


@pytest.mark.parametrize(
    ("device", "size", "gpus", "words"),
    [
        ("tpu", 1, 1, "'tpu' is not known"),
        ("cuda", 1, 0, "GPU number 0 was asked for, but 0"),
        ("cuda:3", 1, 2, "GPU number 3 was asked for, but 2"),
        ("cuda", 4, 1, "GPU number 1 was asked for, but 1"),
        ("auto", 4, 1, "GPU number 1 was asked for, but 1"),
        ("cuda:0", 2, 2, "2 processes cannot share cuda:0"),
    ],
)
def test_a_device_that_is_not_there_is_refused(monkeypatch, device, size, gpus, words):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    with pytest.raises(InputError, match=words):
        resolve_device(device, local_rank=int(size > 1), size=size)


@pytest.mark.parametrize(
    ("device", "gpus", "expected"),
    [
        ("auto", 0, "cpu"),
        ("auto", 2, "cuda:1"),
        ("cuda", 2, "cuda:1"),
        ("cpu", 2, "cpu"),
        ("cuda:0", 2, "cuda:0"),
    ],
)
def test_each_process_takes_its_own_device(monkeypatch, device, gpus, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    size = 1 if ":" in device else 2
    assert str(resolve_device(device, local_rank=1, size=size)) == expected


def test_bf16_is_refused_on_a_gpu_without_it(monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "Tesla V100")
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (7, 0))
    gpu = torch.device("cuda", 0)
    with pytest.raises(InputError, match=r"Tesla V100 has none\. Set precision"):
        usable_precision("bf16", gpu)
    assert usable_precision("fp16", gpu) == "fp16"
    assert usable_precision("bf16", World().device) == "bf16"
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (8, 0))
    assert usable_precision("bf16", gpu) == "bf16"


@pytest.mark.parametrize(
    ("device", "has_bf16", "expected"),
    [("cpu", True, "bf16"), ("cpu", False, "fp32"), ("cuda", True, "bf16"), ("cuda", False, "fp16")],
)
def test_auto_is_what_the_hardware_multiplies_fastest(monkeypatch, device, has_bf16, expected):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: has_bf16)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: has_bf16)
    assert usable_precision("auto", torch.device(device)) == expected
