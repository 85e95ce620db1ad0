"""Links that lead from a protein to the pages that work on it."""

from collections.abc import Iterable
from pathlib import Path

import streamlit as st

from protclip.predict.targets import QUERY
from protclip.records import Protein
from streamlit_app import session
from streamlit_app.engine import Engine
from streamlit_app.widgets import (
    EXPLAIN_PAGE,
    INTERACTIONS_PAGE,
    MAP_PAGE,
    MUTATIONS_PAGE,
    PROTEIN_PAGE,
    SEARCH_PAGE,
    plain,
)

Link = tuple[Path, str, str, dict[str, str]]
"""Page, label, icon, and parameters of its address."""


def protein_links(engine: Engine, protein: Protein, *, here: Path, sentence: str = "") -> None:
    """`card_links` of a protein that the index has, else `sequence_links`."""
    if is_indexed(engine, protein):
        card_links(protein.accession, here=here, sentence=sentence)
    else:
        sequence_links(protein, here=here, sentence=sentence)


def card_links(accession: str, *, here: Path, sentence: str = "") -> None:
    """Links to the other pages for a protein of the index; its card and the explain page get the sentence too."""
    asked = {"text": sentence} if sentence else {}
    links = (
        (PROTEIN_PAGE, "Its card", ":material/genetics:", {"acc": accession} | asked),
        (EXPLAIN_PAGE, "Explain a sentence", ":material/lab_research:", {"p": accession} | asked),
        (MUTATIONS_PAGE, "Scan its mutations", ":material/edit_note:", {"p": accession}),
        (INTERACTIONS_PAGE, "Find its partners", ":material/hub:", {"way": "atlas", "a": accession}),
        (MAP_PAGE, "See it on the map", ":material/scatter_plot:", {"acc": accession}),
    )
    _draw(link for link in links if link[0] != here)


def sequence_links(protein: Protein, *, here: Path, sentence: str = "") -> None:
    """Links to the other pages that take a sequence; it is kept under its hash, which stands in their addresses.

    Those that take a sentence get it too.

    Raises
    ------
    InputError
        If it is too long to be kept.
    """
    asked = {"text": sentence} if sentence else {}
    kept = session.uploads().save(f">{protein.accession}\n{protein.sequence}\n")
    links = (
        (PROTEIN_PAGE, "All that is predicted", ":material/genetics:", {"p-seq": kept} | asked),
        (SEARCH_PAGE, "Search for its like", ":material/search:", {"seq": kept}),
        (EXPLAIN_PAGE, "Explain a sentence", ":material/lab_research:", {"p-seq": kept} | asked),
        (MUTATIONS_PAGE, "Scan its mutations", ":material/edit_note:", {"p-seq": kept}),
        (INTERACTIONS_PAGE, "Find its partners", ":material/hub:", {"way": "atlas", "a-seq": kept}),
        (MAP_PAGE, "Place it on the map", ":material/add_location_alt:", {"seqs": kept}),
    )
    _draw(link for link in links if link[0] != here)


def _draw(links: Iterable[Link]) -> None:
    with st.container(horizontal=True, gap="medium"):
        for page, label, icon, params in links:
            st.page_link(page, label=label, icon=icon, query_params=params)


def links_of_each(engine: Engine, proteins: Iterable[Protein], *, here: Path) -> None:
    """Links of each protein under its title."""
    for accession, protein in {p.accession: p for p in proteins}.items():
        title = engine.title(protein) if is_indexed(engine, protein) else ""
        st.markdown(f"**{plain(accession)}** {plain(title, limit=120)}")
        protein_links(engine, protein, here=here)


def is_indexed(engine: Engine, protein: Protein) -> bool:
    """Whether the index has this very protein under its accession."""
    known = protein.accession != QUERY and engine.is_known(protein.accession)
    return known and engine.protein(protein.accession).sequence == protein.sequence
