"""Work that takes seconds or minutes: bounded lanes of one thread each, and jobs that outlive the tab that asked.

A job is found again by its key, which is made of what is asked and of the model that answers: a page that is
loaded anew, or sent to a colleague, shows the job that runs already, or its result. A key gives nothing away to
someone who does not have the input.
"""

import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from protclip.errors import ProtCLIPError

Report = Callable[[int, int], None]
"""Called with units done and units in all, first with those that were done before; raises `Cancelled` where
the visitor does not want the result any more."""
Work = Callable[[Report], Any]
LaneName = Literal["quick", "batch"]
State = Literal["waiting", "running", "done", "failed", "cancelled"]

MAX_WAITING = 32
"""Jobs of a lane that wait; one more is sent away."""
SECONDS_KEPT, NUM_KEPT = 6 * 3600.0, 64
"""A result is kept so long after it was last looked at, and at most so many are."""


class Cancelled(Exception):  # noqa: N818 - not an error
    """Raised inside a job that its visitor has cancelled."""


class LaneFullError(ProtCLIPError):
    """Too many wait already."""


class Lane:
    """One thread and a bounded number of places before it: two pieces of heavy work at once would slow both."""

    def __init__(self, name: str, num_waiting: int = MAX_WAITING) -> None:
        self.num_waiting = num_waiting
        self._places = threading.BoundedSemaphore(num_waiting + 1)
        self._threads = ThreadPoolExecutor(1, thread_name_prefix=name)

    def submit(self, work: Callable[[], Any]) -> "Future[Any]":
        """Do the work in its turn.

        Raises
        ------
        LaneFullError
            If ``num_waiting`` wait already.
        """
        if not self._places.acquire(blocking=False):
            raise LaneFullError(
                f"{self.num_waiting} requests are waiting already; ask again in a few seconds"
            )
        future = self._threads.submit(work)
        future.add_done_callback(lambda _: self._places.release())
        return future


@cache
def lane(name: LaneName) -> Lane:
    """The lane of this process for what takes seconds ("quick"), or minutes ("batch")."""
    return Lane(f"{name}-work")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """A job as it is now. ``ahead`` jobs of its lane come first; ``seconds_left`` is an estimate or None."""

    key: str
    state: State
    done: int = 0
    total: int = 0
    ahead: int = 0
    seconds_left: float | None = None
    result: Any = None
    error: str = ""

    @property
    def finished(self) -> bool:
        """Whether nothing will change any more."""
        return self.state in ("done", "failed", "cancelled")


class _Job:
    def __init__(self, key: str, lane_name: LaneName, number: int) -> None:
        self.key, self.lane, self.number = key, lane_name, number
        self.state: State = "waiting"
        self.done, self.total, self.looked_at = 0, 0, 0.0
        self.first: tuple[int, float] | None = None  # units done, and the time, when work was first told of
        self.result: Any = None
        self.error = ""
        self.cancelled, self.ended = threading.Event(), threading.Event()


class Jobs:
    """The jobs of this process, by their keys."""

    def __init__(
        self, lanes: Callable[[LaneName], Lane] = lane, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._lanes, self._clock = lanes, clock
        self._lock = threading.Lock()
        self._jobs: dict[str, _Job] = {}
        self._number = 0

    def ensure(self, key: str, work: Work, lane_name: LaneName = "quick") -> JobView:
        """The job of a key, submitted now where there is none yet.

        Raises
        ------
        LaneFullError
            If too many wait in its lane.
        """
        with self._lock:
            self._forget_old()
            if key not in self._jobs:
                job = _Job(key, lane_name, self._number)
                self._lanes(lane_name).submit(lambda: self._run(job, work))
                self._number += 1
                self._jobs[key] = job
            return self._view(self._jobs[key])

    def view(self, key: str) -> JobView | None:
        """The job of a key as it is now; None where there is none (any more)."""
        with self._lock:
            return self._view(self._jobs[key]) if key in self._jobs else None

    def wait(self, key: str, seconds: float) -> JobView | None:
        """The same, after the job has ended or so many seconds have passed."""
        with self._lock:
            job = self._jobs.get(key)
        if job is not None:
            job.ended.wait(seconds)
        return self.view(key)

    def cancel(self, key: str) -> None:
        """Ask a job to stop: one that waits never begins, one that runs stops at its next report."""
        with self._lock:
            job = self._jobs.get(key)
            if job is not None and not job.ended.is_set():
                job.cancelled.set()
                if job.state == "waiting":
                    job.state = "cancelled"
                    job.ended.set()

    def forget(self, key: str) -> None:
        """Drop a job that has ended, so that it can be asked for again."""
        with self._lock:
            if key in self._jobs and self._jobs[key].ended.is_set():
                del self._jobs[key]

    def _run(self, job: _Job, work: Work) -> None:
        with self._lock:
            if job.cancelled.is_set():
                return
            job.state = "running"
        try:
            job.result = work(lambda done, total: self._report(job, done, total))
            job.state = "done"
        except Cancelled:
            job.state = "cancelled"
        except ProtCLIPError as error:
            job.error, job.state = str(error), "failed"
        except Exception:
            logging.getLogger(__name__).exception("a job failed")
            job.error = "this failed for a reason the program does not know; the server's log has it"
            job.state = "failed"
        finally:
            job.looked_at = self._clock()
            job.ended.set()

    def _report(self, job: _Job, done: int, total: int) -> None:
        if job.cancelled.is_set():
            raise Cancelled
        if total and job.first is None:
            job.first = done, self._clock()
        job.done, job.total = done, total

    def _view(self, job: _Job) -> JobView:
        job.looked_at = self._clock()
        before = [j for j in self._jobs.values() if j.lane == job.lane and j.number < job.number]
        return JobView(
            key=job.key,
            state=job.state,
            done=job.done,
            total=job.total,
            ahead=sum(not j.ended.is_set() for j in before) if job.state == "waiting" else 0,
            seconds_left=self._seconds_left(job),
            result=job.result,
            error=job.error,
        )

    def _seconds_left(self, job: _Job) -> float | None:
        """From what was done since the first report: opening models, and parts of an earlier run, are no measure."""
        if job.state != "running" or job.first is None or not job.first[0] < job.done < job.total:
            return None
        return (self._clock() - job.first[1]) / (job.done - job.first[0]) * (job.total - job.done)

    def _forget_old(self) -> None:
        ended = sorted((j for j in self._jobs.values() if j.ended.is_set()), key=lambda j: -j.looked_at)
        for place, job in enumerate(ended):
            if place >= NUM_KEPT or self._clock() - job.looked_at > SECONDS_KEPT:
                del self._jobs[job.key]


def key_of(kind: str, fingerprint: str, **asked: Any) -> str:
    """The key of a job: 32 hexadecimal digits of what is asked (JSON values) and of the model that answers."""
    told = json.dumps([kind, fingerprint, asked], sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()[:32]
