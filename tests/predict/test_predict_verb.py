"""`protclip predict`: one object or one a line, bad ones told in their place, the others answered."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from protclip.errors import FieldError
from protclip.exit_codes import SKIPPED_RECORDS
from protclip.predict import tasks
from protclip.predict_verbs import predict


@pytest.fixture(autouse=True)
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(request: object, tools: object) -> dict[str, object]:
        if not isinstance(request, dict) or "task" not in request:
            raise FieldError("task", "task is missing")
        return {"task": request["task"], "answered": True}

    monkeypatch.setattr(tasks, "predict_task", answer)


def lines_of(output: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in output.splitlines()]


def test_an_object_over_several_lines_is_one_request(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text('{\n "task":\n "a"\n}\n')
    found = CliRunner().invoke(predict, [str(tmp_path / "one.json")])
    assert found.exit_code == 0
    assert lines_of(found.stdout) == [{"task": "a", "answered": True}]


@pytest.mark.parametrize("text", ['{"task": "a"}\n\n{"task": "b"}\n', '[{"task": "a"}, {"task": "b"}]'])
def test_lines_and_a_list_are_answered_in_their_order(text: str) -> None:
    found = CliRunner().invoke(predict, ["-"], input=text)
    assert [answer["task"] for answer in lines_of(found.stdout)] == ["a", "b"]


def test_bad_requests_are_told_and_the_others_answered() -> None:
    found = CliRunner().invoke(
        predict, ["-"], input='{"task": "a"}\nno json\n{"tusk": 1}\n7\n{"task": "b"}\n'
    )
    answers = lines_of(found.stdout)
    assert found.exit_code == SKIPPED_RECORDS
    assert [answer.get("task") for answer in answers] == ["a", None, None, None, "b"]
    assert [answer.get("request") for answer in answers[1:4]] == [2, 3, 4]
    assert answers[2]["field"] == "task"
    assert "no JSON" in str(answers[1]["error"])


def test_nothing_is_refused() -> None:
    found = CliRunner().invoke(predict, ["-"], input="\n")
    assert found.exit_code
    assert "no request" in str(found.exception)
