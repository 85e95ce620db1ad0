"""How far a run is, and when its next evaluation and snapshot are due."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from protclip.errors import InputError
from train.config import RunConfig
from train.loader import Place, Position
from train.run_sections import RunSection
from train.stream_order import StreamPosition


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """How far a run is.

    ``seconds`` is training time over all its resumes, ``best`` the best value yet of the metric that picks the
    best snapshot, and ``waited`` the number of evaluations since.
    """

    step: int = 0
    seconds: float = 0.0
    position: Place = field(default_factory=Position)
    best: float | None = None
    waited: int = 0

    def evaluated(self, found: Mapping[str, float], metric: str) -> Self:
        """The same after an evaluation, with its value as ``best`` where it is better.

        Raises
        ------
        InputError
            Where the evaluation has no such metric.
        """
        if metric not in found:
            raise InputError(
                f"run.best_metric = {metric!r} was not measured. Give one of {', '.join(sorted(found))}."
            )
        lower_is_better = metric.endswith(("loss", "rank"))
        better = self.best is None or (
            found[metric] < self.best if lower_is_better else found[metric] > self.best
        )
        return (
            replace(self, best=found[metric], waited=0) if better else replace(self, waited=self.waited + 1)
        )

    def is_out_of_patience(self, run: RunSection) -> bool:
        """Whether as many evaluations in a row as ``run.patience`` were no better."""
        return bool(run.patience) and self.waited >= run.patience

    def share(self, run: RunSection, epochs: float) -> float:
        """Share of the run that is done after so many epochs, by whichever limit comes first."""
        shares = [
            self.step / run.max_steps if run.max_steps else 0.0,
            self.seconds / 60 / run.minutes if run.minutes else 0.0,
            epochs / run.epochs if run.epochs else 0.0,
        ]
        return min(max(shares), 1.0)


def place_of(saved: Mapping[str, Any], *, streaming: bool) -> Place:
    """The place in the data that a snapshot holds, for a run with this value of data.streaming.

    Raises
    ------
    InputError
        Where it was counted with the other value.
    """
    was = "seen" in saved
    if was != streaming:
        was_told, is_told = ("true" if value else "false" for value in (was, streaming))
        raise InputError(
            f"data.streaming = {is_told} cannot go on from a snapshot of data.streaming = {was_told}: their "
            f"orders differ, so its place means nothing here. Set data.streaming = {was_told} to resume that "
            "run, or give another run.name to begin a new one."
        )
    return StreamPosition(**saved) if streaming else Position(**saved)


class Clock:
    """When the next evaluation and the next snapshot are due."""

    def __init__(self, config: RunConfig) -> None:
        self.every_epochs = config.evaluation.every_epochs
        self.every = config.evaluation.every_minutes * 60, config.snapshot.minutes * 60
        self.last = [time.monotonic()] * 2

    def due(self, before: Place, after: Place) -> tuple[bool, bool]:
        """Whether an evaluation and a snapshot are due after a step; what is due starts to wait anew."""
        now = time.monotonic()
        due = [now - last >= every for last, every in zip(self.last, self.every, strict=True)]
        self.last = [now if is_due else last for last, is_due in zip(self.last, due, strict=True)]
        if self.every_epochs:
            return after.epoch // self.every_epochs > before.epoch // self.every_epochs, due[1]
        return due[0], due[1]
