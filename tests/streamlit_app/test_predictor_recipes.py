"""What the panels "without the browser" of explanation and prediction print gives what the pages show."""

import contextlib
import csv
import io
import json
import runpy
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.applications import Starlette
from starlette.testclient import TestClient

import protclip.encode
from protclip import explain_verbs
from protclip.data.atlas import Atlas
from protclip.predict import tasks
from protclip.predict.structure_files import parse_structure
from protclip.predict.structure_tracks import coloured
from streamlit_app import api, predicted_work
from streamlit_app.api_query import ANNOTATE
from streamlit_app.explain_recipe import explain_recipe
from streamlit_app.explain_view import residue_table
from streamlit_app.explain_work import explained
from streamlit_app.opening import Opening
from streamlit_app.predicted_recipe import predicted_recipe
from vector_store import annotate_verbs, predicting
from vector_store.predicting import OpenedPredictor

HERE = Path(__file__).parent
ATOMS = runpy.run_path(str(HERE.parent / "predict" / "test_structure_tracks.py"))
TOOLS = runpy.run_path(str(HERE / "tiny_tools.py"))["Tools"]
PROTEINS = runpy.run_path(str(HERE / "conftest.py"))["PROTEINS"]
KNOWN = PROTEINS[4]
SENTENCE = "don't `echo` $HOME; unwinds DNA"
SERVER = "http://127.0.0.1:8501"


@pytest.fixture
def tools(monkeypatch):
    """A tiny model and real ontology behind every way."""
    from protclip import starter
    from protclip.data.ontology import Ontology

    made = TOOLS(PROTEINS, Ontology.read_parquet(starter.ontology_path()), parts=False)
    rows = made.encoder.proteins([p.sequence for p in PROTEINS])
    atlas = Atlas(proteins=PROTEINS, protein_vectors=rows, biotext_vectors=rows, fingerprint="0")
    monkeypatch.setattr(explain_verbs, "_atlas", lambda: atlas)
    monkeypatch.setattr(protclip.encode.Encoder, "from_pretrained", classmethod(lambda cls, *a: made.encoder))
    monkeypatch.setattr(tasks, "Tools", lambda: made)
    return made


def posted(line, tools):
    words = shlex.split(line)
    assert words[:2] + words[3:4] == ["curl", "-sS", "-d"]
    opening = Opening(lambda progress: None)
    opening.engine = object()
    client = TestClient(Starlette(routes=api.routes(lambda: opening, tools)))
    answer = client.post(words[2], content=words[4])
    assert answer.status_code == 200, answer.text
    return answer.json()


def printed(lines):
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(lines, "recipe", "exec"), {})
    return said.getvalue()


def numbers(table):
    rows = csv.DictReader(io.StringIO(table), delimiter="\t")
    return [
        {name: value if name == "residue" else float(value) for name, value in row.items()} for row in rows
    ]


@pytest.mark.parametrize("by_accession", [True, False])
def test_an_explanation_is_the_same_by_every_way(tools, by_accession) -> None:
    shown = residue_table(explained(tools, KNOWN, SENTENCE, lambda done, total: None))
    recipe = explain_recipe(KNOWN.accession if by_accession else "", KNOWN.sequence, SENTENCE, SERVER)
    words = shlex.split(recipe.shell)
    assert words[:2] == ["protclip", "explain"]
    done = CliRunner().invoke(explain_verbs.explain, words[2:])
    assert done.exit_code == 0, done.output
    assert numbers(done.stdout) == [dict(line) for line in shown.lines]
    assert numbers(printed(recipe.python)) == [dict(line) for line in shown.lines]
    told = posted(recipe.curl, tools)
    assert told["sentence"] == SENTENCE
    assert told["tracks"][0]["values"] == [line["contribution"] for line in shown.lines]
    kinds = {control["kind"]: control["tracks"][0]["values"] for control in told["controls"]}
    assert kinds["residues"] == [line["contribution.residues"] for line in shown.lines]


def test_with_a_structure_the_command_writes_the_track_into_it(tools, monkeypatch, tmp_path) -> None:
    given = ATOMS["pdb"](ATOMS["atoms"](KNOWN.sequence, "A"))
    explanation = explained(tools, KNOWN, SENTENCE, lambda done, total: None)
    shown = coloured(parse_structure(given, "a.pdb"), explanation, "contribution")
    recipe = explain_recipe(
        KNOWN.accession, KNOWN.sequence, SENTENCE, SERVER, structure=shown.ending, track="contribution"
    )
    monkeypatch.chdir(tmp_path)
    Path("structure.pdb").write_text(given)
    done = CliRunner().invoke(explain_verbs.explain, shlex.split(recipe.shell)[2:])
    assert done.exit_code == 0, done.output
    assert Path(f"{KNOWN.accession}-contribution.pdb").read_text() == shown.text


def test_exclude_self_is_true_or_false(tools) -> None:
    opening = Opening(lambda progress: None)
    opening.engine = object()
    client = TestClient(Starlette(routes=api.routes(lambda: opening, tools)))
    body = {"sequences": [{"accession": "P1", "sequence": KNOWN.sequence}], "exclude_self": "yes"}
    answer = client.post(ANNOTATE, json=body)
    assert (answer.status_code, answer.json()["field"]) == (400, "exclude_self")
    assert client.post(ANNOTATE, json=body | {"exclude_self": False}).status_code == 200
    assert tools.asked == [("function", ())]


def test_predicted_functions_are_the_same_by_every_way(tools, monkeypatch, tmp_path) -> None:
    shown = predicted_work.predicted(tools, KNOWN, lambda done, total: None)
    recipe = predicted_recipe(KNOWN, SERVER)
    assert json.loads(printed(recipe.python)) == shown
    (answer,) = posted(recipe.curl, tools)["results"]
    assert answer == shown
    echo, rest = recipe.shell.split(" | ")
    opened = OpenedPredictor(
        predictor=tools.function(), ontology=tools.ontology, model="tiny", fingerprint="0", known="planted",
        num_known=12, close=lambda: None,
    )  # fmt: skip
    monkeypatch.setattr(predicting, "open_predictor", lambda *a: opened)
    monkeypatch.chdir(tmp_path)
    (said, record), words = shlex.split(echo), shlex.split(rest)
    assert [said, *words[:2]] == ["echo", "protclip", "annotate"]
    done = CliRunner().invoke(annotate_verbs.annotate, words[2:], input=f"{record}\n")
    assert done.exit_code == 0, done.output
    assert json.loads((tmp_path / "predicted.jsonl").read_text()) == shown
    own = ("function", (frozenset({KNOWN.accession}),))
    assert tools.asked == [own] * 4
