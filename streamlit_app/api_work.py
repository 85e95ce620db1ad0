"""Requests that take seconds: one at a time in the lane that the pages use too, a few wait, more are sent away."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.responses import Response

from streamlit_app.api_replies import RETRY_SECONDS, refused
from streamlit_app.engine import Engine
from streamlit_app.jobs import Lane, LaneFullError, lane
from vector_store.opening import default_model

if TYPE_CHECKING:
    from protclip.predict.tasks import Tools


class WorkQueue:
    """The lane of the API. The tools of the process are made when the first request needs them."""

    def __init__(self, tools: "Tools | None" = None, where: Lane | None = None) -> None:
        self._tools, self._lane = tools, where

    async def answer(self, work: Callable[["Tools"], Response], engine: Engine | None) -> Response:
        """Do the work in its turn; 429 where too many wait already.

        Parameters
        ----------
        engine
            Its tools are used where none were given; without it they load a model.
        """
        try:
            done = (self._lane or lane("quick")).submit(lambda: work(self._made(engine)))
        except LaneFullError as error:
            return refused(429, str(error), "", Retry_After=str(RETRY_SECONDS))
        return await asyncio.wrap_future(done)

    def _made(self, engine: Engine | None) -> "Tools":
        from protclip.predict.tasks import Tools

        if self._tools is None:  # one thread works: no two make them
            self._tools = Tools(model=default_model()) if engine is None else engine.tools
        return self._tools
