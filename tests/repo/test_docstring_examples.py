"""The examples in docstrings give what they say they give, and what people call first has one."""

import ast
import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOUND = {
    path.relative_to(ROOT).with_suffix("").as_posix().removesuffix("/__init__").replace("/", ".")
    for package in ("protclip", "vector_store", "streamlit_app", "train")
    for path in (ROOT / package).rglob("*.py")
    if " >>> " in path.read_text(encoding="utf-8")
}
NEED_THE_MODEL = {"protclip", "protclip.encode", "protclip.predict.calibration"}
WITH_EXAMPLE = (
    "protclip.predict_task",
    "protclip.data.biotext.describe",
    "protclip.data.ontology.Ontology",
    "protclip.encode.Encoder",
    "protclip.predict.calibration.read_calibration",
    "protclip.predict.platt.fit_platt",
    "protclip.predict.segments.standing_out",
    "protclip.predict.similarity.LinSimilarity",
    "protclip.predict.similarity.cosine_similarity",
    "protclip.predict.variants.parse_variant",
    "protclip.predict.variants.variant_between",
    "protclip.records.Protein",
    "protclip.residues.clean_sequence",
    "protclip.sequence.parse_fasta",
    "protclip.sequence.windows",
)


def examples_of(module_name: str) -> list[doctest.DocTest]:
    tests = doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(module_name))
    return [test for test in tests if test.examples]


def failures(tests: list[doctest.DocTest]) -> str:
    told: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    for test in tests:
        runner.run(test, out=told.append)
    return "".join(told)


@pytest.mark.parametrize("name", sorted(FOUND))
def test_examples_give_what_they_say(name: str) -> None:
    if name in NEED_THE_MODEL and not (ROOT / "protclip" / "starter" / "MANIFEST.json").is_file():
        pytest.skip("the checkpoint is not shipped yet")
    tests = examples_of(name)
    assert tests, f"{name} has >>> in no docstring that doctest finds"
    assert failures(tests) == ""


@pytest.mark.parametrize("name", WITH_EXAMPLE)
def test_what_people_call_first_has_an_example(name: str) -> None:
    module, _, last = name.rpartition(".")
    tree = ast.parse(Path(importlib.import_module(module).__file__ or "").read_text(encoding="utf-8"))
    (defined,) = (n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef) and n.name == last)
    assert ">>> " in (ast.get_docstring(defined) or "")


def test_a_wrong_example_is_seen() -> None:
    wrong = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, None)
    assert "Expected:\n    3\nGot:\n    2" in failures([wrong])
