"""Page, command line, Python lines and curl call give the same hits: all four are run, over a real index."""

import csv
import io
import json
import runpy
import shlex
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from starlette.applications import Starlette
from starlette.testclient import TestClient

import protclip.encode
from streamlit_app import api, engine
from streamlit_app.opening import Opening
from tests.streamlit_app.python_lines import printed_by
from vector_store import verbs

FIXTURE = runpy.run_path(str(Path(__file__).parents[1] / "browser" / "fixture_app.py"))


@pytest.fixture
def app(monkeypatch, tmp_path):
    """The app over the browser tests' dozen proteins, with real ontology, index and retriever."""
    import streamlit as st
    from streamlit.testing.v1 import AppTest

    import streamlit_app

    opened = []

    def open_engine(url, progress):
        opened.append(FIXTURE["open_engine"](url, progress))
        return opened[0]

    monkeypatch.delenv("QDRANT_URL", raising=False)
    monkeypatch.setenv("PROTCLIP_INDEX", str(tmp_path / "index"))
    monkeypatch.setenv("PROTCLIP_UPLOADS", str(tmp_path / "uploads"))
    monkeypatch.setenv("PROTCLIP_TERMS", str(tmp_path / "terms"))
    monkeypatch.setattr(engine, "open_engine", open_engine)
    monkeypatch.setattr(engine, "warm_up", lambda engine: None)
    monkeypatch.setattr(
        protclip.encode.Encoder, "from_pretrained", classmethod(lambda cls, *a: opened[0].encoder)
    )
    st.cache_resource.clear()
    st.cache_data.clear()
    app = AppTest.from_file(str(Path(streamlit_app.__file__).with_name("app.py")), default_timeout=60)
    app.opened = opened
    yield app
    for found in opened:
        found.store.close()
    st.cache_resource.clear()
    st.cache_data.clear()


def of_page(app):
    shown = app.dataframe[0].value
    return [(r["rank"], r["accession"], r["score"], r["percentile"]) for _, r in shown.iterrows()]


def of_command(line):
    words = shlex.split(line)
    assert words[:2] == ["protclip", "search"]
    result = CliRunner().invoke(verbs.search, words[2:])
    assert result.exit_code == 0, result.output
    rows = csv.DictReader(io.StringIO(result.stdout), delimiter="\t")
    return [(int(r["rank"]), r["accession"], float(r["score"]), _number(r["percentile"])) for r in rows]


def of_python(lines):
    cells = [line.split("\t") for line in printed_by(lines)]
    return [(int(rank), accession, float(score), _number(p)) for rank, accession, _, score, p in cells]


def of_curl(line, opened):
    words = shlex.split(line)
    opening = Opening(lambda progress: opened)
    opening.start()
    opening._thread.join()
    client = TestClient(Starlette(routes=api.routes(lambda: opening)))
    assert words[:2] + words[3:4] == ["curl", "-sS", "-d"]
    answer = client.post(words[2], content=words[4])
    assert answer.status_code == 200, answer.text
    return [(h["rank"], h["accession"], h["score"], h["percentile"]) for h in answer.json()["hits"]]


def _number(text):
    return None if text in ("", "None") else float(text)


def same(found, expected):
    assert [row[:2] for row in found] == [row[:2] for row in expected]
    for one, other in zip(found, expected, strict=True):
        assert one[2] == pytest.approx(other[2], abs=1e-5)
        assert one[3] == (None if pd.isna(other[3]) else pytest.approx(other[3], abs=0.01))


@pytest.mark.parametrize(
    "address",
    [
        {"q": "DNA helicase; don't `echo` $HOME", "top": "25", "named": "yes", "ev": "unknown"},
        {"q": "tyrosine kinase", "mode": "semantic", "go": "GO:0004713", "org": "Homo sapiens (Human)"},
        {"q": "kinesin", "mode": "lexical", "min": "60", "max": "900"},
        {"q": "P38398"},
        {"q": "MKVLAAGGTWYRNDEFHCIPQSMKVLAAGGTWYRNDEF"},
        {"q": "left aside", "like": ["P46063", "P54132"], "unlike": "P33176"},
    ],
)
def test_all_ways_give_the_hits_of_the_page(app, address) -> None:
    app.query_params.update(address)
    app.run()
    assert not app.exception
    expected = of_page(app)
    assert expected
    shell, python, curl = (code.value for code in app.code)
    same(of_command(shell), expected)
    same(of_python(python), expected)
    same(of_curl(curl, app.opened[0]), expected)


def test_the_answer_over_http_is_the_document_of_the_command_line(app) -> None:
    app.query_params["q"] = "DNA helicase"
    app.run()
    opening = Opening(lambda progress: app.opened[0])
    opening.start()
    opening._thread.join()
    client = TestClient(Starlette(routes=api.routes(lambda: opening)))
    over_http = client.get("/api/v1/search", params={"text": "DNA helicase", "top": 3}).json()
    printed = CliRunner().invoke(verbs.search, ["DNA helicase", "--top", "3", "--format", "json"])
    told = json.loads(printed.stdout)
    assert Path(told.pop("index")).name == over_http.pop("index")  # the folder is nobody's business over HTTP
    told.pop("seconds"), over_http.pop("seconds")
    assert over_http == told
