"""Run by test_runs_on_two: whole runs on forty proteins, as each process of torchrun."""

import json
import os
import sys
from pathlib import Path

import torch

from train import loop, objectives
from train.config import load_config
from train.loop import Run, train_run

FOLDER = Path(sys.argv[1])
RANK = int(os.environ.get("RANK", 0))
objectives.KMER_KEEP_SHARE = 1.0


def noting_step(self, batches):
    """What each step saw: the proteins of this process, and where the loss scale stood after it."""
    if self.spent.step in OVERFLOW_AT and self.world.rank == self.world.size - 1:
        for parameter in self.learner.inner.parameters():
            if parameter.requires_grad:
                parameter.register_hook(lambda grad: once(grad))
                break
    before = [p.detach().clone() for p in self.learner.inner.parameters()]
    metrics = real_step(self, batches)
    moved = any(not torch.equal(a, b) for a, b in zip(before, self.learner.inner.parameters(), strict=True))
    seen.append(
        {
            "step": self.spent.step,
            "index": [b.index.tolist() for b in batches],
            "loss_scale": metrics.get("loss_scale"),
            "moved": moved,
        }
    )
    return metrics


def once(grad):
    """An overflow on this process alone, in one step."""
    if spoilt:
        return grad
    spoilt.append(True)
    return torch.full_like(grad, torch.inf)


class StopAfter:
    def __init__(self):
        self.left, self.reason = STOP_AFTER[0], ""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    @property
    def requested(self):
        self.left -= 1
        self.reason = "" if self.left else "SIGTERM"
        return bool(self.reason)


real_step, Run._step = Run._step, noting_step
OVERFLOW_AT, STOP_AFTER, seen, spoilt = set(), [-1], [], []
loop.StopRequest = StopAfter

for number, job in enumerate(json.loads((FOLDER / "jobs.json").read_text())):
    OVERFLOW_AT, STOP_AFTER[0] = set(job.get("overflow_at", [])), job.get("stop_after", -1)
    seen.clear()
    os.environ["MASTER_PORT"] = str(job["port"])
    train_run(load_config(FOLDER / "run.toml", job["set"]), resume=job.get("resume", False))
    (FOLDER / f"job{number}-rank{RANK}.json").write_text(json.dumps(seen))
