"""The search of this browser tab: one state, read from the address, changed by callbacks, written back.

Every widget of the search page is set from the state before it is drawn and changes the state in its callback.
The address is the only thing that outlives the tab, so whatever it says when it was changed from outside
(a link, the back button) wins.
"""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from streamlit_app.job_folders import JobFolders
from streamlit_app.uploads import UploadStore
from streamlit_app.url_state import SearchState, read_state, write_state

_STATE, _WRITTEN, _VERSION, _NOTICES, _PAGE = "state", "written_params", "box_version", "notices", "page"
_ADDRESSES = "num_addresses_taken"


def server_address() -> str:
    """Where the visitor's browser reaches this server: http://localhost:8501, without path."""
    parts = urlsplit(st.context.url or "")
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return "http://127.0.0.1:8501"  # Streamlit's own default, where no browser asks
    return f"{parts.scheme}://{parts.netloc}"


def uploads() -> UploadStore:
    """Where long queries are kept (PROTCLIP_UPLOADS, else var/uploads)."""
    return UploadStore(folder=Path(os.environ.get("PROTCLIP_UPLOADS", "var/uploads")))


def job_folders() -> JobFolders:
    """Where long jobs keep their input, parts and results (PROTCLIP_JOBS, else var/jobs)."""
    return JobFolders(folder=Path(os.environ.get("PROTCLIP_JOBS", "var/jobs")))


def address_params() -> dict[str, list[str]]:
    """The parameters of the address, each with all its values."""
    return {key: st.query_params.get_all(key) for key in st.query_params}


def enter_page(name: str) -> str:
    """Note which page is shown now and return the one shown before ("" at first)."""
    before = st.session_state.get(_PAGE, "")
    st.session_state[_PAGE] = name
    return str(before)


def take_address(*, came_from_elsewhere: bool) -> None:
    """Make the address the state, unless this tab wrote it itself.

    An empty address means a fresh page, except when the visitor comes back from another page of the
    app: then the search they left is shown again.
    """
    params = address_params()
    is_ours = params == st.session_state.get(_WRITTEN) or (came_from_elsewhere and not params)
    if is_ours and _STATE in st.session_state:
        return
    state, notices = read_state(params, uploads().load)
    st.session_state[_WRITTEN] = params
    st.session_state[_ADDRESSES] = address_version() + 1
    for notice in notices:
        notify(notice)
    change(state)


def state() -> SearchState:
    """The search shown now."""
    current: SearchState = st.session_state.get(_STATE, SearchState())
    return current


def change(new: SearchState) -> None:
    """Replace the state; a changed text goes into the query box."""
    if new.text != state().text or _VERSION not in st.session_state:
        st.session_state[_VERSION] = box_version() + 1
    st.session_state[_STATE] = new


def update(**changes: Any) -> None:
    """Change some fields of the state; unless it is what changes, the selection is dropped."""
    change(replace(state(), **({"selected": ()} | changes)))


def box_version() -> int:
    """Grows whenever Python, not the visitor, changes the text of the query box."""
    return int(st.session_state.get(_VERSION, 0))


def address_version() -> int:
    """Grows whenever the address was changed from outside: the marks of a table are then read anew."""
    return int(st.session_state.get(_ADDRESSES, 0))


def write_address() -> None:
    """Put the state into the address, if it is not there yet.

    Raises
    ------
    protclip.errors.InputError
        When the query is too long to be kept.
    """
    params = write_state(state(), uploads().save)
    if params != address_params():
        st.query_params.from_dict(params)
    st.session_state[_WRITTEN] = params


def notify(sentence: str) -> None:
    """Say something once, on the next drawing of the page."""
    st.session_state.setdefault(_NOTICES, []).append(sentence)


def take_notices() -> list[str]:
    """The sentences to be said now; they are said once."""
    return list(st.session_state.pop(_NOTICES, []))
