"""The box that takes one protein: an accession of the index, a sequence, or a FASTA record.

An accession or a short sequence stands in the address; a longer one is kept under its hash, which stands there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from protclip.errors import InputError
from protclip.predict.targets import QUERY
from protclip.records import Protein
from protclip.sequence import parse_header
from streamlit_app import session
from streamlit_app.engine import Engine
from streamlit_app.kept_text import say_wrong, tell_wrong
from streamlit_app.page_params import set_param
from streamlit_app.recognition import read_draft
from streamlit_app.uploads import MAX_BYTES
from streamlit_app.url_state import MAX_SEQUENCE_IN_URL
from streamlit_app.widgets import errors_as_sentences, plain
from vector_store.recognise import recognise, shortened

MIN_ROWS_HEIGHT = 92


@dataclass(frozen=True, slots=True, kw_only=True)
class ProteinExample:
    """A protein that a button fills in: what stands on the button, and what goes into the box."""

    label: str
    text: str


def read_protein(engine: Engine, text: str, max_residues: int) -> Protein:
    """The protein that a text means.

    Parameters
    ----------
    text
        An accession of the index, a sequence, or one FASTA record; not empty.
    max_residues
        The longest sequence that the page works on.

    Raises
    ------
    InputError
        If it is none of these, the index does not hold the accession, or the sequence is too long.
    """
    found = recognise(text, "auto", engine.is_known)
    if found.kind == "accession":
        protein = engine.protein(found.value)
    elif found.kind == "sequence":
        protein = Protein(accession=_name_in(text), sequence=found.value)
    else:
        raise InputError(
            f"{shortened(text)!r} is neither an accession nor a protein sequence of 20 residues or more. Give one of "
            "them, or find the protein on the search page by its name"
        )
    if len(protein.sequence) > max_residues:
        raise InputError(
            f"{protein.accession} has {len(protein.sequence):,} residues; this page takes at most "
            f"{max_residues:,}. Give the sequence of a domain of it"
        )
    return protein


def _name_in(text: str) -> str:
    first = text.strip().splitlines()[0]
    return (parse_header(first.removeprefix(">")).accession if first.startswith(">") else "") or QUERY


def protein_box(
    engine: Engine,
    *,
    name: str = "p",
    label: str = "Protein",
    max_residues: int,
    examples: Sequence[ProteinExample] = (),
) -> Protein | None:
    """Draw the box and give its protein; None while it is empty or cannot be read, which the page then says.

    Parameters
    ----------
    name
        The parameter of the address: ``p`` holds what was typed, ``p-seq`` the hash of what is too long for it.
    """
    given, key = _from_address(name), f"protein-{name}"
    st.session_state[key] = given
    st.text_area(
        label,
        key=key,
        height=MIN_ROWS_HEIGHT,
        placeholder="An accession such as P38398, a protein sequence, or a FASTA record",
        help=f"At most {max_residues:,} residues.",
        on_change=lambda: _keep(name, str(st.session_state[key])),
    )
    tell_wrong(name)
    if examples:
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.caption("Try one:", width="content")
            for example in examples:
                st.button(
                    example.label,
                    key=f"{key}-{example.label}",
                    type="tertiary",
                    on_click=_keep,
                    args=(name, example.text),
                )
    if not given.strip():
        return None
    with errors_as_sentences():
        return _drawn(engine, name, given, max_residues)
    return None


def _drawn(engine: Engine, name: str, given: str, max_residues: int) -> Protein | None:
    draft = read_draft(given, engine.is_known)
    if draft.offer:  # what is no sequence as it stands, but would be one
        st.warning(plain(draft.sentence), icon=":material/cleaning_services:")
        st.button("Use the cleaned sequence", key=f"tidy-{name}", on_click=_keep, args=(name, draft.offer))
        return None
    protein = read_protein(engine, given, max_residues)
    named = engine.title(protein) if protein.name or protein.annotations else protein.accession
    told = [draft.sentence.rstrip("."), *([named] if named != QUERY else [])]
    told += [f"{len(protein.sequence):,} residues"] if draft.kind != "sequence" else []
    st.caption(plain(" · ".join(told)))
    return protein


def _from_address(name: str) -> str:
    stored = st.query_params.get(f"{name}-seq", "")
    if stored:
        try:
            return session.uploads().load(stored)
        except InputError as error:
            st.warning(plain(str(error)), icon=":material/info:")
    return st.query_params.get(name, "")[:MAX_BYTES]


def _keep(name: str, text: str) -> None:
    """Put what was typed into the address, or its hash where it is long."""
    text = text.strip()
    short = len(text) <= MAX_SEQUENCE_IN_URL and "\n" not in text
    set_param(name, text if short else "")
    stored = ""
    if text and not short:
        try:
            stored = session.uploads().save(text)
        except InputError:
            say_wrong(
                name,
                f"What was given has more than {MAX_BYTES:,} bytes. Give one protein, or annotate many on the page "
                "Annotate.",
            )
    set_param(f"{name}-seq", stored)
