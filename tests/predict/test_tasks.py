"""The four JSON tasks: their promised fields, and a sentence with the field for every bad request."""

import json
from dataclasses import dataclass

import pytest

import protclip
from protclip.errors import FieldError
from protclip.predict import tasks

SEQUENCE = "MKVLAAGITGHHKKLAWWRRDDEELLKKFFNNPPQQSSTTVVYYAACCDDEEFFGGHHIIKK"


class Untouchable:
    """No bad request may open a model."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"{name} was opened for a request that cannot be answered")


BAD = [
    (["a list"], "", "object"),
    ({}, "task", "accepted are"),
    ({"task": "fold"}, "task", "'fold'"),
    ({"task": ["x"]}, "task", "accepted are"),
    ({"task": "ppi_prediction", "protein_A": SEQUENCE}, "protein_B", "is missing"),
    ({"task": "ppi_prediction", "protein_A": SEQUENCE, "protein_B": 7}, "protein_B", "is 7"),
    ({"task": "cross_modal_transformation", "protein_sequence": " "}, "protein_sequence", "one-letter code"),
    ({"task": "cross_modal_transformation", "protein_sequence": "MKV1"}, "protein_sequence", "1"),
    ({"task": "cross_modal_transformation", "sequence": SEQUENCE}, "sequence", "it takes protein_sequence"),
    (
        {"task": "protein_function_classification", "protein_sequence": "M" * (tasks.MAX_RESIDUES + 1)},
        "protein_sequence",
        "at most 10,000",
    ),
    (
        {"task": "mutation_effect_prediction", "original_sequence": SEQUENCE, "mutated_sequence": SEQUENCE},
        "mutated_sequence",
        "equals",
    ),
    (
        {
            "task": "mutation_effect_prediction",
            "original_sequence": SEQUENCE,
            "mutated_sequence": SEQUENCE[1:],
        },
        "mutated_sequence",
        "residues",
    ),
]


@pytest.mark.parametrize(("request_", "field", "said"), BAD)
def test_a_bad_request_is_told_by_field(request_: object, field: str, said: str) -> None:
    with pytest.raises(FieldError, match=said) as caught:
        protclip.predict_task(request_, Untouchable())  # type: ignore[arg-type]
    assert caught.value.field == field


@dataclass
class Planted:
    """Answers that a task is made of, without models."""

    answer: object

    def __call__(self, *args: object) -> dict[str, object]:
        return {"told": self.answer, "given": list(args[1:])}


def test_sequences_are_cleaned_before_they_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    planted = {"cross_modal_transformation": (("protein_sequence",), Planted("text"))}
    monkeypatch.setattr(tasks, "TASKS", planted)
    found = tasks.predict_task(
        {"task": "cross_modal_transformation", "protein_sequence": "mkvl aag\nitg*"},
        Untouchable(),  # type: ignore[arg-type]
    )
    assert found == {"task": "cross_modal_transformation", "told": "text", "given": ["MKVLAAGITG"]}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fields", "promised"),
    [
        (("protein_sequence",), ("predicted_function", "confidence_score")),
        (("original_sequence", "mutated_sequence"), ("predicted_fitness_score", "mutation_effect")),
        (("protein_sequence",), ("predicted_text", "confidence_score")),
        (("protein_A", "protein_B"), ("interaction_type", "confidence_score")),
    ],
)
def test_the_shipped_model_answers_with_the_promised_fields(
    fields: tuple[str, ...], promised: tuple[str, ...], shipped: tasks.Tools
) -> None:
    task = next(name for name, (needed, _) in tasks.TASKS.items() if needed == fields and name not in ASKED)
    ASKED.add(task)
    # Ubiquitin, and one of its substitutions.
    ubiquitin = "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG"
    values = dict(zip(fields, (ubiquitin, ubiquitin.replace("IFAG", "IWAG")), strict=False))
    answer = tasks.predict_task({"task": task, **values}, shipped)
    assert tuple(answer)[1:3] == promised
    assert answer["fingerprint"] == shipped.encoder.fingerprint
    assert json.loads(json.dumps(answer)) == answer
    if "confidence_score" in answer:
        assert 0 <= answer["confidence_score"] <= 1


ASKED: set[str] = set()


@pytest.fixture(scope="module")
def shipped() -> tasks.Tools:
    return tasks.Tools()
