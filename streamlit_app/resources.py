"""The only cached loaders. What they are keyed by is hashed, so nothing of another model or index is handed out."""

import os
import time
from dataclasses import replace
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from protclip import starter
from protclip.errors import AssetError
from streamlit_app import engine as engine_module
from streamlit_app.engine import Cosines, Counts, Engine, Found, Values
from streamlit_app.jobs import Jobs
from streamlit_app.opening import Opening
from streamlit_app.recognition import as_sentence
from streamlit_app.tracks import Track
from streamlit_app.url_state import TOPS, SearchState
from streamlit_app.widgets import plain
from vector_store.checks import fingerprint_of
from vector_store.opening import default_model
from vector_store.store import FacetField, SearchFilter

__all__ = [
    "Cosines",
    "Engine",
    "Found",
    "engine_or_sentence",
    "filter_values",
    "find",
    "jobs",
    "opened_engine",
    "residue_tracks",
    "sentence_cosines",
    "sentence_track",
    "shared_opening",
]
FilterValues = dict[FacetField, dict[str, int | None]]
_SECONDS_KEPT = 3600


def store_url() -> str:
    """Where the index is: a Qdrant server (QDRANT_URL), else a folder (PROTCLIP_INDEX, else var/index)."""
    return os.environ.get("QDRANT_URL") or str(
        Path(os.environ.get("PROTCLIP_INDEX") or "var/index").resolve()
    )


def checkpoint_stamp() -> str:
    """The checkpoint's path with size and time: changes when the checkpoint does, and costs no hashing."""
    try:
        folder = default_model() or starter.checkpoint_path()
        facts = [(path, path.stat()) for path in sorted(folder.glob("*model*"))]
    except (AssetError, OSError):
        return "no checkpoint"
    return "; ".join(f"{path} {fact.st_size} {fact.st_mtime_ns}" for path, fact in facts) or "no checkpoint"


@st.cache_data(show_spinner="Reading the checkpoint…", max_entries=2)
def _own_fingerprint(stamp: str, _folder: Path) -> str:
    return fingerprint_of(_folder)


def own_fingerprint(folder: Path) -> str:
    """The fingerprint of the server's own checkpoint; AssetError where the folder is none."""
    return _own_fingerprint(checkpoint_stamp(), folder)


@st.cache_resource(show_spinner=False)
def _opening(checkpoint: str, url: str) -> Opening:
    return Opening(lambda progress: engine_module.open_engine(url, progress), engine_module.warm_up)


def shared_opening() -> Opening:
    """The one opening of model and index that all pages and the HTTP API share; this does not begin it."""
    return _opening(checkpoint_stamp(), store_url())


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """The jobs of this process, which every tab shares."""
    return Jobs()


def opened_engine() -> Engine | None:
    """The engine, where it is open by now; its opening has begun at least."""
    opening = shared_opening()
    opening.start()
    return opening.engine


def engine_or_sentence(place: DeltaGenerator | None = None) -> Engine:
    """The opened engine. While it opens, show the progress; where it cannot be opened, say why and stop the page.

    ``place`` is an `st.empty` where that is shown; the page that gives none has one here.
    """
    # In every run: where something before it comes or goes, the browser draws a widget anew.
    place = place or st.empty()
    opening = shared_opening()
    opening.start()
    while opening.under_way:
        with place.container():
            share = opening.done / opening.total if opening.total else 0.0
            st.progress(min(share, 1.0), text=_progress_words(opening))
        time.sleep(0.2)
    if opening.engine is None:
        with place.container():
            st.error(plain(as_sentence(str(opening.error)), limit=2000), icon=":material/error:")
            st.button("Try again", icon=":material/refresh:")
        st.stop()
    place.empty()
    return opening.engine


def _progress_words(opening: Opening) -> str:
    if not opening.total:
        return "Loading the model and opening the index…"
    if opening.done >= opening.total:
        return f"First start: {opening.total:,} proteins are loaded; putting the index in order…"
    left = opening.seconds_left()
    estimate = "" if left is None else f", about {left:,.0f} s left"
    return (
        f"First start: building the index, {opening.done:,} of {opening.total:,} proteins{estimate}. "
        "It goes on if you close this page."
    )


@st.cache_data(show_spinner=False, max_entries=64, ttl=_SECONDS_KEPT)
def _find(fingerprint: str, location: str, state: SearchState, _engine: Engine) -> Found:
    return _engine.find(state)


def find(engine: Engine, state: SearchState) -> Found:
    """Search; the same question to the same index is answered from memory."""
    return _find(engine.fingerprint, engine.location, _question(state), engine)


def _question(state: SearchState) -> SearchState:
    """A state without what plays no part in its answer: the marked rows, and the queries beside it."""
    return replace(state, selected=(), versus=())


@st.cache_data(show_spinner=False, max_entries=64, ttl=_SECONDS_KEPT)
def _residue_tracks(
    fingerprint: str, location: str, state: SearchState, _engine: Engine, _found: Found
) -> dict[str, Track]:
    return _engine.residue_tracks(_found.result)


def residue_tracks(engine: Engine, state: SearchState, found: Found) -> dict[str, Track]:
    """The residue tracks of what `find` gave for a state, by accession."""
    return _residue_tracks(engine.fingerprint, engine.location, _question(state), engine, found)


@st.cache_data(show_spinner=False, max_entries=64, ttl=_SECONDS_KEPT)
def _index_counts(fingerprint: str, location: str, where: SearchFilter, _engine: Engine) -> Counts:
    return _engine.index_counts(where)


@st.cache_data(show_spinner=False, max_entries=64, ttl=_SECONDS_KEPT)
def _result_counts(fingerprint: str, location: str, state: SearchState, _engine: Engine) -> Counts:
    return _engine.result_counts(state)


def filter_values(engine: Engine, state: SearchState, *, of_result: bool) -> FilterValues:
    """The values to filter by, with their counts.

    Of a result, the counts are those of its best hits; the other values of the index follow without one.
    """
    place = (engine.fingerprint, engine.location)
    if not of_result:
        counts = _index_counts(*place, state.filter, engine)
        return {name: dict(values) for name, values in counts.items()}
    found = _result_counts(*place, replace(_question(state), top=TOPS[0]), engine)
    everything = _index_counts(*place, SearchFilter(), engine)
    return {
        name: {**dict(values), **{v: None for v, _ in everything[name] if v not in dict(values)}}
        for name, values in found.items()
    }


@st.cache_data(show_spinner=False, max_entries=64, ttl=_SECONDS_KEPT)
def _sentence_cosines(
    fingerprint: str, location: str, sentence: str, sequence: str, _engine: Engine
) -> tuple[Cosines, float]:
    return _engine.sentence_cosines(sentence, sequence)


def sentence_cosines(engine: Engine, sentence: str, sequence: str) -> tuple[Cosines, float]:
    """The cosine of a sentence to the index's proteins, and to one sequence."""
    return _sentence_cosines(engine.fingerprint, engine.location, sentence, sequence, engine)


@st.cache_data(show_spinner=False, max_entries=64, ttl=_SECONDS_KEPT)
def _sentence_track(fingerprint: str, sentence: str, sequence: str, _engine: Engine) -> Values | None:
    return _engine.sentence_track(sentence, sequence)


def sentence_track(engine: Engine, sentence: str, sequence: str) -> Values | None:
    """How each residue of a sequence moves its cosine to a sentence."""
    return _sentence_track(engine.fingerprint, sentence, sequence, engine)
