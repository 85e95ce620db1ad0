"""The POST paths of the HTTP API with planted tools: answers, refusals by field, turns, token, and the document."""

import itertools
import json
import runpy
import shlex
import threading
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from starlette.applications import Starlette
from starlette.testclient import TestClient

from protclip.errors import AssetError
from protclip.predict import tasks
from streamlit_app import api, api_fields, api_proteins, api_schema, api_tasks, api_token, jobs
from streamlit_app.api_query import (
    ANNOTATE,
    EXPLAIN,
    HEALTH,
    INTERACT,
    MAP,
    MUTATE,
    PREDICT,
    SCHEMA,
    SEARCH,
    TASKS,
)
from streamlit_app.engine import Engine

PLANTED = runpy.run_path(str(Path(__file__).with_name("planted_tools.py")))
SEQUENCE, Predicts, Tools, explained = (
    PLANTED[name] for name in ("SEQUENCE", "Predicts", "Tools", "explained")
)


def client_of(tools, **opening):
    state = {
        "engine": SimpleNamespace(encoder=None),
        "error": None,
        "under_way": False,
        "done": 0,
        "total": 0,
    }
    current = SimpleNamespace(start=lambda: None, **(state | opening))
    return TestClient(Starlette(routes=api.routes(lambda: current, tools)), raise_server_exceptions=False)


@pytest.fixture(scope="module")
def client():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api_tasks, "explain", explained)
        patch.delenv(api_token.VARIABLE, raising=False)
        yield client_of(Tools())


CASES = [(path, body) for path in TASKS for body in api_schema.EXAMPLES[path]]


@pytest.mark.parametrize(("path", "body"), CASES)
def test_each_example_of_the_document_is_answered_as_it_says(client, path, body) -> None:
    answer = client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    described = api_schema.DOCUMENT["paths"][path]["post"]
    Draft202012Validator(described["requestBody"]["content"]["application/json"]["schema"]).validate(body)
    promised = described["responses"]["200"]["content"]["application/json"]["schema"]
    Draft202012Validator(promised).validate(answer.json())


def test_the_document_has_every_route_and_no_other(client) -> None:
    answer = client.get(SCHEMA)
    assert answer.json() == json.loads(json.dumps(api_schema.DOCUMENT))
    told = {(path, method.upper()) for path, methods in answer.json()["paths"].items() for method in methods}
    routed = [r for r in client.app.routes if r.path.startswith("/api/v1")]
    assert told == {(r.path, m) for r in routed for m in r.methods if m != "HEAD"}
    for methods in answer.json()["paths"].values():
        for described in methods.values():
            for content in described.get("requestBody", {}).get("content", {}).values():
                Draft202012Validator.check_schema(content["schema"])


