"""PEER's CNN and LSTM (Xu et al. 2022), trained from scratch on residues alone; sizes are arguments.

Layers, widths, rates and epochs are those of PEER's config/single_task and torchdrug's models. Two things differ:
padding is zero in every layer and LSTMs stop at a protein's end, so that a row does not depend on its batch; and
labels that are numbers are learnt in units of their spread.

Shapes: B proteins, L residues with padding, R kinds of residue, W width, C classes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from protclip.benchmarks.fitting import FitSettings, Fitting, TokenRows, seeded
from protclip.benchmarks.tasks import SPLITS, Floats, LabelledTask, TaskKind
from protclip.devices import default_device
from protclip.residues import RESIDUES

NUM_KINDS = len(RESIDUES) + 1
"""The twenty residues, and one kind for all other letters."""
_PADDING = NUM_KINDS
_KIND_OF_BYTE = np.full(256, NUM_KINDS - 1, dtype=np.uint8)
_KIND_OF_BYTE[np.frombuffer(RESIDUES.encode(), dtype=np.uint8)] = np.arange(len(RESIDUES))
Architecture = Literal["CNN", "LSTM"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What PEER has for an architecture: width, number of layers, and how it is trained for a kind of task."""

    width: int
    num_layers: int
    settings: FitSettings
    for_classes: FitSettings

    def for_task(self, kind: TaskKind) -> FitSettings:
        """Localisation has other settings than labels that are numbers."""
        return self.settings if kind == "regression" else self.for_classes


_OF_CNN = FitSettings(lr=1e-4, epochs=100, patience=100, batch_size=64, micro_batch=64)
_OF_LSTM = FitSettings(lr=5e-5, epochs=100, patience=100, batch_size=128, micro_batch=32)
PUBLISHED: dict[Architecture, Published] = {
    "CNN": Published(
        width=1024, num_layers=2, settings=_OF_CNN, for_classes=replace(_OF_CNN, lr=2e-4, batch_size=256)
    ),
    "LSTM": Published(width=640, num_layers=3, settings=_OF_LSTM, for_classes=_OF_LSTM),
}


class ConvolutionalNetwork(nn.Module):
    """Convolutions of kernel 5 over one-hot residues, the maximum over the protein, and a two-layer head."""

    def __init__(self, width: int, num_layers: int, num_outputs: int) -> None:
        super().__init__()
        widths = [NUM_KINDS, *([width] * num_layers)]
        self.layers = nn.ModuleList(nn.Conv1d(a, b, 5, padding=2) for a, b in pairwise(widths))
        self.head = _head(width, num_outputs)

    def forward(self, kinds_BL: Tensor) -> Tensor:
        """Outputs (B, C)."""
        is_there_B1L = (kinds_BL != _PADDING)[:, None]
        hidden_BWL = _one_hot(kinds_BL).transpose(1, 2)
        for layer in self.layers:
            hidden_BWL = torch.relu(layer(hidden_BWL)) * is_there_B1L
        # What a rectifier gives is never below the zero of the padding.
        outputs_BC: Tensor = self.head(hidden_BWL.amax(2))
        return outputs_BC


class RecurrentNetwork(nn.Module):
    """A bidirectional LSTM over residues; the last states of all layers, weighed, and a two-layer head.

    Each direction is an LSTM of its own over rows with the padding last: on a CPU, torch trains packed sequences
    ten and more times slower.
    """

    def __init__(self, width: int, num_layers: int, num_outputs: int) -> None:
        super().__init__()
        self.embedding = nn.Linear(NUM_KINDS, width)
        widths = [width, *([2 * width] * (num_layers - 1))]
        self.ahead = nn.ModuleList(nn.LSTM(seen, width, batch_first=True) for seen in widths)
        self.back = nn.ModuleList(nn.LSTM(seen, width, batch_first=True) for seen in widths)
        self.reweight = nn.Linear(2 * num_layers, 1)
        self.linear = nn.Linear(width, width)
        self.head = _head(width, num_outputs)

    def forward(self, kinds_BL: Tensor) -> Tensor:
        """Outputs (B, C)."""
        lengths_B = (kinds_BL != _PADDING).sum(1)
        turned = _turned(lengths_B, kinds_BL.shape[1])
        rows_B, last_B = torch.arange(len(lengths_B), device=kinds_BL.device), lengths_B - 1
        hidden_BLW, states = self.embedding(_one_hot(kinds_BL)), []
        for ahead, back in zip(self.ahead, self.back, strict=True):
            ahead_BLW, back_BLW = ahead(hidden_BLW)[0], back(_at(turned, hidden_BLW))[0]
            states += [ahead_BLW[rows_B, last_B], back_BLW[rows_B, last_B]]
            hidden_BLW = torch.cat([ahead_BLW, _at(turned, back_BLW)], 2)
        protein_BW = self.reweight(torch.stack(states, -1)).squeeze(-1)
        outputs_BC: Tensor = self.head(torch.tanh(self.linear(protein_BW)))
        return outputs_BC


