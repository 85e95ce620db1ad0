"""Test splits for which no training split is to be had: enough for what is not trained."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from protclip.benchmarks.formats.rows import joined
from protclip.benchmarks.formats.zero_shot import ZeroShotTerms
from protclip.benchmarks.tasks import Examples, LabelledTask
from protclip.benchmarks.zero_shot_sets import load_labelled_test, load_zero_shot_terms
from protclip.errors import AssetError, InputError

_RECORDS = "InstructProtein's records of the test split alone, with the terms that these name"


def load_untrained(key: str, folder: Path) -> LabelledTask:
    """The test split of "ec", "go-mf", "go-bp" or "go-cc" with empty training and validation splits.

    DeepFRI's test chains with all labels where its files are there, else for GO InstructProtein's records of them.

    Raises
    ------
    InputError
        If the benchmark is another.
    AssetError
        If neither is in the folder or below it.
    """
    try:
        test = load_labelled_test(key, folder)
    except AssetError as lacking:
        try:
            return _from_records(load_zero_shot_terms(key, folder))
        except (AssetError, InputError):
            raise lacking from None
    return _test_alone(key, test.classes, test.examples, note=test.note, subsets=test.subsets)


def _from_records(found: ZeroShotTerms) -> LabelledTask:
    classes = tuple(sorted({term for terms in found.positives for term in terms}))
    place = {term: number for number, term in enumerate(classes)}
    targets = np.zeros((len(found), len(classes)), np.float32)
    for row, terms in zip(targets, found.positives, strict=True):
        row[[place[term] for term in terms]] = 1
    examples = Examples(sequences=found.sequences, targets=targets)
    return _test_alone(found.name, classes, examples, note=joined(_RECORDS, found.note), subsets={})


def _test_alone(
    key: str,
    classes: tuple[str, ...],
    examples: Examples,
    *,
    note: str,
    subsets: Mapping[str, npt.NDArray[np.bool_]],
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
