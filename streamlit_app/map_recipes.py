"""What the map page shows, without the browser (pure; a test runs the lines)."""

import shlex

from streamlit_app.api_query import MAP
from streamlit_app.map_state import MapState
from streamlit_app.recipes import Recipe, curl_call

_PYTHON = """\
from pathlib import Path

import numpy as np

from protclip import starter
from protclip.predict.map_file import read_map

made = read_map({path})
print(made.measures)
"""
_SELECT = """\

from protclip.predict.map_regions import parse_region
from protclip.predict.map_selecting import enriched_in

region = parse_region({region!r})
print([made.accessions[n] for n in np.flatnonzero(region.contains(made.coordinates))])
for term in enriched_in(made, region, atlas={atlas}):
    print(term.go_id, term.name, term.num_selected, term.fold, term.fdr, sep="\\t")
"""
_PLACE = """\

from protclip.encode import Encoder
from protclip.predict.map_sources import known_rows, place_all
from protclip.sequence import read_fasta

new = list(read_fasta(Path("mine.fasta")))
rows = Encoder.from_pretrained().proteins([protein.sequence for protein in new])
for placed in place_all([protein.accession for protein in new], known_rows({atlas}).near(rows), made):
    print(placed)
"""


_AS_JSON = 'import json, sys; json.dump({"fasta": sys.stdin.read()}, sys.stdout)'


def map_recipe(state: MapState, server: str, *, own_map: bool) -> Recipe:
    """The lines that give what a state selects and places; with ``own_map`` the map is not the shipped one.

    HTTP places on the shipped map, and does not select.
    """
    by_http = "" if own_map or not state.fasta.strip() else _curl(server)
    return Recipe(shell=_shell(state, own_map), python=_python(state, own_map), curl=by_http)


def _curl(server: str) -> str:
    return f"python3 -c {shlex.quote(_AS_JSON)} < mine.fasta | {curl_call(server + MAP, '@-')}"


def _shell(state: MapState, own_map: bool) -> str:
    given = ["--map", "map.safetensors", "--known", "atlas"] if own_map else []
    lines = []
    if state.region is not None:
        # "--": the corners of a region may begin with a minus
        for options in ([], ["--enrich"]):
            lines.append(["protclip", "map", "select", *options, *given, "--", state.region.text])
    if state.fasta.strip():
        lines.append(["protclip", "map", "place", "mine.fasta", *given])
    if state.query.strip():
        words = " ".join(state.query.split())
        lines.append(["protclip", "search", "--top", str(state.top), "--", words])
    return "\n".join(map(shlex.join, lines or [["protclip", "map", "fit", "-o", "map.safetensors"]]))


def _python(state: MapState, own_map: bool) -> str:
    path = 'Path("map.safetensors")' if own_map else "starter.map_path()"
    atlas = 'Path("atlas")' if own_map else "None"
    text = _PYTHON.replace("{path}", path)
    if state.region is not None:
        text += _SELECT.replace("{region!r}", repr(state.region.text)).replace("{atlas}", atlas)
    if state.fasta.strip():
        text += _PLACE.replace("{atlas}", atlas)
    return text
