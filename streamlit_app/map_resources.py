"""The cached loaders of the map page, keyed as those of `resources` are."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from protclip import starter
from protclip.predict.enrichment import EnrichedTerm, enriched_terms
from protclip.predict.map_file import read_map
from protclip.predict.map_regions import Region, parse_region
from protclip.predict.map_sources import check_same_space
from protclip.records import Protein
from streamlit_app.map_points import Colouring, MapPoints, colour, gather_points
from streamlit_app.map_state import COLOURS, ColourBy
from streamlit_app.resources import Engine

_SECONDS_KEPT = 3600


def map_file() -> Path:
    """The map that the pages show: PROTCLIP_MAP, else the shipped one."""
    named = os.environ.get("PROTCLIP_MAP")
    return Path(named) if named else starter.map_path()


def is_own_map() -> bool:
    """Whether another map than the shipped one is shown."""
    return bool(os.environ.get("PROTCLIP_MAP"))


def map_stamp() -> str:
    """The map's path with size and time: changes when the map does."""
    path = map_file()
    facts = path.stat() if path.is_file() else None
    return f"{path} {facts.st_size} {facts.st_mtime_ns}" if facts else f"{path} is missing"


@st.cache_resource(show_spinner="Reading the map's proteins…", max_entries=2)
def _map_points(fingerprint: str, location: str, stamp: str, _engine: Engine) -> MapPoints:
    made = read_map(map_file())
    check_same_space(made, ("the index is", fingerprint))
    return gather_points(made, _engine.proteins, _engine.ontology)


def map_points(engine: Engine) -> MapPoints:
    """The map with what the index knows of its proteins.

    Raises
    ------
    protclip.errors.ProtCLIPError
        If there is no map, it is damaged, or of another checkpoint than the index.
    """
    return _map_points(engine.fingerprint, engine.location, map_stamp(), engine)


@st.cache_resource(show_spinner=False, max_entries=len(COLOURS))
def _map_colours(location: str, stamp: str, by: ColourBy, _engine: Engine, _points: MapPoints) -> Colouring:
    return colour(_points, by, _engine.ontology)


def map_colours(engine: Engine, points: MapPoints, by: ColourBy) -> Colouring:
    """The colours of a map's points."""
    return _map_colours(engine.location, map_stamp(), by, engine, points)


@st.cache_resource(show_spinner=False, max_entries=16, ttl=_SECONDS_KEPT)
def drawn_map(stamp: str, key: str, outline: str, _draw: Callable[[], go.Figure]) -> go.Figure:
    """The figure of a key and an outline, drawn once; nobody changes it."""
    return _draw()


@st.cache_data(show_spinner=False, max_entries=16, ttl=_SECONDS_KEPT)
def _map_terms(
    location: str, stamp: str, region: str, _engine: Engine, _points: MapPoints
) -> list[EnrichedTerm]:
    inside = np.flatnonzero(parse_region(region).contains(_points.made.coordinates))
    return enriched_terms(_points.terms, inside, _engine.ontology)


def map_terms(engine: Engine, points: MapPoints, region: Region) -> list[EnrichedTerm]:
    """The GO terms that a region of the map is rich in."""
    return _map_terms(engine.location, map_stamp(), region.text, engine, points)


@st.cache_data(show_spinner="Reading the selected proteins…", max_entries=8, ttl=_SECONDS_KEPT)
def _map_proteins(
    location: str, accessions: tuple[str, ...], _engine: Engine
) -> list[tuple[Protein | None, str]]:
    found = _engine.proteins(accessions)
    return [(protein, _engine.title(protein) if protein else "") for protein in found]


def map_proteins(engine: Engine, accessions: tuple[str, ...]) -> list[tuple[Protein | None, str]]:
    """Proteins with their titles, in the order of the accessions."""
    return _map_proteins(engine.location, accessions, engine)


@st.cache_data(show_spinner="Placing your sequences…", max_entries=32, ttl=_SECONDS_KEPT)
def _near(
    fingerprint: str, location: str, sequences: tuple[str, ...], _engine: Engine
) -> list[list[tuple[str, float]]]:
    return _engine.near(sequences)


def near(engine: Engine, sequences: tuple[str, ...]) -> list[list[tuple[str, float]]]:
    """The nearest proteins of the index to each sequence."""
    return _near(engine.fingerprint, engine.location, sequences, engine)
