"""The line on stderr that tells how far a run is."""

import math
import sys
import time
from collections.abc import Callable, Mapping
from typing import TextIO


class Progress:
    """The line on stderr: step, share of the run, rate, time left, metrics.

    Parameters
    ----------
    stream
        Where to write; a terminal gets one line that changes, anything else a line every ``every_s`` seconds.
    every_s
        Least number of seconds between two lines; a terminal is refreshed five times as often.
    """

    def __init__(
        self,
        *,
        stream: TextIO | None = None,
        every_s: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._terminal = self._stream.isatty()
        self._every, self._clock = (every_s / 5 if self._terminal else every_s), clock
        self._first: tuple[float, float] | None = None
        self._last = (-math.inf, 0)
        self._proteins, self._width = 0, 0

    def update(self, *, step: int, share: float, proteins: int, metrics: Mapping[str, float]) -> None:
        """Tell of a step.

        Parameters
        ----------
        step
            Number of optimizer steps done.
        share
            How much of the run is done, 0 to 1, by whichever of its limits is nearest.
        proteins
            Number of proteins seen in this step, by all processes together.
        metrics
            Name and value of what is worth a place on the line.
        """
        now = self._clock()
        self._proteins += proteins
        if self._first is None:
            # The time of the first step itself is not known, so its proteins do not count for the rate.
            self._first, self._last = (now, share), (-math.inf, self._proteins)
        if now - self._last[0] < self._every:
            return
        rate = (self._proteins - self._last[1]) / (now - self._last[0]) if self._last[0] > -math.inf else 0.0
        self._last = (now, self._proteins)
        parts = [f"step {step:,}", f"{share:.1%}", *(f"{key} {value:.4g}" for key, value in metrics.items())]
        parts += [f"{rate:,.0f} proteins/s"] if rate else []
        parts += [f"{_duration(left)} left"] if (left := self._left(now, share)) is not None else []
        self._show(" · ".join(parts))

    def close(self) -> None:
        """End the changing line of a terminal."""
        if self._width:
            self._stream.write("\n")
            self._width = 0

    def _left(self, now: float, share: float) -> float | None:
        since, from_share = self._first or (now, share)
        done = share - from_share
        return (now - since) * (1 - share) / done if done > 0 else None

    def _show(self, text: str) -> None:
        if self._terminal:
            self._stream.write("\r" + text.ljust(self._width))
            self._width = len(text)
        else:
            self._stream.write(text + "\n")
        self._stream.flush()


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{minutes} min" if minutes else f"{round(seconds)} s"
