"""The HTTP API over a dozen proteins: answers, refusals that name the field, and a server that still opens."""

import itertools
import json
import shlex
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from protclip.errors import StoreError
from streamlit_app import api
from streamlit_app.api_query import HEALTH, SEARCH
from streamlit_app.opening import Opening
from vector_store.store import SearchFilter


@pytest.fixture
def opening(retriever):
    from streamlit_app import engine

    return Opening(lambda progress: engine.open_engine("url", progress))


@pytest.fixture
def client(opening):
    opening.start()
    opening._thread.join()
    return client_of(opening)


def client_of(opening) -> TestClient:
    return TestClient(Starlette(routes=api.routes(lambda: opening)), raise_server_exceptions=False)


def test_parameters_and_a_body_ask_the_same(client, retriever) -> None:
    pairs = [("text", "protein kinase"), ("mode", "semantic"), ("top", "3"), ("filter", "named=yes")]
    pairs += [("filter", "organism=human"), ("filter", "organism=Mus musculus")]
    retriever.store.facet = lambda *a: [("Homo sapiens (Human)", 6), ("Mus musculus (Mouse)", 6)]
    got = client.get(SEARCH, params=pairs)
    body = {"text": "protein kinase", "mode": "semantic", "top": 3}
    posted = client.post(SEARCH, json=body | {"filter": [value for name, value in pairs if name == "filter"]})
    assert got.status_code == posted.status_code == 200, got.text
    assert got.json() == posted.json()
    assert retriever.asked[0] == retriever.asked[1]
    assert retriever.asked[0].filter == SearchFilter(
        named=True, organism=("Homo sapiens (Human)", "Mus musculus (Mouse)")
    )
    found = got.json()
    assert (found["query"], found["kind"], found["mode"]) == ("protein kinase", "text", "semantic")
    assert [hit["rank"] for hit in found["hits"]] == [1, 2, 3]
    assert found["index"] == "memory"


def test_examples_accessions_and_sequences_are_asked_for_by_name(client, retriever) -> None:
    client.post(SEARCH, json={"more_like": ["P00001"], "less_like": "P00002"})
    assert (retriever.asked[-1].more_like, retriever.asked[-1].less_like) == (("P00001",), ("P00002",))
    assert client.get(SEARCH, params={"accession": "P00003"}).json()["kind"] == "accession"
    sequence = retriever.store.by_accession["P00004"].sequence
    found = client.post(SEARCH, json={"sequence": f">mine\n{sequence}"}).json()
    assert (found["kind"], found["hits"][0]["accession"]) == ("sequence", "P00004")


def test_a_sequence_is_never_the_name_of_a_file_of_the_server(client, tmp_path) -> None:
    file = tmp_path / "secret.fasta"
    file.write_text(">P\nMKVLAAGGTWYRNMKVLAAGG\n")
    answer = client.post(SEARCH, json={"sequence": str(file)})
    assert answer.status_code == 400
    assert answer.json()["field"] == "sequence"


@pytest.mark.parametrize(
    ("fields", "field", "told"),
    [
        ({}, "text", "give one of text, sequence, accession, or more_like"),
        ({"text": ""}, "text", "The query is empty"),
        ({"text": "a", "accession": "P00001"}, "accession", "Text and accession are given"),
        ({"text": 5}, "text", "The field text is 5; give a text"),
        ({"text": "a", "top": 0}, "top", "from 1 to 1,000"),
        ({"text": "a", "top": True}, "top", "The field top is True"),
        ({"text": "a", "top": "many"}, "top", "from 1 to 1,000"),
        ({"text": "a", "top": 10**300}, "top", "from 1 to 1,000"),
        ({"text": "a", "mode": ["hybrid"]}, "mode", "hybrid, semantic, lexical"),
        ({"text": "a", "filtre": ["go=1"]}, "filtre", "Did you mean filter?"),
        ({"text": "a", "filter": ["evidence=IDA"]}, "filter", "Give one of experimental"),
        ({"text": "a", "filter": [{"go": 1}]}, "filter", "a list of texts"),
        ({"text": "a", "filter": ["named=yes"] * 101}, "filter", "at most 100"),
        ({"sequence": "MKTAYIAK1!QRQISFVKSHFSRQ"}, "sequence", "."),
    ],
)
def test_what_cannot_be_used_is_a_sentence_with_its_field(client, fields, field, told) -> None:
    answer = client.post(SEARCH, json=fields)
    assert answer.status_code == 400
    assert answer.json()["field"] == field
    assert told in answer.json()["error"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1]", b'"text"', b"\xff\xfe", b"[" * 100_000, b'{"text": "\\ud800"}']
)
def test_a_body_that_is_no_json_object_is_said(client, body) -> None:
    answer = client.post(SEARCH, content=body)
    assert (answer.status_code, answer.json()["field"]) == (400, "body")


