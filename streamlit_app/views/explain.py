"""The explain page: which residues of a protein a sentence speaks of, and what that is worth."""

import streamlit as st

from protclip.records import Protein
from streamlit_app import resources, session
from streamlit_app.engine import Engine
from streamlit_app.explain_form import MAX_RESIDUES, explain_form
from streamlit_app.explain_panel import show_explanation
from streamlit_app.explain_work import explained
from streamlit_app.jobs import key_of
from streamlit_app.waiting import result_of
from streamlit_app.widgets import errors_as_sentences, page_head


def show() -> None:
    """Draw the page."""
    session.enter_page("explain")
    page_head("Which residues does a sentence speak of?", "explain")
    engine = resources.engine_or_sentence()
    st.caption(
        f"One protein of at most {MAX_RESIDUES:,} residues and one sentence. It is the model's view, no "
        f"evidence of a function."
    )
    protein, sentence = explain_form(engine)
    if protein is None or not sentence:
        st.markdown(
            "Give both to see what each residue adds to the match, how that compares with shuffled words, another "
            "sentence and shuffled residues, and where it lies in a structure."
        )
        return
    with errors_as_sentences():
        _answer(engine, protein, sentence)


def _answer(engine: Engine, protein: Protein, sentence: str) -> None:
    key = key_of(
        "explain",
        engine.fingerprint,
        accession=protein.accession,
        sequence=protein.sequence,
        sentence=sentence,
    )
    found = result_of(
        key,
        lambda report: explained(engine.tools, protein, sentence, report),
        what="Explaining, with shuffled proteins beside it",
    )
    if found is not None:
        show_explanation(engine, found)


if __name__ == "__main__":
    show()
