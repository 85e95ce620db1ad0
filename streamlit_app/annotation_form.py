"""The form of the annotate page: sequences from a file or pasted, what is wanted of them, the start of the job."""

import hashlib
import secrets
from collections.abc import Callable
from typing import Any

import streamlit as st

from protclip.errors import InputError
from protclip.sequence import format_fasta
from streamlit_app import resources, session
from streamlit_app.annotation_request import AnnotationRequest
from streamlit_app.engine import Engine
from streamlit_app.fasta_input import (
    ENDINGS,
    MAX_MEGABYTES,
    MAX_PROTEINS,
    LeftOut,
    Survey,
    clean_up,
    survey,
    unpacked,
)
from streamlit_app.page_params import choice_box, set_param
from streamlit_app.widgets import errors_as_sentences, plain, table_height

MAX_PASTED = 5_000_000
"""Characters: some ten thousand proteins; a browser takes no more with ease."""
_MAX_NAME = 100
_TEXT, _PROBABILITY, _TOP, _TAXON, _CLEAN = (
    f"annotate-{name}" for name in ("text", "probability", "top", "taxon", "clean")
)
_EXAMPLES = (
    ("four human proteins", ("P61626", "P68871", "P01116", "P00918"), False),
    ("three that are little known", ("P35530", "A0A183", "A0PJW8"), False),
    ("one to be cleaned up", ("P61626",), True),
)


def annotation_form(engine: Engine) -> None:
    """Draw the form; when the job is started, its key stands in the address."""
    st.caption(
        f"Up to {MAX_PROTEINS:,} protein sequences or {MAX_MEGABYTES} MB of FASTA, packed with gzip or not. "
        "`protclip annotate` on the command line takes any number. Only who has its link sees a job; it is kept on "
        "this server for 7 days after it was last opened, or until you delete it."
    )
    way = choice_box(
        "Sequences",
        "in",
        ("paste", "upload"),
        "paste",
        format_func=lambda value: {"paste": "Paste FASTA", "upload": "Upload a file"}[value],
    )
    with errors_as_sentences():
        given = _uploaded() if way == "upload" else _pasted(engine)
        if given is not None:
            _offer(engine, *given)


def _uploaded() -> tuple[str, str] | None:
    file = st.file_uploader(
        f"FASTA file (.{', .'.join(ENDINGS)})",
        type=list(ENDINGS),
        max_upload_size=MAX_MEGABYTES,
        key="annotate-file",
        help="It is read as text and never run.",
    )
    if file is None:
        return None
    return file.name, _once("unpacked", file.file_id, lambda: unpacked(file.getvalue()))


def _pasted(engine: Engine) -> tuple[str, str] | None:
    st.text_area(
        "FASTA",
        key=_TEXT,
        height=220,
        placeholder=">name of the first protein\nMKTAYIAKQR…\n>name of the second\nMSDNELLQ…",
        help="Leave the box, or press Ctrl+Enter, and the page says what it reads.",
    )
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.caption("Try:", width="content")
        for label, accessions, dirty in _EXAMPLES:
            if all(map(engine.is_known, accessions)):
                st.button(
                    label,
                    key=f"example-{label}",
                    type="tertiary",
                    on_click=_fill,
                    args=(engine, accessions, dirty),
                )
    text = str(st.session_state.get(_TEXT, ""))
    if len(text) > MAX_PASTED:
        raise InputError(
            f"{len(text):,} characters were pasted; at most {MAX_PASTED:,} are taken. Upload them as a file"
        )
    return ("pasted", text) if text.strip() else None


def _fill(engine: Engine, accessions: tuple[str, ...], dirty: bool) -> None:
    lines = list(format_fasta(map(engine.protein, accessions)))
    if dirty:  # as sequences stand in flat files: numbered, in blocks, with a stop
        body = "".join(lines[1:]) + "*"
        lines = [lines[0], *(f"{at + 1:>6} {body[at : at + 10]}-" for at in range(0, len(body), 10))]
    st.session_state[_TEXT] = "".join(f"{line}\n" for line in lines)


