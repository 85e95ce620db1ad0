"""How far the metrics of a task would be elsewhere with other test proteins: 95% percentile bootstrap over proteins.

Shapes: N proteins, C classes, R resamples, T thresholds.
"""

import warnings

import numpy as np
import numpy.typing as npt

from protclip.benchmarks.results import Measurement
from protclip.benchmarks.task_metrics import task_metrics
from protclip.benchmarks.tasks import TaskKind

Floats = npt.NDArray[np.floating]
_RESAMPLES = 1000
_AUPR_STEPS = 2000
"""Thresholds at which a resample's AUPR is looked at where more scores than that belong to true pairs."""


def measure_task(kind: TaskKind, scores_NC: Floats, targets_NC: Floats, *, seed: int) -> list[Measurement]:
    """All metrics of a task over N proteins, each with its 95% interval over 1,000 resamples of the proteins.

    Parameters
    ----------
    scores_NC
        As `task_metrics` takes them.
    seed
        Draws the resamples.
    """
    rng = np.random.default_rng(seed)
    resample = _of_sets if kind == "multi-label" else _of_rows
    resampled = resample(kind, scores_NC, targets_NC, rng)
    found = []
    for metric, value in task_metrics(kind, scores_NC, targets_NC).items():
        low, high = np.quantile(resampled[metric], (0.025, 0.975))
        found.append(
            Measurement(metric=metric, value=value, low=float(low), high=float(high), n=len(scores_NC))
        )
    return found


def _of_rows(
    kind: TaskKind, scores_NC: Floats, targets_NC: Floats, rng: np.random.Generator
) -> dict[str, Floats]:
    """The metrics (R,) of drawn rows, where a metric of N rows is quickly had."""
    drawn = [rng.integers(0, len(scores_NC), len(scores_NC)) for _ in range(_RESAMPLES)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a draw of few proteins lacks a class is no news
        told = [task_metrics(kind, scores_NC[rows], targets_NC[rows]) for rows in drawn]
    return {metric: np.array([one[metric] for one in told]) for metric in told[0]}


def _of_sets(
    _: TaskKind, scores_NC: Floats, targets_NC: Floats, rng: np.random.Generator
) -> dict[str, Floats]:
    """Fmax and AUPR (R,) from what each protein adds to them: sorting N x C pairs for each resample takes hours."""
    num = len(scores_NC)
    times_RN = np.stack(
        [np.bincount(rng.integers(0, num, num), minlength=num) for _ in range(_RESAMPLES)]
    ).astype(np.float32)
    true_NC = targets_NC > 0
    return {"f_max": weighted_f_max(times_RN, scores_NC, true_NC),
            "aupr": weighted_aupr(times_RN, scores_NC, true_NC)}  # fmt: skip


def weighted_f_max(times_RN: Floats, scores_NC: Floats, true_NC: npt.NDArray[np.bool_]) -> Floats:
    """`task_metrics.f_max` (R,) of resamples that have protein n ``times_RN[r, n]`` times."""
    num_true_N = true_NC.sum(1)
    annotated_R = times_RN @ (num_true_N > 0)
    best_R = np.zeros(len(times_RN))
    for threshold in np.arange(101) / 100:
        predicted_NC = scores_NC >= threshold
        hits_N, sizes_N = (predicted_NC & true_NC).sum(1), predicted_NC.sum(1)
        precision_R = _ratio(times_RN @ _ratio(hits_N, sizes_N), times_RN @ (sizes_N > 0))
        recall_R = _ratio(times_RN @ _ratio(hits_N, num_true_N), annotated_R)
        best_R = np.maximum(best_R, _ratio(2 * precision_R * recall_R, precision_R + recall_R))
    return best_R


def weighted_aupr(times_RN: Floats, scores_NC: Floats, true_NC: npt.NDArray[np.bool_]) -> Floats:
    """`task_metrics.micro_aupr` (R,) of resamples that have protein n ``times_RN[r, n]`` times.

    Exact where true pairs have at most 2,000 different scores; else looked at in 2,000 steps of equal recall.
    """
    edges_T = np.unique(scores_NC[true_NC])
    if not len(edges_T):
        return np.zeros(len(times_RN))
    if len(edges_T) > _AUPR_STEPS:
        steps = np.linspace(0, 1, _AUPR_STEPS)
        edges_T = np.unique(np.quantile(scores_NC[true_NC], steps, method="lower"))
    hits_RT = _reached(times_RN, scores_NC, true_NC, edges_T)
    pairs_RT = _reached(times_RN, scores_NC, np.ones_like(true_NC), edges_T)
    gained_RT = np.diff(_ratio(hits_RT, hits_RT[:, -1:]), axis=1, prepend=0.0)
    return (gained_RT * _ratio(hits_RT, pairs_RT)).sum(1)


def _reached(
    times_RN: Floats, scores_NC: Floats, counted_NC: npt.NDArray[np.bool_], edges_T: Floats
) -> Floats:
    """How many of the counted pairs score at least each threshold, from the highest threshold to the lowest."""
    num, steps = len(scores_NC), len(edges_T)
    protein = np.repeat(np.arange(num), counted_NC.sum(1))
    step = np.searchsorted(edges_T, scores_NC[counted_NC], side="right")
    counts = np.bincount(protein * (steps + 1) + step, minlength=num * (steps + 1))
    of_protein_NT = counts.reshape(num, steps + 1)[:, :0:-1].astype(np.float32)
    return np.cumsum(times_RN @ of_protein_NT, axis=1, dtype=np.float64)


def _ratio(above: Floats, below: Floats) -> Floats:
    """Quotient, 0 where nothing is below the line."""
    shape = np.broadcast_shapes(np.shape(above), np.shape(below))
    return np.divide(above, below, out=np.zeros(shape), where=np.broadcast_to(below, shape) > 0)
