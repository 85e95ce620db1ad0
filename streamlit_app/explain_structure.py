"""The structure beside an explanation: the visitor's file, the shipped example, or a link out."""

import hashlib
from typing import TYPE_CHECKING

import streamlit as st

from protclip.errors import InputError, ProtCLIPError
from streamlit_app import session
from streamlit_app.explain_work import DrawnStructure, drawn
from streamlit_app.jobs import key_of
from streamlit_app.page_params import set_param, text_param
from streamlit_app.recognition import as_sentence
from streamlit_app.structure_input import (
    EXAMPLE_ACCESSION,
    EXAMPLE_NAME,
    EXAMPLE_WORDS,
    MAX_BYTES,
    example_text,
    store_for_structures,
    text_of,
)
from streamlit_app.waiting import result_of
from streamlit_app.widgets import outside_link_row, plain

if TYPE_CHECKING:
    from protclip.predict.explain import Explanation

HEIGHT = 430
_PARAM, _BOX, _REFUSED = "structure", "structure-upload", "structure-refused"


def show_structure(explanation: "Explanation", track: str) -> str:
    """Draw the structure in the colours of a track; where there is none, say where to get one.

    Gives the ending of the file of the structure that is drawn, "" where none is.
    """
    st.subheader("In the structure", anchor=False)
    text, name = _chosen(explanation.protein.accession)
    found = _drawn(explanation, track, text, name) if text else None
    if found is not None:
        _show(found, explanation, track)
    _upload(explanation.protein.accession, has_one=bool(text))
    return found.coloured.ending if found is not None else ""


def _chosen(accession: str) -> tuple[str, str]:
    """The text of the structure that the address names, and what it is called."""
    stored = text_param(_PARAM, 32)
    if stored:
        try:
            return store_for_structures(session.uploads()).load(stored), "the uploaded file"
        except InputError:
            st.warning(
                "The link names a structure that this server does not hold (any more). Upload the file again.",
                icon=":material/info:",
            )
    if accession == EXAMPLE_ACCESSION:
        return example_text(), EXAMPLE_NAME
    return "", ""


def _drawn(explanation: "Explanation", track: str, text: str, name: str) -> DrawnStructure | None:
    key = key_of(
        "structure",
        explanation.fingerprint,
        asked=[explanation.protein.accession, explanation.protein.sequence, explanation.sentence, track],
        structure=hashlib.sha256(text.encode()).hexdigest(),
    )
    found: DrawnStructure | None = result_of(
        key, lambda report: drawn(explanation, track, text, name, HEIGHT), what="Matching the structure"
    )
    return found


def _show(found: DrawnStructure, explanation: "Explanation", track: str) -> None:
    st.iframe(
        found.html,
        height=HEIGHT,
        alt=f"Cartoon of the structure, coloured by {track}; the tables have the numbers.",
    )
    scale = (
        "orange residues speak for the sentence, purple ones against it"
        if found.coloured.neutral
        else "orange residues have the largest values"
    )
    st.caption(
        f"Drag to turn, scroll to zoom. Grey is zero, or no part of the protein; {scale}. What you point at here "
        "or in the sequence is marked in both."
    )
    if explanation.protein.accession == EXAMPLE_ACCESSION and not text_param(_PARAM, 32):
        st.caption(plain(EXAMPLE_WORDS))
    for match in found.coloured.matches:
        st.caption(plain(as_sentence(str(match))))
    st.download_button(
        f"Structure with {track} as B-factors",
        data=found.coloured.text.encode,
        file_name=f"{explanation.protein.accession}-{track.replace(':', '-')}.{found.coloured.ending}",
        mime="chemical/x-pdb" if found.coloured.ending == "pdb" else "chemical/x-cif",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )


def _upload(accession: str, *, has_one: bool) -> None:
    if refused := st.session_state.pop(_REFUSED, ""):
        st.error(plain(refused, limit=1000), icon=":material/error:")
    label = "Another structure of this protein" if has_one else "A structure of this protein"
    st.file_uploader(
        f"{label} (PDB or mmCIF)",
        type=["pdb", "ent", "cif", "mmcif", "gz"],
        key=_BOX,
        on_change=_keep,
        max_upload_size=MAX_BYTES // 1_000_000,
        help=f"At most {MAX_BYTES // 1_000_000} MB of text, also as .gz. Its chains are matched to the protein by "
        "alignment; it stays on this server.",
    )
    if text_param(_PARAM, 32):
        st.button(
            "Leave the uploaded structure out",
            type="tertiary",
            icon=":material/close:",
            on_click=set_param,
            args=(_PARAM, ""),
        )
    if not has_one:
        outside_link_row(accession)
        st.caption(
            "A file of AlphaFold DB, or of the PDB, can be uploaded here. Nothing is fetched from there."
        )


def _keep() -> None:
    """Keep the file that was just uploaded and put its hash into the address."""
    file = st.session_state.get(_BOX)
    if file is None:
        set_param(_PARAM, "")
        return
    try:
        text = text_of(file.getvalue(), file.name)
        set_param(_PARAM, store_for_structures(session.uploads()).save(text))
    except ProtCLIPError as error:
        set_param(_PARAM, "")
        st.session_state[_REFUSED] = as_sentence(str(error))
