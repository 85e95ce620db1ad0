"""The map page's state in this tab: read from the address, changed by callbacks, written back."""

from dataclasses import replace
from typing import Any

import streamlit as st

from protclip.errors import InputError
from protclip.predict.map_regions import Region, box, outline
from streamlit_app import session
from streamlit_app.map_state import MapState, read_map_state, write_map_state
from streamlit_app.recognition import as_sentence

_VERSION, _OUTLINE = "map_version", "map_outline"


def take_state() -> MapState:
    """The state that the address names; what could not be used of it is told once and taken out of it."""
    state, notices = read_map_state(session.address_params(), session.uploads().load)
    for notice in notices:
        session.notify(notice)
    if notices:
        _write(state)
    return state


def change(**changes: Any) -> None:
    """Change some fields of the state. What cannot be kept is told, and nothing is changed."""
    state, _ = read_map_state(session.address_params(), session.uploads().load)
    try:
        _write(replace(state, **changes))
    except InputError as error:
        session.notify(as_sentence(str(error)))


def change_region(region: Region | None) -> None:
    """Select what lies in a region that was not drawn on the figure, which is drawn anew with it."""
    st.session_state[_VERSION] = version() + 1
    change(region=region)


def version() -> int:
    """Grows whenever the figure has to forget what was drawn on it."""
    return int(st.session_state.get(_VERSION, 0))


def outline_on(key: str, region: Region | None) -> Region | None:
    """The outline that a figure was first drawn with: what is drawn on it later, the browser shows itself."""
    kept = st.session_state.get(_OUTLINE)
    if kept is None or kept[0] != key:
        kept = st.session_state[_OUTLINE] = (key, region)
    found: Region | None = kept[1]
    return found


def drawn(key: str) -> None:
    """Make what was drawn on a figure the state's region; a figure's callback."""
    change(region=drawn_region(st.session_state.get(key)))


def drawn_region(event: Any) -> Region | None:
    """The region of a figure's selection event, the box or lasso drawn last; None where there is none to use."""
    selection = event.get("selection", {}) if event else {}
    try:
        for box_drawn in reversed(selection.get("box", [])):
            (x0, x1), (y0, y1) = box_drawn["x"], box_drawn["y"]
            return box(min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1))
        for lasso in reversed(selection.get("lasso", [])):
            return outline(list(zip(lasso["x"], lasso["y"], strict=True)))
    except (InputError, KeyError, TypeError, ValueError):
        return None
    return None


def _write(state: MapState) -> None:
    params = write_map_state(state, session.uploads().save)
    if params != session.address_params():
        st.query_params.from_dict(params)
