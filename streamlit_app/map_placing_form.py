"""Where a visitor places sequences of their own on the map."""

from collections.abc import Sequence

import streamlit as st

from protclip.predict.map_placing import Placed
from protclip.predict.map_sources import place_all
from protclip.records import Protein
from protclip.sequence import looks_like_sequence
from streamlit_app import map_resources, map_session
from streamlit_app.downloads import Origin
from streamlit_app.examples import INSULIN
from streamlit_app.fasta_input import clean_up
from streamlit_app.map_new import FAR, LIMITS, MAX_PLACED, TORN, placed_table, read_new
from streamlit_app.map_points import MapPoints
from streamlit_app.map_state import MapState
from streamlit_app.resources import Engine
from streamlit_app.rows import short_title
from streamlit_app.widgets import download_row, plain, show_warnings, table_height

# Hen egg-white lysozyme (UniProt P00698), residues 19 to 147, and a made-up repeat that is like nothing.
EXAMPLE = f""">insulin human
{INSULIN}
>lysozyme hen
KVFGRCELAAAMKRHGLDNYRGYSLGNWVCAAKFESNFNTQATNRNTDGSTDYGILQINSRWWCNDGRTPGSRNLCNIPCSALLSSDITASVNCAKKIVSDGN
GMNAWVAWRNRCKGTDVQAWIRGCRL
>repeat made-up
{"MQWCHWQMCH" * 6}
"""


def placing_form(state: MapState) -> None:
    """The box for new sequences, with its limits and an example."""
    with st.expander(
        "Place your own sequences", icon=":material/add_location_alt:", expanded=bool(state.fasta)
    ):
        st.session_state["map_fasta"] = state.fasta
        with st.form("map-place", border=False):
            st.text_area(
                "Sequences",
                key="map_fasta",
                height=140,
                placeholder=">name\nMKTAYIAKQR…",
                help="They stay on this server, under a hash that stands in the address.",
            )
            st.caption(LIMITS)
            with st.container(horizontal=True):
                st.form_submit_button("Place", icon=":material/location_on:", on_click=_submitted)
                st.form_submit_button("An example", on_click=map_session.change, kwargs={"fasta": EXAMPLE})
                st.form_submit_button("Remove", on_click=map_session.change, kwargs={"fasta": ""})


def _submitted() -> None:
    map_session.change(fasta=st.session_state["map_fasta"].strip())


def place_new(engine: Engine, points: MapPoints, state: MapState) -> tuple[list[Placed], list[Protein]]:
    """The new proteins and their places; records that cannot be used are named on the page.

    Raises
    ------
    protclip.errors.ProtCLIPError
        If none can be used, there are too many, or the index cannot be asked.
    """
    if not state.fasta.strip():
        return [], []
    _offer_clean_up(state.fasta)
    proteins, problems = read_new(state.fasta)
    show_warnings(problems, ":material/warning:")
    near = map_resources.near(engine, tuple(protein.sequence for protein in proteins))
    return place_all([protein.accession for protein in proteins], iter(near), points.made), proteins


def _offer_clean_up(text: str) -> None:
    """A button that takes numbers, gaps and stops out of the sequences, where there are any."""
    cleaned = clean_up(text)
    is_meant = text.lstrip().startswith(">") or looks_like_sequence("".join(cleaned.text.splitlines()[1:]))
    if cleaned.changes and is_meant:
        told = "; ".join(f"{accession}: {change}" for accession, change in cleaned.changes[:MAX_PLACED])
        st.warning(plain(f"The sequences can be cleaned up ({told})."), icon=":material/cleaning_services:")
        st.button("Use the cleaned sequences", on_click=map_session.change, kwargs={"fasta": cleaned.text})


def show_placed(
    engine: Engine, placed: Sequence[Placed], proteins: Sequence[Protein], origin: Origin
) -> None:
    """The placed proteins as a table, with what stands against a place."""
    nearest = tuple(dict.fromkeys(p.nearest for p in placed))
    titles = {
        name: short_title(title)
        for name, (_, title) in zip(nearest, map_resources.map_proteins(engine, nearest), strict=True)
    }
    table = placed_table(placed, {p.accession: len(p.sequence) for p in proteins}, titles)
    st.subheader(f"Your {len(table)} sequences" if len(table) > 1 else "Your sequence", anchor=False)
    for one, words in ((p, w) for p in placed for w, is_so in ((FAR, p.is_far), (TORN, p.is_torn)) if is_so):
        st.warning(plain(f"{one.accession} is {words}." if words == FAR else f"{one.accession}: {words}."))
    st.dataframe(
        list(table.lines),
        key="map-placed",
        hide_index=True,
        height=table_height(len(table), 8),
        alt=f"{len(table)} placed sequences with their nearest known protein",
        column_config={
            "accession": st.column_config.TextColumn("Sequence"),
            "length": st.column_config.NumberColumn("Length", help="Residues."),
            "x": st.column_config.NumberColumn(format="%.2f"),
            "y": st.column_config.NumberColumn(format="%.2f"),
            "nearest": st.column_config.TextColumn("Nearest known"),
            "nearest_title": st.column_config.TextColumn("What that is", width="medium"),
            "cosine": st.column_config.NumberColumn("Cosine", format="%.3f"),
            "distance": st.column_config.NumberColumn("Distance", format="%.3f", help="1 less the cosine."),
            "spread": st.column_config.NumberColumn(
                "Spread", format="%.2f", help="How far its neighbours lie from its place, in the map's units."
            ),
            "warning": st.column_config.TextColumn("Warning", width="medium"),
        },
    )
    download_row(table, origin, stem="protclip-map-placed", key="map-placed-file")
