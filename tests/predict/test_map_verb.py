"""`protclip map`: place and select on a small map, and what is refused."""

import json
import runpy
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from protclip.data.atlas import Atlas, write_atlas
from protclip.errors import FingerprintError, InputError
from protclip.exit_codes import SKIPPED_RECORDS
from protclip.predict.map_file import write_map
from protclip.predict.map_measures import measure_map
from protclip.predict.map_verbs import map_group
from protclip.predict.protein_map import MapSettings, ProteinMap
from protclip.records import Annotation, Protein

TINY = runpy.run_path(str(Path(__file__).with_name("tiny_encoder.py")))
K = 3


def protein(number: int) -> Protein:
    go_id, name = ("GO:0004672", "kinase") if number < 10 else ("GO:0005249", "channel")
    return Protein(
        accession=f"P{number:05d}",
        sequence=("MKVLAAGGTWYRNDEFHCIPQS" * 4)[number : 40 + 2 * number],
        name=f"{name} {number}",
        annotations=(Annotation(kind="go", id=go_id),),
    )


PROTEINS = tuple(protein(n) for n in range(20))
COORDINATES = np.array([[n % 10 * 0.1 + (5 if n >= 10 else 0), n % 10 * 0.2] for n in range(20)], np.float32)


@pytest.fixture(scope="module")
def encoder():
    return TINY["tiny_encoder"](blocks=0)


@pytest.fixture
def options(encoder, tmp_path, monkeypatch):
    """--map and --known of a map of twenty proteins; the encoder is that of its rows."""
    rows = encoder.proteins([p.sequence for p in PROTEINS])
    made = ProteinMap(
        accessions=tuple(p.accession for p in PROTEINS),
        coordinates=COORDINATES,
        fingerprint=encoder.fingerprint,
        settings=MapSettings(num_neighbours=K),
        measures=measure_map(rows, COORDINATES, np.arange(20), K),
    )
    write_map(made, tmp_path / "map.safetensors")
    atlas = Atlas(
        proteins=PROTEINS, protein_vectors=rows, biotext_vectors=rows, fingerprint=encoder.fingerprint
    )
    write_atlas(atlas, tmp_path / "atlas")
    monkeypatch.setattr("protclip.encode.Encoder.from_pretrained", lambda *a, **k: encoder)
    return ["--map", str(tmp_path / "map.safetensors"), "--known", str(tmp_path / "atlas")]


def run(*words: str):
    return CliRunner().invoke(map_group, list(words))


def lines_of(output: str) -> list[dict[str, str]]:
    head, *rows = [line.split("\t") for line in output.splitlines()]
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_a_known_protein_is_placed_by_itself_first_and_a_bad_record_is_named(options, tmp_path) -> None:
    fasta = tmp_path / "new.fasta"
    fasta.write_text(f">mine\n{PROTEINS[4].sequence}\n>bad\nMK1LV\n")
    result = run("place", str(fasta), *options)
    assert result.exit_code == SKIPPED_RECORDS
    assert "skipped" in result.stderr
    assert "bad" in result.stderr
    (placed,) = lines_of(result.stdout)
    assert (placed["accession"], placed["nearest"]) == ("mine", "P00004")
    assert float(placed["distance"]) < 0.01
    assert 0 <= float(placed["x"]) <= 6


def test_a_region_lists_its_proteins_and_the_term_they_share(options) -> None:
    result = run("select", "--format", "json", *options, "--", "-0.5,-1_3,9")
    assert result.exit_code == 0, result.output
    assert [line["accession"] for line in json.loads(result.stdout)] == [f"P{n:05d}" for n in range(10)]
    terms = lines_of(run("select", "--enrich", *options, "--", "-0.5,-1_3,9").stdout)
    kinase = next(t for t in terms if t["go_id"] == "GO:0004672")
    assert (kinase["num_selected"], kinase["of_selected"], kinase["num_known"]) == ("10", "10", "10")
    assert float(kinase["fdr"]) < 0.001
    assert "GO:0005249" not in {t["go_id"] for t in terms}


def test_what_cannot_be_used_is_said(options, tmp_path) -> None:
    result = run("select", "50,50_60,60", *options)
    assert isinstance(result.exception, InputError)
    assert "the map reaches from" in str(result.exception)
    assert "no region of a map" in str(run("select", "here", *options).exception)
    empty = tmp_path / "empty.fasta"
    empty.write_text("")
    assert "no protein that can be placed" in str(run("place", str(empty), *options).exception)
    assert "give -o FILE, or --release" in run("fit").output


def test_a_map_of_another_checkpoint_is_refused(options, encoder, tmp_path) -> None:
    from dataclasses import replace

    from protclip.predict.map_file import read_map

    path = tmp_path / "map.safetensors"
    write_map(replace(read_map(path), fingerprint="beef"), path)
    result = run("select", "0,0_1,1", *options)
    assert isinstance(result.exception, FingerprintError)
    assert "beef" in str(result.exception)


@pytest.mark.slow
def test_a_map_is_fitted_from_embeddings_measured_and_written_down(options, encoder, tmp_path) -> None:
    pytest.importorskip("umap")
    from protclip.embedding_file import EmbeddingJob, write_embeddings
    from protclip.predict.map_file import read_map

    sequences = [("MKVLAAGGTWYRNDEFHCIPQS" * 5)[n : 50 + n] for n in range(50)]
    output = tmp_path / "mine.parquet"
    job = EmbeddingJob(output=output, key="accession", fingerprint=encoder.fingerprint, model="tiny")
    write_embeddings([(f"Q{n:05d}", s) for n, s in enumerate(sequences)], job, encoder.proteins)
    made, results = tmp_path / "made.safetensors", tmp_path / "results.csv"
    words = ["--neighbours", "5", "--seed", "3", "--sample", "40", "--results", str(results)]
    result = run("fit", str(output), "-o", str(made), *words)
    assert result.exit_code == 0, result.output
    found = read_map(made)
    assert len(found.accessions) == 50
    assert found.measures.num_sampled == 40
    told = dict(line.split("\t") for line in result.stdout.splitlines())
    assert float(told["trustworthiness"]) == pytest.approx(found.measures.trustworthiness, rel=1e-4)
    written = results.read_text()
    assert "trustworthiness" in written
    assert "--neighbours 5 --min-distance 0.1 --seed 3 --sample 40" in written
