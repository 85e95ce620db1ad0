"""The search page: one box, and the proteins that answer."""

from typing import NoReturn

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from streamlit_app import resources, session
from streamlit_app.comparison import show_comparison
from streamlit_app.engine import NUM_COUNTED
from streamlit_app.filters import show_filters
from streamlit_app.own_model import say_unjudged
from streamlit_app.resources import Engine, Found
from streamlit_app.results import show_results
from streamlit_app.search_form import show_form
from streamlit_app.widgets import errors_as_sentences, page_head, plain


def show() -> None:
    """Draw the page."""
    came_from_elsewhere = session.enter_page("search") not in ("", "search")
    session.take_address(came_from_elsewhere=came_from_elsewhere)
    is_new = session.state().is_empty
    page_head("Find proteins by what they do", "search", small=not is_new)
    opening, intro = st.empty(), st.empty()
    if is_new and resources.opened_engine() is None:
        intro.markdown("Ask already: it is searched as soon as the index is open.")
        _show_before_the_index(opening)
    engine = resources.engine_or_sentence(opening)
    if is_new:
        intro.markdown(
            f"Describe a function in your own words. ProtCLIP compares it with **{engine.num_indexed:,} proteins** "
            "and says how far each match stands out."
        )
    show_form(engine)
    for notice in session.take_notices():
        st.warning(plain(notice), icon=":material/info:")
    found = _answer(engine)
    # Last, though they stand at the side: their counts take longer than the search, and the hits need not wait.
    _filters(engine, found)
    with errors_as_sentences():
        session.write_address()


def _show_before_the_index(opening: DeltaGenerator) -> NoReturn:
    """The page while model and index are opened: a visitor reads and types meanwhile, and what is asked waits."""
    show_form(None)
    _welcome()
    resources.engine_or_sentence(opening)
    st.rerun()


def _answer(engine: Engine) -> Found | None:
    """Draw what was found, or what can be asked."""
    state, found = session.state(), None
    if state.is_empty:
        _welcome()
        return None
    with errors_as_sentences():
        found = resources.find(engine, state)
        if found.result.kind == "text":
            say_unjudged(engine)
        (show_comparison if state.versus else show_results)(engine, found)
    return found


def _filters(engine: Engine, found: Found | None) -> None:
    with st.sidebar, errors_as_sentences():
        values = resources.filter_values(engine, session.state(), of_result=found is not None)
        scope = (
            f"Counts are among the {NUM_COUNTED} best hits." if found else "Counts are proteins of the index."
        )
        show_filters(engine, values, scope)


def _welcome() -> None:
    left, middle, right = st.columns(3, gap="medium")
    left.markdown(
        "**What you can ask**\n\nA sentence (*enzyme that repairs broken DNA*), a keyword or gene (*kinesin*, "
        "*TP53*), a UniProt accession (*P38398*), or a protein sequence, with or without a FASTA header."
    )
    middle.markdown(
        "**What comes back**\n\nProteins in order, with how far each stands out from the whole index, which search "
        "found it, and what is known of it. Proteins without a name are found too."
    )
    right.markdown(
        "**What it cannot do**\n\nIt reads English and protein sequences, no DNA. A small model was trained on "
        "GO annotations: a good rank is a hint to look closer, no proof of a function."
    )


if __name__ == "__main__":
    show()
