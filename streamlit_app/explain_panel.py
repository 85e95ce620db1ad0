"""What the explain page answers: the match, tracks and controls, segments, and the numbers to take home."""

import re
from typing import TYPE_CHECKING, Any

import streamlit as st

from streamlit_app import resources, session
from streamlit_app.card_links import is_indexed, protein_links
from streamlit_app.charts import describe_position
from streamlit_app.downloads import Origin
from streamlit_app.engine import Engine
from streamlit_app.explain_charts import track_figure
from streamlit_app.explain_recipe import explain_recipe
from streamlit_app.explain_structure import show_structure
from streamlit_app.explain_view import (
    control_rows,
    full_json,
    lanes_of,
    measured_rows,
    quality_words,
    residue_table,
    segment_table,
    segment_words,
    spans_of,
    track_meaning,
    track_name,
    viewed_tracks,
)
from streamlit_app.explain_work import NUM_RANDOM
from streamlit_app.figure_view import show_figure
from streamlit_app.origins import origin_now
from streamlit_app.page_params import choice_box, set_param, text_param
from streamlit_app.sequence_view import Span, sequence_view, viewer_data
from streamlit_app.url_state import SearchState
from streamlit_app.widgets import (
    EXPLAIN_PAGE,
    download_row,
    marked_rows,
    plain,
    recipe_panel,
    score_legend,
    show_warnings,
    table_height,
)

if TYPE_CHECKING:
    from protclip.predict.explain import Explanation

_MARK = re.compile(r"(\d{1,6})-(\d{1,6})")


def show_explanation(engine: Engine, explanation: "Explanation") -> None:
    """Draw an explanation."""
    protein = explanation.protein
    protein_links(engine, protein, here=EXPLAIN_PAGE, sentence=explanation.sentence)
    _match(engine, explanation)
    track = _chosen_track(explanation)
    mark = marked_span(text_param("mark", 20), len(explanation.protein.sequence))
    _figure(engine, explanation, track, mark)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _sequence(explanation, track, mark)
        _segments(explanation, track)
    with right:
        structure = show_structure(explanation, track)
    _downloads(engine, explanation, track)
    _recipe(engine, explanation, track, structure)


def marked_span(text: str, length: int) -> Span | None:
    """The stretch that "89-97" names; None where it is none of a protein of so many residues."""
    found = _MARK.fullmatch(text)
    if found is None or not 1 <= int(found[1]) <= int(found[2]) <= length:
        return None
    return Span(start=int(found[1]), end=int(found[2]))


def _match(engine: Engine, explanation: "Explanation") -> None:
    st.subheader("Does the sentence fit at all?", anchor=False)
    found = resources.find(engine, SearchState(text=explanation.sentence, mode="semantic"))
    if found.cosines is not None and found.result.kind == "text":
        st.markdown(plain(describe_position(explanation.cosine, found.cosines)))
    else:
        st.markdown(f"The cosine of protein and sentence is {explanation.cosine:.3f}.")
    show_warnings((*explanation.warnings, *engine.sentence_warnings(explanation.sentence)))
    st.info(
        plain(quality_words(measured_rows(explanation.fingerprint)), limit=2000), icon=":material/science:"
    )
    score_legend(engine.num_indexed)


def _chosen_track(explanation: "Explanation") -> str:
    names = [track.name for track in explanation.tracks]
    if len(names) == 1:
        return names[0]
    return choice_box("Track", "track", names, names[0], draw=st.selectbox, format_func=track_name, width=360)


def _figure(engine: Engine, explanation: "Explanation", track: str, mark: Span | None) -> None:
    st.subheader("Residue by residue, and what it has to be told from", anchor=False)
    st.caption(track_meaning(track))
    show_figure(
        track_figure(
            lanes_of(explanation, track),
            threshold=explanation.track(track).threshold,
            segments=spans_of(explanation.track(track)),
            mark=mark,
        ),
        key=f"tracks-{track}",
        stem="protclip-tracks",
        origin=_origin(engine, explanation),
        alt="A lane for the sentence and one for each control over the residues of the protein, on the same axes; "
        "the table “Every residue” has the numbers.",
    )
    st.caption(
        "Shaded: segments, stretches above the dotted line. A track that a control repeats says what the protein "
        "is like, not what the sentence says. The last lane is another protein: its values belong to places, not "
        "residues."
    )
    _controls(explanation)


