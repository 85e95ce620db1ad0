"""The interactions page: do two proteins interact, which proteins does one interact with, or a list of pairs."""

from functools import partial

import streamlit as st

from streamlit_app import resources, session
from streamlit_app.interaction_inputs import MAX_RESIDUES, Given, interaction_form
from streamlit_app.interaction_recipes import atlas_recipe, pairs_recipe
from streamlit_app.interaction_results import show_many, show_pair
from streamlit_app.interaction_words import HONEST, LEGEND
from streamlit_app.interaction_work import PairsAnswer, atlas_work, one_pair, pairs_work
from streamlit_app.jobs import Work, key_of
from streamlit_app.own_model import is_refused
from streamlit_app.pair_list import reader_of
from streamlit_app.protein_box import read_protein
from streamlit_app.recipes import Recipe
from streamlit_app.resources import Engine
from streamlit_app.waiting import result_of
from streamlit_app.widgets import errors_as_sentences, page_head, recipe_panel

_WHAT = {
    "pair": "Predicting the interaction",
    "atlas": "Comparing with every protein of the atlas",
    "list": "Predicting the pairs",
}
_ANSWER = "This server answers with the JSON that `protclip interact --format json` prints."
_WITHOUT_KNOWN = " Known interactions are looked up by the page and the command line alone."


def show() -> None:
    """Draw the page."""
    session.enter_page("interactions")
    page_head("Do they interact?", "interactions")
    engine = resources.engine_or_sentence()
    if is_refused(engine, lambda tools: tools.interactions()):
        return
    given = interaction_form(engine)
    st.warning(HONEST, icon=":material/science:")
    answer: PairsAnswer | None = None
    if given is not None:
        answer = result_of(_key(engine, given), _work(engine, given), what=_WHAT[given.way])
        if answer is not None:
            with errors_as_sentences():
                _show(engine, given, answer)
    with st.expander("What do probability, types and distance mean?", icon=":material/help:"):
        st.markdown(LEGEND)
    if given is not None and answer is not None:
        recipe_panel(
            _recipe(given, answer),
            answer=_ANSWER + (_WITHOUT_KNOWN if given.known else ""),
        )


def _key(engine: Engine, given: Given) -> str:
    proteins = [(p.accession, p.sequence, [a.id for a in p.annotations]) for p in given.proteins]
    return key_of(
        "interactions", engine.fingerprint, way=given.way, proteins=proteins, top=given.top,
        lines=[(line.number, line.cells) for line in given.lines], index=engine.location, known=given.known,
    )  # fmt: skip


def _work(engine: Engine, given: Given) -> Work:
    if given.way == "atlas":
        return atlas_work(lambda: engine.tools, given.proteins[0], given.top, given.known)
    if given.way == "pair":
        return pairs_work(lambda: engine.tools, one_pair(*given.proteins), given.known)
    read = reader_of(given.lines, partial(read_protein, engine, max_residues=MAX_RESIDUES))
    return pairs_work(lambda: engine.tools, read, given.known)


def _show(engine: Engine, given: Given, answer: PairsAnswer) -> None:
    if given.way == "pair":
        show_pair(engine, answer)
    elif given.way == "atlas":
        name = given.proteins[0].accession
        show_many(engine, answer, query=f"the {len(answer.pairs)} most probable partners of {name}")
    else:
        show_many(engine, answer, query=f"a list of {len(answer.pairs)} pairs")


def _recipe(given: Given, answer: PairsAnswer) -> Recipe:
    server = session.server_address()
    if given.way == "atlas":
        return atlas_recipe(given.proteins[0], given.top, server, known=bool(given.known))
    pairs = [(pair.first, pair.second) for pair in answer.pairs]
    return pairs_recipe(pairs, server, known=bool(given.known))


if __name__ == "__main__":
    show()
