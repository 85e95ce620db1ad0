"""A task from DeepFRI's files, or from TorchDrug's packages of them, in which a chain's folder is its split."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from protclip.benchmarks.formats.deepfri import (
    ChainLabels,
    chain_name,
    chain_sequences,
    read_annotations,
    read_chains,
    read_cutoffs,
)
from protclip.benchmarks.formats.layouts import Found, Layout, Part
from protclip.benchmarks.formats.rows import joined, size_note
from protclip.benchmarks.registry import Benchmark
from protclip.benchmarks.tasks import SPLITS, Examples, LabelledTask, SplitName
from protclip.errors import AssetError, InputError
from protclip.predict.structure_files import read_structure

SEQRES = "pdb_seqres.txt (files.wwpdb.org/pub/pdb/derived_data/pdb_seqres.txt.gz)"
FASTA_PATTERNS = ("*.fasta", "*.fa", "*.fasta.gz", "*.fa.gz", "pdb_seqres.txt*")
_LEAST_SHARE = 0.9
"""Of a split's chains must have a sequence: the PDB withdraws an entry now and then, and no more."""

Chains = Mapping[SplitName, Sequence[str]]


def deepfri_layouts(stem: str) -> tuple[Layout, Layout]:
    """Layouts of DeepFRI's files of a stem such as nrPDB-EC_2020.04, and of TorchDrug's, which has no date."""
    undated = stem.partition("_")[0]
    remark = f"Sequences may come from any FASTA file that has the chains: {stem}_train_sequences.fasta, or {SEQRES}"
    lists = {
        "annotations": Part(name=f"{stem}_annot.tsv"),
        "train": Part(name=f"{stem}_train.txt"),
        "valid": Part(name=f"{stem}_valid.txt"),
        "cutoffs": Part(name=f"{stem}_test.csv"),
        "sequences": Part(
            name="FASTA files of the chains", patterns=(f"{stem}*.fasta*", *FASTA_PATTERNS), is_many=True
        ),
    }
    package = {
        "annotations": Part(name=f"{undated}_annot.tsv"),
        "cutoffs": Part(name=f"{undated}_test.csv"),
        "train": Part(name="train/*.pdb", is_many=True),
        "valid": Part(name="valid/*.pdb", is_many=True),
        "test": Part(name="test/*.pdb", is_many=True),
    }
    return (
        Layout(title="DeepFRI's lists", parts=lists, read=_read_lists, remark=remark),
        Layout(title="TorchDrug's package", parts=package, read=_read_package),
    )


def _read_lists(benchmark: Benchmark, found: Found) -> LabelledTask:
    test, masks = read_cutoffs(found["cutoffs"][0])
    chains: Chains = {
        "train": read_chains(found["train"][0]),
        "valid": read_chains(found["valid"][0]),
        "test": test,
    }
    wanted = [chain for split in SPLITS for chain in chains[split]]
    sequences = chain_sequences(found["sequences"], wanted)
    _check_sequences(chains, sequences, found)
    return _task(benchmark, found, chains, sequences, masks)


def _read_package(benchmark: Benchmark, found: Found) -> LabelledTask:
    """Sequences are those of the residues that a PDB file has coordinates for."""
    top = found["annotations"][0].parent
    files = {
        split: {chain_name(path.stem): path for path in found[split] if path.is_relative_to(top)}
        for split in SPLITS
    }
    listed, masks = read_cutoffs(found["cutoffs"][0])
    place = {chain: number for number, chain in enumerate(listed)}
    test = [chain for chain in files["test"] if chain in place]
    chains: Chains = {"train": list(files["train"]), "valid": list(files["valid"]), "test": test}
    sequences = {chain: _sequence(path) for by_chain in files.values() for chain, path in by_chain.items()}
    rows = [place[chain] for chain in test]
    known = {chain: sequence for chain, sequence in sequences.items() if sequence}
    return _task(benchmark, found, chains, known, {name: mask[rows] for name, mask in masks.items()})


def _sequence(path: Path) -> str:
    """Of the chains in a file, which has one; empty where it cannot be read, as TorchDrug leaves such files out."""
    try:
        return "".join(chain.sequence for chain in read_structure(path).chains)
    except InputError:
        return ""


def _task(
    benchmark: Benchmark,
    found: Found,
    chains: Chains,
    sequences: Mapping[str, str],
    masks: Mapping[str, npt.NDArray[np.bool_]],
) -> LabelledTask:
    path = found["annotations"][0]
    labels = read_annotations(path).get(benchmark.key)
    if labels is None:
        raise AssetError(f"{path} has no labels for {benchmark.title}. Copy or download DeepFRI's file again")
    is_kept = {
        split: np.array(
            [chain in sequences and chain in labels.by_chain for chain in chains[split]], dtype=np.bool_
        )
        for split in SPLITS
    }
    splits = {split: _examples(chains[split], is_kept[split], labels, sequences) for split in SPLITS}
    lost = sum(int((~kept).sum()) for kept in is_kept.values())
    return LabelledTask(
        name=benchmark.key,
        kind="multi-label",
        classes=labels.classes,
        splits=splits,
        subsets={name: mask[is_kept["test"]] for name, mask in masks.items()},
        note=joined(
            size_note(benchmark, splits),
            f"{lost:,} chains without a sequence or labels are left out" if lost else "",
        ),
    )


def _examples(
    chains: Sequence[str], is_kept: npt.NDArray[np.bool_], labels: ChainLabels, sequences: Mapping[str, str]
) -> Examples:
    kept = [chain for chain, keep in zip(chains, is_kept, strict=True) if keep]
    return Examples(sequences=tuple(sequences[chain] for chain in kept), targets=labels.targets(kept))


def _check_sequences(chains: Chains, sequences: Mapping[str, str], found: Found) -> None:
    """Raise AssetError that names the file for each split of which more than a few chains have no sequence."""
    lacking = {split: sum(chain not in sequences for chain in names) for split, names in chains.items()}
    short = [split for split in SPLITS if lacking[split] > (1 - _LEAST_SHARE) * len(chains[split])]
    if not short:
        return
    path = found["annotations"][0]
    stem = path.name.removesuffix("_annot.tsv")
    counts = " and ".join(
        f"{lacking[split]:,} of the {len(chains[split]):,} {split} chains" for split in short
    )
    files = " and ".join(f"{stem}_{split}_sequences.fasta" for split in short)
    raise AssetError(
        f"{counts} have no sequence in the {len(found['sequences'])} FASTA files here. Missing is {files}, "
        f"or {SEQRES}, which has all chains. Put it into {path.parent}"
    )
