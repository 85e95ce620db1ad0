"""A long text that a page takes, typed or uploaded: in the address where it is short, else under its hash there."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from protclip.errors import InputError
from streamlit_app import session
from streamlit_app.page_params import set_param
from streamlit_app.uploads import MAX_BYTES
from streamlit_app.widgets import plain

MAX_IN_ADDRESS = 300


def kept_text(name: str) -> str:
    """The text that the address holds as ``name``, or names by its hash as ``name-file``; "" without one."""
    stored = st.query_params.get(f"{name}-file", "")
    if not stored:
        return st.query_params.get(name, "")[:MAX_BYTES]
    try:
        return session.uploads().load(stored)
    except InputError:
        st.warning(
            f"The link’s “{name}-file” names a text that this server does not hold (any more). Give it again.",
            icon=":material/info:",
        )
        return ""


def keep_text(name: str, text: str) -> None:
    """Put a text into the address; a long one is stored, and its hash stands there."""
    text = text.strip()
    is_short = len(text) <= MAX_IN_ADDRESS
    set_param(name, text if is_short else "")
    stored = ""
    if not is_short:
        try:
            stored = session.uploads().save(text)
        except InputError:
            say_wrong(
                name,
                f"The text has more than {MAX_BYTES:,} bytes. Give a shorter one, or use the command line.",
            )
    set_param(f"{name}-file", stored)


def kept_text_box(label: str, name: str, **options: Any) -> str:
    """A text area whose text is kept as ``name``."""
    key = f"kept-{name}"
    given = kept_text(name)
    st.session_state[key] = given
    st.text_area(
        label,
        key=key,
        on_change=lambda: keep_text(name, str(st.session_state[key])),
        **options,
    )
    tell_wrong(name)
    return given


def upload_box(label: str, name: str, types: Sequence[str], help_text: str = "") -> None:
    """A place for a text file, whose content is then kept as ``name``; the page says what is wrong with a file."""
    key = f"upload-{name}"
    st.file_uploader(
        label,
        type=list(types),
        key=key,
        help=help_text,
        max_upload_size=1,
        on_change=partial(_uploaded, name, key),
    )
    st.caption(f"At most {MAX_BYTES:,} bytes.")
    tell_wrong(name)


def _uploaded(name: str, key: str) -> None:
    file = st.session_state[key]
    if file is None:  # the visitor took the file away; what it said is kept until something else is given
        return
    content = file.getvalue()
    if len(content) > MAX_BYTES:
        say_wrong(
            name,
            f"{file.name} has {len(content):,} bytes; at most {MAX_BYTES:,} are taken here. Give a smaller file, or "
            "use the command line.",
        )
        return
    try:
        keep_text(name, content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        say_wrong(name, f"{file.name} is no text in UTF-8. Save it as CSV or TSV and give it again.")


def say_wrong(name: str, sentence: str) -> None:
    """Keep a sentence on what is wrong with the text that was given, for `tell_wrong` in the next run."""
    st.session_state[_wrong(name)] = sentence


def tell_wrong(name: str) -> None:
    """Show what was wrong with the last text, once."""
    if wrong := st.session_state.pop(_wrong(name), ""):
        st.error(plain(wrong), icon=":material/error:")


def _wrong(name: str) -> str:
    return f"wrong-{name}"
