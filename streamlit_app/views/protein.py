"""The protein page: what is known and predicted of one protein, its neighbours, and how any sentence fits it.

It takes a protein of the index by its accession, or any sequence.
"""

from dataclasses import replace

import streamlit as st

from protclip.predict.targets import QUERY
from protclip.records import Protein
from streamlit_app import resources, session
from streamlit_app.annotation_view import known_table
from streamlit_app.card_links import card_links, is_indexed, sequence_links
from streamlit_app.charts import Mark, cosine_distribution, describe_position, distribution_rows
from streamlit_app.explain_form import EXAMPLES, MAX_RESIDUES, ExplainExample
from streamlit_app.figure_view import show_figure
from streamlit_app.hit_table import hit_table
from streamlit_app.origins import origin_now, title_of
from streamlit_app.page_params import set_param, text_box, text_param
from streamlit_app.pair_list import named
from streamlit_app.predicted_panel import show_predictions
from streamlit_app.protein_box import protein_box
from streamlit_app.protein_sequence import show_sequence
from streamlit_app.recipes import search_recipe
from streamlit_app.resources import Engine
from streamlit_app.results import origin_of
from streamlit_app.rows import rows_of
from streamlit_app.structure_input import EXAMPLE_ACCESSION
from streamlit_app.url_state import ACCESSION, MAX_TEXT_IN_URL, SearchState
from streamlit_app.widgets import (
    PROTEIN_PAGE,
    SEARCH_PAGE,
    download_row,
    errors_as_sentences,
    go_tables,
    help_link,
    other_annotations,
    outside_link_row,
    plain,
    protein_heading,
    recipe_panel,
    score_legend,
    show_warnings,
)

NUM_NEIGHBOURS = 10
MAX_ACCESSION = 64


def show() -> None:
    """Draw the page."""
    session.enter_page("protein")
    engine = resources.engine_or_sentence()
    accession = _accession()
    protein = _protein(engine, accession) if accession else _own_protein(engine)
    if protein is None:
        return
    if accession:
        _head(engine, protein)
        left, right = st.columns([3, 2], gap="large")
        with left:
            _annotations(engine, protein)
        with right, errors_as_sentences():
            _sentence_match(engine, protein)
    else:
        with errors_as_sentences():
            sequence_links(protein, here=PROTEIN_PAGE, sentence=_sentence())
            _sentence_match(engine, protein)
    show_sequence(engine, protein, _sentence(), is_known=bool(accession))
    with errors_as_sentences():
        show_predictions(engine, protein)
    search = _neighbour_search(protein.accession if accession else protein.sequence)
    with errors_as_sentences():
        _neighbours(engine, protein, search)
    recipe_panel(
        search_recipe(search, "accession" if accession else "sequence", session.server_address()),
        label="Find these neighbours without the browser",
    )


def _head(engine: Engine, protein: Protein) -> None:
    protein_heading(protein, engine.title(protein))
    outside_link_row(protein.accession)
    card_links(protein.accession, here=PROTEIN_PAGE, sentence=_sentence())


def _accession() -> str:
    """The accession in the address, which the box at the top shows and changes; "" where it is none."""
    row = st.container(horizontal=True, vertical_alignment="bottom")
    given = text_box("Accession", "acc", limit=MAX_ACCESSION, draw=row.text_input, width=240)
    with row:
        st.page_link(SEARCH_PAGE, label="Back to the search", icon=":material/arrow_back:")
        help_link("protein")
    if given and not ACCESSION.fullmatch(given):
        st.warning(
            "That is no accession. Give one such as P38398, or find the protein on the search page by its name, by "
            "what it does or by its sequence.",
            icon=":material/info:",
        )
        return ""
    return given


def _protein(engine: Engine, accession: str) -> Protein | None:
    with errors_as_sentences():
        return engine.protein(accession)
    return None


