"""Requests made from the API's own OpenAPI document: no failure of the server, and every answer is as described."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks
from schemathesis.specs.openapi.checks import negative_data_rejection
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from streamlit_app import api, api_schema, api_tasks, api_token
from streamlit_app.api_query import ANNOTATE, HEALTH, MAP, SEARCH

HERE = Path(__file__).parent
PLANTED = runpy.run_path(str(HERE / "planted_tools.py"))
FIXTURE = runpy.run_path(str(HERE.parent / "browser" / "fixture_app.py"))
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
FEW = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The API with planted tools and a real search over a dozen proteins, as schemathesis sees its document."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("QDRANT_URL", raising=False)
        patch.setattr(api_tasks, "explain", PLANTED["explained"])
        patch.delenv(api_token.VARIABLE, raising=False)
        schema = schemathesis.openapi.from_dict(api_schema.DOCUMENT)
        opened = FIXTURE["open_engine"](
            str(tmp_path_factory.mktemp("searched") / "index"), lambda done, total: None
        )
        opening = SimpleNamespace(start=lambda: None, engine=opened, error=None, under_way=False)
        schema.app = Starlette(routes=api.routes(lambda: opening, PLANTED["Tools"]()))
        yield schema
        opened.store.close()


OPERATIONS = [(path, method) for path, methods in api_schema.DOCUMENT["paths"].items() for method in methods]
CASES = [
    (path, method, mode)
    for path, method in OPERATIONS
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or method == "post" or path == SEARCH  # others take nothing wrong
]


@pytest.mark.parametrize(("path", "method", "mode"), CASES)
def test_an_answer_is_as_the_document_says(served, path, method, mode) -> None:
    operation = served[path][method]

    @FEW
    @given(operation.as_strategy(generation_mode=mode))
    def ask(case) -> None:
        answer = case.call()
        # Too large is a refusal, and of several records those that cannot be used are told beside the others.
        refused = answer.status_code == 413
        refused |= path in (ANNOTATE, MAP) and answer.status_code == 200 and bool(answer.json()["skipped"])
        case.validate_response(answer, checks=[*CHECKS, *([] if refused else [negative_data_rejection])])

    ask()


def test_an_answer_that_is_not_as_described_is_seen(served) -> None:
    """Neither an unlisted status nor a body without its promised fields passes."""
    case = served[HEALTH]["get"].Case()
    for answer, told in (
        (JSONResponse({}, 418), "Undocumented status code"),
        (JSONResponse({"status": "ready"}), "required property"),
        (JSONResponse({}, 500), "Server error"),
    ):
        route = Route(HEALTH, lambda request, answer=answer: answer)
        with pytest.raises(FailureGroup) as found:
            case.call_and_validate(checks=CHECKS, app=Starlette(routes=[route]))
        assert told in str(found.value)
