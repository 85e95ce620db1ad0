"""Mutations and interactions: page, command line, Python lines and curl call give the same numbers; all are run."""

import csv
import io
import json
import runpy
import shlex
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from starlette.applications import Starlette
from starlette.testclient import TestClient

from protclip.predict.interact_verbs import interact
from protclip.predict.mutation_verbs import mutate
from streamlit_app import api
from tests.streamlit_app.python_lines import printed_by

HERE = Path(__file__).parent
page = runpy.run_path(str(HERE / "tiny_product.py"))["page"]
UNKNOWN = "MKWLAAGGTWYRNMKVLAAGGTWYRCMKVL"


def of_command(line):
    words, _, document = line.partition(" <<'END'\n")
    given = document.removesuffix("END") or None
    name, verb, *arguments = shlex.split(words)
    assert name == "protclip"
    command = {"mutate": mutate, "interact": interact}[verb]
    result = CliRunner().invoke(command, arguments, input=given)
    assert result.exit_code == 0, result.output
    return list(csv.DictReader(io.StringIO(result.stdout), delimiter="\t"))


def of_python(lines):
    return [line.split("\t") for line in printed_by(lines)]


def of_curl(line, tools):
    words = shlex.split(line)
    state = {"engine": SimpleNamespace(encoder=None), "error": None, "under_way": False}
    client = TestClient(
        Starlette(routes=api.routes(lambda: SimpleNamespace(start=lambda: None, **state), tools))
    )
    answer = client.post(words[2], content=words[4])
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    "asked",
    [
        {"p": "P00004", "v": "M1A K2G:V3L"},
        {"p": UNKNOWN, "text": "kinase binding atp", "v": "K2G"},
    ],
)
def test_mutations_are_the_same_in_all_ways(page, asked) -> None:
    app = page("mutations", **asked)
    best, worst, listed = (frame.value for frame in (app.dataframe[-4], app.dataframe[-3], app.dataframe[-1]))
    scan, variants = (app.code[i : i + 3] for i in (0, 3))
    by_command = {row["variant"]: row for row in of_command(scan[0].value)}
    for shown in (best, worst):
        for _, row in shown.iterrows():
            told = by_command[row["variant"]]
            assert (float(told["combined"]), told["label"]) == (row["combined"], row["label"])
    by_python = {name: (float(score), word) for name, score, word in of_python(scan[1].value)}
    by_http = {row["variant"]: row for row in of_curl(scan[2].value, app.tools)["variants"]}
    assert by_command.keys() == by_python.keys() == by_http.keys()
    for name, row in by_command.items():
        assert by_python[name] == (pytest.approx(float(row["combined"]), abs=1e-4), row["label"])
        assert by_http[name]["combined"] == float(row["combined"])
        # Told to four digits, on whose border a last bit decides.
        assert by_http[name]["text_match"] == pytest.approx(float(row["text_match"]), abs=1.1e-4)
    of_list = [of_command(variants[0].value), of_curl(variants[2].value, app.tools)["variants"]]
    for rows in of_list:
        assert [row["variant"] for row in rows] == list(listed["variant"])
        assert [float(row["combined"]) for row in rows] == list(listed["combined"])
        assert [float(row["text_match"]) for row in rows] == list(listed["text match"])
    assert [row[0] for row in of_python(variants[1].value)] == list(listed["variant"])


@pytest.mark.parametrize(
    "asked",
    [
        {"a": "P00004", "b": "P00001"},
        {"a": "P00004", "b": UNKNOWN},
        {"way": "atlas", "a": "P00002", "top": "10"},
        {"way": "list", "pairs": f"P00001\tP00002\nP00003,{UNKNOWN}\n{UNKNOWN} P00005"},
    ],
)
def test_interactions_are_the_same_in_all_ways(page, asked) -> None:
    app = page("interactions", **asked)
    shell, python, curl = (code.value for code in app.code)
    by_command = of_command(shell)
    by_http = of_curl(curl, app.tools)
    if asked.get("way", "pair") == "pair":
        assert f"{float(by_command[0]['probability']):.2f}" == app.metric[0].value
    else:
        shown = app.dataframe[0].value
        assert [row["second"] for row in by_command] == list(shown["second"])
        assert [float(row["probability"]) for row in by_command] == list(shown["probability"])
    assert "skipped" not in by_http or by_http["skipped"] == []
    for row, other, third in zip(by_command, by_http["interactions"], of_python(python), strict=True):
        probability = pytest.approx(float(row["probability"]), abs=1e-4)
        assert other["probability"] == float(third[2]) == probability
        assert row["second"] == third[1]
        assert ",".join(other["likely"]) == row["likely"] == ",".join(third[3:])


@pytest.mark.parametrize(
    "asked", [{"way": "atlas", "a": "P00002"}, {"way": "list", "pairs": "P00001 P00004"}]
)
def test_known_interactions_are_the_same_by_page_and_command(page, asked, tmp_path, monkeypatch) -> None:
    network = "P00000\tP00004\nP00002\tP00006\n"
    app = page("interactions", known=network, **asked)
    (tmp_path / "known.tsv").write_text(network)
    monkeypatch.chdir(tmp_path)
    shown = app.dataframe[0].value
    rows = of_command(app.code[0].value)
    assert any(row["known"] for row in rows)
    for name in ("known", "interologs"):
        assert [row[name] for row in rows] == list(shown[name])
    assert any("by the page and the command line alone" in c.value for c in app.caption)


def test_the_limits_of_page_and_http_are_one() -> None:
    from streamlit_app import (
        api_fields,
        api_tasks,
        interaction_inputs,
        mutation_inputs,
        mutation_recipes,
        pair_list,
    )

    assert mutation_recipes.MAX_OVER_HTTP == api_tasks.MAX_SCANNED
    assert mutation_inputs.MAX_VARIANTS == api_tasks.MAX_VARIANTS
    assert pair_list.MAX_PAIRS == api_tasks.MAX_PAIRS
    assert interaction_inputs.MAX_RESIDUES == api_fields.MAX_RESIDUES


def test_no_call_is_printed_that_the_server_refuses(page, monkeypatch) -> None:
    from streamlit_app import mutation_recipes

    monkeypatch.setattr(mutation_recipes, "MAX_OVER_HTTP", 50)
    app = page("mutations", p="P00004", v="M1A")
    scan, variants = [c.value for c in app.code[:2]], [c.value for c in app.code[2:]]
    assert [line.startswith("curl") for line in scan] == [False, False]
    assert [line.startswith("curl") for line in variants] == [False, False, True]
    assert any(
        "of at most 50 residues; this one has 70. Use the command line" in c.value for c in app.caption
    )
    assert of_curl(variants[-1], app.tools)["variants"]


def test_the_document_over_http_is_that_of_the_command_line(page) -> None:
    app = page("mutations", p="P00004", v="M1A")
    line = shlex.split(app.code[3].value)
    printed = CliRunner().invoke(mutate, [*line[2:], "--format", "json"])
    assert json.loads(printed.stdout) == of_curl(app.code[5].value, app.tools)
