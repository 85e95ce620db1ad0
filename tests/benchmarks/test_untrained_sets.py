"""A test split alone is found below a folder, and is a task for what trains on nothing."""

import runpy
from pathlib import Path

import pytest

from protclip.benchmarks.labelled_sets import load_labelled
from protclip.benchmarks.untrained_sets import load_untrained
from protclip.errors import AssetError, InputError

SETS = runpy.run_path(str(Path(__file__).with_name("synthetic_sets.py")))
CHAINS = {
    "train": {"1AAA-A": "MKT"},
    "valid": {"1BBB-A": "MKW"},
    "test": {"1CCC-A": "MKV", "1DDD-A": "MAA"},
}
NUMBERS = {"1CCC-A": ["1.1.1.-"], "1DDD-A": ["1.1.1.-", "4.2.1.10"]}
TERMS = {"MKV": ["GO:0000002", "GO:0000001"], "MAA": ["GO:0000003"]}


@pytest.fixture
def enzymes(tmp_path):
    """DeepFRI's test chains with EC numbers, without the sequences and lists of the other splits."""
    stem = tmp_path / "deepfri" / "nrPDB-EC_2020.04"
    labels = {"1AAA-A": ["4.2.1.10"], "1BBB-A": ["4.2.1.10"], **NUMBERS}
    SETS["write_deepfri"](stem, SETS["ec_annotations"](["1.1.1.-", "4.2.1.10"], labels), CHAINS)
    for ending in ("train.txt", "valid.txt", "train_sequences.fasta", "valid_sequences.fasta"):
        stem.with_name(f"{stem.name}_{ending}").unlink()
    return tmp_path


def write_terms(folder, aspect):
    SETS["write_instructprotein"](folder / "instruct" / f"go_test_{aspect}.lm.json", TERMS)


def write_go_chains(folder):
    """DeepFRI's GO test chains, of which each has all terms of the one aspect and none of the others."""
    classes = {"MF": ["GO:0000001", "GO:0000009"], "BP": [], "CC": []}
    known = {chain: classes for split in CHAINS for chain in CHAINS[split]}
    text = SETS["go_annotations"](classes, known)
    SETS["write_deepfri"](folder / "nrPDB-GO_2019.06.18", text, CHAINS)


def test_records_become_a_task_with_no_training_split(tmp_path) -> None:
    write_terms(tmp_path, "mf")
    task = load_untrained("go-mf", tmp_path)
    assert (task.name, task.classes) == ("go-mf test", ("GO:0000001", "GO:0000002", "GO:0000003"))
    assert task.splits["test"].sequences == ("MKV", "MAA")
    assert task.splits["test"].targets.tolist() == [[1, 1, 0], [0, 0, 1]]
    assert (len(task.splits["train"]), len(task.splits["valid"])) == (0, 0)
    assert task.note.startswith("InstructProtein's records of the test split alone")


def test_deepfri_chains_come_with_their_subsets(enzymes) -> None:
    with pytest.raises(AssetError, match="no complete set"):
        load_labelled("ec", enzymes)
    task = load_untrained("ec", enzymes)
    assert (task.name, task.classes) == ("ec test", ("1.1.1.-", "4.2.1.10"))
    assert task.splits["test"].sequences == ("MKV", "MAA")
    assert task.splits["test"].targets.tolist() == [[1, 0], [1, 1]]
    assert len(task.splits["train"]) == 0
    assert task.subsets["30"].tolist() == [False, True]
    assert task.note == "the test split alone"


def test_deepfris_chains_have_all_terms_and_come_before_the_records(tmp_path) -> None:
    write_terms(tmp_path, "mf")
    write_go_chains(tmp_path)
    assert load_untrained("go-mf", tmp_path).classes == ("GO:0000001", "GO:0000009")
    (tmp_path / "nrPDB-GO_2019.06.18_test.csv").unlink()
    assert load_untrained("go-mf", tmp_path).classes == ("GO:0000001", "GO:0000002", "GO:0000003")


@pytest.mark.parametrize("key", ["ec", "go-mf"])
def test_where_neither_is_there_the_missing_files_are_named(tmp_path, key) -> None:
    write_terms(tmp_path, "bp")
    with pytest.raises(AssetError, match=r"has no nrPDB-\S+_annot\.tsv and no .*DeepFRI"):
        load_untrained(key, tmp_path)


def test_another_benchmark_is_refused(tmp_path) -> None:
    with pytest.raises(InputError, match="sub has no test set"):
        load_untrained("sub", tmp_path)
