"""Test sets to be answered without training: proteins, and the terms that each has and has not.

InstructProtein's ``go_test_{mf,bp,cc}.lm.json`` (Wang et al. 2023) hold DeepFRI's GO test chains, a JSON record on
each line: sequence, label and as many negative_labels, which it drew. DeepFRI's own files hold the EC test chains.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from protclip.benchmarks.formats.deepfri import chain_sequences, read_annotations, read_cutoffs
from protclip.benchmarks.formats.rows import CleanUp, joined
from protclip.benchmarks.tasks import Examples
from protclip.errors import AssetError
from protclip.textio import open_text


@dataclass(frozen=True, slots=True, kw_only=True)
class ZeroShotTerms:
    """N proteins, the ids of the terms that each has, and of terms drawn from those that it is not known to have."""

    name: str
    sequences: tuple[str, ...]
    positives: tuple[tuple[str, ...], ...]
    negatives: tuple[tuple[str, ...], ...]
    note: str = ""

    def __post_init__(self) -> None:
        if not len(self.sequences) == len(self.positives) == len(self.negatives):
            raise ValueError(
                f"{len(self.sequences)} sequences with {len(self.positives)} and {len(self.negatives)} lists of terms"
            )

    def __len__(self) -> int:
        return len(self.sequences)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledTest:
    """The test split alone of a task of sets of classes; fields as in `LabelledTask`."""

    name: str
    classes: tuple[str, ...]
    examples: Examples
    subsets: Mapping[str, npt.NDArray[np.bool_]] = field(default_factory=dict)
    note: str = ""


def read_zero_shot_terms(path: Path, name: str) -> ZeroShotTerms:
    """The records of one of InstructProtein's files.

    Raises
    ------
    AssetError
        If a line is no JSON record with sequence, label and negative_labels.
    """
    clean_up = CleanUp()
    kept = []
    with open_text(path) as lines:
        for number, line in enumerate(lines, start=1):
            sequence, has, has_not = _record(line, f"{path}, line {number}")
            cleaned = clean_up.sequence(sequence)
            if cleaned:
                kept.append((cleaned, has, has_not))
    return ZeroShotTerms(
        name=name,
        sequences=tuple(sequence for sequence, _, _ in kept),
        positives=tuple(has for _, has, _ in kept),
        negatives=tuple(has_not for _, _, has_not in kept),
        note=clean_up.note,
    )


def read_deepfri_test(
    annotations: Path, cutoffs: Path, fastas: tuple[Path, ...], key: str = "ec"
) -> LabelledTest:
    """The test chains with all their labels and identity subsets, for what is not trained on the other splits.

    Parameters
    ----------
    annotations, cutoffs
        DeepFRI's ``*_annot.tsv`` and ``*_test.csv``.
    fastas
        Files that have the chains' sequences.
    key
        "ec", or one of "go-mf", "go-bp" and "go-cc" with the files of GO.

    Raises
    ------
    AssetError
        If the annotations have no such key, or the files lack all sequences.
    """
    labels = read_annotations(annotations).get(key)
    if labels is None:
        raise AssetError(
            f"{annotations} has no labels for {key}. Give DeepFRI's file of EC numbers or of GO terms"
        )
    chains, masks = read_cutoffs(cutoffs)
    found = chain_sequences(fastas, chains)
    is_kept = np.array([chain in found and chain in labels.by_chain for chain in chains])
    kept = [chain for chain, keep in zip(chains, is_kept, strict=True) if keep]
    if not kept:
        raise AssetError(f"The FASTA files have no chain of {cutoffs}. Give nrPDB-*_test_sequences.fasta too")
    lost = len(chains) - len(kept)
    return LabelledTest(
        name=key,
        classes=labels.classes,
        examples=Examples(sequences=tuple(found[chain] for chain in kept), targets=labels.targets(kept)),
        subsets={name: mask[is_kept] for name, mask in masks.items()},
        note=joined("the test split alone", f"{lost:,} chains have no sequence or labels" if lost else ""),
    )


def _record(line: str, source: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    try:
        found = json.loads(line)
        return str(found["sequence"]), tuple(found["label"]), tuple(found["negative_labels"])
    except (ValueError, KeyError, TypeError) as error:
        raise AssetError(
            f"{source} is no record with sequence, label and negative_labels ({error!r}). "
            "Give a file of InstructProtein's gene_ontology folder"
        ) from error
