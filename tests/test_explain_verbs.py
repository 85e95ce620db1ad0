"""`protclip explain` and `protclip translate` on a tiny model and atlas: output, files, sentences, exit codes."""

import csv
import io
import json
import runpy
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest

from protclip import cli, explain_verbs
from protclip.data import term_vectors
from protclip.data.atlas import Atlas
from protclip.data.term_vectors import TermVectors
from protclip.encode import Encoder
from protclip.records import Annotation, Protein

TINY = runpy.run_path(str(Path(__file__).parent / "predict" / "tiny_explainer.py"))
SEQUENCES = TINY["ENCODE"]["SEQUENCES"]
KINASE, BINDING = "GO:0016301", "GO:0005524"


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    encoder = TINY["made"]("kmers", parts=False)
    proteins = tuple(
        Protein(
            accession=f"P{i}", sequence=s, annotations=(Annotation(kind="go", id=KINASE if i else BINDING),)
        )
        for i, s in enumerate(SEQUENCES[:3])
    )
    rows = encoder.proteins([protein.sequence for protein in proteins])
    atlas = Atlas(proteins=proteins, protein_vectors=rows, biotext_vectors=rows, fingerprint="0")
    terms = TermVectors(ids=(KINASE,), vectors=rows[:1], fingerprint="0")
    monkeypatch.setattr(Encoder, "from_pretrained", lambda model: encoder)
    monkeypatch.setattr(explain_verbs, "_atlas", lambda: atlas)
    monkeypatch.setattr(term_vectors, "read_term_vectors", lambda path: terms)
    entries = {
        verb: EntryPoint(verb, f"protclip.explain_verbs:{verb}", "") for verb in ("explain", "translate")
    }
    monkeypatch.setattr(cli, "_entries", lambda: entries)
    return encoder


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as exit_:
        cli.main([str(argument) for argument in arguments])
    return exit_.value.code, *capsys.readouterr()


def test_explain_tells_the_same_of_an_accession_a_sequence_and_a_file(tmp_path, capsys):
    (tmp_path / "a.fa").write_text(f">P0\n{SEQUENCES[0]}\n")
    asked = ("--text", "protein kinase", "--format", "tsv", "--random", "2")
    outputs = {
        run(capsys, "explain", target, *asked)[1] for target in ("P0", SEQUENCES[0], tmp_path / "a.fa")
    }
    (table,) = outputs
    rows = list(csv.DictReader(io.StringIO(table), delimiter="\t"))
    assert "".join(row["residue"] for row in rows) == SEQUENCES[0]
    assert list(rows[0]) == [
        "position",
        "residue",
        "contribution",
        "contribution.shuffled",
        "contribution.other",
        "contribution.residues",
    ]


def test_explain_prints_json_and_names_what_is_missing_on_standard_error(capsys):
    code, out, err = run(
        capsys, "explain", "P0", "--text", "protein kinase", "--format", "json", "--random", "0"
    )
    assert code == 0
    assert json.loads(out)["accession"] == "P0"
    assert "without the parts for PDA and BSR" in err


def test_explain_writes_a_track_into_a_structure(tmp_path, capsys):
    three = {"M": "MET", "K": "LYS", "T": "THR", "A": "ALA", "Y": "TYR", "I": "ILE", "Q": "GLN", "R": "ARG"}
    lines = [
        f"ATOM  {i:5d}  CA  {three[c]} A{i:4d}       1.500   2.500   3.500  1.00 77.77           C"
        for i, c in enumerate(SEQUENCES[0][:11], start=1)
    ]
    (tmp_path / "in.pdb").write_text("\n".join(lines) + "\n")
    asked = ("--text", "protein kinase", "--format", "json", "--random", "0")
    files = ("--pdb", tmp_path / "in.pdb", "--output", tmp_path / "out.pdb")
    code, out, err = run(capsys, "explain", "P0", *asked, *files)
    assert code == 0
    values = np.array(json.loads(out)["tracks"][0]["values"])
    atoms = [line for line in (tmp_path / "out.pdb").read_text().splitlines() if line.startswith("ATOM")]
    expected = 50 + 50 * values / np.abs(values).max()
    np.testing.assert_allclose([float(line[60:66]) for line in atoms], expected[:11], atol=0.01)
    assert "chain A: 11 residues paired, identity 100%" in err
    code, _, err = run(capsys, "explain", SEQUENCES[4] + "WCWCWCWCWC", *asked, *files)
    assert code == 2
    assert "the structure is of another protein" in err


def test_translate_describes_without_the_proteins_own_text(capsys):
    code, out, _ = run(capsys, "translate", "P0", "--top", "1")
    assert code == 0
    rows = list(csv.DictReader(io.StringIO(out), delimiter="\t"))
    assert [row["rank"] for row in rows] == ["0", "1"]
    assert "kinase activity" in rows[1]["text"]
    assert "ATP binding" not in out
    assert 0 <= float(rows[0]["support"]) <= 1


def test_translate_ranks_a_users_texts(tmp_path, capsys, tiny):
    (tmp_path / "t.txt").write_text("nucleus\n\nprotein kinase\n")
    code, out, _ = run(capsys, "translate", "P1", "--texts", tmp_path / "t.txt", "--format", "json")
    assert code == 0
    rows = [json.loads(line) for line in out.splitlines()]
    cosines = tiny.proteins([SEQUENCES[1]])[0] @ tiny.texts(["nucleus", "protein kinase"]).T
    assert [row["cosine"] for row in rows] == pytest.approx(sorted(cosines, reverse=True), abs=1e-4)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("explain", "P00", "--text", "kinase"), "no accession of the 3 known proteins; the nearest is P"),
        (("explain", "P0", "--text", " "), "give at least a word"),
        (("explain", "P0", "--text", "kinase", "--pdb", "a.pdb"), "--pdb and --output go together"),
        (("translate", "Q"), "no accession of the 3 known proteins. Give a FASTA file"),
    ],
)
def test_what_cannot_be_used_is_one_sentence_and_exit_code_2(capsys, arguments, told):
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert told in err
    assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize("verb", [("explain", "--text", "kinase", "--random", "0"), ("translate",)])
def test_a_sequence_longer_than_a_file_name_is_a_sequence(capsys, verb):
    code, out, _ = run(capsys, verb[0], SEQUENCES[0] * 20, *verb[1:])
    assert code == 0
    assert out


def test_explain_takes_one_protein(tmp_path, capsys):
    (tmp_path / "two.fa").write_text(">A\nMKV\n>B\nMKT\n")
    code, _, err = run(capsys, "explain", tmp_path / "two.fa", "--text", "kinase")
    assert code == 2
    assert "has 2 proteins; explain takes one" in err


def test_the_help_begins_as_the_table_of_short_helps_does():
    for name in ("explain", "translate"):
        assert " ".join(getattr(explain_verbs, name).help.split()).startswith(cli.SHORT_HELP[name])
