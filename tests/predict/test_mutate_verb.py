"""`protclip mutate` on a tiny atlas and a tiny model: what is read, what comes out, what it exits with."""

import csv
import io
import json
import runpy
from pathlib import Path

import numpy as np
import pytest

from protclip import starter
from protclip.data.tables import table_of
from protclip.encode import Encoder
from protclip.errors import InputError
from protclip.predict.mutation_table import COLUMNS, read_measured, read_variants
from protclip.predict.mutation_verbs import mutate
from protclip.records import Annotation, Protein

tiny_encoder = runpy.run_path(str(Path(__file__).with_name("tiny_encoder.py")))["tiny_encoder"]
WILD = "MKVLAAGITGHHKKLAWWRRDDPYFNQECTSSGLIVKADEHW"
PROTEINS = [
    Protein(accession="P00001", sequence=WILD, annotations=(Annotation(kind="function", text="Kinase."),)),
    Protein(accession="P00002", sequence=WILD[:3] + "I" + WILD[4:]),
    Protein(accession="P00003", sequence="PGSNPGSNPGSNPGSN"),
]


@pytest.fixture(autouse=True)
def tiny_product(tmp_path, monkeypatch):
    import pyarrow.parquet as pq

    from protclip.data.ontology import Ontology

    (tmp_path / "atlas").mkdir()
    pq.write_table(table_of(PROTEINS), tmp_path / "atlas" / "proteins.parquet")
    monkeypatch.setattr(starter, "atlas_path", lambda: tmp_path / "atlas")
    monkeypatch.setattr(Encoder, "from_pretrained", classmethod(lambda cls, model: tiny_encoder(blocks=0)))
    monkeypatch.setattr(Ontology, "read_parquet", classmethod(lambda cls, path: None))


def run(*arguments):
    """The verb without the frame that makes sentences of errors; gives its exit code where it is not 0."""
    return mutate.main([str(a) for a in arguments], prog_name="protclip mutate", standalone_mode=False)


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text), delimiter="\t"))


def test_every_substitution_is_a_row_and_missing_scores_are_empty_cells(capsys):
    assert run(WILD) is None
    told = capsys.readouterr()
    rows = rows_of(told.out)
    assert len(rows) == 19 * len(WILD)
    assert tuple(rows[0]) == COLUMNS
    assert {row["masked"] for row in rows} == {row["predicted"] for row in rows} == {""}
    assert "proteins aligned: 3" in told.err
    assert "tiny has no transformer blocks and no MLM head: there are no marginals" in told.err


@pytest.mark.parametrize("given", ["accession", "fasta", "sequence"])
def test_accession_file_and_sequence_are_the_same_protein(tmp_path, capsys, given):
    (tmp_path / "one.fa").write_text(f">query\n{WILD[:20]}\n{WILD[20:]}\n")
    asked = {"accession": "p00001", "fasta": tmp_path / "one.fa", "sequence": WILD}[given]
    run(asked, "--variants", "K2G L4I:W17A", "--format", "json")
    told = json.loads(capsys.readouterr().out)
    assert told["sequence"] == WILD
    assert told["accession"] == ("P00001" if given == "accession" else "query")
    assert [row["variant"] for row in told["variants"]] == ["K2G", "L4I:W17A"]
    assert [h["accession"] for h in told["homologues"]] == ["P00001", "P00002"]
    assert told["homologues"][1]["identity"] == pytest.approx(41 / 42, abs=1e-4)
    assert told["text"] == "FUNCTION: Kinase."


def test_a_bad_variant_is_named_and_the_others_are_scored(tmp_path, capsys):
    source, out = tmp_path / "v.txt", tmp_path / "out.tsv"
    source.write_text("# mine\nK2G\nK3G\n\nA5C,A6G\n")
    assert run(WILD, "--variants", source, "-o", out) == 3
    assert [row["variant"] for row in rows_of(out.read_text())] == ["K2G", "A5C:A6G"]
    assert "skipped: " + f"{source}, line 3: K3G: the sequence has V at 3, not K" in capsys.readouterr().err


def test_measured_variants_fit_a_head_that_predicts(tmp_path, capsys):
    rng = np.random.default_rng(1)
    lines = [
        f"{WILD[i]}{i + 1}{r},{(i % 5) + 0.01 * rng.normal()}"
        for i in range(42)
        for r in "QN"
        if WILD[i] != r
    ]
    (tmp_path / "m.csv").write_text("\n".join(["variant,value", *lines, "K3G,1", "M1A,bright"]))
    asked = ("--measured", tmp_path / "m.csv", "--variants", "M1D A5D", "--format", "json")
    assert run(WILD, *asked) == 3
    told = capsys.readouterr()
    found = json.loads(told.out)
    assert found["variants"][0]["predicted"] < found["variants"][1]["predicted"]
    assert found["head"]["num_variants"] == len(lines)
    assert len(found["skipped"]) == 2
    assert "'bright' is no number" in found["skipped"][1]
    assert f"head (ridge) on {len(lines)} measured variants" in told.err
    assert "; one-hot ridge has 0." in told.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["Q99999"], "no accession of the atlas and no file"),
        (["ACGTACGTACGTACGTACGT"], "looks like DNA"),
        ([WILD, "--variants", "K3G"], "the sequence has V at 3, not K"),
        ([WILD, "--variants", " "], "has no variant"),
        ([WILD, "--variants", "K2G,A5C"], "can be read in two ways"),
        ([WILD, "--measured", "few.csv"], "0 measured|at least 20"),
        ([WILD, "--measured", "other.csv"], "has the columns mutant, score, but not value and variant"),
        (["two.fa"], "has 2 proteins"),
    ],
)
def test_what_cannot_be_used_is_a_sentence(tmp_path, monkeypatch, arguments, told):
    monkeypatch.chdir(tmp_path)
    Path("few.csv").write_text("variant,value\nK2G,1\n")
    Path("other.csv").write_text("mutant,score\nK2G,1\n")
    Path("two.fa").write_text(f">a\n{WILD}\n>b\n{WILD}\n")
    with pytest.raises(InputError, match=told):
        run(*arguments)


def test_lists_and_files_are_read_alike(tmp_path):
    (tmp_path / "v").write_text("K2G\nA5C:A6G\n")
    from_file = read_variants(str(tmp_path / "v"), WILD)
    assert from_file == read_variants("K2G A5C:A6G", WILD)
    (tmp_path / "m.csv").write_text("value,note,variant\n1.5,x,K2G\n2,y,p.Ala5Cys\n")
    measured = read_measured(tmp_path / "m.csv", WILD)
    assert [str(v) for v in measured.variants] == ["K2G", "A5C"]
    assert measured.values == (1.5, 2.0)
    (tmp_path / "m.tsv").write_text("\ufeffvariant\tvalue\nK2G\t1.5\np.Ala5Cys\t2\nA6G\t\nA6C\tinf\n")
    from_tsv = read_measured(tmp_path / "m.tsv", WILD)
    assert (from_tsv.variants, from_tsv.values) == (measured.variants, measured.values)
    assert [error.line for error in from_tsv.errors] == [4, 5]
    assert "'' is no number" in str(from_tsv.errors[0])
