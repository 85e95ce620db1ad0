"""Semantic similarity on tiny files of PROBE's form, and the substitute that is made for them."""

import runpy
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from protclip.benchmarks.formats import probe
from protclip.benchmarks.formats.substitutes import write_note
from protclip.benchmarks.human_proteins import GeneDatabases
from protclip.benchmarks.semantic_similarity import measure_similarity, read_set, read_sparse_pairs
from protclip.benchmarks.substitute_similarity import build, most_annotated, sparse_pairs
from protclip.data.naming import HumanEvidence
from protclip.data.ontology import ROOTS, Ontology
from protclip.data.ontology_io import Term, TermTable
from protclip.data.shards import write_shards
from protclip.data.splits import Splits
from protclip.errors import AssetError, InputError, RecordError
from protclip.records import Protein
from protclip.starter import splits_path

write_probe = runpy.run_path(str(Path(__file__).with_name("synthetic_sets.py")))["write_probe"]
NUMBER = 12
ACCESSIONS = tuple(f"P{k:05d}" for k in range(NUMBER))
LETTERS = "ACDEFGHIKLMNPQRSTVWY"


class Counts:
    """How often each residue occurs."""

    name, fingerprint = "counts", ""

    def features(self, sequences: Sequence[str]) -> np.ndarray:
        return np.array([[s.count(x) for x in LETTERS] for s in sequences], dtype=np.float32)


@pytest.fixture
def similarities() -> np.ndarray:
    drawn = np.random.default_rng(0).random((NUMBER, NUMBER)).round(4)
    return np.triu(drawn, 1) + np.triu(drawn, 1).T + np.eye(NUMBER)


@pytest.fixture
def sequences() -> list[str]:
    rng = np.random.default_rng(1)
    return ["".join(rng.choice(list(LETTERS), 30)) for _ in range(NUMBER)]


@pytest.fixture
def folder(tmp_path: Path, similarities: np.ndarray, sequences: list[str]) -> Path:
    """PROBE's data folder as PROBE names and writes its files, of one aspect."""
    pairs = np.array([[a, b] for a in range(NUMBER) for b in range(NUMBER) if (a + b) % 3 == 0])
    write_probe(tmp_path, "MF", ACCESSIONS, similarities, pairs)
    fasta = "".join(f">sp|{a}|{a}_HUMAN\n{s}\n" for a, s in zip(ACCESSIONS, sequences, strict=True))
    (tmp_path / "human.fasta").write_text(fasta)
    return tmp_path


def test_a_score_is_the_loop_that_probe_runs(
    folder: Path, similarities: np.ndarray, sequences: list[str]
) -> None:
    rows = Counts().features(sequences)
    true, manhattan = [], []
    for a, b in np.load(folder / probe.pairs_name("MF")):
        if b > a:
            true.append(similarities[a, b])
            both = np.abs(rows[a]).sum() + np.abs(rows[b]).sum()
            manhattan.append(1 - np.abs(rows[a] - rows[b]).sum() / both)
    run = measure_similarity("ssi-mf", folder, Counts())
    found = {m.metric: m for m in run.measured}
    assert found["spearman"].value == pytest.approx(spearmanr(true, manhattan).statistic)
    assert found["spearman"].n == len(true)
    assert found["spearman/all_pairs"].n == NUMBER * (NUMBER - 1) // 2
    assert found["spearman"].low < found["spearman"].value < found["spearman"].high
    assert run.note == ""


class Planted:
    """Knows how alike proteins are without rows."""

    name, fingerprint = "planted", ""

    def __init__(self, similarities: np.ndarray) -> None:
        self._similarities = similarities

    def similarities(self, sequences: Sequence[str]) -> np.ndarray:
        return self._similarities


def test_what_compares_pairs_itself_has_no_cosine(folder: Path, similarities: np.ndarray) -> None:
    found = {m.metric: m.value for m in measure_similarity("ssi-mf", folder, Planted(similarities)).measured}
    assert found == pytest.approx({"spearman": 1, "spearman/all_pairs": 1})


def test_a_protein_without_a_sequence_is_in_no_pair_and_moves_no_other(
    folder: Path, similarities: np.ndarray, sequences: list[str]
) -> None:
    (folder / "human.fasta").write_text(
        "".join(f">{a}\n{s}\n" for a, s in zip(ACCESSIONS[2:], sequences[2:], strict=True))
    )
    whole = read_set(folder, "MF")
    assert whole.sequences == tuple(sequences[2:])
    listed = [(a, b) for a, b in probe.read_pairs(folder / probe.pairs_name("MF")).tolist() if a > 1]
    pairs = read_sparse_pairs(folder, "MF", whole)
    assert [(a + 2, b + 2) for a, b in pairs.tolist()] == listed
    assert [whole.similarities[a, b] for a, b in pairs] == [similarities[a, b] for a, b in listed]


def test_a_folder_of_held_out_proteins_is_measured_apart_and_notes_are_told(folder: Path) -> None:
    held = folder / "held_out"
    probe.write_similarity_matrix(
        held / probe.matrix_name("MF", 200), ACCESSIONS, read_set(folder, "MF").similarities
    )
    (held / "s.fasta").write_text((folder / "human.fasta").read_text())
    write_note(folder, "not PROBE's")
    run = measure_similarity("ssi-mf", folder, Counts())
    found = {m.metric: m.value for m in run.measured}
    assert found["spearman/held_out"] == pytest.approx(found["spearman/all_pairs"])
    assert run.note == "not PROBE's"


def test_what_is_missing_is_named(folder: Path) -> None:
    with pytest.raises(AssetError, match=r"human_BP_.*500_proteins.csv is missing"):
        measure_similarity("ssi-bp", folder, Counts())
    (folder / "human.fasta").write_text(">X1\nMKV\n")
    with pytest.raises(InputError, match="0 of the 12 proteins"):
        measure_similarity("ssi-mf", folder, Counts())


