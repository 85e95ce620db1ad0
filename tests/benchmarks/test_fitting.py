"""The one training loop: losses, micro-batches, the epoch that is kept, seeds, and what it leaves alone."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from protclip.benchmarks.fitting import (
    FeatureRows,
    FitSettings,
    Fitting,
    TaskHead,
    outputs_of,
    seeded,
    task_loss,
)
from protclip.benchmarks.task_metrics import deciding_metric
from protclip.benchmarks.tasks import Examples, LabelledTask
from protclip.errors import InputError

SETTINGS = FitSettings(lr=0.02, epochs=30, batch_size=16, micro_batch=16)
KINDS = ("regression", "single-label", "multi-label")


def made_task(kind, number=48):
    """Features of which the first three say the label, and the task."""
    rng = np.random.default_rng(0)
    splits, features = {}, {}
    for split in ("train", "valid", "test"):
        rows = rng.normal(size=(number, 6)).astype(np.float32)
        hot = np.eye(3, dtype=np.float32)[rows[:, :3].argmax(1)]
        targets = {
            "regression": 50 + 10 * rows[:, :1],
            "single-label": hot,
            "multi-label": (rows[:, :3] > 0).astype(np.float32),
        }
        splits[split] = Examples(sequences=("MKV",) * number, targets=targets[kind])
        features[split] = FeatureRows(torch.from_numpy(rows))
    classes = ("number",) if kind == "regression" else ("a", "b", "c")
    return LabelledTask(name="made", kind=kind, classes=classes, splits=splits), features


def fitted(kind, settings=SETTINGS, seed=3, tell=None):
    task, features = made_task(kind)
    with seeded(seed):
        fitting = Fitting(TaskHead(6, len(task.classes)), task, features, settings, seed=seed, tell=tell)
        fitting.train()
    return fitting


def test_the_losses_are_per_protein():
    outputs, targets = torch.randn(5, 3), torch.eye(5, 3)
    for kind in KINDS:
        whole = task_loss(kind, outputs, targets)
        assert whole.shape == (5,)
        torch.testing.assert_close(whole[2:3], task_loss(kind, outputs[2:3], targets[2:3]))


@pytest.mark.parametrize("kind", KINDS)
def test_what_features_tell_is_learnt_and_a_seed_gives_the_same_again(kind):
    told = []
    fitting = fitted(kind, tell=told.append)
    first = fitting.predict("test")
    again, other = (fitted(kind, seed=seed).predict("test") for seed in (3, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    targets = fitting.task.splits["test"].targets
    value = deciding_metric(kind, first, targets)
    assert value < np.abs(targets - targets.mean()).mean() / 3 if kind == "regression" else value > 0.75
    if kind == "multi-label":
        assert 0 <= first.min() <= first.max() <= 1
    assert [epoch.number for epoch in told] == list(range(1, len(told) + 1))
    assert told[0].loss > told[-1].loss


def test_micro_batches_add_up_to_the_batch():
    one, three = (fitted("single-label", replace(SETTINGS, epochs=3, micro_batch=m)) for m in (16, 5))
    np.testing.assert_allclose(one.predict("test"), three.predict("test"), atol=1e-4)


def test_patience_ends_the_training_and_the_best_epoch_is_kept():
    told = []
    fitting = fitted("single-label", replace(SETTINGS, lr=0.3, epochs=200, patience=4), tell=told.append)
    values = [epoch.value for epoch in told]
    assert len(values) < 200
    assert values.index(max(values)) == len(values) - 5
    kept = fitting.predict("valid").argmax(1) == fitting.task.splits["valid"].targets.argmax(1)
    assert kept.mean() == max(values)


class Bodied(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.head = nn.Linear(6, 6), nn.Linear(6, 3)

    def forward(self, rows):
        return self.head(self.body(rows))


def test_the_body_has_its_share_of_the_rate_and_what_takes_no_gradient_stays():
    task, features = made_task("single-label")
    moved = {}
    for share in (1.0, 0.01):
        with seeded(0):
            network = Bodied()
            network.body.bias.requires_grad_(False)
            before = {name: values.clone() for name, values in network.state_dict().items()}
            settings = replace(SETTINGS, lr=1e-3, epochs=1, body_share=share)
            Fitting(network, task, features, settings, seed=0).train()
        after = network.state_dict()
        moved[share] = {name: float((after[name] - before[name]).abs().max()) for name in after}
    assert moved[0.01]["body.weight"] == pytest.approx(moved[1.0]["body.weight"] / 100, rel=0.3)
    assert moved[0.01]["head.weight"] > 10 * moved[0.01]["body.weight"]
    assert moved[1.0]["body.bias"] == 0


def test_rows_do_not_depend_on_order_and_inputs_stay():
    _, features = made_task("single-label")
    with seeded(0):
        head = TaskHead(6, 3)
    head.standardize(features["train"].features)
    before = features["test"].features.clone()
    rows = outputs_of(head, features["test"], torch.float32)
    turned = outputs_of(head, FeatureRows(before.flip(0)), torch.float32)
    torch.testing.assert_close(rows.flip(0), turned)
    torch.testing.assert_close(features["test"].features, before)
    standard = (features["train"].features - head.feature_mean) / head.feature_spread
    torch.testing.assert_close(standard.mean(0), torch.zeros(6), atol=1e-5, rtol=0)


def test_a_seed_within_leaves_the_draws_outside_alone():
    torch.manual_seed(1)
    expected = torch.rand(2)
    torch.manual_seed(1)
    with seeded(9):
        torch.rand(5)
    torch.testing.assert_close(torch.rand(2), expected)


def test_a_loss_that_is_no_number_is_told():
    with pytest.raises(InputError, match="lower lr"):
        fitted("regression", replace(SETTINGS, lr=1e30))
