"""Retrieval metrics between two modalities: ranks of the right partner, and mean average precision of terms."""

from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class RankMetrics:
    """How far up the right partner stands. Shares in [0, 1]; ``median_rank`` counts from 1."""

    mrr: float
    recall_at_1: float
    recall_at_10: float
    median_rank: float

    def as_dict(self, prefix: str) -> dict[str, float]:
        """The metrics under names such as ``text_to_protein/mrr``."""
        return {f"{prefix}/{name}": value for name, value in asdict(self).items()}


def partner_ranks(
    query_QE: Floats, target_NE: Floats, groups: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Rank of each query's best partner among all targets, from 1.

    Query i belongs with target i and with every target of the same group (equal texts are the same
    answer). The rank is one more than the number of targets outside the group that score higher, or
    equally high: ties are counted against the model, and so is a score that is no number.
    """
    scores_QN = query_QE @ target_NE.T
    same_QN = groups[:, None] == groups[None, :]
    best_Q = np.where(same_QN, scores_QN, -np.inf).max(axis=1)
    # Not "at least as high": NaN compares false with everything, and a broken model would come first.
    return (~(scores_QN < best_Q[:, None]) & ~same_QN).sum(axis=1) + 1


def rank_metrics(ranks: npt.NDArray[np.int64]) -> RankMetrics:
    """Mean reciprocal rank, recall at 1 and 10, and median rank."""
    return RankMetrics(
        mrr=float((1.0 / ranks).mean()),
        recall_at_1=float((ranks <= 1).mean()),
        recall_at_10=float((ranks <= 10).mean()),
        median_rank=float(np.median(ranks)),
    )


def average_precisions(scores_KN: Floats, relevant_KN: Bools) -> npt.NDArray[np.float64]:
    """Average precision of each row's ranking (K queries over N targets); NaN where nothing is relevant.

    Equal scores keep the order of the targets, so shuffle targets whose order carries information.
    """
    order_KN = np.argsort(-scores_KN, axis=1, kind="stable")
    hits_KN = np.take_along_axis(relevant_KN, order_KN, axis=1)
    precision_KN = np.cumsum(hits_KN, axis=1) / np.arange(1, hits_KN.shape[1] + 1)
    num_relevant_K = hits_KN.sum(axis=1)
    with np.errstate(invalid="ignore"):
        result: npt.NDArray[np.float64] = (precision_KN * hits_KN).sum(axis=1) / num_relevant_K
    return result