def _own_protein(engine: Engine) -> Protein | None:
    """The protein of a sequence that is given; one of the index by its accession is opened as such."""
    st.title("Protein", anchor=False)
    st.caption(
        "Type an accession of the index, such as P38398, open a protein from the search page, or give a sequence of "
        "your own here."
    )
    _examples()
    protein = protein_box(engine, label="A sequence of your own", max_residues=MAX_RESIDUES)
    if protein is None:
        return None
    if is_indexed(engine, protein):
        _open(protein.accession)
    if engine.is_known(protein.accession):  # by its name alone: as evidence, the known one is another protein
        protein = replace(protein, accession=QUERY)
    return named(protein)


def _open(accession: str) -> None:
    """Show a protein of the index, for the sentence that was typed."""
    sentence = _sentence()
    st.query_params.from_dict({"acc": accession} | ({"text": sentence} if sentence else {}))
    st.rerun()


def _examples() -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.caption("Try one:", width="content")
        for example in EXAMPLES:
            if example.protein == EXAMPLE_ACCESSION:  # its button promises a structure
                continue
            st.button(example.label, type="tertiary", on_click=_fill, args=(example,))


def _fill(example: ExplainExample) -> None:
    set_param("acc", example.protein)
    set_param("text", example.sentence)


def _annotations(engine: Engine, protein: Protein) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("What is known", anchor=False, width="content")
        st.badge("from the source", icon=":material/library_books:", color="green")
    if protein.name not in ("", engine.title(protein)[:160]):  # the heading has a short one already
        st.markdown("**Names** " + plain(protein.name, limit=2000))
    other_annotations(protein)
    go_tables(protein, engine.ontology)
    known = known_table(protein, engine.ontology)
    if len(known):
        origin = origin_now(engine, f"what is known of {protein.accession}")
        download_row(known, origin, stem=f"{protein.accession}-known", key="known")


def _sentence_match(engine: Engine, protein: Protein) -> None:
    """A sentence against this protein, explained by the sentence against the whole index."""
    st.subheader("Does a sentence fit?", anchor=False)
    given = text_box(
        "Any sentence",
        "text",
        limit=MAX_TEXT_IN_URL,
        placeholder="unwinds DNA",
        help=f"At most {MAX_TEXT_IN_URL} characters. The model compares the sentence with this protein's sequence, "
        "and with every other protein's.",
    )
    if not given:
        st.caption(
            f"Type in at most {MAX_TEXT_IN_URL} characters what you think this protein does, and see how it stands "
            "among all proteins for those words."
        )
        return
    cosines, cosine = resources.sentence_cosines(engine, given, protein.sequence)
    mark = Mark(accession=protein.accession, title=title_of(engine, protein), cosine=cosine, strong=True)
    st.markdown(plain(describe_position(cosine, cosines)))
    show_warnings(engine.sentence_warnings(given))
    show_figure(
        cosine_distribution(cosines, [mark]),
        key="fit",
        stem="protclip-sentence",
        origin=origin_now(engine, f"{protein.accession}: {given}"),
        alt="Distribution of the cosines of all indexed proteins for this sentence, with this protein marked; "
        "the table below has the numbers.",
    )
    with st.expander("The figure as a table"):
        st.dataframe(
            distribution_rows(cosines, [mark]),
            hide_index=True,
            column_config={"cosine": st.column_config.NumberColumn(format="%.3f")},
        )
    score_legend(engine.num_indexed)


def _sentence() -> str:
    return text_param("text", MAX_TEXT_IN_URL)


def _neighbour_search(text: str) -> SearchState:
    return SearchState(text=text, mode="semantic", top=NUM_NEIGHBOURS)


def _neighbours(engine: Engine, protein: Protein, state: SearchState) -> None:
    st.subheader("Nearest proteins in the model's space", anchor=False)
    st.caption("By the sequences alone, as the model reads them. Mark a row to open that protein.")
    found = resources.find(engine, state)
    hits = [hit for hit in found.result.hits if hit.protein.accession != protein.accession]
    rows = rows_of(hits, engine.title)
    marked = hit_table(rows, (), key=f"near-{protein.accession}", mode="single-row")
    if marked:
        _open(marked[0])
    download_row(rows, origin_of(engine, found, state), stem=f"{protein.accession}-nearest", key="near")


if __name__ == "__main__":
    show()
