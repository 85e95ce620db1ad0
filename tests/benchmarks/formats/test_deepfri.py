"""DeepFRI's annotation files, lists, cut-offs and sequences, and the tasks made of them."""

import numpy as np
import pytest

from protclip.benchmarks.formats.deepfri import chain_sequences, read_annotations, read_cutoffs
from protclip.benchmarks.labelled_sets import load_labelled
from protclip.benchmarks.zero_shot_sets import load_labelled_test
from protclip.errors import AssetError

EC = "### EC-numbers\n1.1.1.1\t2.7.6.-\t4.2.1.1\n### PDB-chain\tEC-numbers\n"
EC += "1AAA-A\t1.1.1.1\n2BBB-B\t2.7.6.-,4.2.1.1\n3CCC-C\t4.2.1.1\n4DDD-AA\t1.1.1.1,2.7.6.-\n"
GO = "".join(
    f"### GO-terms ({name})\n{terms}\n### GO-names ({name})\n{names}\n"
    for name, terms, names in [
        ("molecular_function", "GO:0000001\tGO:0000002", "one\ttwo"),
        ("biological_process", "GO:0000003", "three"),
        ("cellular_component", "GO:0000004\tGO:0000005", "four\tfive"),
    ]
)
GO += "### PDB-chain\tGO-terms (molecular_function)\tGO-terms (biological_process)\tGO-terms (cellular_component)\n"
GO += "1AAA-A\tGO:0000002\t\tGO:0000004,GO:0000005\n2BBB-B\tGO:0000001,GO:0000002\tGO:0000003\n"
CUTOFFS = "PDB-chain,<30%,<40%,<50%,<70%,<95%\n3CCC-C,0,0,1,1,1\n4DDD-AA,0,0,0,0,1\n"
FASTA = {"1AAA-A": "MKTA", "2BBB-B": "MKTC", "3CCC-C": "MKTD", "4DDD-AA": "MKTE"}


@pytest.fixture
def folder(tmp_path):
    stem = tmp_path / "data/nrPDB-EC_2020.04"
    stem.parent.mkdir()
    for ending, text in {
        "annot.tsv": EC,
        "train.txt": "1AAA-A\n",
        "valid.txt": "2BBB-B\n",
        "test.csv": CUTOFFS,
    }.items():
        stem.with_name(f"{stem.name}_{ending}").write_text(text)
    write_fasta(tmp_path, "test", "3CCC-C", "4DDD-AA")
    return tmp_path


def write_fasta(folder, split, *chains):
    text = "".join(f">{chain} nrPDB_{split}\n{FASTA[chain]}\n" for chain in chains)
    (folder / f"data/nrPDB-EC_2020.04_{split}_sequences.fasta").write_text(text)


def test_labels_of_enzymes(tmp_path):
    (tmp_path / "a.tsv").write_text(EC)
    found = read_annotations(tmp_path / "a.tsv")["ec"]
    assert found.classes == ("1.1.1.1", "2.7.6.-", "4.2.1.1")
    assert found.targets(["2BBB-B", "1AAA-A"]).tolist() == [[0, 1, 1], [1, 0, 0]]


def test_labels_of_the_three_aspects_may_be_empty_or_missing(tmp_path):
    (tmp_path / "a.tsv").write_text(GO)
    found = read_annotations(tmp_path / "a.tsv")
    assert {key: labels.classes for key, labels in found.items()} == {
        "go-mf": ("GO:0000001", "GO:0000002"),
        "go-bp": ("GO:0000003",),
        "go-cc": ("GO:0000004", "GO:0000005"),
    }
    assert found["go-mf"].targets(["1AAA-A", "2BBB-B"]).tolist() == [[0, 1], [1, 1]]
    assert found["go-bp"].targets(["1AAA-A", "2BBB-B"]).tolist() == [[0], [1]]
    assert found["go-cc"].targets(["1AAA-A", "2BBB-B"]).tolist() == [[1, 1], [0, 0]]


@pytest.mark.parametrize("text", ["1AAA-A\t1.1.1.1\n", EC + "5EEE-A\t9.9.9.9\n"])
def test_another_file_or_an_unlisted_label_is_refused(tmp_path, text):
    (tmp_path / "a.tsv").write_text(text)
    with pytest.raises(AssetError, match=r"lists of labels|9\.9\.9\.9 is not in the list"):
        read_annotations(tmp_path / "a.tsv")


