"""A two-layer head on features that stay as they are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from protclip.benchmarks.fitting import ZHOU, Epoch, FeatureRows, FitSettings, Fitting, TaskHead, seeded
from protclip.benchmarks.models.features import of_splits
from protclip.benchmarks.tasks import SPLITS, FeatureSource, Floats, LabelledTask, SplitName
from protclip.devices import default_device


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenHead:
    """A head on a feature source.

    ``standardize`` brings the features to mean 0 and spread 1 over the training split first: k-mer towers need it,
    and published results do without. ``note`` stands in the name.
    """

    source: FeatureSource
    settings: FitSettings = ZHOU
    standardize: bool = True
    note: str = ""

    @property
    def name(self) -> str:
        """The source's, with what was done with it."""
        return f"{self.source.name} frozen{self.note and f' ({self.note})'}"

    @property
    def fingerprint(self) -> str:
        """The source's."""
        return self.source.fingerprint

    def predict(self, task: LabelledTask, *, seed: int) -> Floats:
        """Train the head, and score the test split."""
        rows = of_splits(self.source.features, task)
        features = {split: torch.from_numpy(rows[split]) for split in SPLITS}
        with seeded(seed):
            fitting = head_fitting(features, task, self.settings, standardize=self.standardize, seed=seed)
            fitting.train()
            return fitting.predict("test")


def head_fitting(
    features: Mapping[SplitName, Tensor],
    task: LabelledTask,
    settings: FitSettings,
    *,
    standardize: bool,
    seed: int,
    device: torch.device | None = None,
    tell: Callable[[Epoch], None] | None = None,
) -> Fitting:
    """What trains a head on features (N, D) of every split."""
    head = TaskHead(features["train"].shape[1], len(task.classes))
    if standardize:
        head.standardize(features["train"])
    inputs = {split: FeatureRows(features[split]) for split in SPLITS}
    return Fitting(head.to(device or default_device()), task, inputs, settings, seed=seed, tell=tell)
