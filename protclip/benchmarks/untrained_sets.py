"""Test splits for which no training split is to be had: enough for what is not trained."""

from pathlib import Path

import numpy as np

from protclip.benchmarks.tasks import Examples, LabelledTask
from protclip.errors import AssetError

_RECORDS = "InstructProtein's records of the test split alone, with the terms that these name"


def load_untrained(key: str, folder: Path) -> LabelledTask:
    """The test split of "ec", "go-mf", "go-bp" or "go-cc" with empty training and validation splits.

    DeepFRI's test chains with all labels where its files are there, else for GO InstructProtein's records of them.

    Raises
    ------
    AssetError
        If neither is in the folder or below it, or the benchmark is another.
    """
    deepfri = _deepfri(key, folder)
    if deepfri is not None:
        return deepfri
    records = _first(folder, f"go_test_{key.removeprefix('go-')}.lm.json")
    if records is None:
        raise AssetError(f"{folder} has no test split of {key} alone")
    return _from_records(key, records)


def _deepfri(key: str, folder: Path) -> LabelledTask | None:
    from protclip.benchmarks.formats.zero_shot import read_deepfri_test

    stem = "nrPDB-EC_*" if key == "ec" else "nrPDB-GO_*"
    annotations, cutoffs = _first(folder, f"{stem}_annot.tsv"), _first(folder, f"{stem}_test.csv")
    fastas = tuple(sorted(folder.rglob(f"{stem}_test_sequences.fasta")))
    if annotations is None or cutoffs is None or not fastas:
        return None
    test = read_deepfri_test(annotations, cutoffs, fastas, key)
    return _test_alone(key, test.classes, test.examples, note=test.note, subsets=dict(test.subsets))


def _from_records(key: str, path: Path) -> LabelledTask:
    from protclip.benchmarks.formats.zero_shot import read_zero_shot_terms

    found = read_zero_shot_terms(path, key)
    classes = tuple(sorted({term for terms in found.positives for term in terms}))
    place = {term: number for number, term in enumerate(classes)}
    targets = np.zeros((len(found), len(classes)), np.float32)
    for row, terms in zip(targets, found.positives, strict=True):
        row[[place[term] for term in terms]] = 1
    note = f"{_RECORDS}; {found.note}" if found.note else _RECORDS
    return _test_alone(
        key, classes, Examples(sequences=found.sequences, targets=targets), note=note, subsets={}
    )


def _test_alone(
    key: str,
    classes: tuple[str, ...],
    examples: Examples,
    *,
    note: str,
    subsets: dict[str, np.ndarray],
) -> LabelledTask:
    nothing = Examples(sequences=(), targets=np.zeros((0, len(classes)), np.float32))
    return LabelledTask(
        name=f"{key} test",
        kind="multi-label",
        classes=classes,
        splits={"train": nothing, "valid": nothing, "test": examples},
        subsets=subsets,
        note=note,
    )


def _first(folder: Path, pattern: str) -> Path | None:
    return next(iter(sorted(folder.rglob(pattern))), None)
