"""Links that lead from a protein to the pages that work on it."""

from pathlib import Path

import streamlit as st

from streamlit_app.widgets import EXPLAIN_PAGE, INTERACTIONS_PAGE, MAP_PAGE, MUTATIONS_PAGE, PROTEIN_PAGE


def card_links(accession: str, *, here: Path, sentence: str = "") -> None:
    """Links to the other pages for a protein of the index; the explain page gets the sentence too."""
    asked = {"text": sentence} if sentence else {}
    links = (
        (PROTEIN_PAGE, "Its card", ":material/genetics:", {"acc": accession}),
        (EXPLAIN_PAGE, "Explain a sentence", ":material/lab_research:", {"p": accession} | asked),
        (MUTATIONS_PAGE, "Scan its mutations", ":material/edit_note:", {"p": accession}),
        (INTERACTIONS_PAGE, "Find its partners", ":material/hub:", {"way": "atlas", "a": accession}),
        (MAP_PAGE, "See it on the map", ":material/scatter_plot:", {"acc": accession}),
    )
    with st.container(horizontal=True, gap="medium"):
        for page, label, icon, params in links:
            if page != here:
                st.page_link(page, label=label, icon=icon, query_params=params)
