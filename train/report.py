"""What a run tells: its log, the line on stderr, other programs, and at the end its figure."""

import sys
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from protclip.errors import InputError
from train.config import RunConfig
from train.distributed import World
from train.figures import write_figure
from train.progress_line import Progress
from train.run_log import RunLog, read_run_log
from train.sinks import Sink, open_sinks, plottable

LOG_EVERY = 20
"""Steps between two "step" events."""


class Report:
    """The main process's reports; of every other process a report that says nothing.

    Raises
    ------
    AssetError
        Where the run log cannot be written.
    InputError
        Where ``config.sinks`` names a program that is not installed.
    """

    def __init__(self, config: RunConfig, world: World) -> None:
        self.config, self.world = config, world
        self.path = config.folder / "run.jsonl"
        self._sinks: list[Sink] = open_sinks(config) if world.is_main else []
        self._log = RunLog(self.path) if world.is_main else None
        self._progress: Progress | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.close()
        if self._log is not None:
            self._log.close()
        for sink in self._sinks:
            sink.close()

    def start(self, *, step: int, **values: object) -> None:
        """A run's beginning or resume; its run file is saved beside the log."""
        if self._log is not None:
            self.config.save(self.config.folder / "run.toml")
            seed, size = self.config.run.seed, self.world.size
            self._log.start(self.config.to_dict(), step=step, seed=seed, num_processes=size, **values)

    def is_due(self, step: int) -> bool:
        """Whether the log takes this step."""
        return step == 1 or step % LOG_EVERY == 0

    def write(self, event: Any, *, step: int, **values: object) -> None:
        """One event of the run log; the numbers among its values go to the other programs too."""
        if self._log is not None:
            self._log.write(event, step=step, **values)
            for sink in self._sinks:
                sink.log(step, plottable(values))

    def progress(self, *, step: int, share: float, metrics: Mapping[str, float]) -> None:
        """The line on stderr."""
        if not (self.world.is_main and "progress" in self.config.sinks):
            return
        self._progress = self._progress or Progress()
        data = self.config.data
        proteins = data.batch_size * data.accumulation * self.world.size
        self._progress.update(step=step, share=share, proteins=proteins, metrics=metrics)

    def tell(self, text: str) -> None:
        """A sentence on stderr."""
        if self.world.is_main:
            print(f"\n{text}", file=sys.stderr)

    def ended_at(self, step: int) -> bool:
        """Whether the log tells that the run ended at this step; on other processes true."""
        if self._log is None:
            return True
        return step in [event.step for event in read_run_log(self.path) if event.event == "end"]

    def draw(self) -> None:
        """Write the figure of the run beside its log, where matplotlib is installed."""
        if self._log is None:
            return
        # A figure is no reason for a run of weeks to end with an error: the log has what it is drawn from.
        with suppress(ImportError, OSError, InputError):
            write_figure(self.config.folder)
