"""How good predicted sets of terms are: protein-centric Fmax and micro AUPR, and how true probabilities are."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

THRESHOLDS = np.arange(1, 101) / 100
"""At which Fmax is looked for: .01 to 1 as in CAFA."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TermScores:
    """Scores of terms for N proteins, as a list of (protein, term) pairs; a pair not listed scores 0.

    ``protein`` (P,) counts from 0, ``score`` (P,) lies in 0 to 1, ``right`` (P,) tells which pairs are annotated,
    and ``num_true`` (N,) how many terms a protein has, listed or not. Proteins without a term do not count.
    """

    protein: Ints
    score: Floats
    right: Bools
    num_true: Ints

    def __post_init__(self) -> None:
        if not len(self.protein) == len(self.score) == len(self.right):
            raise ValueError("protein, score and right are of different lengths")
        if len(self.score) and not (self.score.min() >= 0 and self.score.max() <= 1):
            raise ValueError("scores must lie in 0 to 1")

    def of(self, proteins: Bools) -> "TermScores":
        """The part of the proteins where a mask (N,) is true."""
        kept, place = proteins[self.protein], np.cumsum(proteins) - 1
        return TermScores(
            protein=place[self.protein[kept]],
            score=self.score[kept],
            right=self.right[kept],
            num_true=self.num_true[proteins],
        )


def protein_f1(scores: TermScores) -> tuple[Floats, Floats, Bools]:
    """Precision and recall (N, 100) of each protein at `THRESHOLDS`, and where it has a prediction at all.

    A protein is predicted to have the terms that score at least the threshold.
    """
    num_proteins, steps = len(scores.num_true), len(THRESHOLDS)
    # The number of thresholds that a score reaches; the small addend keeps .29 from failing .29.
    step = np.floor(scores.score * steps + 1e-9).astype(np.int64)
    flat = scores.protein * (steps + 1) + step
    shape = num_proteins, steps + 1
    predicted = np.bincount(flat, minlength=shape[0] * shape[1]).reshape(shape)
    right = np.bincount(flat[scores.right], minlength=shape[0] * shape[1]).reshape(shape)
    # Reaching a threshold is reaching all lower ones.
    predicted, right = (np.cumsum(a[:, ::-1], axis=1)[:, ::-1][:, 1:] for a in (predicted, right))
    has = predicted > 0
    precision = np.divide(right, predicted, out=np.zeros(right.shape), where=has)
    true = scores.num_true[:, None]
    return precision, np.divide(right, true, out=np.zeros(right.shape), where=true > 0), has


def fmax(scores: TermScores) -> tuple[float, float]:
    """Protein-centric Fmax, and the threshold it is reached at (CAFA; Radivojac et al., Nat. Methods 2013).

    At each threshold precision is the mean over proteins with any prediction, recall over all proteins.
    """
    counted = scores.of(scores.num_true > 0)
    if not len(counted.num_true):
        return float("nan"), float("nan")
    precision, recall, has = protein_f1(counted)
    mean_precision = precision.sum(0) / np.maximum(has.sum(0), 1)
    mean_recall = recall.mean(0)
    both = mean_precision + mean_recall
    f1 = np.divide(2 * mean_precision * mean_recall, both, out=np.zeros(len(both)), where=both > 0)
    best = int(f1.argmax())
    return float(f1[best]), float(THRESHOLDS[best])


def micro_aupr(scores: TermScores) -> float:
    """Average precision over all (protein, term) pairs; pairs that are not listed are never found."""
    counted = scores.of(scores.num_true > 0)
    total = int(counted.num_true.sum())
    if not total:
        return float("nan")
    order = np.argsort(-counted.score, kind="stable")
    score, right = counted.score[order], counted.right[order]
    found = np.cumsum(right)
    # Equal scores are one step, as in scikit-learn: their order says nothing.
    last = np.flatnonzero(np.append(np.diff(score) != 0, True)) if len(score) else np.zeros(0, dtype=np.int64)
    recall = found[last] / total
    precision = found[last] / (last + 1)
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def reliability(probability: Floats, right: Bools, num_bins: int = 15) -> list[tuple[float, float, int]]:
    """For each bin of equal width that is not empty: what was promised on average, what came true, how many pairs."""
    bins = np.minimum((probability * num_bins).astype(np.int64), num_bins - 1)
    counts = np.bincount(bins, minlength=num_bins)
    promised = np.bincount(bins, probability, minlength=num_bins)
    came_true = np.bincount(bins, right, minlength=num_bins)
    return [
        (promised[b] / counts[b], came_true[b] / counts[b], int(counts[b])) for b in np.flatnonzero(counts)
    ]


def expected_calibration_error(probability: Floats, right: Bools, num_bins: int = 15) -> float:
    """Mean distance between what was promised and what came true, over bins of equal width weighed by their pairs.

    Guo et al., ICML 2017, equation 3, with the probability of the one class in place of the confidence.
    """
    if not len(probability):
        return float("nan")
    gaps = [
        abs(promised - true) * count for promised, true, count in reliability(probability, right, num_bins)
    ]
    return float(sum(gaps) / len(probability))
