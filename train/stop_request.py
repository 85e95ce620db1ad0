"""A polite end: SIGTERM and SIGINT are noted, and the loop stops at the end of its step."""

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Self

_GRACE_S = 1.0


class StopRequest:
    """Context that turns SIGTERM and SIGINT into ``requested``; the former handlers come back on leaving.

    The loop polls ``requested`` after each step, saves a snapshot and returns. A second SIGINT from an
    impatient user, at least a second after the first, raises KeyboardInterrupt at once. (torchrun passes
    on the SIGINT that the terminal already sent, within milliseconds: that one is not impatience.)
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.reason = ""
        """Name of the signal that asked for the end, or ""."""
        self._clock, self._since = clock, 0.0
        self._former: dict[signal.Signals, object] = {}

    @property
    def requested(self) -> bool:
        """Whether the run was asked to end."""
        return bool(self.reason)

    def __enter__(self) -> Self:
        # Python takes signal handlers from the main thread alone; in another one nothing can be caught.
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._former[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._former.clear()

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.requested:
            if number == signal.SIGINT and self._clock() - self._since >= _GRACE_S:
                raise KeyboardInterrupt
            return
        self.reason, self._since = signal.Signals(number).name, self._clock()
