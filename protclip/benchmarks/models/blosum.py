"""Variants of one protein by BLOSUM62 alone: the score of their alignment to the protein they come from."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from protclip.benchmarks.tasks import Floats, LabelledTask
from protclip.errors import InputError

LEAST_KEPT = 0.5
"""Share of the parent's score with itself that half of the training proteins have to keep to be its variants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blosum62:
    """The score of the alignment to the nearest parent, less that of the parent to itself: 0 is no change.

    ``parents`` are the proteins that the variants come from. Where none is given it is the training split's
    consensus: the residue that is most common at each position of the sequences of the most common length. Nothing
    is learnt but a line that brings scores to the labels' units; it never falls, so the order is that of BLOSUM62.
    """

    parents: tuple[str, ...] = ()
    name: str = "blosum62"
    fingerprint: str = ""

    def predict(self, task: LabelledTask, *, seed: int) -> Floats:
        """Score the test split; every ``seed`` gives the same.

        Raises
        ------
        InputError
            If the labels are no numbers, or the proteins are no variants of the parents.
        """
        if task.kind != "regression":
            raise InputError(
                f"blosum62 ranks variants by one number, and {task.name} asks for classes. Choose it for labels that "
                "are numbers, or take mmseqs2 or 3-mers here"
            )
        train = task.splits["train"]
        parents = self.parents or (consensus(train.sequences),)
        scores_N, kept_N = blosum_scores(train.sequences, parents)
        if float(np.median(kept_N)) < LEAST_KEPT:
            raise InputError(
                f"the proteins of {task.name} are no variants of one parent: half of them keep less than "
                f"{LEAST_KEPT:.0%} of its score with itself. Choose mmseqs2 or 3-mers, or give the parents: "
                "Blosum62(parents=...)"
            )
        labels_N = train.targets[:, 0].astype(np.float64)
        spread = float(scores_N.var())
        slope = abs(float(np.cov(scores_N, labels_N, bias=True)[0, 1])) / spread if spread else 0.0
        asked_N, _ = blosum_scores(task.splits["test"].sequences, parents)
        return (labels_N.mean() + slope * (asked_N - scores_N.mean())).astype(np.float32)[:, None]


def consensus(sequences: Sequence[str]) -> str:
    """The most common residue at each position of the sequences of the most common length."""
    length = Counter(map(len, sequences)).most_common(1)[0][0]
    columns = zip(*(sequence for sequence in sequences if len(sequence) == length), strict=True)
    return "".join(Counter(column).most_common(1)[0][0] for column in columns)


def blosum_scores(
    sequences: Sequence[str], parents: Sequence[str]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """By the parent that each sequence is nearest to: scores (N,), and shares (N,) of the parent's own that are kept.

    A score is 0 and a share 1 for the parent itself. Proteins that have nothing to do with it keep nothing.
    """
    from protclip.predict.alignment import SequenceSet

    variants = SequenceSet(sequences)
    own_P = np.array([float(SequenceSet([parent]).scores(parent, whole=True)[0]) for parent in parents])
    scores_PN = np.array([variants.scores(parent, whole=True) for parent in parents]) - own_P[:, None]
    nearest_N = scores_PN.argmax(0)
    scores_N = scores_PN[nearest_N, np.arange(len(sequences))]
    return scores_N, 1 + scores_N / own_P[nearest_N]
