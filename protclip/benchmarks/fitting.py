"""The training of a network on a labelled task: a head on fixed features, a tuned tower, a network from scratch.

One loop for all, after Zhou et al. 2025 (section on downstream tasks): the validation split says which epoch is kept,
and the end comes when a number of epochs in a row were no better.

Shapes: N proteins of a split, B of a batch, D features, C classes (1 for a number).
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from protclip.batching import token_batches
from protclip.benchmarks.task_metrics import BEST, deciding_metric, merit
from protclip.benchmarks.tasks import Floats, LabelledTask, SplitName, TaskKind
from protclip.errors import InputError

MAX_TOKENS = 32_768
"""Padded residue tokens that go through a network at once where no gradient is kept."""
Places = Sequence[int] | npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class FitSettings:
    """How a network is trained: Adam with a constant rate, without decay of weights.

    Attributes
    ----------
    lr : float
        Learning rate of what the network calls its ``head``, and of all of it but for ``body_share``.
    body_share : float
        What the rest of the network has of it.
    epochs : int
        Most passes over the training split.
    patience : int
        Epochs in a row without a better validation that end the training.
    batch_size : int
        Number of proteins whose gradients make a step.
    micro_batch : int
        Number of proteins in memory at once; the gradients of a batch are added up from these.
    dtype : torch.dtype
        Arithmetic of the forward pass; float16 comes with loss scaling.
    """

    lr: float
    body_share: float = 1.0
    epochs: int = 200
    patience: int = 10
    batch_size: int = 512
    micro_batch: int = 64
    dtype: torch.dtype = torch.float32


ZHOU = FitSettings(lr=5e-5)
"""Zhou et al. 2025 and their released code, for heads and for towers with them."""
PROTST_FIXED = FitSettings(lr=5e-5, epochs=100, patience=100, batch_size=128)
"""ProtST's config/downstream_task for fixed encoders: four devices with 32 proteins each."""
_PROTST_TUNED = FitSettings(lr=2e-4, body_share=0.02, epochs=100, patience=100, batch_size=12)
PROTST_TUNED: Mapping[TaskKind, FitSettings] = {
    "single-label": _PROTST_TUNED,
    "regression": replace(_PROTST_TUNED, batch_size=24),
    "multi-label": FitSettings(lr=1e-4, body_share=0.1, epochs=50, patience=50, batch_size=8),
}
"""ProtST's config/downstream_task for tuned encoders, by kind of task: four devices with 3, 6 and 2 proteins each."""
QUICK = FitSettings(lr=1e-3, epochs=40, patience=4, batch_size=128, micro_batch=128)
"""For two CPU cores; nothing published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """One pass over the training split: its number from 1, its mean loss, and the metric that decides on valid."""

    number: int
    loss: float
    metric: str
    value: float


class Inputs(Protocol):
    """The proteins of a split, as a network takes them."""

    @property
    def lengths(self) -> Sequence[int]:
        """How much of a batch each fills, to put like to like."""
        ...

    def batch(self, places: Places) -> Tensor:
        """Those at these places, as one tensor on the CPU."""
        ...


@dataclass(frozen=True, slots=True)
class FeatureRows:
    """Fixed features (N, D)."""

    features: Tensor

    @property
    def lengths(self) -> Sequence[int]:
        """All alike."""
        return [1] * len(self.features)

    def batch(self, places: Places) -> Tensor:
        """Rows (B, D)."""
        return self.features[torch.as_tensor(np.asarray(places))]


@dataclass(frozen=True, slots=True)
class TokenRows:
    """Proteins as residue tokens, without specials; ``collate`` makes one tensor of some."""

    tokens: Sequence[npt.NDArray[np.uint8]]
    collate: Callable[[Sequence[npt.NDArray[np.uint8]]], Tensor]

    @property
    def lengths(self) -> Sequence[int]:
        """In residues."""
        return [len(row) for row in self.tokens]

    def batch(self, places: Places) -> Tensor:
        """Token ids (B, L), padded."""
        return self.collate([self.tokens[int(place)] for place in places])


class TaskHead(nn.Module):
    """Two layers over features, which are brought to mean 0 and spread 1 first where `standardize` was called."""

    def __init__(self, width: int, num_outputs: int) -> None:
        super().__init__()
        self.head = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, num_outputs))
        self.feature_mean: Tensor
        self.feature_spread: Tensor
        self.register_buffer("feature_mean", torch.zeros(width))
        self.register_buffer("feature_spread", torch.ones(width))

    def standardize(self, features_ND: Tensor) -> None:
        """From now on bring features to mean 0 and spread 1 over these."""
        self.feature_mean.copy_(features_ND.mean(0))
        self.feature_spread.copy_(features_ND.std(0, correction=0).clamp(min=1e-6))

    def forward(self, features_BD: Tensor) -> Tensor:
        """Outputs (B, C)."""
        outputs_BC: Tensor = self.head((features_BD - self.feature_mean) / self.feature_spread)
        return outputs_BC


def task_loss(task: TaskKind, outputs_NC: Tensor, targets_NC: Tensor) -> Tensor:
    """Loss of each protein (N,): squared error, cross-entropy, or binary cross-entropy averaged over classes."""
    if task == "regression":
        return (outputs_NC - targets_NC).square().mean(1)
    if task == "single-label":
        return nn.functional.cross_entropy(outputs_NC, targets_NC, reduction="none")
    return nn.functional.binary_cross_entropy_with_logits(outputs_NC, targets_NC, reduction="none").mean(1)


def outputs_of(network: nn.Module, inputs: Inputs, dtype: torch.dtype) -> Tensor:
    """What a network gives for every protein of a split, (N, ·) on the CPU: in eval mode and without gradient."""
    network.eval()
    device = next(network.parameters()).device
    batches = token_batches(inputs.lengths, MAX_TOKENS)
    with torch.no_grad(), _autocast(device, dtype):
        found = torch.cat([network(inputs.batch(places).to(device)).float().cpu() for places in batches])
    ordered = torch.empty_like(found)
    ordered[[place for places in batches for place in places]] = found
    return ordered


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Torch draws from this seed within, and goes on afterwards as if nothing had been."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield


class Fitting:
    """A network that learns a task.

    Numbers are learnt in units of the training labels' spread around their mean, which are ``spread`` and ``center``.

    Parameters
    ----------
    network
        From what ``inputs`` give to outputs (B, C); what of it takes a gradient is trained.
    seed
        Of the order of the proteins.
    tell
        Is told of every epoch.
    """

    def __init__(
        self,
        network: nn.Module,
        task: LabelledTask,
        inputs: Mapping[SplitName, Inputs],
        settings: FitSettings,
        *,
        seed: int,
        tell: Callable[[Epoch], None] | None = None,
    ) -> None:
        self.network, self.task, self.inputs, self.settings, self.tell = network, task, inputs, settings, tell
        self.device = next(network.parameters()).device
        labels = task.splits["train"].targets
        is_number = task.kind == "regression"
        self.center = float(labels.mean()) if is_number else 0.0
        self.spread = (float(labels.std()) or 1.0) if is_number else 1.0
        self._optimizer = torch.optim.AdamW(self._groups(), lr=settings.lr, weight_decay=0.0, fused=True)
        self._scaler = torch.amp.GradScaler(self.device.type, enabled=settings.dtype == torch.float16)
        self._rng = np.random.default_rng(seed)

    def _trained(self) -> dict[str, nn.Parameter]:
        return {name: p for name, p in self.network.named_parameters() if p.requires_grad}

    def _groups(self) -> list[dict[str, object]]:
        trained = self._trained().items()
        head = [p for name, p in trained if name.startswith("head.")]
        body = [p for name, p in trained if not name.startswith("head.")]
        lr, share = self.settings.lr, self.settings.body_share
        groups = [{"params": head, "lr": lr}, {"params": body, "lr": lr * share}]
        return [group for group in groups if group["params"]]

    def train(self) -> None:
        """Epochs until patience is out; afterwards the network is that of the best one.

        Raises
        ------
        InputError
            If the loss is not finite.
        """
        best, waited, kept = -math.inf, 0, self._state()
        for number in range(1, self.settings.epochs + 1):
            loss = self._epoch()
            value = deciding_metric(self.task.kind, self.predict("valid"), self.task.splits["valid"].targets)
            if self.tell is not None:
                self.tell(Epoch(number=number, loss=loss, metric=BEST[self.task.kind], value=value))
            if merit(self.task.kind, value) > best:
                best, waited, kept = merit(self.task.kind, value), 0, self._state()
            else:
                waited += 1
            if waited >= self.settings.patience:
                break
        self.network.load_state_dict(kept, strict=False)

    def predict(self, split: SplitName) -> Floats:
        """Scores (N, C): numbers, logits of classes, or probabilities for sets of classes."""
        outputs_NC = outputs_of(self.network, self.inputs[split], self.settings.dtype)
        if self.task.kind == "multi-label":
            return outputs_NC.sigmoid().numpy()
        return (outputs_NC * self.spread + self.center).numpy()

    def _state(self) -> dict[str, Tensor]:
        return {name: p.detach().clone() for name, p in self._trained().items()}

    def _epoch(self) -> float:
        """One pass over the training split; the mean loss."""
        self.network.train()
        order = self._rng.permutation(len(self.task.splits["train"]))
        size = self.settings.batch_size
        batches = [order[first : first + size] for first in range(0, len(order), size)]
        return sum(map(self._step, batches)) / len(order)

    def _step(self, places: npt.NDArray[np.int64]) -> float:
        """One optimizer step from micro-batches; the summed loss of its proteins."""
        self._optimizer.zero_grad(set_to_none=True)
        total = 0.0
        for first in range(0, len(places), self.settings.micro_batch):
            part = places[first : first + self.settings.micro_batch]
            with _autocast(self.device, self.settings.dtype):
                outputs_BC = self.network(self.inputs["train"].batch(part).to(self.device))
            # Summed and divided by the whole batch: micro-batches of any size give its gradient.
            loss = task_loss(self.task.kind, outputs_BC.float(), self._targets(part)).sum()
            if not bool(torch.isfinite(loss)):
                raise InputError("the loss is no number: lower lr, or set precision to fp32.")
            self._scaler.scale(loss / len(places)).backward()
            total += loss.item()
        self._scaler.step(self._optimizer)
        self._scaler.update()
        return total

    def _targets(self, places: npt.NDArray[np.int64]) -> Tensor:
        targets_BC = torch.from_numpy(self.task.splits["train"].targets[places]).to(self.device)
        return (targets_BC - self.center) / self.spread


def _autocast(device: torch.device, dtype: torch.dtype) -> torch.autocast:
    return torch.autocast(device.type, dtype, enabled=dtype != torch.float32)
