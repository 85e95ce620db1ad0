"""A list of pairs over HTTP, with planted tools."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from streamlit_app import api, api_schema, api_tasks
from streamlit_app.api_query import INTERACT

PLANTED = runpy.run_path(str(Path(__file__).with_name("planted_tools.py")))
SEQUENCE = PLANTED["SEQUENCE"]


@pytest.fixture(scope="module")
def client():
    state = {"engine": SimpleNamespace(encoder=None), "error": None, "under_way": False}
    opening = SimpleNamespace(start=lambda: None, **state)
    return TestClient(Starlette(routes=api.routes(lambda: opening, PLANTED["Tools"]())))


def test_a_pair_that_cannot_be_used_is_told_and_the_others_are_predicted(client) -> None:
    pairs = [["P38398", "P62987"], ["P38398", "P99999"], ["ACGT" * 10, SEQUENCE], [SEQUENCE, "P38398"]]
    found = client.post(INTERACT, json={"pairs": pairs}).json()
    told = [(one["first"], one["second"]) for one in found["interactions"]]
    assert told == [("P38398", "P62987"), (f"{SEQUENCE[:12]}...[{len(SEQUENCE)}]", "P38398")]
    assert [text.split(":")[0] for text in found["skipped"]] == ["pair 2", "pair 3"]
    assert "DNA" in found["skipped"][1]


@pytest.mark.parametrize(
    ("body", "field", "told"),
    [
        ({"pairs": [["P38398"]]}, "pairs", "two proteins each"),
        ({"pairs": []}, "pairs", "two proteins each"),
        ({"pairs": "P38398 P62987"}, "pairs", "two proteins each"),
        ({"pairs": [["P38398", 7]]}, "pairs", "two proteins each"),
        ({"pairs": [["P38398", "P62987"]] * 501}, "pairs", "at most 500"),
        ({"pairs": [["P38398", "P99999"]]}, "pairs", "None of the 1 pairs can be used: pair 1"),
        ({"pairs": [["P38398", "P62987"]], "top": 3}, "top", "no field"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused_with_its_field(client, body, field, told) -> None:
    answer = client.post(INTERACT, json=body)
    assert (answer.status_code, answer.json()["field"]) == (400, field), answer.text
    assert told in answer.json()["error"]


def test_the_limit_of_the_document_is_that_of_the_code() -> None:
    body = api_schema.DOCUMENT["paths"][INTERACT]["post"]["requestBody"]["content"]["application/json"]
    assert body["schema"]["properties"]["pairs"]["maxItems"] == api_tasks.MAX_PAIRS
