"""The lower part of the search page: summary, table, downloads, cards, and why these scores."""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from protclip.data.term_vectors import most_of
from protclip.records import Hit
from streamlit_app import resources, session
from streamlit_app.card_links import card_links
from streamlit_app.charts import Mark, cosine_distribution, describe_position, distribution_rows
from streamlit_app.downloads import Origin
from streamlit_app.engine import query_words
from streamlit_app.figure_view import show_figure
from streamlit_app.hit_table import hit_table
from streamlit_app.recipes import search_recipe
from streamlit_app.resources import Engine, Found
from streamlit_app.rows import rows_of
from streamlit_app.search_form import MODE_LABELS
from streamlit_app.url_state import MAX_TEXT_IN_URL, SearchState
from streamlit_app.widgets import (
    PROTEIN_PAGE,
    SEARCH_PAGE,
    download_row,
    go_summary,
    outside_link_row,
    plain,
    protein_heading,
    recipe_panel,
    score_legend,
    show_warnings,
    track_legend,
)

MAX_CARDS = 3
_READ_AS_SHARE, _READ_AS_MOST = 0.5, 4


def show_results(engine: Engine, found: Found) -> None:
    """Draw everything about a result."""
    state, result = session.state(), found.result
    show_warnings(result.warnings)
    _summary(engine, found)
    if result.kind == "accession":
        _asked_protein(engine, state.text)
    if not result.hits:
        st.info(
            "No protein passes. Remove a filter, or search by Both or Meaning: they find proteins without the words."
        )
        return
    tracks = resources.residue_tracks(engine, state, found)
    rows = rows_of(result.hits, engine.title, tracks)
    selected = hit_table(rows, state.selected, key=f"hits-{session.address_version()}")
    if selected != state.selected:
        session.update(selected=selected)
    chosen = [hit for hit in result.hits if hit.protein.accession in selected]
    _actions(chosen)
    if tracks:
        track_legend()
    download_row(rows, origin_of(engine, found, state), stem="protclip-search", key="download")
    score_legend(result.num_indexed)
    _below(engine, found, chosen)
    recipe_panel(search_recipe(state, result.kind, session.server_address()))


def origin_of(engine: Engine, found: Found, state: SearchState) -> Origin:
    """What a downloaded file says of where its rows come from."""
    return Origin(
        model=engine.model,
        fingerprint=found.result.fingerprint,
        index=f"{engine.index} ({found.result.num_indexed} proteins)",
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        query=query_words(state),
    )


def sentence_of(engine: Engine, found: Found, text: str) -> str:
    """What other pages are given of a query: its words, or the name of a GO id; "" where an address has no room."""
    words = text.strip()
    if found.result.kind != "text" or len(words) > MAX_TEXT_IN_URL:
        return ""
    return engine.go_name(words.upper()) or words


def _summary(engine: Engine, found: Found) -> None:
    state, result = session.state(), found.result
    num = len(result.hits)
    hits = "1 hit" if num == 1 else f"{num:,} hits"
    how = f"read as {result.kind} · by {MODE_LABELS[state.mode].lower()}"
    if result.kind == "examples":
        how = "by example"
    st.markdown(
        f"**{hits}** out of {result.num_indexed:,} proteins in {result.seconds * 1000:,.0f} ms · "
        f"{how} · model {plain(engine.model)} ({plain(result.fingerprint[:8])})"
    )
    if result.terms:
        st.caption(_read_as(engine, result.terms))
    if state.more_like or state.less_like:
        parts = [f"more like {', '.join(state.more_like)}"] if state.more_like else []
        parts += [f"less like {', '.join(state.less_like)}"] if state.less_like else []
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                plain(f"Searching by example: {'; '.join(parts)}.") + " The text in the box is set aside."
            )
            st.button(
                "End search by example", on_click=session.update, kwargs={"more_like": (), "less_like": ()}
            )


def _read_as(engine: Engine, terms: Sequence[tuple[str, float]]) -> str:
    """The GO terms a sentence was read as, the leading ones, so that a misreading can be seen."""
    names = [
        f"{engine.go_name(go_id)} ({go_id})" for go_id, _ in most_of(terms, _READ_AS_SHARE)[:_READ_AS_MOST]
    ]
    return "Read as: " + plain("; ".join(names), limit=400) + " …"


