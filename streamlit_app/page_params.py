"""Inputs of a page that live in its address: each is read from it, checked, drawn, and written back when changed."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from streamlit_app.widgets import plain

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def text_param(name: str, limit: int) -> str:
    """The text of a parameter of the address, without control characters, cut at ``limit`` characters."""
    return _CONTROL.sub(" ", st.query_params.get(name, ""))[:limit].strip()


def keep_text_param(name: str, text: str, limit: int) -> None:
    """Write what was typed into the address, cut at ``limit`` characters; `told_if_cut` then says so."""
    st.session_state[_cut(name)] = len(text.strip()) > limit
    set_param(name, text.strip()[:limit].strip())


def told_if_cut(label: str, name: str, limit: int) -> None:
    """Say that a text, typed or of a link, was longer than the box ``label`` takes."""
    if st.session_state.pop(_cut(name), False) or len(st.query_params.get(name, "")) > limit:
        st.warning(
            f"“{label}” takes at most {limit:,} characters: what follows was cut off.",
            icon=":material/content_cut:",
        )


def _cut(name: str) -> str:
    return f"cut-{name}"


def choice_param(name: str, choices: Sequence[str], default: str) -> str:
    """A parameter that takes one of a few values; another value is ignored, and the page says so."""
    given = st.query_params.get(name, "")
    if given in choices or not given:
        return given or default
    st.warning(
        plain(f"The link's “{name}” was ignored: it takes {', '.join(choices)}."), icon=":material/info:"
    )
    return default


def set_param(name: str, value: str, default: str = "") -> None:
    """Write a parameter into the address; the default leaves no trace there."""
    if value and value != default:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)


def text_box(
    label: str,
    name: str,
    *,
    limit: int,
    draw: Callable[..., Any] = st.text_input,
    **options: Any,
) -> str:
    """A text input that lives in the address as ``name``; ``draw`` may be `st.text_area` or a container's input.

    Streamlit's own limit would not do: the box drops a longer text that is pasted, and says nothing.
    """
    key = f"param-{name}"
    given = text_param(name, limit)
    st.session_state[key] = given
    draw(
        label,
        key=key,
        on_change=lambda: keep_text_param(name, str(st.session_state[key]), limit),
        **options,
    )
    told_if_cut(label, name, limit)
    return given


def choice_box(
    label: str,
    name: str,
    choices: Sequence[str],
    default: str,
    *,
    draw: Callable[..., Any] = st.segmented_control,
    **options: Any,
) -> str:
    """A choice among a few values that lives in the address as ``name``."""
    key = f"param-{name}"
    given = choice_param(name, choices, default)
    st.session_state[key] = given
    draw(
        label,
        choices,
        key=key,
        on_change=lambda: set_param(name, st.session_state[key] or default, default),
        **options,
    )
    return given


def switch(label: str, name: str) -> bool:
    """A toggle that lives in the address: ``name=yes`` where it is on."""
    key = f"param-{name}"
    given = st.query_params.get(name) == "yes"
    st.session_state[key] = given
    st.toggle(label, key=key, on_change=lambda: set_param(name, "yes" if st.session_state[key] else ""))
    return given
