"""The map's address and back, its lines to copy, and the file formats of its tables."""

import io
import json
import shlex
import subprocess

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from protclip.errors import InputError
from protclip.predict.map_regions import box, outline
from protclip.predict.map_verbs import map_group
from streamlit_app.api_proteins import proteins_in
from streamlit_app.api_query import MAP
from streamlit_app.downloads import FORMATS, Origin, Table, to_parquet
from streamlit_app.map_recipes import map_recipe
from streamlit_app.map_state import MapState, read_map_state, write_map_state

SERVER = "http://localhost:8501"
STATES = [
    MapState(),
    MapState(colour="length", query="unwinds DNA", top=100, accession="P38398"),
    MapState(fasta=">a\nMKLV", region=box(-1.5, 2, 0, 3), view=box(-5, 5, -5, 5)),
    MapState(query="MKLVAAGGTWYRNDEFHCIPQS" * 40, top=10),
    MapState(region=outline([(-1, -1), (2, 0), (0.25, 3.5)])),
]


def address_of(state, kept):
    return write_map_state(state, lambda text: kept.setdefault("f" * 32, text) and "f" * 32)


@pytest.mark.parametrize("state", STATES)
def test_an_address_gives_the_state_back(state) -> None:
    kept: dict[str, str] = {}
    assert read_map_state(address_of(state, kept), kept.__getitem__) == (state, ())


def test_sequences_stay_out_of_the_address_and_the_rest_is_short() -> None:
    long = MapState(
        fasta="\n".join([">a", "MKLV" * 500]), region=outline([(n, n * n % 7) for n in range(60)])
    )
    told = str(address_of(long, {}))
    assert "MKLV" not in told
    assert len(told) < 1_500


def test_a_stored_text_that_is_gone_is_told() -> None:
    def gone(name):
        raise InputError("it is gone. Paste it again")

    state, notices = read_map_state({"seqs": ["a" * 32]}, gone)
    assert (state, notices) == (MapState(), ("it is gone. Paste it again",))


@pytest.mark.parametrize("own_map", [False, True])
@pytest.mark.parametrize("state", STATES)
def test_the_lines_are_commands_that_exist_and_python_that_compiles(state, own_map) -> None:
    recipe = map_recipe(state, SERVER, own_map=own_map)
    compile(recipe.python, "recipe", "exec")
    for line in recipe.shell.splitlines():
        program, verb, *rest = shlex.split(line)
        assert program == "protclip"
        if verb == "map":
            command = map_group.commands[rest[0]]
            command.make_context(rest[0], rest[1:])
    assert ("map select" in recipe.shell) == (state.region is not None)
    assert ("place_all" in recipe.python) == bool(state.fasta)


@pytest.mark.parametrize("own_map", [False, True])
@pytest.mark.parametrize("state", STATES)
def test_over_http_new_proteins_are_placed_on_the_shipped_map(tmp_path, state, own_map) -> None:
    line = map_recipe(state, SERVER, own_map=own_map).curl
    assert bool(line) == (bool(state.fasta) and not own_map)
    if line:
        (tmp_path / "mine.fasta").write_text(">a\nMKLV\n")
        made, _, sent = line.partition(" | ")
        body = subprocess.run(made, shell=True, cwd=tmp_path, check=True, capture_output=True).stdout
        assert proteins_in(json.loads(body), "")[0][0].sequence == "MKLV"
        assert shlex.split(sent) == ["curl", "-sS", SERVER + MAP, "-d", "@-"]


def test_the_region_of_the_page_is_the_region_of_the_command() -> None:
    state = MapState(region=box(-1.5, 2, -3, 3))
    words = shlex.split(map_recipe(state, SERVER, own_map=False).shell.splitlines()[0])
    result = CliRunner().invoke(map_group, [*words[2:-2], "--map", "absent.safetensors", *words[-2:]])
    assert "absent.safetensors is no map" in str(
        result.exception
    )  # the region was read, the map was looked for


def test_tables_keep_their_types_and_sequences_become_fasta() -> None:
    table = Table(
        names=("accession", "title", "organism", "x", "count", "sequence"),
        lines=(
            {"accession": "P1", "title": "one", "organism": "", "x": None, "count": 3, "sequence": "MK"},
            {
                "accession": "P2",
                "title": "two",
                "organism": "yeast",
                "x": 0.5,
                "count": 4,
                "sequence": "LV" * 40,
            },
        ),
    )
    origin = Origin(model="m", fingerprint="f", index="i", date="2026-01-01", query="map: region 0,0_1,1")
    schema = pq.read_table(io.BytesIO(to_parquet(table, origin))).schema
    assert [str(schema.field(n).type) for n in ("x", "count", "accession")] == ["double", "int64", "string"]
    fasta = next(f for f in FORMATS if f.name == "FASTA").write(table, origin).decode().splitlines()
    assert fasta[0] == ">P1 one model=m fingerprint=f index=i date=2026-01-01"
    assert fasta[2].startswith(">P2 two OS=yeast model=m")
    assert "".join(fasta[3:]) == "LV" * 40
