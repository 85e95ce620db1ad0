"""`protclip search` and `protclip index` on a miniature index; the model and the shipped files are stood in for."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from protclip.errors import InputError, StoreError
from protclip.records import Protein
from vector_store import verbs
from vector_store.opening import open_store
from vector_store.search_rows import COLUMNS

Call = Callable[..., Result]


@pytest.fixture
def call(shipped_folder: Path) -> Call:
    """Run a verb there."""

    def run(verb: Any, *arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(verb, list(arguments), input=stdin)

    return run


def test_the_index_is_built_on_the_first_search(call: Call, tmp_path: Path) -> None:
    assert isinstance(call(verbs.index, "status").exception, StoreError)
    result = call(verbs.search, "DNA helicase", "--format", "json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["query"], found["kind"], found["mode"]) == ("DNA helicase", "text", "hybrid")
    assert found["num_indexed"] == 10
    assert len(found["hits"]) == 10
    hit = next(h for h in found["hits"] if h["accession"] == "Q9BX63")
    assert list(hit) == [c for c in COLUMNS if c != "query"]
    assert hit["name"] == "Fanconi helicase"
    assert hit["annotations"][0]["id"] == "GO:0003678"
    assert set(hit["legs"]) == {"protein", "lexical", "terms"}
    assert (tmp_path / "var" / "index" / "manifest.json").is_file()
    status = json.loads(call(verbs.index, "status", "--format", "json").stdout)
    assert (status["num_points"], status["complete"], status["engine"]) == (10, True, "qdrant-edge")


def test_the_same_rows_in_every_format(call: Call) -> None:
    ask = ("kinase", "--mode", "lexical", "--top", "2", "--format")
    whole = json.loads(call(verbs.search, *ask, "json").stdout)["hits"]
    lines = [json.loads(line) for line in call(verbs.search, *ask, "jsonl").stdout.splitlines()]
    cells = list(csv.DictReader(io.StringIO(call(verbs.search, *ask, "tsv").stdout), delimiter="\t"))
    shown = call(verbs.search, *ask, "table").stdout
    assert {h["accession"] for h in whole} == {"P00533", "P06241"}
    assert [{k: v for k, v in row.items() if k != "query"} for row in lines] == whole
    assert [(c["rank"], c["accession"], c["name"], c["query"]) for c in cells] == [
        (str(h["rank"]), h["accession"], h["name"], "kinase") for h in whole
    ]
    assert cells[0]["legs"] == "lexical:1"
    assert cells[0]["cosine"] == ""
    assert "GO:0004672 protein kinase activity" in cells[0]["annotations"]
    assert all(h["accession"] in shown and h["name"] in shown for h in whole)


def test_filters_and_ways_of_asking(call: Call, proteins: tuple[Protein, ...], tmp_path: Path) -> None:
    def found(*arguments: str) -> list[str]:
        result = call(verbs.search, *arguments, "--format", "jsonl")
        assert result.exit_code == 0, result.output
        return [json.loads(line)["accession"] for line in result.stdout.splitlines()]

    assert sorted(found("x", "--filter", "go=helicase activity", "--filter", "organism=homo")) == [
        "P38398",
        "Q9BX63",
    ]
    assert found("--accession", "P38398", "--filter", "go=GO:0003678") == ["Q9BX63"]
    assert found("--sequence", proteins[3].sequence, "--top", "1") == ["P00533"]
    assert "P38398" not in found("--more-like", "P38398", "--less-like", "P00533")
    fasta = tmp_path / "two.fasta"
    fasta.write_text(f">a\n{proteins[3].sequence}\n>b\n{proteins[4].sequence}\n")
    assert found("--sequence", str(fasta), "--top", "1") == ["P00533", "P06241"]


def test_a_bad_query_among_many_is_reported_and_the_rest_answered(call: Call) -> None:
    lines = "kinase\n12345\n\nhelicase\nP99999\n"
    result = call(verbs.search, "--mode", "lexical", "--format", "tsv", stdin=lines)
    assert result.exit_code == 3
    rows = list(csv.DictReader(io.StringIO(result.stdout), delimiter="\t"))
    assert [r["query"] for r in rows] == ["kinase"] * 2 + ["helicase"] * 3
    assert "query '12345': the query '12345' has no letter" in result.stderr
    documents = json.loads(call(verbs.search, "--format", "json", stdin="kinase\nhelicase\n").stdout)
    assert [d["query"] for d in documents] == ["kinase", "helicase"]
    assert json.loads(call(verbs.search, "--format", "json", stdin="\n").stdout) == []


def test_a_bad_record_among_many_is_reported(
    call: Call, proteins: tuple[Protein, ...], tmp_path: Path
) -> None:
    fasta = tmp_path / "some.fasta"
    fasta.write_text(f">a\n{proteins[3].sequence}\n>b\nMK1\n>c\n{proteins[4].sequence}\n")
    result = call(verbs.search, "--sequence", str(fasta), "--top", "1", "--format", "jsonl")
    assert result.exit_code == 3
    assert [json.loads(line)["query"] for line in result.stdout.splitlines()] == ["a", "c"]
    assert "line 4" in result.stderr or "line 3" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("12345",), "no letter"),
        (("x", "--accession", "P38398"), "give one of"),
        (("x", "--filter", "go=GO:9999999"), "unknown GO id"),
        (("x", "--filter", "colour=red"), "KEY=VALUE"),
        (("--sequence", "no/such/file.fasta"), "no file"),
        (("--sequence", "MKT1"), "not a residue"),
        (("--accession", "P38399"), "Nearest: P38398"),
    ],
)
def test_one_bad_query_is_the_verbs_own_error(call: Call, arguments: tuple[str, ...], told: str) -> None:
    result = call(verbs.search, *arguments)
    assert isinstance(result.exception, InputError)
    assert told in str(result.exception)


def test_an_index_that_the_app_holds_is_searched_in_a_copy(call: Call, tmp_path: Path) -> None:
    assert call(verbs.index).exit_code == 0
    holder = open_store(None, "0123456789abcdef", 16)
    try:
        result = call(verbs.search, "kinase", "--format", "jsonl")
        assert result.exit_code == 0
        assert result.stdout
        assert json.loads(call(verbs.index, "status", "--format", "json").stdout)["num_points"] == 10
        assert isinstance(call(verbs.index, "--rebuild").exception, StoreError)
    finally:
        holder.close()


def test_building_again_and_anew(call: Call, tmp_path: Path) -> None:
    target = ("--target", str(tmp_path / "other"))
    assert "10 proteins (10 loaded now)" in call(verbs.index, *target).stdout
    assert "10 proteins (0 loaded now)" in call(verbs.index, *target).stdout
    assert "10 proteins (10 loaded now)" in call(verbs.index, *target, "--rebuild").stdout
    assert "num_points      10" in call(verbs.index, *target, "status").stdout


def test_another_model_encodes_the_proteins_anew(
    call: Call, monkeypatch: pytest.MonkeyPatch, encoder: Any, tmp_path: Path
) -> None:
    monkeypatch.setattr(encoder, "fingerprint", "feedfacefeedface", raising=False)
    result = call(verbs.index, "--model", str(tmp_path / "checkpoint"))
    assert result.exit_code == 0, result.output
    assert "checkpoint feedfacefeedface" in result.stdout
    assert call(verbs.search, "kinase").exit_code == 0


def test_the_full_source_says_how_to_get_it(call: Call) -> None:
    result = call(verbs.index, "--source", "full")
    assert "protclip data build --source swissprot-goa" in str(result.exception)
