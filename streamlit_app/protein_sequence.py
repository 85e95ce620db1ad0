"""The sequence of a protein on its page: in the colours of the sentence that was typed, and as text."""

import streamlit as st

from protclip.records import Protein
from streamlit_app import resources
from streamlit_app.downloads import protein_fasta
from streamlit_app.engine import Engine
from streamlit_app.sequence_view import ShownTrack, sequence_view, viewer_data
from streamlit_app.widgets import SEARCH_PAGE, errors_as_sentences, plain


def show_sequence(engine: Engine, protein: Protein, sentence: str, *, is_known: bool) -> None:
    """Draw the sequence; with a sentence, what each residue adds to the match. A known one can be searched with."""
    st.subheader("Sequence", anchor=False)
    tracks = []
    with errors_as_sentences():
        values = resources.sentence_track(engine, sentence, protein.sequence) if sentence else None
        if values is not None:
            tracks.append(ShownTrack(label="contribution", values=values))
            st.caption(
                f"Coloured by what each residue adds to the match with “{plain(sentence, limit=120)}”: the model's "
                "view, no proof."
            )
    sequence_view(viewer_data(protein.sequence, tracks), key="protein-sequence")
    if not tracks:
        st.caption("Type a sentence under “Does a sentence fit?” to see which residues speak for it.")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "FASTA",
            data=lambda: protein_fasta(protein),
            file_name=f"{protein.accession}.fasta",
            mime="text/x-fasta",
            on_click="ignore",
            icon=":material/download:",
        )
        if is_known:
            st.page_link(
                SEARCH_PAGE,
                label="Search with this protein",
                icon=":material/search:",
                query_params={"q": protein.accession},
            )
    with st.expander("Plain sequence to copy"):
        st.code(protein.sequence, language=None, wrap_lines=True)
