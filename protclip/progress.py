"""Counts on standard error while long work runs: one line rewritten on a terminal, more of them in a log."""

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TextIO, TypeVar

T = TypeVar("T")

_EVERY_ON_TERMINAL, _EVERY_IN_LOG = 0.2, 10.0
"""Seconds between two counts."""


class ProgressLine:
    """A count with its rate, and with an estimate where the total is known.

    Parameters
    ----------
    label : str
        What is counted, in the plural: "proteins read".
    stream : text stream, optional
        Standard error if not given.
    """

    def __init__(self, label: str, stream: TextIO | None = None) -> None:
        self._label, self._stream = label, stream or sys.stderr
        self._on_terminal = self._stream.isatty()
        self._every = _EVERY_ON_TERMINAL if self._on_terminal else _EVERY_IN_LOG
        self._start = self._last = time.monotonic()
        self._first: int | None = None

    def __call__(self, done: int, total: int | None = None) -> None:
        """Say how far the work is, if it was not said just now."""
        if self._first is None:
            self._first = done
        now = time.monotonic()
        if now - self._last >= self._every:
            self._last = now
            self._say(self._line(done, total, now - self._start))

    def finish(self, done: int) -> None:
        """Say the last count, and leave the line."""
        seconds = time.monotonic() - self._start
        self._say(f"{self._label}: {done:,} in {_clock(seconds)}")
        if self._on_terminal:
            self._stream.write("\n")
            self._stream.flush()

    def _line(self, done: int, total: int | None, seconds: float) -> str:
        rate = (done - (self._first or 0)) / seconds if seconds else 0.0
        if total is None:
            return f"{self._label}: {done:,} ({rate:,.0f}/s)"
        left = f", {_clock((total - done) / rate)} left" if rate > 0 else ""
        return f"{self._label}: {done:,} of {total:,} ({rate:,.0f}/s{left})"

    def _say(self, line: str) -> None:
        # \x1b[K wipes what a longer line before left behind.
        self._stream.write(f"\r{line}\x1b[K" if self._on_terminal else f"{line}\n")
        self._stream.flush()


def counted(items: Iterable[T], label: str, stream: TextIO | None = None) -> Iterator[T]:
    """Pass items through and count them aloud."""
    line = ProgressLine(label, stream)
    number = 0
    for number, item in enumerate(items, start=1):
        yield item
        line(number)
    line.finish(number)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
