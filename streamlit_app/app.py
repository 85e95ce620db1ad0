"""The frame of the web app's pages; `serve.py` serves it together with the HTTP API."""

from pathlib import Path

import streamlit as st

from streamlit_app.widgets import EXPLAIN_PAGE, PROTEIN_PAGE, SEARCH_PAGE, less_empty_space


def main() -> None:
    """Set the frame up and run the page that the address names."""
    st.set_page_config(
        page_title="ProtCLIP: proteins by what they do",
        page_icon=Path(__file__).parent
        / "static"
        / "favicon.png",  # a material icon would be fetched from a CDN
        layout="wide",
        menu_items={
            "About": "ProtCLIP: proteins and text in one space. Apache-2.0. Runs on this machine alone."
        },
    )
    less_empty_space()
    st.navigation(
        [
            st.Page(SEARCH_PAGE, title="Search", icon=":material/search:", default=True),
            st.Page(PROTEIN_PAGE, title="Protein", icon=":material/genetics:", url_path="protein"),
            st.Page(EXPLAIN_PAGE, title="Explain", icon=":material/lab_research:", url_path="explain"),
        ],
        position="top",
    ).run()


if __name__ == "__main__":
    main()