def test_files_come_back_as_they_were_written(tmp_path: Path, similarities: np.ndarray) -> None:
    matrix, pairs, rows = tmp_path / "m.csv", tmp_path / "p.npy", tmp_path / "r.csv"
    similarities[0, 1] = np.nan
    probe.write_similarity_matrix(matrix, ACCESSIONS, similarities)
    names, found = probe.read_similarity_matrix(matrix)
    assert names == ACCESSIONS
    assert np.array_equal(found, similarities, equal_nan=True)
    probe.write_pairs(pairs, np.array([[0, 1], [1, 0], [2, 2], [3, 7]], dtype=np.int32))
    assert np.load(pairs).dtype == np.int64
    assert probe.read_pairs(pairs).tolist() == [[0, 1], [3, 7]]
    vectors = np.random.default_rng(0).normal(size=(NUMBER, 5)).astype(np.float32)
    probe.write_representation(rows, ACCESSIONS, vectors)
    assert rows.read_text().splitlines()[0] == "Entry,0,1,2,3,4"
    names, read = probe.read_representation(rows)
    assert names == ACCESSIONS
    assert np.array_equal(read, vectors)


def test_a_column_of_names_and_ragged_vectors_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("A,B\nA,1,0.5\nB,0.5,1\n")
    with pytest.raises(RecordError, match="line 2"):
        probe.read_similarity_matrix(path)
    path.write_text("A,B\n1,0.5\n")
    with pytest.raises(InputError, match="2 accessions and 1 rows"):
        probe.read_similarity_matrix(path)
    path.write_text("Entry,0,1\nA,1\n")
    with pytest.raises(RecordError, match="A has no 2 numbers"):
        probe.read_representation(path)
    path.write_bytes(b"text")
    with pytest.raises(AssetError, match=r"no .npy file"):
        probe.read_pairs(path)


def test_sparse_pairs_spread_over_the_similarities() -> None:
    values = np.random.default_rng(0).beta(2, 8, (80, 80))
    values = np.triu(values, 1) + np.triu(values, 1).T
    pairs = sparse_pairs(values)
    chosen, whole = values[pairs[:, 0], pairs[:, 1]], values[np.triu_indices(80, 1)]
    assert (pairs[:, 1] > pairs[:, 0]).all()
    assert np.bincount((chosen * 25).astype(int)).max() <= 10
    assert chosen.std() > whole.std()
    assert np.array_equal(pairs, sparse_pairs(values))


def test_a_substitute_is_read_as_the_real_files_are(tmp_path: Path, sequences: list[str]) -> None:
    """24 proteins, half of them of held-out clusters; each has one of two terms in each aspect, and one by IEA."""
    terms, codes = [Term(id=root, name=aspect, aspect=aspect) for aspect, root in ROOTS.items()], {}
    for number, (aspect, root) in enumerate(ROOTS.items(), start=1):
        terms += [Term(id=f"GO:00000{number}{k}", name="t", aspect=aspect, parents=(root,)) for k in range(3)]
    rng = np.random.default_rng(0)
    held = sorted(Splits.read(splits_path()).by_accession)[:12]
    accessions = [*held, *(f"P{k:05d}" for k in range(12))]
    for k in range(24):
        codes[k] = {f"GO:00000{n}{rng.integers(0, 2)}": "IDA" for n in (1, 2, 3)} | {"GO:0000012": "IEA"}
    genes = GeneDatabases(
        ontology=Ontology(TermTable(terms=tuple(sorted(terms, key=lambda t: t.id)), version="")),
        evidence=HumanEvidence(genes={a: [k] for k, a in enumerate(accessions)}, codes=codes),
        entrez_of={},
    )
    human = "Homo sapiens (Human)"
    proteins = [
        Protein(accession=a, sequence=s, organism=human)
        for a, s in zip(accessions, [*sequences, *sequences], strict=True)
    ]
    write_shards([*proteins, Protein(accession="Q9", sequence="MKV")], tmp_path / "data", {})
    build(tmp_path / "data", genes, tmp_path / "out")
    whole = read_set(tmp_path / "out", "MF")
    has_first = np.array(["GO:0000010" in codes[accessions.index(a)] for a in sorted(accessions)])
    same = np.equal.outer(has_first, has_first)
    # Without the electronic annotation two proteins share a term or nothing.
    assert np.array_equal(whole.similarities, same)
    assert len(read_set(tmp_path / "out" / "held_out", "CC").sequences) == 12
    run = measure_similarity("ssi-bp", tmp_path / "out", Counts())
    assert {m.metric for m in run.measured} >= {"spearman", "spearman/held_out"}
    assert run.note.startswith("substitute, not PROBE's")


def test_the_most_annotated_have_terms_in_all_aspects() -> None:
    terms = [Term(id=root, name=aspect, aspect=aspect) for aspect, root in ROOTS.items()]
    for number, (aspect, root) in enumerate(ROOTS.items(), start=1):
        terms += [Term(id=f"GO:00000{number}{k}", name="t", aspect=aspect, parents=(root,)) for k in (0, 1)]
    ontology = Ontology(TermTable(terms=tuple(terms), version=""))
    one_each = ["GO:0000010", "GO:0000020", "GO:0000030"]
    known = {
        "few": one_each,
        "more": [*one_each, "GO:0000011"],
        "two aspects": ["GO:0000010", "GO:0000011", "GO:0000020", "GO:0000021", ROOTS["CC"]],
        "also few": one_each,
    }
    assert most_annotated(known, ontology, 3) == ["more", "also few", "few"]