def _controls(explanation: "Explanation") -> None:
    st.dataframe(
        control_rows(explanation),
        hide_index=True,
        alt="The sentence and its controls with their cosines",
        placeholder="–",
        column_config={
            "explained": st.column_config.TextColumn(width=230),
            "sentence": st.column_config.TextColumn(width="large"),
            "cosine": st.column_config.NumberColumn(format="%.3f", width=80),
            "like the sentence's track": st.column_config.NumberColumn(
                format="%.2f",
                width=170,
                help="Correlation of the contributions with those of the sentence: near 1, the control gives "
                "the same track.",
            ),
        },
    )


def _sequence(explanation: "Explanation", track: str, mark: Span | None) -> None:
    st.subheader("In the sequence", anchor=False)
    spans = spans_of(explanation.track(track))
    data = viewer_data(explanation.protein.sequence, viewed_tracks(explanation, track), spans, mark)
    sequence_view(data, key="sequence-view")


def _segments(explanation: "Explanation", track: str) -> None:
    st.subheader("Segments", anchor=False)
    st.caption(segment_words(explanation.track(track), _num_random(explanation)))
    table = segment_table(explanation, track)
    if not len(table):
        return
    spans = [f"{line['start']}-{line['end']}" for line in table.lines]
    marked = text_param("mark", 20)
    key = f"segments-{track}-{hash((explanation.protein.sequence, explanation.sentence))}"
    default: Any = {"selection": {"rows": [spans.index(marked)] if marked in spans else []}}
    st.dataframe(
        table.lines,
        key=key,
        hide_index=True,
        height=table_height(len(table), 7),
        column_order=["rank", "start", "end", "length", "residues", "mean", "excess"],
        alt="Segments, the most prominent first; mark a row to see it in the sequence, the tracks and the structure",
        on_select=lambda: _mark(key, spans),
        selection_mode="single-row",
        selection_default=default,
        column_config={
            "excess": st.column_config.NumberColumn(
                format="%.3g",
                help="What its residues have above the threshold, summed: the order of the ranks.",
            ),
            "mean": st.column_config.NumberColumn(format="%.3g"),
        },
    )
    st.caption("Mark a row to see it in the tracks, the sequence and the structure.")


def _mark(key: str, spans: list[str]) -> None:
    rows = marked_rows(st.session_state[key], len(spans))
    set_param("mark", spans[rows[0]] if rows else "")


def _num_random(explanation: "Explanation") -> int:
    return NUM_RANDOM if any(control.kind == "residues" for control in explanation.controls) else 0


def _downloads(engine: Engine, explanation: "Explanation", track: str) -> None:
    accession = explanation.protein.accession
    origin = _origin(engine, explanation)
    residues, segments = residue_table(explanation), segment_table(explanation, track)
    with st.expander("Every residue: tracks and controls as a table"):
        st.dataframe(residues.lines, hide_index=True, height=300, alt="A row for each residue")
    st.markdown("**Take the numbers home**")
    download_row(residues, origin, stem=f"{accession}-residues", key="residues")
    if len(segments):
        download_row(segments, origin, stem=f"{accession}-segments", key="segments")
    st.download_button(
        "Everything as JSON: tracks, segments, controls, warnings",
        data=lambda: full_json(explanation, origin),
        file_name=f"{accession}-explanation.json",
        mime="application/json",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )


def _origin(engine: Engine, explanation: "Explanation") -> Origin:
    return origin_now(engine, f"{explanation.protein.accession}: {explanation.sentence}")


def _recipe(engine: Engine, explanation: "Explanation", track: str, structure: str) -> None:
    protein = explanation.protein
    recipe = explain_recipe(
        protein.accession if is_indexed(engine, protein) else "",
        protein.sequence,
        explanation.sentence,
        session.server_address(),
        structure=structure,
        track=track,
    )
    recipe_panel(
        recipe, answer="This server answers with the JSON that `protclip explain --format json` prints."
    )
