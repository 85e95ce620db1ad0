"""`protclip annotate` on a miniature atlas and index; the model and the shipped files are stood in for."""

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from protclip import starter
from protclip.data.atlas import Atlas
from protclip.data.ontology import ASPECTS, Ontology
from protclip.data.term_vectors import TermVectors, write_term_vectors
from protclip.errors import FingerprintError, InputError, StoreError
from protclip.predict.calibration import FEATURES, Calibration
from protclip.predict.term_evidence import STRATA, TermColumns
from protclip.records import Protein
from vector_store import verbs
from vector_store.annotate_verbs import annotate
from vector_store.neighbours import StoreSource, term_columns_of
from vector_store.opening import open_store

Call = Callable[..., Result]


@pytest.fixture
def call(shipped_folder: Path, monkeypatch: pytest.MonkeyPatch, terms: TermVectors, encoder: Any) -> Call:
    """Run a verb in the folder of the miniature files, term vectors and a calibration among them."""
    write_term_vectors(terms, shipped_folder / "terms.safetensors")
    weights = tuple((0.0, 1.0, 0.5, *[0.0] * (len(FEATURES) - 2)) for _ in STRATA)
    Calibration(
        weights=dict.fromkeys(ASPECTS, weights),
        knots=dict.fromkeys(ASPECTS, ((0.0, 1.0), (0.0, 1.0))),
        fingerprint=encoder.fingerprint,
        source="tiny",
        fitted_on="nothing",
    ).write(shipped_folder / "calibration.json")
    for name in ("terms.safetensors", "calibration.json"):
        monkeypatch.setattr(starter, f"{name.split('.')[0]}_path", lambda path=shipped_folder / name: path)

    def run(verb: Any, *arguments: str, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(verb, list(arguments), input=stdin)

    return run


@pytest.fixture
def fasta(call: Call, proteins: tuple[Protein, ...], tmp_path: Path) -> Path:
    """Five relatives of known proteins, each with its first residues changed."""
    path = tmp_path / "in.fasta"
    path.write_text("".join(f">new_{p.accession}\nMMMMM{p.sequence[5:]}\n" for p in proteins[:5]))
    return path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_every_protein_is_in_the_table_with_its_evidence(call: Call, fasta: Path, tmp_path: Path) -> None:
    result = call(annotate, str(fasta), "-o", "out.tsv", "--batch", "2")
    assert result.exit_code == 0, result.output
    told = rows(tmp_path / "out.tsv")
    lines = [row for row in told if row["kind"] == "description"]
    assert [row["accession"] for row in lines] == [
        f"new_{a}" for a in ("P38398", "Q9BX63", "P12954", "P00533", "P06241")
    ]
    assert all(float(row["identity"]) > 0.9 for row in lines)
    assert {row["kind"] for row in told} > {"MF", "EC"}
    assert "5 proteins annotated by fake 0123456789abcdef on 8 proteins of starter atlas" in result.stdout
    assert "proteins annotated: 5" in result.stderr
    assert not (tmp_path / "out.tsv.skipped.tsv").exists()


def test_the_index_is_used_where_there_is_one_and_says_the_same(
    call: Call, fasta: Path, tmp_path: Path
) -> None:
    assert call(annotate, str(fasta), "-o", "atlas.jsonl").exit_code == 0
    assert call(verbs.index).exit_code == 0
    result = call(annotate, str(fasta), "-o", "index.jsonl")
    assert result.exit_code == 0, result.output
    assert "10 proteins of var/index" in result.stdout
    by_atlas, by_index = (
        [json.loads(line) for line in (tmp_path / name).read_text("utf-8").splitlines()]
        for name in ("atlas.jsonl", "index.jsonl")
    )
    assert {d["source"] for d in by_index} == {"var/index"}
    again = call(annotate, str(fasta), "-o", "again.jsonl", "--index", "atlas")
    assert "8 proteins of starter atlas" in again.stdout
    assert (tmp_path / "again.jsonl").read_bytes() == (tmp_path / "atlas.jsonl").read_bytes()
    for one, other in zip(by_atlas, by_index, strict=True):
        assert [(s["kind"], s["id"], s["homologue"]) for s in one["statements"]] == [
            (s["kind"], s["id"], s["homologue"]) for s in other["statements"]
        ]
        assert [s["probability"] for s in one["statements"]] == pytest.approx(
            [s["probability"] for s in other["statements"]], abs=0.01
        )


def test_bad_records_are_named_and_the_rest_is_done(call: Call, fasta: Path, tmp_path: Path) -> None:
    text = fasta.read_text() + f">digit\nMK1V\n>dna\n{'ACGT' * 10}\n>new_P38398\nMKV\n"
    result = call(annotate, "-", "-o", "out.parquet", stdin=gzip.compress(text.encode()))
    assert result.exit_code == 3, result.output
    assert len(set(pq.read_table(tmp_path / "out.parquet").column("accession").to_pylist())) == 5
    listed = rows(tmp_path / "out.parquet.skipped.tsv")
    assert [row["accession"] for row in listed] == ["digit", "dna", "new_P38398"]
    for words in ("digit has '1'", "dna looks like DNA", "already used on line", "skipped in all: 3"):
        assert words in result.stderr


def test_a_second_run_with_resume_predicts_nothing(
    call: Call, fasta: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert call(annotate, str(fasta), "-o", "out.gaf", "--taxon", "9606").exit_code == 0
    lines = [x.split("\t") for x in (tmp_path / "out.gaf").read_text("utf-8").splitlines() if x[0] != "!"]
    assert {(len(c), c[12]) for c in lines} == {(17, "taxon:9606")}
    monkeypatch.setattr("protclip.predict.function.FunctionPredictor.predict", None)
    assert call(annotate, str(fasta), "-o", "out.gaf", "--taxon", "9606", "--resume").exit_code == 0
    again = call(annotate, str(fasta), "-o", "out.gaf", "--resume")
    assert isinstance(again.exception, InputError)
    assert "taxon 9606, this is 32644" in str(again.exception)


def test_known_sequences_are_curated_unless_they_are_left_out(
    call: Call, proteins: tuple[Protein, ...], tmp_path: Path
) -> None:
    (tmp_path / "in.fasta").write_text(f">P38398\n{proteins[0].sequence}\n")
    call(annotate, "in.fasta", "-o", "with.tsv", "--aspect", "MF")
    call(annotate, "in.fasta", "-o", "without.tsv", "--aspect", "MF", "--exclude-self")
    curated = [row for row in rows(tmp_path / "with.tsv") if row["status"] == "curated"]
    assert {(row["kind"], row["id"], row["evidence"]) for row in curated} == {
        ("description", "", ""), ("MF", "GO:0003678", "IDA"), ("EC", "3.6.4.12", ""),
    }  # fmt: skip
    assert {row["status"] for row in rows(tmp_path / "without.tsv")} == {"predicted"}
    assert {row["kind"] for row in rows(tmp_path / "without.tsv")} <= {"description", "MF", "EC"}


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        (("in.fasta", "-o", "out.txt"), InputError, "--format"),
        (("gone.fasta", "-o", "out.tsv"), InputError, "no file gone.fasta"),
        (("empty.fasta", "-o", "out.tsv"), InputError, "no FASTA record"),
        (("in.fasta", "-o", "out.tsv", "--index", "nowhere"), StoreError, "nowhere"),
        (("in.fasta", "-o", "out.tsv", "--calibration", "other.json"), FingerprintError, "calibration"),
    ],
)
def test_what_cannot_be_done_is_a_sentence_and_leaves_no_table(
    call: Call, fasta: Path, tmp_path: Path, arguments: tuple[str, ...], kind: type[Exception], words: str
) -> None:
    (tmp_path / "empty.fasta").touch()
    facts = json.loads((tmp_path / "calibration.json").read_text())
    (tmp_path / "other.json").write_text(json.dumps(facts | {"fingerprint": "other"}))
    result = call(annotate, *arguments)
    assert isinstance(result.exception, kind)
    assert words in str(result.exception)
    assert not (tmp_path / "out.tsv").exists()


def test_only_annotated_proteins_are_evidence_and_counted(
    call: Call, atlas: Atlas, ontology: Ontology, encoder: Any
) -> None:
    assert call(verbs.index).exit_code == 0
    store = open_store(None, encoder.fingerprint, encoder.dimension)
    try:
        (every,) = StoreSource(store).nearest(atlas.protein_vectors[:1], 20)
        (annotated,) = StoreSource(store, annotated=True).nearest(atlas.protein_vectors[:1], 20)
        counted = term_columns_of(store, ontology)
    finally:
        store.close()
    assert [n.protein for n in annotated] == [n.protein for n in every if n.protein.of_kind("go")]
    assert len(annotated) < len(every)
    slow = TermColumns.counted(ontology, atlas.proteins)
    assert counted.frequency == pytest.approx(slow.frequency)
