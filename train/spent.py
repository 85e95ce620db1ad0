"""How far a run is, and when its next evaluation and snapshot are due."""

import time
from dataclasses import dataclass, field

from train.config import RunConfig, RunSection
from train.loader import Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """How far a run is. ``seconds`` is training time over all its resumes."""

    step: int = 0
    seconds: float = 0.0
    position: Position = field(default_factory=Position)
    best: float | None = None

    def share(self, run: RunSection, batches_per_epoch: int) -> float:
        """Share of the run that is done, by whichever limit comes first."""
        epochs = self.position.epoch + self.position.batch / batches_per_epoch
        shares = [
            self.step / run.max_steps if run.max_steps else 0.0,
            self.seconds / 60 / run.minutes if run.minutes else 0.0,
            epochs / run.epochs if run.epochs else 0.0,
        ]
        return min(max(shares), 1.0)


class Clock:
    """When the next evaluation and the next snapshot are due."""

    def __init__(self, config: RunConfig) -> None:
        self.every = config.evaluation.every_minutes * 60, config.snapshot.minutes * 60
        self.last = [time.monotonic()] * 2

    def due(self) -> tuple[bool, bool]:
        """Whether an evaluation and a snapshot are due; what is due starts to wait anew."""
        now = time.monotonic()
        due = [now - last >= every for last, every in zip(self.last, self.every, strict=True)]
        self.last = [now if is_due else last for last, is_due in zip(self.last, due, strict=True)]
        return due[0], due[1]