def test_a_body_is_read_up_to_its_limit(client) -> None:
    within = json.dumps({"text": "a " * 80_000})
    assert client.post(SEARCH, content=within).json()["field"] == "text"
    answer = client.post(SEARCH, content=b" " * (api.MAX_BODY + 1))
    assert (answer.status_code, answer.json()["field"]) == (413, "size")


def test_a_number_of_a_thousand_digits_is_refused_not_computed(client) -> None:
    answer = client.get(SEARCH, params={"text": "a", "top": "9" * 5000})
    assert (answer.status_code, answer.json()["field"]) == (400, "top")


def test_a_parameter_given_twice_is_refused_where_one_counts(client) -> None:
    answer = client.get(f"{SEARCH}?text=a&text=b")
    assert (answer.status_code, answer.json()["field"]) == (400, "text")


def test_other_paths_and_methods_answer_json_not_a_page(client) -> None:
    for path in ("/api", "/api/", "/api/v1/serch", "/api/v2/search", f"{SEARCH}/"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")
        assert SEARCH in answer.json()["error"]
    answer = client.delete(SEARCH)
    assert answer.status_code == 405
    assert "send GET or POST" in answer.json()["error"]


def test_health_names_model_and_index(client) -> None:
    assert client.get(HEALTH).json() == {
        "status": "ready",
        "model": "fake-mini",
        "fingerprint": "f00dcafe",
        "index": {"name": "memory", "num_proteins": 12},
    }


def test_the_curl_lines_of_the_readme_are_understood(client, retriever) -> None:
    retriever.store.facet = lambda *a: [("Homo sapiens (Human)", 6)]
    lines = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8").splitlines()
    calls = [shlex.split(line) for line in lines if line.startswith("curl ")]
    assert len(calls) == 3
    for words in calls:
        path = urlsplit(next(word for word in words if word.startswith("http"))).path
        options = dict(itertools.pairwise(words))
        if "-d" in options:
            answer = client.post(path, content=options["-d"])
        else:
            answer = client.get(path, params=options.get("--data-urlencode", "").replace("P38398", "P00001"))
        assert answer.status_code == 200, answer.text


def test_while_the_index_opens_both_say_so() -> None:
    opening = SimpleNamespace(engine=None, error=None, done=5, total=12, start=lambda: None)
    for path in (HEALTH, f"{SEARCH}?text=a"):
        answer = client_of(opening).get(path)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert (answer.json()["status"], answer.json()["done"]) == ("opening", 5)
    opening.error = StoreError("the index is held by another program. Stop it")
    assert client_of(opening).get(HEALTH).json()["error"] == (
        "The index is held by another program. Stop it."
    )


def test_a_failing_store_is_503_and_the_unforeseen_shows_no_detail(client, retriever, monkeypatch) -> None:
    def fails(error):
        def search(query):
            raise error

        monkeypatch.setattr(retriever, "search", search)
        return client.get(SEARCH, params={"text": "a"})

    assert fails(StoreError("the server is away")).status_code == 503
    answer = fails(RuntimeError("secret detail"))
    assert answer.status_code == 500
    assert "secret" not in answer.text
