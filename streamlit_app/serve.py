"""Pages and HTTP API in one process: `streamlit run streamlit_app/serve.py`, or `protclip app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from uvicorn.protocols.http import h11_impl

from streamlit_app import api
from streamlit_app.opening import Opening

MAX_ADDRESS = 2_200_000
"""Bytes of an address with its headers; browsers send two million at most."""


def opening() -> Opening:
    """The opening that the pages use."""
    # Not at the top: Streamlit warns of every cached function that is declared before the server runs.
    from streamlit_app.resources import shared_opening

    return shared_opening()


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Begin to open model and index when the server starts, so that the first visitor finds them open.

    An address that is too long is told so by its page: uvicorn would answer without a word of ours, and Streamlit
    does not pass its ``h11_max_incomplete_event_size`` on.
    """
    h11_impl.DEFAULT_MAX_INCOMPLETE_EVENT_SIZE = MAX_ADDRESS  # type: ignore[attr-defined]
    opening().start()
    yield


# `streamlit run` looks for this name.
app = st.App(Path(__file__).with_name("app.py"), lifespan=lifespan, routes=api.routes(opening))
