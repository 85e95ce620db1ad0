"""Benchmarks from folders in the layouts that they are published in."""

import gzip
import json
import runpy
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from protclip.benchmarks.labelled_sets import LAYOUTS, find_layouts, load_labelled
from protclip.benchmarks.registry import BENCHMARKS
from protclip.errors import AssetError, InputError

SETS = runpy.run_path(str(Path(__file__).with_name("synthetic_sets.py")))
SPLITS = ("train", "valid", "test")


def tables(folder: Path, name: str, lines: list[str]) -> None:
    """The same lines for every split."""
    for split in SPLITS:
        (folder / name.format(split)).write_text("\n".join(lines))


def sequences(task):
    return {split: part.sequences for split, part in task.splits.items()}


def test_every_labelled_benchmark_has_layouts():
    assert set(LAYOUTS) == {benchmark.key for benchmark in BENCHMARKS if benchmark.family == "labelled"}


def test_classes_are_columns_and_clean_up_is_told(tmp_path):
    rows = ["sequence\tlabel", "mkt a\t0", "MKV*\t1", "MK1\t1"]
    tables(tmp_path, "binary_{}.tsv", rows)
    task = load_labelled("bin", tmp_path)
    assert (task.name, task.kind, task.classes) == ("bin", "single-label", ("membrane-bound", "soluble"))
    assert task.splits["train"].sequences == ("MKTA", "MKV")
    assert task.splits["train"].targets.tolist() == [[1, 0], [0, 1]]
    for part in (
        "2 / 2 / 2 proteins",
        "published are 5,161 / 1,727 / 1,746",
        "3 sequences had stops",
        "3 rows are left out",
    ):
        assert part in task.note


def test_numbers_are_one_column(tmp_path):
    for number, split in enumerate(SPLITS):
        (tmp_path / f"tape_stability.{split}.csv").write_text(f"seq,label\nMKT,{number}.5\n")
    task = load_labelled("sta", tmp_path)
    assert task.kind == "regression"
    assert [task.splits[split].targets.tolist() for split in SPLITS] == [[[0.5]], [[1.5]], [[2.5]]]


def test_official_files_come_before_copies_and_copies_before_derived_ones(tmp_path):
    with gzip.open(tmp_path / "derived_tape_fluorescence_splits.tsv.gz", "wt") as file:
        file.write("sequence\tlog_fluorescence\tsplit\n" + "".join(f"MK*D\t1\t{split}\n" for split in SPLITS))
    derived = load_labelled("flu", tmp_path)
    assert derived.splits["test"].sequences == ("MKD",)
    assert derived.note.startswith("from the measured genotypes")
    assert "3 sequences had stops" in derived.note
    tables(tmp_path, "fluorescence.{}.csv", ["seq,label", "MKC,2"])
    assert load_labelled("flu", tmp_path).splits["test"].sequences == ("MKC",)
    (tmp_path / "fluorescence").mkdir()
    records = json.dumps([{"primary": "MKA", "log_fluorescence": [3]}])
    tables(tmp_path / "fluorescence", "fluorescence_{}.json", [records])
    assert load_labelled("flu", tmp_path).splits["test"].sequences == ("MKA",)


@pytest.mark.parametrize("key", ["bin", "sub"])
def test_peers_two_localisation_folders_are_told_apart(tmp_path, key):
    for stem, residue in (("subcellular_localization", "A"), ("subcellular_localization_2", "C")):
        for split in SPLITS:
            path = tmp_path / stem / f"{stem}_{split}.lmdb"
            SETS["write_lmdb"](path, [{"primary": f"MK{residue}", "localization": np.int64(1)}])
    task = load_labelled(key, tmp_path)
    assert set(sequences(task).values()) == {("MKC" if key == "bin" else "MKA",)}
    assert {int(part.targets.argmax()) for part in task.splits.values()} == {1}


def test_the_mirrors_parquet_is_found_by_its_folder_with_all_shards(tmp_path):
    folder = tmp_path / "datasets--mila-intel--ProtST-SubcellularLocalization/snapshots/1a2b/data"
    folder.mkdir(parents=True)
    for name in (
        "train-00000-of-00002",
        "train-00001-of-00002",
        "validation-00000-of-00001",
        "test-00000-of-00001",
    ):
        residue = "A" if "00001-of" in name else "C"
        pq.write_table(
            pa.table({"prot_seq": [f"M K {residue}"], "localization": [9]}), folder / f"{name}.parquet"
        )
    task = load_labelled("sub", tmp_path)
    assert sequences(task) == {"train": ("MKC", "MKA"), "valid": ("MKC",), "test": ("MKC",)}
    assert task.classes[int(task.splits["test"].targets.argmax())] == "Extracellular"


def test_saprothubs_tables_number_the_classes_in_their_own_order(tmp_path):
    folder = tmp_path / "Dataset-Subcellular_Localization-DeepLoc"
    folder.mkdir()
    lines = ["protein,label,stage", "MdKvTp,0,train", "MdKv,4,valid", "MdK#,9,test"]
    (folder / "dataset.csv").write_text("\n".join(lines))
    task = load_labelled("sub", tmp_path)
    assert sequences(task) == {"train": ("MKT",), "valid": ("MK",), "test": ("MK",)}
    labels = [task.classes[int(part.targets.argmax())] for part in task.splits.values()]
    assert labels == ["Nucleus", "Cell membrane", "Peroxisome"]
    assert task.note.startswith("SaProtHub's own split")


