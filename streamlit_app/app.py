"""The frame of the web app's pages; `serve.py` serves it together with the HTTP API."""

from pathlib import Path

import streamlit as st

from streamlit_app import widgets


def main() -> None:
    """Set the frame up and run the page that the address names."""
    st.set_page_config(
        page_title="ProtCLIP: proteins by what they do",
        # A material icon would be fetched from a CDN.
        page_icon=Path(__file__).parent / "static" / "favicon.png",
        layout="wide",
        menu_items={
            "About": "ProtCLIP: proteins and text in one space. Apache-2.0. Runs on this machine alone."
        },
    )
    widgets.less_empty_space()
    st.navigation(
        [
            st.Page(widgets.SEARCH_PAGE, title="Search", icon=":material/search:", default=True),
            _page(widgets.PROTEIN_PAGE, "genetics"),
            _page(widgets.EXPLAIN_PAGE, "lab_research"),
            _page(widgets.MAP_PAGE, "scatter_plot"),
            _page(widgets.ANNOTATE_PAGE, "table_view"),
            _page(widgets.MUTATIONS_PAGE, "edit_note"),
            _page(widgets.INTERACTIONS_PAGE, "hub"),
            _page(widgets.MODEL_PAGE, "monitoring"),
        ],
        position="top",
    ).run()


def _page(path: Path, icon: str) -> st.Page:
    return st.Page(path, title=path.stem.title(), icon=f":material/{icon}:", url_path=path.stem)


if __name__ == "__main__":
    main()
