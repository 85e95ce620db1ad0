"""Python, command line and HTTP give the same answer to each of the four tasks, with all that is shipped."""

import json
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from starlette.applications import Starlette
from starlette.testclient import TestClient

from protclip import predict_task, starter
from protclip.errors import AssetError, FieldError
from protclip.exit_codes import SKIPPED_RECORDS
from protclip.predict import tasks
from protclip.predict_verbs import predict
from streamlit_app import api, api_token
from streamlit_app.api_query import PREDICT

pytestmark = pytest.mark.slow
UBIQUITIN = "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG"
INSULIN_CHAINS = "FVNQHLCGSHLVEALYLVCGERGFFYTPKTGIVEQCCTSICSLYQLENYCN"
REQUESTS = {
    "protein_function_classification": {"protein_sequence": UBIQUITIN},
    "mutation_effect_prediction": {
        "original_sequence": UBIQUITIN,
        "mutated_sequence": UBIQUITIN.replace("LIFAG", "LIWAG"),
    },
    "cross_modal_transformation": {"protein_sequence": INSULIN_CHAINS},
    "ppi_prediction": {"protein_A": UBIQUITIN, "protein_B": INSULIN_CHAINS},
}
PROMISED = {
    "protein_function_classification": {"predicted_function": str, "confidence_score": float},
    "mutation_effect_prediction": {"predicted_fitness_score": float, "mutation_effect": str},
    "cross_modal_transformation": {"predicted_text": str, "confidence_score": float},
    "ppi_prediction": {"interaction_type": str, "confidence_score": float},
}


@pytest.fixture(scope="module")
def tools():
    """What is shipped, opened once for the whole module."""
    try:
        for path in (starter.checkpoint_path, starter.atlas_path, starter.ontology_path, starter.terms_path,
                     starter.calibration_path, starter.interaction_path):  # fmt: skip
            path()
    except AssetError as error:
        pytest.skip(f"not all that the tasks need is shipped: {error}")
    return tasks.Tools()


@pytest.fixture
def ways(tools, monkeypatch):
    """Ask for one request in three ways; each gives the answer, or what it was refused with."""
    monkeypatch.delenv(api_token.VARIABLE, raising=False)
    monkeypatch.setattr(tasks, "Tools", lambda: tools)
    opening = SimpleNamespace(
        start=lambda: None, engine=SimpleNamespace(encoder=tools.encoder), error=None, under_way=False
    )
    client = TestClient(Starlette(routes=api.routes(lambda: opening, tools)))

    def ask(request):
        try:
            in_python = predict_task(request, tools)
        except FieldError as error:
            in_python = {"error": str(error), "field": error.field}
        printed = CliRunner().invoke(predict, ["-"], input=json.dumps(request))
        answered = client.post(PREDICT, json=request)
        assert (answered.status_code, printed.exit_code) in {(200, 0), (400, SKIPPED_RECORDS)}
        return in_python, json.loads(printed.stdout), answered.json()

    return ask


def test_every_task_is_asked_here() -> None:
    assert set(REQUESTS) == set(PROMISED) == set(tasks.TASKS)


@pytest.mark.parametrize("task", list(REQUESTS))
def test_three_ways_give_one_answer(ways, task) -> None:
    in_python, printed, over_http = ways({"task": task, **REQUESTS[task]})
    assert printed == over_http == json.loads(json.dumps(in_python))
    assert in_python["task"] == task
    for name, kind in PROMISED[task].items():
        assert type(in_python[name]) is kind
    assert in_python["fingerprint"]


def test_an_answer_depends_on_what_was_asked(tools) -> None:
    """Equal ways would mean little if every request had one answer."""
    request = {"task": "cross_modal_transformation"}
    texts = [
        predict_task({**request, "protein_sequence": sequence}, tools)["predicted_text"]
        for sequence in (UBIQUITIN, INSULIN_CHAINS)
    ]
    assert texts[0] != texts[1]


@pytest.mark.parametrize("task", list(REQUESTS))
def test_three_ways_refuse_alike_and_name_the_field(ways, task) -> None:
    *_, last = REQUESTS[task]
    in_python, printed, over_http = ways({"task": task, **REQUESTS[task], last: "MK1"})
    assert in_python["field"] == printed["field"] == over_http["field"] == last
    # Over HTTP an error is a sentence with its full stop.
    assert over_http["error"].rstrip(".") == printed["error"].rstrip(".") == in_python["error"].rstrip(".")
