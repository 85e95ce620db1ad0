"""The lines that the map page prints are run on the shipped map, and tell the same in each way."""

import ast
import csv
import io
import json
import shlex
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from starlette.applications import Starlette
from starlette.testclient import TestClient

from protclip import starter
from protclip.errors import AssetError
from protclip.predict.map_regions import parse_region
from protclip.predict.map_verbs import map_group
from protclip.predict.tasks import Tools
from streamlit_app import api
from streamlit_app.map_placing_form import EXAMPLE
from streamlit_app.map_recipes import map_recipe
from streamlit_app.map_state import MapState
from streamlit_app.opening import Opening
from tests.streamlit_app.python_lines import printed_by

REGION = "-1,2_1,3.5"


@pytest.fixture
def recipe(tmp_path, monkeypatch):
    try:
        starter.map_path(), starter.atlas_path(), starter.checkpoint_path()
    except AssetError as error:
        pytest.skip(f"needs the shipped map, atlas and model: {error}")
    (tmp_path / "mine.fasta").write_text(EXAMPLE, encoding="ascii")
    monkeypatch.chdir(tmp_path)
    state = MapState(region=parse_region(REGION), fasta=EXAMPLE)
    return map_recipe(state, "http://testserver", own_map=False)


def of_command(line):
    words = shlex.split(line)
    assert words[:2] == ["protclip", "map"]
    result = CliRunner().invoke(map_group, words[2:])
    assert result.exit_code == 0, result.output
    return list(csv.DictReader(io.StringIO(result.stdout), delimiter="\t"))


def of_http(line):
    making, calling = (shlex.split(part) for part in line.split(" | "))
    assert making[:2] == ["python3", "-c"]
    assert making[-2:] == ["<", "mine.fasta"]
    assert "http://testserver/api/v1/map" in calling
    opening = Opening(lambda progress: SimpleNamespace(tools=Tools()))
    opening.start()
    opening._thread.join()
    client = TestClient(Starlette(routes=api.routes(lambda: opening)))
    answer = client.post("/api/v1/map", content=json.dumps({"fasta": EXAMPLE}))
    assert answer.status_code == 200, answer.text
    return answer.json()["placed"]


def test_all_ways_select_and_place_alike(recipe) -> None:
    selected, enriched, placed = map(of_command, recipe.shell.splitlines())
    measures, accessions, *told = printed_by(recipe.python)
    assert measures.startswith("MapMeasures(")
    assert ast.literal_eval(accessions) == [row["accession"] for row in selected]
    assert len(selected) > 100
    terms = [line.split("\t") for line in told[: len(enriched)]]
    assert [term[0] for term in terms] == [row["go_id"] for row in enriched]
    assert enriched
    by_python = told[len(enriched) :]
    by_http = of_http(recipe.curl)
    assert len(placed) == len(by_python) == len(by_http) == 3
    for row, line, answer in zip(placed, by_python, by_http, strict=True):
        assert f"nearest='{row['nearest']}'" in line
        assert answer["nearest"] == row["nearest"]
        assert answer["x"] == pytest.approx(float(row["x"]), abs=1e-3)
