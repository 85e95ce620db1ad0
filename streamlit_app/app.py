"""The frame of the web app's pages; `serve.py` serves it together with the HTTP API."""

from pathlib import Path

import streamlit as st

from streamlit_app import widgets

_ICONS = {
    "search": "search",
    "protein": "genetics",
    "explain": "lab_research",
    "map": "scatter_plot",
    "annotate": "table_view",
    "mutations": "edit_note",
    "interactions": "hub",
    "model": "monitoring",
    "help": "help",
}


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
    widgets.own_style()
    st.navigation([_page(name, icon) for name, icon in _ICONS.items()], position="top").run()


def _page(name: str, icon: str) -> st.Page:
    is_first = name == "search"
    path = None if is_first else name
    return st.Page(
        widgets.PAGES[name], title=name.title(), icon=f":material/{icon}:", default=is_first, url_path=path
    )


if __name__ == "__main__":
    main()