def _offer(engine: Engine, name: str, text: str) -> None:
    """Say what was read, offer the clean-up, and the button that starts."""
    digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()
    found = _once("survey", digest, lambda: survey(text))
    changes: tuple[tuple[str, str], ...] = ()
    if found.num_cleanable:
        st.toggle(
            f"Clean {found.num_cleanable:,} up: drop numbers, gaps and stops, name what has no name of its own",
            key=_CLEAN,
            value=True,
        )
        if st.session_state.get(_CLEAN, True):
            cleaned = _once("cleaned", digest, lambda: clean_up(text))
            text, changes = cleaned.text, cleaned.changes
            found = _once("cleaned survey", digest, lambda: survey(text))
    _told(found, changes)
    _options()
    st.button(
        f"Annotate {found.num_usable:,} protein{'s' if found.num_usable != 1 else ''}",
        key="annotate-start",
        icon=":material/play_arrow:",
        disabled=not found.num_usable,
        on_click=_start,
        args=(engine, name, text, found, changes),
    )


def _told(found: Survey, changes: tuple[tuple[str, str], ...]) -> None:
    words = f"Recognised: {found.num_records:,} record{'s' if found.num_records != 1 else ''}, of which "
    words += f"{found.num_usable:,} can be annotated ({found.num_residues:,} residues)."
    (st.caption if found.num_usable else st.warning)(words)
    if changes:
        with st.expander(f"{len(changes):,} cleaned up"):
            st.dataframe([{"protein": a, "what was changed": c} for a, c in changes], hide_index=True)
    left_out_table(found.left_out)


def left_out_table(left_out: tuple[LeftOut, ...]) -> None:
    """Name the records that are left out, and why."""
    if not left_out:
        return
    st.warning(
        f"{len(left_out):,} record{'s' if len(left_out) != 1 else ''} cannot be used and will be left out:",
        icon=":material/playlist_remove:",
    )
    st.dataframe(
        [
            {"protein": r.accession or "–", "line": r.line, "why": r.reason, "remedy": r.remedy}
            for r in left_out
        ],
        hide_index=True,
        height=table_height(len(left_out), 5),
        alt="Records that are left out, with the reason",
    )


def _options() -> None:
    first, second, third = st.columns(3)
    first.slider(
        "Least probability of a term",
        0.05,
        1.0,
        key=_PROBABILITY,
        value=st.session_state.get(_PROBABILITY, 0.5),
        step=0.05,
        help="Less makes the table longer and less certain. EC numbers without a probability are not held to it.",
    )
    second.number_input(
        "Most specific terms of each kind, at most",
        1,
        100,
        key=_TOP,
        value=None,
        placeholder="all",
        help="The most probable ones, with what they imply.",
    )
    third.number_input(
        "Organism for GAF (NCBI taxon)",
        1,
        10_000_000,
        key=_TAXON,
        value=None,
        placeholder="not known (32644)",
        help="9606 is human. It stands in the GAF file and changes nothing else.",
    )


def _start(engine: Engine, name: str, text: str, found: Survey, changes: tuple[tuple[str, str], ...]) -> None:
    """Keep input and request, and put the key of the job into the address."""
    chosen: dict[str, Any] = {
        field: st.session_state.get(key)
        for field, key in (("min_probability", _PROBABILITY), ("top", _TOP), ("taxon", _TAXON))
    }
    request = AnnotationRequest(
        name=name[:_MAX_NAME],
        num_usable=found.num_usable,
        longest=found.longest,
        fingerprint=engine.fingerprint,
        cleaned=changes,
        **{field: value for field, value in chosen.items() if value is not None},
    )
    key = request.key(text, st.session_state.setdefault("annotate-visitor", secrets.token_hex(16)))
    try:
        session.job_folders().begin(key, text.encode(), request.as_dict(), is_busy=_is_busy)
    except OSError as error:
        st.toast(
            f"This server cannot keep the sequences: {plain(str(error.strerror))}.", icon=":material/error:"
        )
        return
    set_param("job", key)
    set_param("acc", "")


def _is_busy(key: str) -> bool:
    view = resources.jobs().view(key)
    return view is not None and not view.finished


def _once(what: str, key: str, make: Callable[[], Any]) -> Any:
    """What was made last of this kind, made anew for another key: a page is drawn often, its input changes seldom."""
    kept = st.session_state.setdefault("annotate-kept", {})
    if kept.get(what, ("", None))[0] != key:
        kept[what] = (key, make())
    return kept[what][1]
