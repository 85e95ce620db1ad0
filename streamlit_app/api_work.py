"""Requests that take seconds: one at a time in a thread of their own, a few wait, more are sent away."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from starlette.responses import Response

from streamlit_app.api_replies import RETRY_SECONDS, refused
from streamlit_app.engine import Engine

if TYPE_CHECKING:
    from protclip.predict.tasks import Tools

NUM_WORKING, NUM_WAITING = 1, 8
"""Requests worked on at once, and waiting: one more at work would slow both, for each uses every core."""


class WorkQueue:
    """A bounded queue before one thread. The tools of the process are made when the first request needs them."""

    def __init__(self, tools: "Tools | None" = None) -> None:
        self._tools = tools
        self._places = threading.BoundedSemaphore(NUM_WORKING + NUM_WAITING)
        self._threads = ThreadPoolExecutor(NUM_WORKING, thread_name_prefix="api-work")

    async def answer(self, work: Callable[["Tools"], Response], engine: Engine | None) -> Response:
        """Do the work in its turn; 429 where too many wait already.

        Parameters
        ----------
        engine
            Its model becomes that of the tools where they are not made yet; without it they load one.
        """
        if not self._places.acquire(blocking=False):
            said = f"{NUM_WAITING} requests are waiting already; ask again in a few seconds"
            return refused(429, said, "", Retry_After=str(RETRY_SECONDS))
        done = self._threads.submit(lambda: work(self._made(engine)))
        done.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(done)

    def _made(self, engine: Engine | None) -> "Tools":
        from protclip.predict.tasks import Tools

        if self._tools is None:  # one thread works: no two make them
            self._tools = Tools(None if engine is None else engine.encoder)
        return self._tools