def test_deeplocs_fasta_files_make_both_localisation_tasks(tmp_path):
    text = (
        ">P1 Nucleus-S\nMKA\n>P2 Cell.membrane-M\nMKC\n>P3 Golgi.apparatus-U\nMKD\n>P4 Plastid-M test\nMKE\n"
    )
    (tmp_path / "deeploc_data.fasta").write_text(text)
    (tmp_path / "deeploc_our_val_set.fasta").write_text(">P2 Cell.membrane-M\nMKC\n")
    assert sequences(load_labelled("sub", tmp_path)) == {
        "train": ("MKA", "MKD"),
        "valid": ("MKC",),
        "test": ("MKE",),
    }
    task = load_labelled("bin", tmp_path)
    assert sequences(task) == {"train": ("MKA",), "valid": ("MKC",), "test": ("MKE",)}
    assert task.splits["train"].targets.tolist() == [[0, 1]]
    assert "Light Attention's validation set" in task.note


def test_a_part_of_the_training_proteins_is_said_to_be_one(tmp_path):
    with gzip.open(tmp_path / "derived_deeploc10_partial_train.tsv.gz", "wt") as file:
        rows = ["MKA\tNucleus\tjoin:P1", "MKC\tNucleus\tpeer_valid", "MKD\tCytoplasm-Nucleus\tour_val:P2"]
        file.write("\n".join(["sequence\tlabel\torigin", *rows]))
    for split in ("valid", "test"):
        (tmp_path / f"subcellular10_{split}.tsv").write_text("sequence\tlabel\nMKC\t6\n")
    task = load_labelled("sub", tmp_path)
    assert sequences(task) == {"train": ("MKA",), "valid": ("MKC",), "test": ("MKC",)}
    assert task.splits["train"].targets.argmax() == task.splits["valid"].targets.argmax() == 6
    assert "of DeepLoc's training proteins those alone" in task.note


def test_flips_archives_are_told_apart_and_capsids_cut(tmp_path):
    capsid = "M" * 474 + "K" * 199 + "*" + "W" * 60
    for name, split, sequence in (("aav", "two_vs_many", capsid), ("meltome", "human_cell", "MKT")):
        rows = {part: [(sequence, 1)] for part in SPLITS}
        SETS["write_flip"](tmp_path / name / "splits.zip", split, rows)
    aav = load_labelled("aav", tmp_path)
    assert aav.splits["test"].sequences == ("K" * 199,)
    assert aav.note == "3 sequences had stops (*), which are deleted"
    thermo = load_labelled("thermo", tmp_path)
    assert (thermo.splits["test"].sequences, thermo.note) == (("MKT",), "")


def test_the_same_data_have_the_same_hash_from_any_layout(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
    tables(one, "stability.{}.csv", ["seq,label", "MKT,0.25"])
    tables(other, "stability_{}.json", ['[{"primary": "MKT", "stability_score": [0.25]}]'])
    assert load_labelled("sta", one).sha256 == load_labelled("sta", other).sha256


def test_the_error_lists_what_each_layout_lacks_and_where_to_get_it(tmp_path):
    (tmp_path / "subcellular10_test.tsv").write_text("sequence\tlabel\nMKC\t6\n")
    with pytest.raises(AssetError) as error:
        load_labelled("sub", tmp_path)
    text = str(error.value)
    for part in (
        "subcellular_localization_train.lmdb",
        "missing subcellular10_train.tsv, subcellular10_valid.tsv; there is subcellular10_test.tsv",
        "peerdata",
        "8,945 proteins to train",
    ):
        assert part in text
    lacking = {option.layout.title: option.missing for option in find_layouts("sub", tmp_path)}
    assert lacking["tables made of PEER's LMDB folders"] == (
        "subcellular10_train.tsv",
        "subcellular10_valid.tsv",
    )


@pytest.mark.parametrize(
    ("label", "says"), [("10", "from 0 to 9"), ("1.5", "from 0 to 9"), ("Moon", "Cell membrane")]
)
def test_a_label_that_is_no_class_is_refused(tmp_path, label, says):
    tables(tmp_path, "subcellular10_{}.tsv", ["sequence\tlabel", f"MKT\t{label}"])
    with pytest.raises(InputError, match=says):
        load_labelled("sub", tmp_path)


def test_a_split_without_a_protein_is_named(tmp_path):
    (tmp_path / "human_cell.csv").write_text("sequence,target,set,validation\nMKT,1,train,\nMK1,1,test,\n")
    with pytest.raises(AssetError, match="no protein for valid and test"):
        load_labelled("thermo", tmp_path)


@pytest.mark.parametrize("label", ["high", "nan", "inf"])
def test_a_label_that_is_no_number_is_refused(tmp_path, label):
    tables(tmp_path, "stability.{}.csv", ["seq,label", f"MKT,{label}"])
    with pytest.raises(InputError, match="finite numbers"):
        load_labelled("sta", tmp_path)


def test_keys_and_folders_that_do_not_exist_are_named(tmp_path):
    with pytest.raises(InputError, match="no benchmark 'colour'"):
        load_labelled("colour", tmp_path)
    with pytest.raises(InputError, match="shs27k has no labelled set"):
        load_labelled("shs27k", tmp_path)
    with pytest.raises(AssetError, match="is no folder"):
        load_labelled("sta", tmp_path / "nowhere")
