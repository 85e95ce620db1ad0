"""Opening the index in a thread of its own: it outlives the tab that asked, and all tabs see its progress."""

import logging
import threading
import time
from collections.abc import Callable

from protclip.errors import ProtCLIPError
from streamlit_app.engine import Engine, Progress

RETRY_AFTER = 3.0
"""Seconds after which a failed opening is tried again by the next page that asks."""


class Opening:
    """One attempt after another to open an engine, until one succeeds.

    Visitors have the engine before ``warm_up``, which then saves them the wait that a first search has.
    """

    def __init__(
        self,
        open_engine: Callable[[Progress], Engine],
        warm_up: Callable[[Engine], None] = lambda engine: None,
    ) -> None:
        self._open_engine, self._warm_up = open_engine, warm_up
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._failed_at = 0.0
        self.engine: Engine | None = None
        self.error: ProtCLIPError | None = None
        self.done, self.total = 0, 0
        self._done_at_first, self._first_at = 0, 0.0

    def start(self) -> None:
        """Begin, unless it is open, under way, or failed a moment ago."""
        with self._lock:
            under_way = self._thread is not None and self._thread.is_alive()
            just_failed = self.error is not None and time.monotonic() - self._failed_at < RETRY_AFTER
            if self.engine is None and not under_way and not just_failed:
                self.error, self.done, self.total = None, 0, 0
                self._thread = threading.Thread(target=self._run, name="open-index", daemon=True)
                self._thread.start()

    @property
    def under_way(self) -> bool:
        """Whether neither an engine nor an error is there yet."""
        return self.engine is None and self.error is None

    def seconds_left(self) -> float | None:
        """An estimate from what is done so far; None while there is nothing to estimate from."""
        done_since = self.done - self._done_at_first
        if done_since < 1 or self.done >= self.total:
            return None
        return (time.monotonic() - self._first_at) / done_since * (self.total - self.done)

    def _run(self) -> None:
        try:
            engine = self.engine = self._open_engine(self._progress)
        except ProtCLIPError as error:
            self._fail(error)
        except Exception:
            logging.getLogger(__name__).exception("opening the index failed")
            self._fail(
                ProtCLIPError(
                    "The index could not be opened for a reason the program does not know; the server's log has it. "
                    "`protclip doctor` checks model and index; `protclip index` builds the index anew."
                )
            )
        else:
            self._warm_up(engine)

    def _fail(self, error: ProtCLIPError) -> None:
        self._failed_at = time.monotonic()
        self.error = error

    def _progress(self, done: int, total: int) -> None:
        if not self.total:  # what came before (loading the model, points of an earlier start) is no measure
            self._done_at_first, self._first_at = done, time.monotonic()
        self.done, self.total = done, total
