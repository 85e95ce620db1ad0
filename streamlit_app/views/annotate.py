"""The annotate page: FASTA in, one table of functions out, each with its probability and what speaks for it."""

import streamlit as st

from streamlit_app import resources, session
from streamlit_app.annotation_form import annotation_form
from streamlit_app.annotation_results import show_job
from streamlit_app.own_model import is_refused
from streamlit_app.page_params import text_param
from streamlit_app.widgets import errors_as_sentences, page_head


def show() -> None:
    """Draw the page."""
    session.enter_page("annotate")
    engine = resources.engine_or_sentence()
    key = text_param("job", 64)
    page_head("Annotate proteins", "annotate", small=bool(key))
    if is_refused(engine, lambda tools: tools.function()):
        return
    if key:
        with errors_as_sentences():
            show_job(engine, key)
            return
    else:
        st.markdown(
            "Give proteins and take home a table: molecular functions, processes, components, locations and enzyme "
            "classes, each with its probability and the known proteins that speak for it."
        )
    annotation_form(engine)


if __name__ == "__main__":
    show()