def _turned(lengths_B: Tensor, length: int) -> Tensor:
    """The places (B·L) among all rows that turn each protein round and leave its padding where it is."""
    places_L, end_B1 = torch.arange(length, device=lengths_B.device), lengths_B[:, None]
    turned_BL = torch.where(places_L < end_B1, end_B1 - 1 - places_L, places_L)
    first_B1 = torch.arange(len(lengths_B), device=lengths_B.device)[:, None] * length
    return (first_B1 + turned_BL).flatten()


def _at(places: Tensor, hidden_BLW: Tensor) -> Tensor:
    """All rows in another order; ``gather`` gives the same, and a training takes a tenth longer."""
    return hidden_BLW.flatten(0, 1).index_select(0, places).view_as(hidden_BLW)


_NETWORKS = {"CNN": ConvolutionalNetwork, "LSTM": RecurrentNetwork}


@dataclass(frozen=True, slots=True, kw_only=True)
class FromScratch:
    """A network that knows nothing but the training split. What is not given is as published; the name tells what is.

    ``crop`` is how many residues are seen of a protein, from its beginning; 0 is all, as published.
    """

    architecture: Architecture
    width: int | None = None
    epochs: int | None = None
    crop: int = 0
    lr: float | None = None
    fingerprint: str = ""

    @property
    def name(self) -> str:
        """The architecture, with what is not as published."""
        given = {"width": self.width, "epochs": self.epochs, "crop": self.crop or None, "lr": self.lr}
        told = ", ".join(f"{key} {value:g}" for key, value in given.items() if value is not None)
        return self.architecture + (f" ({told})" if told else "")

    def predict(self, task: LabelledTask, *, seed: int) -> Floats:
        """Train on the training split, keep the best epoch on valid, and score the test split."""
        published = PUBLISHED[self.architecture]
        settings = published.for_task(task.kind)
        epochs = self.epochs or settings.epochs
        settings = replace(settings, lr=self.lr or settings.lr, epochs=epochs, patience=epochs)
        inputs = {split: rows_of(task.splits[split].sequences, self.crop) for split in SPLITS}
        with seeded(seed):
            network = _NETWORKS[self.architecture](
                self.width or published.width, published.num_layers, len(task.classes)
            )
            fitting = Fitting(network.to(default_device()), task, inputs, settings, seed=seed)
            fitting.train()
            return fitting.predict("test")


def rows_of(sequences: tuple[str, ...], crop: int = 0) -> TokenRows:
    """Cleaned sequences as kinds of residue, their first ``crop`` where that is not 0."""
    return TokenRows([_kinds(sequence[: crop or None]) for sequence in sequences], _padded)


def _kinds(sequence: str) -> npt.NDArray[np.uint8]:
    return _KIND_OF_BYTE[np.frombuffer(sequence.encode("latin-1", "replace"), dtype=np.uint8)]


def _padded(rows: Sequence[npt.NDArray[np.uint8]]) -> Tensor:
    kinds = np.full((len(rows), max(map(len, rows))), _PADDING, dtype=np.int64)
    for number, row in enumerate(rows):
        kinds[number, : len(row)] = row
    return torch.from_numpy(kinds)


def _one_hot(kinds_BL: Tensor) -> Tensor:
    """Residues (B, L, R), zero at padding."""
    return one_hot(kinds_BL, NUM_KINDS + 1)[..., :NUM_KINDS].float()


def _head(width: int, num_outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, num_outputs))
