"""One model on one labelled benchmark with one seed."""

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from protclip.benchmarks.results import Measurement
from protclip.benchmarks.task_intervals import measure_task
from protclip.benchmarks.tasks import BenchmarkRun, Floats, LabelledTask, TaskModel
from protclip.errors import ProtCLIPError


def run_labelled(model: TaskModel, task: LabelledTask, *, seed: int) -> BenchmarkRun:
    """Train a model on a task and measure it on the test split.

    Metrics of a subset of the test split have its name behind theirs, as "f_max/30". "seconds" is how long
    training, choosing and predicting took together; its n is the number of training proteins.

    Raises
    ------
    ValueError
        If the model's scores have another shape than the targets.
    ProtCLIPError
        If they are no numbers.
    """
    start = time.monotonic()
    scores_NC = model.predict(task, seed=seed)
    seconds = Measurement(metric="seconds", value=time.monotonic() - start, n=len(task.splits["train"]))
    _check(scores_NC, task, model.name)
    return BenchmarkRun(
        model=model.name,
        fingerprint=model.fingerprint,
        seed=seed,
        data=f"{task.name} {task.sha256[:12]}",
        measured=(*_measurements(task, scores_NC, seed), seconds),
        note=task.note,
    )


def _measurements(task: LabelledTask, scores_NC: Floats, seed: int) -> Iterator[Measurement]:
    targets_NC = task.splits["test"].targets
    yield from measure_task(task.kind, scores_NC, targets_NC, seed=seed)
    for name, chosen_N in task.subsets.items():
        if chosen_N.any():
            for m in measure_task(task.kind, scores_NC[chosen_N], targets_NC[chosen_N], seed=seed):
                yield replace(m, metric=f"{m.metric}/{name}")


def _check(scores_NC: Floats, task: LabelledTask, name: str) -> None:
    wanted = task.splits["test"].targets.shape
    if scores_NC.shape != wanted:
        raise ValueError(f"{name} gave scores of shape {scores_NC.shape} for targets of {wanted}")
    if not np.isfinite(scores_NC).all():
        raise ProtCLIPError(
            f"{name} gave scores that are no numbers on {task.name}: its training diverged. Try another seed"
        )
