"""A whole protein tower, k-mer tables included, tuned together with the head on it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from torch import Tensor, nn

from protclip.batching import token_batches
from protclip.benchmarks.fitting import (
    MAX_TOKENS,
    ZHOU,
    Epoch,
    FitSettings,
    Fitting,
    TaskHead,
    TokenRows,
    outputs_of,
    seeded,
)
from protclip.benchmarks.models.few_words import FewWords
from protclip.benchmarks.models.towers import ProtCLIPTower, Tower, fingerprint_of, open_tower
from protclip.benchmarks.tasks import SPLITS, Examples, Floats, LabelledTask, TaskKind
from protclip.model.modeling import ProtCLIPModel

CROP = 1022
"""Residues that Zhou et al. 2025 see of a protein."""
PROTST_CROP = 550
"""Residues that ProtST sees of a protein in localisation and annotation, the whole elsewhere."""


class TowerAndHead(nn.Module):
    """Residue ids (B, L) in, outputs (B, C) out."""

    def __init__(self, tower: Tower, head: TaskHead) -> None:
        super().__init__()
        self.tower, self.head = tower, head

    def forward(self, ids_BL: Tensor) -> Tensor:
        """The head over the tower's features."""
        outputs_BC: Tensor = self.head(self.tower(ids_BL))
        return outputs_BC


@dataclass(frozen=True, kw_only=True)
class TunedTower:
    """A checkpoint's tower, opened anew for every task: nothing of one goes into the next.

    ``by_kind`` has settings for kinds of task that ``settings`` are not for. ``crop`` is how many residues are seen
    of a protein, from its beginning (ProtST draws the place), without ``crops_numbers`` only where classes are
    predicted; the model's own limit holds besides. ``standardize`` first brings features to mean 0 and spread 1 over
    the training split. ``note`` stands in the name.
    """

    checkpoint: Path
    settings: FitSettings = ZHOU
    by_kind: Mapping[TaskKind, FitSettings] = field(default_factory=dict)
    crop: int = CROP
    crops_numbers: bool = True
    standardize: bool = True
    note: str = ""

    @property
    def name(self) -> str:
        """The checkpoint's, with what was done with it."""
        return f"{self.checkpoint.name} tuned{self.note and f' ({self.note})'}"

    @cached_property
    def fingerprint(self) -> str:
        """The checkpoint's."""
        return fingerprint_of(self.checkpoint)

    def predict(self, task: LabelledTask, *, seed: int) -> Floats:
        """Train tower and head, and score the test split."""
        tower = open_tower(self.checkpoint)
        settings = self.by_kind.get(task.kind, self.settings)
        crop = self.crop if self.crops_numbers or task.kind != "regression" else tower.max_residues
        with seeded(seed):
            fitting = tower_fitting(tower, task, settings, crop=crop, standardize=self.standardize, seed=seed)
            fitting.train()
            return fitting.predict("test")


def tower_fitting(
    tower: Tower,
    task: LabelledTask,
    settings: FitSettings,
    *,
    crop: int,
    standardize: bool,
    seed: int,
    tell: Callable[[Epoch], None] | None = None,
) -> Fitting:
    """What trains a tower, which is changed, and a fresh head on it; the network is a `TowerAndHead`.

    A tower with tables of words keeps those of the task's proteins alone, until `with_all_words`.
    """
    device = next(tower.parameters()).device
    inputs = {split: token_rows(tower, task.splits[split], crop) for split in SPLITS}
    keep_words(tower, inputs.values())
    head = TaskHead(tower.width, len(task.classes)).to(device)
    if standardize:
        head.standardize(outputs_of(tower, inputs["train"], settings.dtype).to(device))
    return Fitting(TowerAndHead(tower, head), task, inputs, settings, seed=seed, tell=tell)


def keep_words(tower: Tower, inputs: Iterable[TokenRows]) -> None:
    """Leave a tower with tables of words those of some proteins; what it learns from them is the same."""
    if not isinstance(tower, ProtCLIPTower) or tower.model.kmers is None:
        return
    device = next(tower.parameters()).device
    tower.model.kmers = FewWords(
        tower.model.kmers,
        (
            rows.batch(places).to(device)
            for rows in inputs
            for places in token_batches(rows.lengths, MAX_TOKENS)
        ),
    )


def with_all_words(model: ProtCLIPModel) -> ProtCLIPModel:
    """The model with all words again, those that were trained as they are now."""
    if isinstance(model.kmers, FewWords):
        model.kmers = model.kmers.merged()
    return model


def token_rows(tower: Tower, examples: Examples, crop: int) -> TokenRows:
    """The first residues of every protein, as many as ``crop`` says and the tower takes."""
    most = min(crop, tower.max_residues)
    return TokenRows([tower.tokens(sequence[:most]) for sequence in examples.sequences], tower.collate)
