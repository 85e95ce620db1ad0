"""Tasks whose answer is planted in the sequences."""

import numpy as np

from protclip.benchmarks.tasks import SPLITS, Examples, LabelledTask

LETTERS = list("ACDEFGHIKLMNPQRSTVWY")
MOTIFS = ("GKGSFGKVWW", "HEHHHWCCHH", "LLLLVVIILL")
KINDS = ("regression", "single-label", "multi-label")
SIZES = {"train": 60, "valid": 24, "test": 30}


def planted_task(kind, seed=0, length=30):
    """Random proteins with one of three motifs, which tells the label."""
    rng = np.random.default_rng(seed)
    hot = {
        "regression": [[100.0], [102.0], [104.0]],
        "single-label": np.eye(3),
        "multi-label": [[1, 1, 0], [0, 1, 0], [0, 0, 1]],
    }[kind]
    splits = {}
    for split in SPLITS:
        places = np.arange(SIZES[split]) % 3
        sequences = tuple("".join(rng.choice(LETTERS, length)) + MOTIFS[place] * 2 for place in places)
        splits[split] = Examples(sequences=sequences, targets=np.array(hot, dtype=np.float32)[places])
    classes = ("number",) if kind == "regression" else ("one", "two", "three")
    return LabelledTask(name="planted", kind=kind, classes=classes, splits=splits)


def variant_task(seed=0, length=40, most=6):
    """Variants of one protein, and that protein; the label falls with every residue that is changed."""
    rng = np.random.default_rng(seed)
    parent = "".join(rng.choice(list("AVLIK"), length))
    splits = {}
    for split in SPLITS:
        changed = rng.integers(0, most, SIZES[split])
        sequences = []
        for number in changed:
            residues = list(parent)
            for place in rng.choice(length, number, replace=False):
                residues[place] = "W"
            sequences.append("".join(residues))
        splits[split] = Examples(sequences=tuple(sequences), targets=-changed[:, None].astype(np.float32))
    return LabelledTask(name="variants", kind="regression", classes=("number",), splits=splits), parent


def reordered(task, split, order):
    """The task with one split in another order."""
    part = task.splits[split]
    moved = Examples(sequences=tuple(part.sequences[i] for i in order), targets=part.targets[order])
    return LabelledTask(
        name=task.name, kind=task.kind, classes=task.classes, splits={**task.splits, split: moved}
    )
