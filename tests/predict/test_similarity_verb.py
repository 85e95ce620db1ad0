"""`protclip similarity` on a miniature atlas: it tells what the library computes; the model is stood in for."""

import csv
import io
import json
import runpy
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

import protclip.encode
from protclip import starter
from protclip.data.atlas import Atlas, write_atlas
from protclip.errors import InputError
from protclip.predict.similarity import LinSimilarity, cosine_similarity, manhattan_similarity
from protclip.predict.similarity_verbs import similarity
from protclip.records import Protein

TINY = runpy.run_path(str(Path(__file__).with_name("tiny_family.py")))
HELICASE, KINASE, known = (TINY[name] for name in ("HELICASE", "KINASE", "known"))
PROTEINS: tuple[Protein, ...] = (
    known("P00001", HELICASE, "GO:0004386", "GO:0006281", "GO:0005634"),
    known("P00002", KINASE, "GO:0004672", "GO:0006281"),
    known("P00003", KINASE[::-1] + "M", "GO:0003824", "GO:0032991"),
    known("P00004", HELICASE[::-1], "GO:0008150"),
)
Call = Callable[..., Result]


class StandIn(TINY["CompositionEncoder"]):  # type: ignore[misc]
    name = "stand-in"


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    encoder = StandIn()
    rows = encoder.proteins([p.sequence for p in PROTEINS])
    atlas = Atlas(
        proteins=PROTEINS, protein_vectors=rows, biotext_vectors=rows, fingerprint=encoder.fingerprint
    )
    write_atlas(atlas, tmp_path / "atlas")
    TINY["make_ontology"]().write_parquet(tmp_path / "ontology.parquet", definitions=False)
    monkeypatch.setattr(starter, "atlas_path", lambda: tmp_path / "atlas")
    monkeypatch.setattr(starter, "ontology_path", lambda: tmp_path / "ontology.parquet")
    monkeypatch.setattr(protclip.encode.Encoder, "from_pretrained", classmethod(lambda cls, model: encoder))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(similarity, list(arguments), input=stdin)

    return run


def table(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(result.stdout), delimiter="\t"))


def test_the_verb_tells_what_the_library_computes(call: Call) -> None:
    (told,) = json.loads(call("P00001", "P00002", "--format", "json").stdout)["pairs"]
    rows = StandIn().proteins([HELICASE, KINASE])
    assert told["cosine"] == pytest.approx(cosine_similarity(rows[:1], rows[1:])[0], abs=1e-4)
    assert told["manhattan"] == pytest.approx(manhattan_similarity(rows[:1], rows[1:])[0], abs=1e-4)
    lin = LinSimilarity(TINY["make_ontology"](), [[a.id for a in p.annotations] for p in PROTEINS])
    for aspect, terms in {"MF": ("GO:0004386", "GO:0004672"), "BP": ("GO:0006281", "GO:0006281")}.items():
        assert told[f"lin_{aspect}"] == pytest.approx(lin.of_proteins(terms[:1], terms[1:], aspect), abs=1e-4)
    assert told["lin_BP"] == 1.0


def test_three_formats_tell_the_same(call: Call) -> None:
    (row,) = table(call("P00001", "P00002"))
    whole = json.loads(call("P00001", "P00002", "--format", "json").stdout)
    (line,) = call("P00001", "P00002", "--format", "jsonl").stdout.splitlines()
    made_with = {"model": "stand-in", "fingerprint": "tiny"}
    assert json.loads(line) == whole["pairs"][0] | made_with
    assert whole == {**made_with, "pairs": whole["pairs"]}
    assert float(row["cosine"]) == whole["pairs"][0]["cosine"]
    assert row["lin_CC"] == ""


def test_the_side_without_terms_is_named_where_lin_has_no_value(call: Call) -> None:
    (told,) = json.loads(call("P00001", "P00002", "--format", "json").stdout)["pairs"]
    assert told["lin_CC"] is None
    assert told["without_terms"] == {"first": [], "second": ["CC"]}
    (told,) = json.loads(call(KINASE, "P00001", "--format", "json").stdout)["pairs"]
    assert told["without_terms"] == {"first": ["MF", "BP", "CC"], "second": []}
    (row,) = table(call(KINASE, "P00002"))
    assert row["without_terms"] == f"{KINASE[:12]}...[61]: MF, BP, CC; P00002: CC"
    # Annotated with a root alone: nothing that not every protein has.
    (row,) = table(call("P00001", "P00004"))
    assert (row["lin_BP"], row["without_terms"]) == ("", "P00004: MF, BP, CC")


def test_a_protein_is_wholly_like_itself_and_order_does_not_matter(call: Call) -> None:
    (row,) = table(call("P00001", "P00001"))
    assert [row[name] for name in ("cosine", "manhattan", "lin_MF", "lin_BP")] == ["1.0000"] * 4
    (one,), (other,) = table(call("P00001", "P00002")), table(call("P00002", "P00001"))
    assert {k: one[k] for k in ("cosine", "manhattan", "lin_MF")} == {
        k: other[k] for k in ("cosine", "manhattan", "lin_MF")
    }


def test_a_bad_pair_of_a_list_is_reported_and_the_rest_done(call: Call, tmp_path: Path) -> None:
    (tmp_path / "mine.fasta").write_text(f">mine\n{HELICASE}\n")
    result = call("--pairs", "-", stdin="P00001\tmine.fasta\nP00001\tP9\nP00002\nP00002\tP00003\n")
    assert result.exit_code == 3
    found = table(result)
    assert [(row["first"], row["second"]) for row in found] == [("P00001", "mine"), ("P00002", "P00003")]
    assert found[0]["cosine"] == "1.0000"
    assert "line 2: 'P9' is no FASTA file" in result.stderr
    assert "line 3: there are 1 columns" in result.stderr
    none_left = call("--pairs", "-", stdin="P00001\tP9\n")
    assert (none_left.exit_code, table(none_left)) == (3, [])


@pytest.mark.parametrize("arguments", [(), ("P00001",), ("P00001", "P00002", "--pairs", "x")])
def test_what_is_not_one_of_the_two_ways_is_told(call: Call, arguments: tuple[str, ...]) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert "give two proteins (A B), or --pairs FILE" in result.stderr


def test_a_protein_that_is_none_is_bad_input(call: Call) -> None:
    error = call("P00001", "hemoglobin").exception
    assert isinstance(error, InputError)
    assert "Give one of these" in str(error)


def test_rows_of_the_embeddings_are_told_not_those_of_the_atlas(call: Call) -> None:
    """A sequence and the accession with that sequence have one embedding."""
    (by_accession,), (by_sequence,) = table(call("P00001", "P00002")), table(call(HELICASE, "P00002"))
    assert by_accession["cosine"] == by_sequence["cosine"]
    assert np.isfinite(float(by_accession["cosine"]))
