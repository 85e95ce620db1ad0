"""Linear models over a feature source: ridge regression for numbers, logistic regression for classes.

For sets of classes there is one logistic regression a class. They are fitted together, as a network of scikit-learn's
without a hidden layer: the same minimum as fitting one after the other, in a fraction of the time.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import issparse

from protclip.benchmarks.models.features import SparseSource, of_splits
from protclip.benchmarks.task_metrics import deciding_metric, merit
from protclip.benchmarks.tasks import FeatureSource, Floats, LabelledTask, TaskKind

PENALTIES = (1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0, 1000.0)
"""Weights of the squared norm beside the summed loss, of which the validation split chooses."""
_MAX_ITERATIONS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """A linear model on a feature source. Dense features are brought to mean 0 and spread 1, sparse ones are not."""

    source: FeatureSource
    penalties: tuple[float, ...] = PENALTIES

    @property
    def name(self) -> str:
        """The source's, with what was done with it."""
        return f"{self.source.name} linear"

    @property
    def fingerprint(self) -> str:
        """The source's."""
        return self.source.fingerprint

    def predict(self, task: LabelledTask, *, seed: int) -> Floats:
        """Fit with every penalty, keep the best on valid, and score the test split."""
        source = self.source
        found: dict[Any, Any] = of_splits(
            source.sparse if isinstance(source, SparseSource) else source.features, task
        )
        # In single precision the search for the minimum ends early.
        rows = {split: part.astype(np.float64) for split, part in found.items()}
        if not issparse(rows["train"]):
            from sklearn.preprocessing import StandardScaler

            scaler = StandardScaler().fit(rows["train"])
            rows = {split: scaler.transform(part) for split, part in rows.items()}
        best, kept = -np.inf, None
        for penalty in self.penalties:
            model = _model(task.kind, penalty, seed).fit(rows["train"], _labels(task))
            scores_NC = _scores(model, rows["valid"], task)
            value = merit(task.kind, deciding_metric(task.kind, scores_NC, task.splits["valid"].targets))
            if value > best:
                best, kept = value, model
        return _scores(kept, rows["test"], task)


def _model(kind: TaskKind, penalty: float, seed: int) -> Any:
    if kind == "regression":
        from sklearn.linear_model import Ridge

        return Ridge(alpha=penalty)
    if kind == "single-label":
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(C=1 / penalty, max_iter=_MAX_ITERATIONS)
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier(
        hidden_layer_sizes=(), alpha=penalty, solver="lbfgs", max_iter=_MAX_ITERATIONS, random_state=seed
    )


def _labels(task: LabelledTask) -> Any:
    targets_NC = task.splits["train"].targets
    if task.kind == "regression":
        return targets_NC[:, 0]
    return targets_NC.argmax(1) if task.kind == "single-label" else targets_NC.astype(np.int64)


def _scores(model: Any, rows: Any, task: LabelledTask) -> Floats:
    """Scores (N, C)."""
    if task.kind == "regression":
        return np.asarray(model.predict(rows), dtype=np.float32)[:, None]
    found = np.asarray(model.predict_proba(rows), dtype=np.float32)
    if task.kind == "multi-label":
        return found.reshape(len(found), len(task.classes))
    scores_NC = np.zeros((len(found), len(task.classes)), dtype=np.float32)
    scores_NC[:, model.classes_] = found  # a class that train lacks keeps 0
    return scores_NC
