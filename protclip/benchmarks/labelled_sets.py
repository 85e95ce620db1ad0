"""The eleven supervised benchmarks from whatever folder has their files: official layouts first, then copies, then
sets that were put together from other sources, which say so in their note.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from protclip.benchmarks.formats import layouts
from protclip.benchmarks.formats.aav_hamming import read_capsids
from protclip.benchmarks.formats.deepfri_task import deepfri_layouts
from protclip.benchmarks.formats.deeploc_fasta import (
    LOCATIONS,
    MEMBRANE,
    SAPROTHUB_LOCATIONS,
    Located,
    location_rows,
    membrane_rows,
    read_deeploc,
)
from protclip.benchmarks.formats.flip_csv import AAV_REGION, holds_split, read_flip
from protclip.benchmarks.formats.layouts import Found, FoundLayout, Layout, Part, Reader, parts_by_split
from protclip.benchmarks.formats.lmdb_records import read_lmdb
from protclip.benchmarks.formats.rows import Row, RowsBySplit, renamed, single_column_task
from protclip.benchmarks.formats.tables import read_split_table, read_table
from protclip.benchmarks.formats.tape_json import read_tape_json
from protclip.benchmarks.registry import Benchmark, benchmark_of
from protclip.benchmarks.tasks import SPLITS, LabelledTask
from protclip.errors import InputError

_SAPROTHUB_NOTE = "SaProtHub's own split of DeepLoc by structure, in which valid and test share proteins"


def load_labelled(key: str, folder: Path) -> LabelledTask:
    """A benchmark from the first complete layout in a folder, which is searched a few levels deep.

    Parameters
    ----------
    key
        Of a benchmark of the family "labelled" in `protclip.benchmarks.registry`: bin, sub, ec, go-bp and so on.
    folder
        Where its files lie, or a folder above.

    Raises
    ------
    InputError
        If there is no such benchmark, or it is of another family.
    AssetError
        If no layout is complete (the text names what each lacks, and the source), or a file is damaged.
    """
    benchmark = benchmark_of(key)
    options = find_layouts(key, folder)
    for option in options:
        if not option.missing:
            return option.layout.read(benchmark, option.files)
    raise layouts.nothing_complete(benchmark, folder, options)


def find_layouts(key: str, folder: Path) -> list[FoundLayout]:
    """What a folder has of each layout of a benchmark, the most faithful first; raises as `load_labelled`."""
    if key not in LAYOUTS:
        benchmark_of(key)
        raise InputError(f"{key} has no labelled set to load. Choose one of {', '.join(LAYOUTS)}")
    return layouts.find_layouts(LAYOUTS[key], folder)


def _by_split(read: Callable[[Path], list[Row]], classes: Sequence[str] = (), note: str = "") -> Reader:
    """A reader of layouts with files for each split."""

    def task(benchmark: Benchmark, found: Found) -> LabelledTask:
        rows = {split: [row for path in found[split] for row in read(path)] for split in SPLITS}
        return single_column_task(benchmark, rows, classes=classes, note=note)

    return task


def _in_one(read: Callable[[Path], RowsBySplit], classes: Sequence[str] = (), note: str = "") -> Reader:
    """A reader of layouts with one file for all splits."""

    def task(benchmark: Benchmark, found: Found) -> LabelledTask:
        return single_column_task(benchmark, read(found["table"][0]), classes=classes, note=note)

    return task


def _lmdb(title: str, name: str, label: str, classes: Sequence[str] = ()) -> Layout:
    read = _by_split(partial(read_lmdb, label=label), classes)
    return Layout(title=f"{title}'s LMDB folders", parts=parts_by_split(f"{name}_{{}}.lmdb"), read=read)


def _tables(title: str, name: str, classes: Sequence[str] = (), valid: str = "valid") -> Layout:
    return Layout(title=title, parts=parts_by_split(name, valid), read=_by_split(read_table, classes))


def _saprothub(name: str, classes: Sequence[str] = (), order: Sequence[str] = (), note: str = "") -> Layout:
    """``order`` are the classes by the numbers of SaProtHub's table, where these are not those of ``classes``."""
    part = Part(name=f"{name}/dataset.csv", patterns=(f"*{name}*/dataset.csv",))

    def read(path: Path) -> RowsBySplit:
        rows = read_split_table(path)
        return {split: renamed(rows[split], order) for split in SPLITS} if order else rows

    return Layout(title="SaProtHub's table", parts={"table": part}, read=_in_one(read, classes, note))


def _deeploc(
    rows_of: Callable[[Sequence[Located]], list[Row]], classes: Sequence[str]
) -> tuple[Layout, Layout]:
    """Light Attention's three files, or DTU's whole file with Light Attention's validation set."""
    note = "DeepLoc with Light Attention's validation set, not PEER's"

    def from_splits(benchmark: Benchmark, found: Found) -> LabelledTask:
        rows = {split: rows_of(read_deeploc(found[split][0])) for split in SPLITS}
        return single_column_task(benchmark, rows, classes=classes, note=note)

    def from_whole(benchmark: Benchmark, found: Found) -> LabelledTask:
        whole, valid = read_deeploc(found["whole"][0]), read_deeploc(found["valid"][0])
        held = {protein.accession for protein in valid}
        rows: RowsBySplit = {
            "train": rows_of([p for p in whole if not p.is_test and p.accession not in held]),
            "valid": rows_of(valid),
            "test": rows_of([p for p in whole if p.is_test]),
        }
        return single_column_task(benchmark, rows, classes=classes, note=note)

    valid = Part(name="deeploc_our_val_set.fasta")
    splits = {
        "train": Part(name="deeploc_our_train_set.fasta"),
        "valid": valid,
        "test": Part(name="deeploc_test_set.fasta"),
    }
    whole = {"whole": Part(name="deeploc_data.fasta"), "valid": valid}
    return (
        Layout(title="Light Attention's FASTA files", parts=splits, read=from_splits),
        Layout(title="DTU's FASTA file with Light Attention's validation set", parts=whole, read=from_whole),
    )