def _asked_protein(engine: Engine, accession: str) -> None:
    """Who asks by an accession first of all wants that protein."""
    protein = engine.protein(accession.strip())
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            f"**{plain(protein.accession)}** is {plain(engine.title(protein), limit=120)}.", width="content"
        )
        st.page_link(
            PROTEIN_PAGE,
            label=f"Open {protein.accession}",
            icon=":material/open_in_full:",
            query_params={"acc": protein.accession},
        )
    st.caption("These proteins have the most similar sequences in the model's space:")


def _actions(chosen: Sequence[Hit]) -> None:
    """What can be done with the marked rows."""
    accessions = tuple(hit.protein.accession for hit in chosen)
    state = session.state()
    like = tuple(dict.fromkeys((*state.more_like, *accessions)))
    unlike = tuple(dict.fromkeys((*state.less_like, *accessions)))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if not chosen:
            st.caption(
                "Mark rows in the first column to open them, or to search for more like these or less like those."
            )
            return
        st.caption(f"{len(chosen)} marked:", width="content")
        st.button(
            "More like these",
            icon=":material/add:",
            on_click=session.update,
            kwargs={"more_like": like, "less_like": _without(state.less_like, accessions)},
        )
        still_like = _without(state.more_like, accessions)
        st.button(
            "Less like those",
            icon=":material/remove:",
            on_click=session.update,
            kwargs={"more_like": still_like, "less_like": unlike},
            disabled=not still_like,
            help=None
            if still_like
            else "First say what hits should be like: mark rows, then “More like these”.",
        )


def _without(values: Sequence[str], dropped: Sequence[str]) -> tuple[str, ...]:
    return tuple(value for value in values if value not in dropped)


def _below(engine: Engine, found: Found, chosen: Sequence[Hit]) -> None:
    """Cards of the marked hits (of the best hit if none is), beside the explanation of the scores."""
    left, right = st.columns(2, gap="medium")
    shown = list(chosen[:MAX_CARDS]) or list(found.result.hits[:1])
    sentence = sentence_of(engine, found, session.state().text)
    with left:
        for hit in shown:
            _card(engine, hit, sentence, label="" if chosen else "Best hit")
        if len(chosen) > MAX_CARDS:
            st.caption(f"Cards of the first {MAX_CARDS} of {len(chosen)} marked rows.")
    with right:
        _why(engine, found, shown)


def _card(engine: Engine, hit: Hit, sentence: str, label: str) -> None:
    protein = hit.protein
    with st.container(border=True):
        if label:
            st.caption(label)
        protein_heading(protein, engine.title(protein))
        go_summary(protein, engine.ontology)
        card_links(protein.accession, here=SEARCH_PAGE, sentence=sentence)
        outside_link_row(protein.accession)


def _why(engine: Engine, found: Found, shown: Sequence[Hit]) -> None:
    """Where the hits lie among the cosines of the whole index for this query."""
    with st.container(border=True):
        st.subheader("Why this score?", anchor=False)
        if found.cosines is None:
            st.caption(
                "Words alone were compared: BM25 counts rare shared words, so there is no cosine to explain."
            )
            return
        strong = {hit.protein.accession for hit in shown}
        marks = [
            Mark(
                accession=hit.protein.accession,
                title=engine.title(hit.protein),
                cosine=hit.cosine,
                strong=hit.protein.accession in strong,
            )
            for hit in found.result.hits
            if hit.cosine is not None
        ]
        for mark in marks:
            if mark.strong:
                st.markdown(
                    f"**{plain(mark.accession)}** {plain(describe_position(mark.cosine, found.cosines))}"
                )
        show_figure(
            cosine_distribution(found.cosines, marks),
            key="why",
            stem="protclip-cosines",
            origin=origin_of(engine, found, session.state()),
            alt="Distribution of the cosines of all indexed proteins for this query, with the hits marked; "
            "the table below has the numbers.",
        )
        with st.expander("The figure as a table"):
            st.dataframe(
                distribution_rows(found.cosines, marks),
                hide_index=True,
                column_config={"cosine": st.column_config.NumberColumn(format="%.3f")},
            )
