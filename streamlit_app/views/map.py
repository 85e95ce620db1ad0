"""The map page: the proteins of the atlas in two dimensions, coloured, searched, selected, new ones among them."""

import hashlib
from functools import partial

import numpy as np
import streamlit as st

from protclip.errors import InputError
from protclip.predict.map_placing import Placed
from protclip.predict.map_regions import box
from protclip.records import Protein
from streamlit_app import map_resources, map_session, resources, session
from streamlit_app.downloads import Origin
from streamlit_app.figure_view import show_figure
from streamlit_app.map_figure import MAX_POINTS, MapMark, Overlay, describe_map, figure_rows, map_figure
from streamlit_app.map_placing_form import place_new, placing_form, show_placed
from streamlit_app.map_points import Codes, Colouring, MapPoints
from streamlit_app.map_recipes import map_recipe
from streamlit_app.map_selection import show_selection
from streamlit_app.map_state import COLOURS, ColourBy, MapState
from streamlit_app.origins import origin_now
from streamlit_app.recognition import LIMITS, as_sentence
from streamlit_app.resources import Engine
from streamlit_app.rows import short_title
from streamlit_app.url_state import TOPS, SearchState
from streamlit_app.widgets import (
    PROTEIN_PAGE,
    errors_as_sentences,
    page_head,
    plain,
    recipe_panel,
    show_warnings,
)

COLOUR_LABELS: dict[ColourBy, str] = {
    "function": "Molecular function",
    "process": "Biological process",
    "location": "Location in the cell",
    "ec": "Enzyme class (EC)",
    "organism": "Organism",
    "length": "Length",
}


def show() -> None:
    """Draw the page."""
    session.enter_page("map")
    engine = resources.engine_or_sentence()
    state = map_session.take_state()
    page_head("Map of proteins", "map", small=True)
    for notice in session.take_notices():
        st.warning(plain(notice), icon=":material/info:")
    with errors_as_sentences():
        points = map_resources.map_points(engine)
        _faithfulness(points)
        _controls(state)
        _map(engine, points, state)
        _legend(points)
        recipe_panel(
            map_recipe(state, session.server_address(), own_map=map_resources.is_own_map()),
            answer="This server answers with the rows of `protclip map place --format json` and the map's measures.",
        )


def _faithfulness(points: MapPoints) -> None:
    measures = points.made.measures
    st.caption(
        f"Each of **{len(points):,} proteins** is a point; proteins that the model reads alike lie together. "
        f"Of a protein's {measures.num_neighbours} nearest in the model's space {measures.overlap:.0%} are among its "
        f"{measures.num_neighbours} nearest here, and trustworthiness is {measures.trustworthiness:.2f} (1 is best): "
        "**believe who is near whom, not how far groups lie apart.** The axes mean nothing."
    )


def _controls(state: MapState) -> None:
    st.session_state["map_colour"], st.session_state["map_query"] = state.colour, state.query
    st.session_state["map_top"] = state.top
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox(
            "Colour by",
            COLOURS,
            key="map_colour",
            format_func=COLOUR_LABELS.__getitem__,
            on_change=_changed,
            width=230,
        )
        st.text_input(
            "Mark the hits of a search",
            key="map_query",
            placeholder="unwinds DNA",
            on_change=_changed,
            width=340,
            help="A sentence, a keyword, an accession or a sequence, as on the search page.",
        )
        st.selectbox("Hits", TOPS, key="map_top", on_change=_changed, width=90)
        _by_numbers(state)
        if state.view is not None:
            st.button(
                "Draw the whole map",
                icon=":material/zoom_out:",
                on_click=map_session.change,
                kwargs={"view": None},
            )
        if state.accession:
            st.button(
                f"Unmark {state.accession}",
                icon=":material/close:",
                on_click=map_session.change,
                kwargs={"accession": ""},
            )
    st.caption(f"A search takes {LIMITS}.")


def _changed() -> None:
    map_session.change(
        colour=st.session_state["map_colour"],
        query=st.session_state["map_query"].strip(),
        top=st.session_state["map_top"],
    )


def _by_numbers(state: MapState) -> None:
    """A selection without a mouse."""
    left, right, bottom, top = state.region.bounds if state.region else (0.0, 1.0, 0.0, 1.0)
    with st.popover("Select by numbers", icon=":material/select_all:"), st.form("map-box", border=False):
        st.caption("A box by its sides, in the numbers at the edges of the map.")
        columns = st.columns(2)
        given = (("x from", left), ("to", right), ("y from", bottom), ("to ", top))
        for place, (label, value) in enumerate(given):
            st.session_state[f"map_side_{place}"] = value
            columns[place % 2].number_input(label, -1000.0, 1000.0, key=f"map_side_{place}", step=0.5)
        st.form_submit_button("Select", on_click=_box_given)


def _box_given() -> None:
    try:
        region = box(*(float(st.session_state[f"map_side_{place}"]) for place in range(4)))
    except InputError as error:
        session.notify(as_sentence(str(error)))
        return
    map_session.change_region(region)


