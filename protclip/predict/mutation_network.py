"""Ridge regression and a small network over features of variants, chosen and judged by nested cross-validation.

Shapes: N variants, F features.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

Kind = Literal["ridge", "mlp"]
KINDS: tuple[Kind, ...] = get_args(Kind)
FOLDS, INNER_FOLDS, SEED = 5, 3, 17
_PENALTIES: dict[Kind, tuple[float, ...]] = {"ridge": (0.1, 1.0, 10.0), "mlp": (1.0,)}
_HIDDEN, _EPOCHS = 32, 60
_BLOCKS = ("residues", "combined", "exchanged", "embedding")
_SHOWN = (2, 3, 4)
"""How many of the blocks a network may see: which helps depends on how much was measured."""

Floats = npt.NDArray[np.floating]
Setting = tuple[float, int]
"""Penalty on the weights, and how many of the blocks are seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What is known of N variants, in blocks of columns.

    ``residues`` (0 or 1) at the positions that were measured, 20 columns each; the ``combined`` score, one column;
    how many of each residue are ``exchanged``, 20 columns lost and 20 gained; the shift of the ``embedding``.
    """

    residues: Floats
    combined: Floats
    exchanged: Floats
    embedding: Floats

    def rows(self, places: npt.NDArray[np.int64]) -> "Features":
        """Those of some variants."""
        return Features(**{name: getattr(self, name)[places] for name in _BLOCKS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Linear layers (weights, bias) with ReLU between them, over standardised features; one layer is ridge."""

    mean: Floats
    deviation: Floats
    layers: tuple[tuple[Floats, Floats], ...]
    num_blocks: int

    def predict(self, features: Features) -> Floats:
        """Predicted measurements (N,), in the unit of those it was fitted on."""
        values = (_matrix(features, self.num_blocks) - self.mean) / self.deviation
        for weights, bias in self.layers[:-1]:
            values = np.maximum(values @ weights + bias, 0)
        weights, bias = self.layers[-1]
        return np.asarray(values @ weights + bias).reshape(-1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossValidation:
    """How a head does on variants it was not fitted on.

    ``predicted`` (N,) comes from the fold that left the variant out; ``folds`` are Spearman's correlations, -1 to 1,
    within each. Penalty and features are chosen anew inside each fold.
    """

    folds: tuple[float, ...]
    predicted: Floats

    @property
    def spearman(self) -> float:
        """The mean over the folds."""
        return float(np.mean(self.folds))


def cross_validate(
    features: Features,
    values: Floats,
    kind: Kind,
    seed: int = SEED,
    progress: Callable[[int, int], None] | None = None,
) -> CrossValidation:
    """Nested cross-validation: each of `FOLDS` folds is predicted by what was chosen and fitted on the others.

    ``progress`` is called with folds done and folds in all; whatever it raises ends this.
    """
    predicted = np.zeros(len(values))
    for done, (train, test) in enumerate(_folds(len(values), seed)):
        if progress is not None:
            progress(done, FOLDS)
        network = fit_network(features.rows(train), values[train], kind, seed)
        predicted[test] = network.predict(features.rows(test))
    return CrossValidation(folds=spearman_by_fold(predicted, values, seed), predicted=predicted)


def spearman_by_fold(predicted: Floats, values: Floats, seed: int = SEED) -> tuple[float, ...]:
    """Spearman's correlation within each fold of `cross_validate`: what any other prediction is compared by."""
    return tuple(spearman(predicted[test], values[test]) for _, test in _folds(len(values), seed))


def fit_network(features: Features, values: Floats, kind: Kind, seed: int = SEED) -> Network:
    """Fit with the setting that does best in an inner cross-validation over these variants alone."""
    from sklearn.model_selection import KFold

    settings = list(product(_PENALTIES[kind], _SHOWN))
    splits = list(KFold(INNER_FOLDS, shuffle=True, random_state=seed).split(values))

    def goodness(setting: Setting) -> float:
        found = []
        for train, test in splits:
            network = _fitted(features.rows(train), values[train], kind, setting, seed)
            found.append(spearman(network.predict(features.rows(test)), values[test]))
        return float(np.mean(found))

    return _fitted(features, values, kind, max(settings, key=goodness), seed)


def spearman(predicted: Floats, measured: Floats) -> float:
    """Spearman's rank correlation, 0 where either is constant."""
    from scipy.stats import spearmanr

    if np.ptp(predicted) == 0 or np.ptp(measured) == 0:
        return 0.0
    return float(spearmanr(predicted, measured).statistic)


def _folds(number: int, seed: int) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    from sklearn.model_selection import KFold

    return list(KFold(FOLDS, shuffle=True, random_state=seed).split(np.zeros(number)))


def _matrix(features: Features, num_blocks: int) -> Floats:
    return np.hstack([getattr(features, name) for name in _BLOCKS[:num_blocks]])


def _fitted(features: Features, values: Floats, kind: Kind, setting: Setting, seed: int) -> Network:
    penalty, num_blocks = setting
    mean, deviation = _standard(features, num_blocks)
    rows = (_matrix(features, num_blocks) - mean) / deviation
    # The penalties mean the same whatever the unit of the measurement.
    centre, unit = values.mean(), values.std() or 1.0
    targets = (values - centre) / unit
    layers = _ridge(rows, targets, penalty) if kind == "ridge" else _mlp(rows, targets, penalty, seed)
    weights, bias = layers[-1]
    layers[-1] = (weights * unit, bias * unit + centre)
    return Network(mean=mean, deviation=deviation, layers=tuple(layers), num_blocks=num_blocks)


def _standard(features: Features, num_blocks: int) -> tuple[Floats, Floats]:
    """Mean and deviation (F,); counts stay as they are, and all of the embedding counts as much as one score."""
    means, deviations = [], []
    for name in _BLOCKS[:num_blocks]:
        block: Floats = getattr(features, name)
        width = block.shape[1]
        is_count = name in ("residues", "exchanged")
        means.append(np.zeros(width) if is_count else block.mean(axis=0))
        deviations.append(np.ones(width) if is_count else _scale(block) * width**0.5)
    return np.concatenate(means).astype(np.float32), np.concatenate(deviations).astype(np.float32)


def _scale(values: Floats) -> Floats:
    deviation = values.std(axis=0)
    return np.where(deviation > 0, deviation, 1.0)


def _ridge(rows: Floats, values: Floats, penalty: float) -> list[tuple[Floats, Floats]]:
    from sklearn.linear_model import Ridge

    fitted = Ridge(alpha=penalty).fit(rows, values)
    return [(fitted.coef_[:, None], np.atleast_1d(fitted.intercept_))]


def _mlp(rows: Floats, values: Floats, penalty: float, seed: int) -> list[tuple[Floats, Floats]]:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPRegressor

    network = MLPRegressor(
        hidden_layer_sizes=(_HIDDEN,),
        alpha=penalty,
        learning_rate_init=3e-3,
        max_iter=_EPOCHS,
        random_state=seed,
    )
    with warnings.catch_warnings():
        # Sixty epochs are the rule, not a failure to converge.
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = network.fit(rows, values)
    return list(zip(fitted.coefs_, fitted.intercepts_, strict=True))
