"""The model page: what the model is, what it was trained on and how, and what was measured."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from protclip.benchmarks.result_rows import ResultRow
from streamlit_app import model_sections as sections
from streamlit_app import session
from streamlit_app.benchmark_section import benchmarks
from streamlit_app.downloads import Origin
from streamlit_app.measured import read_results, results_folder
from streamlit_app.own_model import ServedModel, served_model
from streamlit_app.page_params import choice_box
from streamlit_app.recipes import Recipe
from streamlit_app.widgets import errors_as_sentences, page_head, plain, recipe_panel
from vector_store.opening import default_model

_SECTIONS = {
    "card": "Model card",
    "data": "Data",
    "training": "Training",
    "results": "Measured",
    "benchmarks": "Benchmarks",
    "published": "Published by others",
}


def show() -> None:
    """Draw the page."""
    session.enter_page("model")
    page_head("Model", "model")
    section = choice_box(
        "Section",
        "show",
        tuple(_SECTIONS),
        "card",
        format_func=lambda name: _SECTIONS[name],
        label_visibility="collapsed",
    )
    with errors_as_sentences():
        model = served_model()
        st.caption(plain(f"The model of this server: {model.name}, fingerprint {model.fingerprint}."))
        _section(section, model)
    recipe_panel(_recipe(), answer="Which model and index this server has.")


def _section(section: str, model: ServedModel) -> None:
    folder = results_folder()
    origin = Origin(
        model=model.name,
        fingerprint=model.fingerprint,
        index="none",
        date=datetime.now(UTC).date().isoformat(),
        query=f"model page, {section}",
    )
    if section == "card":
        sections.card(model)
    elif section == "training":
        sections.training(model, origin)
    elif section == "benchmarks":
        benchmarks(_results(folder), origin)
    elif section == "published":
        sections.published(origin)
    elif section == "data":
        sections.data(_results(folder), model, origin)
    else:
        sections.measured(_results(folder), model, origin)


def _results(folder: Path | None) -> Mapping[str, Sequence[ResultRow]]:
    if folder is None:
        st.info(
            "The measurements are not on this machine: they lie in results/ of a checkout. Start the app from a "
            "checkout, or name the folder in PROTCLIP_RESULTS.",
            icon=":material/folder_off:",
        )
        return {}
    return read_results(folder)


def _recipe() -> Recipe:
    python = (
        "from protclip.encode import Encoder\n\n"
        "encoder = Encoder.from_pretrained()\n"
        "print(encoder.name, encoder.fingerprint)\n"
    )
    shell = (
        "protclip info --format json" if default_model() is None else "protclip index status --format json"
    )
    return Recipe(
        shell=shell,
        python=python,
        curl=f"curl -sS {session.server_address()}/api/v1/health",
    )


if __name__ == "__main__":
    show()