def _flip(split: str, region: slice | None = None) -> Layout:
    part = Part(
        name=f"{split}.csv, loose or in splits.zip",
        patterns=(f"{split}.csv", "*.zip"),
        fits=partial(holds_split, split=split),
    )
    return Layout(
        title="FLIP's splits",
        parts={"table": part},
        read=_in_one(partial(read_flip, split=split, region=region)),
    )


def _partial_locations() -> Layout:
    parts = {
        "train": Part(name="derived_deeploc10_partial_train.tsv.gz"),
        "valid": Part(name="subcellular10_valid.tsv"),
        "test": Part(name="subcellular10_test.tsv"),
    }

    def task(benchmark: Benchmark, found: Found) -> LabelledTask:
        train = read_table(found["train"][0], column="origin", refused=("peer_valid",))
        rows: RowsBySplit = {
            "train": [row for row in train if row.label != "Cytoplasm-Nucleus"],
            "valid": read_table(found["valid"][0]),
            "test": read_table(found["test"][0]),
        }
        note = "of DeepLoc's training proteins those alone whose sequences are in other public files"
        return single_column_task(benchmark, rows, classes=LOCATIONS, note=note)

    return Layout(
        title="a part of DeepLoc's training proteins with PEER's other splits", parts=parts, read=task
    )


def _capsids() -> Layout:
    parts = {"table": Part(name="ggs_aav_ground_truth.csv"), "wild_type": Part(name="P03135.fasta")}

    def task(benchmark: Benchmark, found: Found) -> LabelledTask:
        rows = read_capsids(found["table"][0], found["wild_type"][0])
        note = "GGS's capsids without insertions and deletions, split by FLIP's rule of two mutations"
        return single_column_task(benchmark, rows, note=note)

    return Layout(title="GGS's capsids", parts=parts, read=task)


def _derived(name: str, note: str) -> Layout:
    parts = {"table": Part(name=name)}
    return Layout(
        title="a table put together from other sources",
        parts=parts,
        read=_in_one(read_split_table, note=note),
    )


def _tape(name: str, label: str) -> tuple[Layout, ...]:
    read = _by_split(partial(read_tape_json, label=label))
    return (
        _lmdb("TAPE", name, label),
        Layout(title="TAPE's JSON files", parts=parts_by_split(f"{name}_{{}}.json"), read=read),
        _tables("ProteinBERT's tables of it", f"*{name}.{{}}.csv"),
    )


LAYOUTS: Mapping[str, tuple[Layout, ...]] = {
    "bin": (
        _lmdb("PEER", "subcellular_localization_2", "localization", MEMBRANE),
        _tables(
            "the mirror mila-intel/ProtST-BinaryLocalization",
            "binary-localization_{}.csv",
            MEMBRANE,
            "validation",
        ),
        _tables("tables made of PEER's LMDB folders", "binary_{}.tsv", MEMBRANE),
        _saprothub(
            "Binary_Localization-DeepLoc", MEMBRANE, note=f"{_SAPROTHUB_NOTE}; 0 is taken for membrane-bound"
        ),
        *_deeploc(membrane_rows, MEMBRANE),
    ),
    "sub": (
        _lmdb("PEER", "subcellular_localization", "localization", LOCATIONS),
        _tables(
            "the mirror mila-intel/ProtST-SubcellularLocalization",
            "*ProtST-SubcellularLocalization*/{}-*.parquet",
            LOCATIONS,
            "validation",
        ),
        _tables("tables made of PEER's LMDB folders", "subcellular10_{}.tsv", LOCATIONS),
        _saprothub("Subcellular_Localization-DeepLoc", LOCATIONS, SAPROTHUB_LOCATIONS, _SAPROTHUB_NOTE),
        *_deeploc(location_rows, LOCATIONS),
        _partial_locations(),
    ),
    "ec": deepfri_layouts("nrPDB-EC_2020.04"),
    **dict.fromkeys(("go-bp", "go-mf", "go-cc"), deepfri_layouts("nrPDB-GO_2019.06.18")),
    "beta-lac": (
        _lmdb("PEER", "beta_lactamase", "scaled_effect1"),
        _saprothub("Beta_Lactamase-PEER"),
        _derived(
            "derived_tem1_envision_peer_order.tsv.gz",
            "the splits follow from the order of a merged table and PEER's sizes, and are assumed",
        ),
    ),
    "aav": (_flip("two_vs_many", AAV_REGION), _capsids()),
    "thermo": (_flip("human_cell"),),
    "flu": (
        *_tape("fluorescence", "log_fluorescence"),
        _derived(
            "derived_tape_fluorescence_splits.tsv.gz",
            "from the measured genotypes by TAPE's rule (four and more mutations test), with TAPE's validation set",
        ),
    ),
    "sta": _tape("stability", "stability_score"),
}
"""Layouts by benchmark, the most faithful first."""
