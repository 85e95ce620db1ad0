"""Intervals of task metrics hold what a slow resampling gives, and a run tells all of a task."""

from dataclasses import dataclass

import numpy as np
import pytest

from protclip.benchmarks.labelled_run import run_labelled
from protclip.benchmarks.task_intervals import measure_task, weighted_aupr, weighted_f_max
from protclip.benchmarks.task_metrics import f_max, micro_aupr
from protclip.benchmarks.tasks import Examples, LabelledTask
from protclip.errors import ProtCLIPError


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """Scores given beforehand."""

    scores: np.ndarray
    name: str = "guess"
    fingerprint: str = ""

    def predict(self, task, *, seed):
        return self.scores


def task_of(kind, targets, **more):
    targets = np.asarray(targets, np.float32)
    part = Examples(sequences=("MKV",) * len(targets), targets=targets)
    classes = tuple(f"c{i}" for i in range(targets.shape[1]))
    splits = {"train": part, "valid": part, "test": part}
    return LabelledTask(name="toy", kind=kind, classes=classes, splits=splits, **more)


@pytest.fixture(scope="module")
def sets():
    rng = np.random.default_rng(1)
    true = rng.random((40, 6)) < 0.25
    true[3] = False  # a protein without a class
    # Two digits, so that pairs have equal scores.
    return np.clip(np.round(rng.random((40, 6)) * 0.6 + true * 0.3, 2), 0, 1), true


def test_weighing_proteins_is_repeating_their_rows(sets) -> None:
    scores, true = sets
    times = np.random.default_rng(2).integers(0, 4, (5, len(scores))).astype(np.float32)
    rows = [np.repeat(np.arange(len(scores)), t.astype(int)) for t in times]
    slow = [f_max(scores[r], true[r]) for r in rows]
    assert weighted_f_max(times, scores, true) == pytest.approx(slow, abs=1e-6)
    slow = [micro_aupr(scores[r], true[r]) for r in rows]
    assert weighted_aupr(times, scores, true) == pytest.approx(slow, abs=1e-6)


def test_aupr_in_steps_is_close_to_aupr() -> None:
    rng = np.random.default_rng(3)
    true = rng.random((800, 30)) < 0.2
    scores = rng.random((800, 30)) + 0.4 * true
    assert len(np.unique(scores[true])) > 4000
    assert weighted_aupr(np.ones((1, 800)), scores, true)[0] == pytest.approx(
        micro_aupr(scores, true), abs=1e-3
    )


def test_without_a_true_pair_nothing_is_found(sets) -> None:
    scores, true = sets
    nothing = np.zeros_like(true)
    assert {m.value for m in measure_task("multi-label", scores, nothing, seed=1)} == {0.0}


@pytest.mark.parametrize("kind", ["single-label", "regression", "multi-label"])
def test_more_proteins_make_narrower_intervals_around_the_value(kind) -> None:
    rng = np.random.default_rng(4)
    width = {"single-label": 3, "regression": 1, "multi-label": 5}[kind]
    scores = rng.random((400, width))
    targets = (scores + rng.normal(0, 0.3, scores.shape)).astype(np.float32)
    if kind == "single-label":
        targets = np.eye(width, dtype=np.float32)[targets.argmax(1)]
    elif kind == "multi-label":
        targets = (targets > 0.6).astype(np.float32)
    few = {m.metric: m for m in measure_task(kind, scores[:40], targets[:40], seed=1)}
    for m in measure_task(kind, scores, targets, seed=1):
        assert m.low <= m.value <= m.high
        assert m.high - m.low < few[m.metric].high - few[m.metric].low
        assert (m.n, few[m.metric].n) == (400, 40)


def test_a_run_tells_metrics_subsets_time_and_data(sets) -> None:
    scores, true = sets
    near = np.arange(40) < 25
    task = task_of("multi-label", true, subsets={"<30%": near, "<40%": np.zeros(40, bool)}, note="a part")
    run = run_labelled(Guess(scores=scores), task, seed=7)
    found = {m.metric: m for m in run.measured}
    assert set(found) == {"f_max", "aupr", "f_max/<30%", "aupr/<30%", "seconds"}
    assert found["f_max"].value == f_max(scores, true)
    assert found["aupr/<30%"].value == micro_aupr(scores[near], true[near])
    assert (found["f_max/<30%"].n, found["seconds"].n) == (25, 40)
    assert found["seconds"].low is None
    assert (run.seed, run.note, run.data) == (7, "a part", f"toy {task.sha256[:12]}")


def test_a_better_guess_is_measured_as_better(sets) -> None:
    _, true = sets
    task = task_of("regression", true[:, :1] + np.arange(40)[:, None])
    right = task.splits["test"].targets
    values = {}
    for name, scores in {"right": right, "reversed": -right}.items():
        values[name] = {m.metric: m.value for m in run_labelled(Guess(scores=scores), task, seed=1).measured}
    assert values["right"]["spearman"] == pytest.approx(1)
    assert values["reversed"]["spearman"] == pytest.approx(-1)
    assert values["right"]["mae"] == 0 < values["reversed"]["mae"]


def test_scores_that_cannot_be_measured_are_refused(sets) -> None:
    scores, true = sets
    task = task_of("multi-label", true)
    with pytest.raises(ValueError, match=r"guess gave scores of shape \(40, 5\)"):
        run_labelled(Guess(scores=scores[:, :5]), task, seed=1)
    with pytest.raises(ProtCLIPError, match="no numbers on toy"):
        run_labelled(Guess(scores=scores * np.nan), task, seed=1)
