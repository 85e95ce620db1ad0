"""The search page's comparison: a column for each query, what they share, and one table to take home."""

from dataclasses import replace

import streamlit as st

from protclip.errors import ProtCLIPError
from streamlit_app import resources, session
from streamlit_app.card_links import card_links
from streamlit_app.compare import (
    Answered,
    also_in,
    compared_states,
    joined,
    overlap_sentence,
    queries_in_words,
)
from streamlit_app.engine import query_words
from streamlit_app.recipes import search_recipe
from streamlit_app.recognition import as_sentence
from streamlit_app.resources import Engine, Found
from streamlit_app.results import origin_of, sentence_of
from streamlit_app.rows import rows_of
from streamlit_app.url_state import SearchState
from streamlit_app.widgets import (
    SEARCH_PAGE,
    download_row,
    marked_rows,
    plain,
    recipe_panel,
    score_legend,
    show_warnings,
    table_height,
)


def show_comparison(engine: Engine, found: Found) -> None:
    """Draw the queries side by side; ``found`` answers the first of them."""
    state = session.state()
    states = compared_states(state)
    founds = [found, *(_found(engine, other) for other in states[1:])]
    answers = [
        Answered(
            query=query_words(asked),
            rows=rows_of(answer.result.hits, engine.title) if isinstance(answer, Found) else (),
            failed=not isinstance(answer, Found),
        )
        for asked, answer in zip(states, founds, strict=True)
    ]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{len(states)} queries side by side** · {overlap_sentence(answers)}")
        st.button("End comparison", on_click=session.update, kwargs={"versus": ()})
    # Four in a row leave no room for the names: they stand in two rows of two.
    wide = 3 if len(states) == 3 else 2
    for start in range(0, len(states), wide):
        for number, column in enumerate(st.columns(wide, gap="small"), start=start):
            with column:
                _column(engine, number, answers, founds[number], state)
    _take_home(engine, found, states, answers)
    score_legend(engine.num_indexed)
    for number, (asked, answer) in enumerate(zip(states, founds, strict=True), start=1):
        if isinstance(answer, Found):
            recipe = search_recipe(asked, answer.result.kind, session.server_address())
            recipe_panel(recipe, f"Do this without the browser: query {number}")


def _found(engine: Engine, state: SearchState) -> Found | ProtCLIPError:
    """What a query finds, or why it cannot be answered: the others are shown all the same."""
    try:
        return resources.find(engine, state)
    except ProtCLIPError as error:
        return error


def _column(
    engine: Engine, number: int, answers: list[Answered], found: Found | ProtCLIPError, state: SearchState
) -> None:
    answer = answers[number]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{number + 1}** {plain(answer.query, limit=120)}", width="stretch")
        if number:
            _remove_button(number, state)
    if isinstance(found, ProtCLIPError):
        st.error(plain(as_sentence(str(found)), limit=2000), icon=":material/error:")
    elif not answer.rows:
        st.info("No protein passes.")
    else:
        show_warnings(found.result.warnings)
        if accession := _hits(number, answers):
            sentence = sentence_of(engine, found, answer.query)
            card_links(accession, here=SEARCH_PAGE, sentence=sentence)
        else:
            st.caption("Mark a row in the first column to go on with that protein.")


def _remove_button(number: int, state: SearchState) -> None:
    rest = tuple(text for n, text in enumerate(state.versus, start=1) if n != number)
    st.button(
        "Remove",
        key=f"versus-{number}",
        icon=":material/close:",
        type="tertiary",
        on_click=session.update,
        kwargs={"versus": rest},
    )


def _hits(number: int, answers: list[Answered]) -> str:
    """Draw the table of a query; gives the accession of the marked row."""
    shared = also_in(number, answers)
    rows = answers[number].rows
    lines = [
        {
            "rank": row.rank,
            "shared": shared[row.accession] or None,
            "accession": row.accession,
            "percentile": row.percentile,
            "title": row.title if row.named else f"[unnamed] {row.title}",
        }
        for row in rows
    ]
    columns = st.column_config
    event = st.dataframe(
        lines,
        key=f"compared-{number}-{hash(tuple(row.accession for row in rows))}",
        hide_index=True,
        column_order=[name for name in lines[0] if any(line[name] is not None for line in lines)],
        height=table_height(len(rows), 12),
        placeholder="–",
        on_select="rerun",
        selection_mode="single-row",
        alt=f"Hits of query {number + 1}, best first, with the queries that share them",
        column_config={
            "rank": columns.NumberColumn("#", width=35),
            "shared": columns.TextColumn("Also in", width=60, help="The other queries that found it too."),
            "accession": columns.TextColumn("Accession", width=85),
            "percentile": columns.NumberColumn(
                "Percentile", format="%.2f", width=75, help="Share of the index with a lower cosine."
            ),
            "title": columns.TextColumn("Protein", width=190),
        },
    )
    return next((rows[place].accession for place in marked_rows(event, len(rows))), "")


def _take_home(
    engine: Engine, found: Found, states: tuple[SearchState, ...], answers: list[Answered]
) -> None:
    table = joined(answers)
    origin = replace(origin_of(engine, found, states[0]), query=queries_in_words(states))
    download_row(table, origin, stem="protclip-compare", key="compare")