def test_the_limits_of_the_document_are_those_of_the_code() -> None:
    def fields(path):
        body = api_schema.DOCUMENT["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        return body["schema"]["properties"]

    assert fields(EXPLAIN)["sequence"]["maxLength"] == tasks.MAX_RESIDUES
    assert fields(EXPLAIN)["text"]["maxLength"] == api_fields.MAX_TEXT
    assert fields(ANNOTATE)["sequences"]["maxItems"] == api_proteins.MAX_PROTEINS
    assert fields(ANNOTATE)["top"]["maximum"] == api_fields.MAX_TOP
    assert fields(MUTATE)["variants"]["maxItems"] == api_tasks.MAX_VARIANTS
    assert {name: needed for name, (needed, _) in tasks.TASKS.items()} == api_schema.TASK_FIELDS
    assert set(api_tasks.READERS) == set(TASKS)


def test_a_bad_record_is_told_and_the_others_are_annotated(client) -> None:
    records = [{"accession": "good", "sequence": SEQUENCE}, {"accession": "bad", "sequence": "MK1"}, 7]
    records += [{"sequence": "ACGT" * 10}, {"accession": "two words", "sequence": SEQUENCE}]
    found = client.post(ANNOTATE, json={"sequences": records}).json()
    assert [one["accession"] for one in found["results"]] == ["good"]
    assert [(s["record"], s["accession"]) for s in found["skipped"]] == [
        (2, "bad"), (3, "sequence_3"), (4, "sequence_4"), (5, "sequence_5"),
    ]  # fmt: skip
    assert "'1'" in found["skipped"][0]["error"]
    assert "DNA" in found["skipped"][2]["error"]
    assert "white space" in found["skipped"][3]["error"]
    found = client.post(ANNOTATE, json={"fasta": f">one\nMK1\n>two\n{SEQUENCE}\n>two\n{SEQUENCE}"}).json()
    assert [one["accession"] for one in found["results"]] == ["two"]
    assert [s["record"] for s in found["skipped"]] == [1, 3]


def test_a_variant_that_does_not_fit_is_told_and_the_others_are_scored(client) -> None:
    found = client.post(MUTATE, json={"sequence": SEQUENCE, "variants": ["Q2A", "A2Q", "Q2A,I3V"]}).json()
    assert [row["variant"] for row in found["variants"]] == ["Q2A", "Q2A:I3V"]
    assert "the sequence has Q at 2" in found["skipped"][0]
    assert len(client.post(MUTATE, json={"accession": "P62987"}).json()["variants"]) == 19 * len(SEQUENCE)


def test_partners_are_ranked_and_leave_the_protein_out(client) -> None:
    found = client.post(INTERACT, json={"protein_A": "P38398", "against": "atlas"}).json()
    assert [one["second"] for one in found["interactions"]] == ["P62987"]


def test_a_placed_protein_is_amid_its_neighbours_and_warned_of_where_it_is_far(client) -> None:
    records = [{"sequence": SEQUENCE}, {"sequence": SEQUENCE}, {"sequence": SEQUENCE}, {"sequence": "MK1"}]
    found = client.post(MAP, json={"sequences": records}).json()
    places = [(one["x"], one["y"], one["nearest"], one["warnings"]) for one in found["placed"]]
    # The planted rows of the first two are those of the known proteins; the third is at right angles to both.
    assert [place[2] for place in places[:2]] == ["P38398", "P62987"]
    assert places[0][0] < places[2][0] < places[1][0]
    assert found["placed"][0]["distance"] < found["map"]["usual_distance"] < found["placed"][2]["distance"]
    assert ["far" in place[3] for place in places] == [False, False, True]
    assert [one["accession"] for one in found["skipped"]] == ["sequence_4"]
    assert found["map"]["num_proteins"] == 2


LONG = "MKVLA" * 2_001


@pytest.mark.parametrize(
    ("path", "body", "field", "told"),
    [
        (PREDICT, {}, "task", "accepted are"),
        (PREDICT, {"task": "ppi_prediction", "protein_A": SEQUENCE}, "protein_B", "is missing"),
        (ANNOTATE, {}, "sequences", "is given; give one"),
        (ANNOTATE, {"sequences": [], "fasta": ">a\nMK"}, "fasta", "both"),
        (ANNOTATE, {"sequences": []}, "sequences", "empty"),
        (ANNOTATE, {"sequences": [{"sequence": LONG}]}, "sequences", "at most 10,000"),
        (ANNOTATE, {"sequences": [{"sequence": "MKV"}] * 21}, "sequences", "more than 20"),
        (ANNOTATE, {"fasta": ">a\nMKV\n" * 21}, "fasta", "more than 20"),
        (ANNOTATE, {"fasta": "MKV"}, "fasta", "before the first"),
        (ANNOTATE, {"fasta": ">a\nMKV", "min_probability": 2}, "min_probability", "0.05 to 1"),
        (ANNOTATE, {"fasta": ">a\nMKV", "min_probability": True}, "min_probability", "give a number"),
        (ANNOTATE, {"fasta": ">a\nMKV", "top": 0}, "top", "from 1 to 1,000"),
        (MAP, {"fasta": ">a\nMKV\n" * 21}, "fasta", "protclip map place"),
        (MAP, {"fasta": ">a\nMKV", "top": 3}, "top", "no field"),
        (EXPLAIN, {"sequence": SEQUENCE}, "text", "is missing"),
        (EXPLAIN, {"sequence": SEQUENCE, "text": "a" * 2_001}, "text", "at most 2,000"),
        (EXPLAIN, {"accession": "P38399", "text": "a"}, "accession", "the nearest is P38398"),
        (EXPLAIN, {"accession": "../README.md", "text": "a"}, "accession", "no accession"),
        (EXPLAIN, {"sequence": SEQUENCE, "text": "a", "seed": 1}, "seed", "no field"),
        (MUTATE, {"sequence": LONG[:401]}, "variants", "at most 400"),
        (MUTATE, {"sequence": SEQUENCE, "variants": []}, "variants", "give a list"),
        (
            MUTATE,
            {"sequence": SEQUENCE, "variants": ["A1" + "0" * 5000 + "G"]},
            "variants",
            "no substitution",
        ),
        (MUTATE, {"sequence": SEQUENCE, "variants": ["Q2A"] * 1_001}, "variants", "at most 1,000"),
        (INTERACT, {"protein_A": SEQUENCE}, "protein_B", "is given; give one"),
        (INTERACT, {"protein_A": SEQUENCE, "against": "index"}, "against", "accepted is atlas"),
        (INTERACT, {"protein_A": SEQUENCE, "protein_B": SEQUENCE, "top": 3}, "top", "goes with against"),
        (INTERACT, {"protein_A": SEQUENCE, "protein_B": "-"}, "protein_B", "no accession"),
    ],
)
def test_what_cannot_be_used_is_told_by_field(client, path, body, field, told) -> None:
    answer = client.post(path, json=body)
    assert (answer.status_code, answer.json()["field"]) == (400, field), answer.text
    assert told in answer.json()["error"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([SEQUENCE, "Q2A"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
NAMES = ["task", "sequences", "fasta", "min_probability", "top", "sequence", "accession", "text", "variants"]
TASK_NAMES = st.sampled_from([body["task"] for body in api_schema.EXAMPLES[PREDICT]])
BODIES = VALUES | st.builds(
    lambda task, fields: {"task": task} | fields,
    TASK_NAMES,
    st.dictionaries(
        st.sampled_from([*NAMES, "protein_sequence", "protein_A", "protein_B", "against"]), VALUES, max_size=4
    ),
)


@pytest.mark.parametrize("path", TASKS)
@settings(max_examples=40, deadline=None)
@given(body=BODIES, keeps_task=st.booleans(), example=st.integers(0, 1))
def test_whatever_is_sent_is_answered_or_refused_with_its_field(
    client, path, body, keeps_task, example
) -> None:
    sent = body
    if isinstance(body, dict) and path != PREDICT and not keeps_task:
        examples = api_schema.EXAMPLES[path]
        sent = examples[example % len(examples)] | {k: v for k, v in body.items() if k != "task"}
    answer = client.post(path, content=json.dumps(sent))
    assert answer.headers["content-type"] == "application/json"
    if answer.status_code != 200:
        assert answer.status_code == 400, answer.text
        assert set(answer.json()) == {"error", "field"}


@pytest.mark.parametrize("path", TASKS)
@pytest.mark.parametrize("body", [b"", b"[1]", b"[" * 100_000, b'{"a":' * 900 + b"1" + b"}" * 900])
def test_a_body_that_is_no_object_is_refused_with_an_example(client, path, body) -> None:
    answer = client.post(path, content=body)
    assert answer.status_code == 400
    if answer.json()["field"] == "body":
        assert api_schema.short_example(path) in answer.json()["error"]


def test_methods_sizes_and_unknown_paths(client) -> None:
    answer = client.get(PREDICT)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert client.post(PREDICT, content=b" " * (api.MAX_BODY + 1)).status_code == 413
    answer = client.post("/api/v1/fold", json={})
    assert answer.status_code == 404
    assert all(path in answer.json()["error"] for path in (SEARCH, HEALTH, SCHEMA, *TASKS))


def test_a_missing_file_is_503_and_the_unforeseen_shows_no_detail() -> None:
    class Broken(Tools):
        def function(self):
            raise AssetError("the calibration is missing")

        def scanner(self):
            raise RuntimeError("secret detail")

    client = client_of(Broken())
    assert client.post(ANNOTATE, json={"fasta": f">a\n{SEQUENCE}"}).status_code == 503
    answer = client.post(MUTATE, json={"sequence": SEQUENCE})
    assert answer.status_code == 500
    assert "secret" not in answer.text


def test_tasks_wait_for_the_opening_but_not_for_one_that_failed() -> None:
    body = {"fasta": f">a\n{SEQUENCE}"}
    answer = client_of(Tools(), engine=None, under_way=True).post(ANNOTATE, json=body)
    assert (answer.status_code, answer.json()["status"]) == (503, "opening")
    failed = client_of(Tools(), engine=None, error=AssetError("no index"))
    assert failed.post(ANNOTATE, json=body).status_code == 200


def test_a_few_requests_wait_and_more_are_sent_away() -> None:
    begun, may_go_on = threading.Event(), threading.Event()

    class Slow(Tools):
        def function(self):
            begun.set()
            assert may_go_on.wait(10)
            return Predicts()

    client, codes = client_of(Slow()), []
    places = 1 + jobs.MAX_WAITING

    def ask():
        codes.append(client.post(ANNOTATE, json={"fasta": f">a\n{SEQUENCE}"}))

    threads = [threading.Thread(target=ask) for _ in range(places + 2)]
    for thread in threads:
        thread.start()
    assert begun.wait(10)
    while len(codes) < 2:
        threads[0].join(0.01)
    assert [(a.status_code, a.headers["retry-after"]) for a in codes] == [(429, "5")] * 2
    may_go_on.set()
    for thread in threads:
        thread.join()
    assert sorted(a.status_code for a in codes) == [200] * places + [429] * 2
    ask()
    assert codes[-1].status_code == 200


def test_the_tools_are_made_once_with_the_model_that_is_open(monkeypatch) -> None:
    made = []

    class Counted(Tools):
        def __init__(self, encoder):
            made.append(encoder)

    monkeypatch.setattr("protclip.predict.tasks.Tools", Counted)
    engine = Engine.__new__(Engine)
    engine.encoder = "the open model"
    client = client_of(None, engine=engine)
    assert made == []
    for _ in range(2):
        assert client.post(PREDICT, json=api_schema.EXAMPLES[PREDICT][0]).status_code == 200
    assert made == ["the open model"]


def test_with_a_token_every_path_but_health_asks_for_it(monkeypatch) -> None:
    monkeypatch.setenv(api_token.VARIABLE, "geheim ü")
    engine = SimpleNamespace(model="m", fingerprint="f", index="i", num_indexed=1)
    client = client_of(Tools(), engine=engine)
    assert client.get(HEALTH).status_code == 200
    for path in (SEARCH, SCHEMA, *TASKS, "/api/v1/fold"):
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic geheim ü".encode()}):
            answer = client.request("GET" if path == SCHEMA else "POST", path, headers=headers)
            assert (answer.status_code, answer.json()["field"]) == (401, "authorization")
            assert answer.headers["www-authenticate"] == "Bearer"
    assert client.get(SCHEMA, headers={"Authorization": "bearer geheim ü".encode()}).status_code == 200


def test_the_curl_lines_of_the_document_are_understood(client) -> None:
    lines = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8").splitlines()
    calls = [shlex.split(line) for line in lines if line.startswith("curl ") and "-d" in line]
    assert {urlsplit(words[2]).path for words in calls} == set(TASKS)
    for words in calls:
        options = dict(itertools.pairwise(words))
        answer = client.post(urlsplit(words[2]).path, content=options["-d"])
        assert answer.status_code == 200, answer.text