def _map(engine: Engine, points: MapPoints, state: MapState) -> None:
    colouring = map_resources.map_colours(engine, points, state.colour)
    marks = _marks(engine, points, state)
    placing_form(state)
    placed: list[Placed] = []
    proteins: list[Protein] = []
    with errors_as_sentences():
        placed, proteins = place_new(engine, points, state)
    inside = None if state.region is None else np.flatnonzero(state.region.contains(points.made.coordinates))
    overlay = Overlay(marks=tuple(marks), placed=tuple(placed))
    _figure(engine, points, colouring, overlay, state, inside)
    origin = _origin(engine, points, state)
    if placed:
        show_placed(engine, placed, proteins, origin)
    if inside is not None:
        show_selection(engine, points, colouring, state, inside, origin)
    else:
        st.info(
            "Draw around some points with the lasso, or with the box of the map's tool bar: their proteins and the "
            "GO terms that are frequent among them are listed here.",
            icon=":material/lasso_select:",
        )


def _figure(
    engine: Engine,
    points: MapPoints,
    colouring: Colouring,
    overlay: Overlay,
    state: MapState,
    inside: Codes | None,
) -> None:
    dark = st.context.theme.type == "dark"
    key = _figure_key(state, overlay.placed, dark=dark)
    outlined = Overlay(
        marks=overlay.marks, placed=overlay.placed, outline=map_session.outline_on(key, state.region)
    )
    draw = partial(map_figure, points, colouring, outlined, view=state.view, dark=dark)
    shown = outlined.outline.text if outlined.outline else ""
    show_figure(
        map_resources.drawn_map(map_resources.map_stamp(), f"{engine.location} {key}", shown, draw),
        key=key,
        on_select=partial(map_session.drawn, key),
        selection_mode=("box", "lasso"),
        stem="protclip-map",
        origin=_origin(engine, points, state),
        alt=describe_map(
            points, colouring, COLOUR_LABELS[state.colour].lower(), None if inside is None else len(inside)
        ),
    )
    st.caption(colouring.note)
    with st.expander("The figure as a table"):
        st.dataframe(figure_rows(colouring, inside, overlay), hide_index=True, placeholder="–")


def _figure_key(state: MapState, placed: tuple[Placed, ...], *, dark: bool) -> str:
    """Another one for whatever is drawn anew; what is selected with the mouse leaves the figure as it is."""
    told = (
        state.colour,
        state.query,
        state.top,
        state.accession,
        placed,
        state.view,
        dark,
        map_session.version(),
    )
    return f"map-{hashlib.sha256(repr(told).encode()).hexdigest()[:16]}"


def _marks(engine: Engine, points: MapPoints, state: MapState) -> list[MapMark]:
    """The protein asked for and the hits of the search that are on the map; what is not is told."""
    wanted: list[tuple[str, str, int]] = []
    with errors_as_sentences():
        if state.accession:
            protein = engine.protein(state.accession)
            wanted.append((protein.accession, engine.title(protein), 0))
            st.page_link(
                PROTEIN_PAGE,
                label=f"Open {protein.accession}",
                icon=":material/open_in_full:",
                query_params={"acc": protein.accession},
            )
    with errors_as_sentences():
        if state.query:
            found = resources.find(engine, SearchState(text=state.query, top=state.top)).result
            wanted += [(hit.protein.accession, engine.title(hit.protein), hit.rank) for hit in found.hits]
            show_warnings(found.warnings)
    place_of = {name: n for n, name in enumerate(points.made.accessions)} if wanted else {}
    missing = [accession for accession, _, _ in wanted if accession not in place_of]
    if missing:
        st.warning(plain(f"Not on the map: {', '.join(missing[:10])}."), icon=":material/info:")
    return [
        MapMark(accession=a, title=short_title(title), rank=rank, x=float(x), y=float(y))
        for a, title, rank in wanted
        if a in place_of
        for x, y in [points.made.coordinates[place_of[a]]]
    ]


def _origin(engine: Engine, points: MapPoints, state: MapState) -> Origin:
    parts = [f"region {state.region.text}"] if state.region else []
    parts += ["placed sequences"] if state.fasta else []
    source = f"{engine.index} ({engine.num_indexed} proteins), map of {len(points)}"
    return origin_now(engine, "map: " + ", ".join(parts), source=source)


def _legend(points: MapPoints) -> None:
    measures, settings = points.made.measures, points.made.settings
    with st.expander("What does the map show, and what not?", icon=":material/help:"):
        st.markdown(
            f"- Made by **UMAP** (cosine, {settings.num_neighbours} neighbours, least distance "
            f"{settings.min_distance:g}, seed {settings.seed}) of the embeddings of the sequences. Another seed "
            "turns and bends it.\n"
            f"- **Trustworthiness** {measures.trustworthiness:.3f}: neighbours here that are none in the model's "
            "space take from 1, the more the farther down they rank there. **Neighbour overlap** "
            f"{measures.overlap:.3f}: the share of neighbours kept. Both of {measures.num_sampled:,} proteins among "
            "all.\n"
            "- **New sequences** are put amid their nearest known proteins (weighted geometric median); the map "
            "itself stays as it is. Proteins of the map that are placed so come within "
            f"{measures.placing_error:.2f} of their own place, half of them. **Far** is a distance to the nearest "
            f"above {measures.usual_distance:.2f}, which 95 of 100 proteins of the map stay below.\n"
            f"- More than {MAX_POINTS:,} points in view are drawn as a picture of their density with a sample on "
            "top; a selection takes all of them. Select a box and draw it alone to see each."
        )


if __name__ == "__main__":
    show()