def test_cutoffs_are_masks_over_the_test_chains(tmp_path):
    (tmp_path / "t.csv").write_text(CUTOFFS)
    chains, masks = read_cutoffs(tmp_path / "t.csv")
    assert chains == ["3CCC-C", "4DDD-AA"]
    assert {name: mask.tolist() for name, mask in masks.items()} == {
        "30": [False, False], "40": [False, False], "50": [True, False], "70": [True, False], "95": [True, True],
    }  # fmt: skip


def test_sequences_come_from_deepfris_files_or_the_pdbs(tmp_path):
    (tmp_path / "one.fasta").write_text(">3CCC-C nrPDB_test\nMK\nTD\n")
    pdb = ">1aaa_A mol:protein length:4  ALCOHOL DEHYDROGENASE\nMKTA\n>1aaa_a mol:protein length:1 X\nG\n"
    pdb += ">9zzz_B mol:na length:3 RNA\nACG\n>bad_X\n123\n"
    pdb += ">3ccc_C mol:protein length:4\nMMMM\n>4ddd_AA mol:protein\nMKTE\n"
    (tmp_path / "pdb_seqres.txt").write_text(pdb)
    found = chain_sequences([tmp_path / "one.fasta", tmp_path / "pdb_seqres.txt"], FASTA)
    assert found == {chain: FASTA[chain] for chain in ("1AAA-A", "3CCC-C", "4DDD-AA")}


def test_without_sequences_the_error_names_the_files(folder):
    with pytest.raises(AssetError) as error:
        load_labelled("ec", folder)
    for part in (
        "1 of the 1 train chains",
        "1 of the 1 valid chains",
        "nrPDB-EC_2020.04_train_sequences.fasta",
        "pdb_seqres",
    ):
        assert part in str(error.value)


def test_a_task_has_all_splits_and_the_subsets_of_the_test(folder):
    write_fasta(folder, "train", "1AAA-A")
    write_fasta(folder, "valid", "2BBB-B")
    task = load_labelled("ec", folder)
    assert (task.kind, len(task.classes)) == ("multi-label", 3)
    assert {split: part.sequences for split, part in task.splits.items()} == {
        "train": ("MKTA",), "valid": ("MKTC",), "test": ("MKTD", "MKTE"),
    }  # fmt: skip
    assert task.splits["test"].targets.tolist() == [[0, 0, 1], [1, 1, 0]]
    assert task.subsets["50"].tolist() == [True, False]
    assert "1 / 1 / 2 proteins" in task.note
    assert "published are 15,551 / 1,729 / 1,919" in task.note


def test_the_test_split_alone_needs_no_other(folder):
    alone = load_labelled_test("ec", folder)
    assert alone.examples.sequences == ("MKTD", "MKTE")
    assert alone.examples.targets.tolist() == [[0, 0, 1], [1, 1, 0]]
    assert alone.subsets["95"].tolist() == [True, True]
    (folder / "data/nrPDB-EC_2020.04_annot.tsv").unlink()
    with pytest.raises(AssetError, match=r"no nrPDB-EC_2020\.04_annot\.tsv.*DeepFRI"):
        load_labelled_test("ec", folder)


def test_chains_without_a_sequence_are_left_out_of_the_subsets_too(folder):
    write_fasta(folder, "test", "4DDD-AA")
    alone = load_labelled_test("ec", folder)
    assert alone.examples.sequences == ("MKTE",)
    assert alone.subsets["50"].tolist() == [False]
    assert "1 chains have no sequence" in alone.note


def test_torchdrugs_package_is_split_by_its_folders(tmp_path):
    top = tmp_path / "EnzymeCommission"
    chains = {"train": "1AAA-A", "valid": "2BBB-B", "test": "3CCC-C"}
    for split, chain in chains.items():
        (top / split).mkdir(parents=True)
        (top / split / f"{chain}.pdb").write_text(pdb_of("MK", chain[-1]))
    (top / "test/4DDD-AA.pdb").write_text("REMARK no atoms\n")
    (top / "nrPDB-EC_annot.tsv").write_text(EC)
    (top / "nrPDB-EC_test.csv").write_text(CUTOFFS)
    task = load_labelled("ec", tmp_path)
    assert {part.sequences for part in task.splits.values()} == {("MK",)}
    np.testing.assert_array_equal(task.splits["test"].targets, [[0, 0, 1]])
    assert task.subsets["50"].tolist() == [True]
    assert "1 chains without" in task.note


def pdb_of(sequence, chain):
    names = {"M": "MET", "K": "LYS"}
    return "".join(
        f"ATOM  {number:5}  CA  {names[residue]} {chain}{number:4}    {0.0:8.3f}{0.0:8.3f}{0.0:8.3f}  1.00  0.00\n"
        for number, residue in enumerate(sequence, start=1)
    )
