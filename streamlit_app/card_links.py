"""Links that lead from a protein to the pages that work on it."""

from pathlib import Path

import streamlit as st

_VIEWS = Path(__file__).parent / "views"
_LINKS = (
    ("explain.py", "p", "Explain a sentence", ":material/lab_research:"),
    ("mutations.py", "p", "Scan its mutations", ":material/grid_on:"),
    ("interactions.py", "a", "Find its partners", ":material/hub:"),
    ("map.py", "acc", "See it on the map", ":material/map:"),
)
"""Of each page: its file, the parameter that takes an accession, and what stands on the link."""


def card_links(accession: str, sentence: str = "") -> None:
    """Links to the pages that there are; the explain page gets the sentence too."""
    with st.container(horizontal=True, gap="medium"):
        for name, parameter, label, icon in _LINKS:
            if (_VIEWS / name).is_file():
                params = {parameter: accession}
                if name == "explain.py" and sentence:
                    params["text"] = sentence
                st.page_link(_VIEWS / name, label=label, icon=icon, query_params=params)
