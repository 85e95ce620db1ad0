"""Types of interaction from a known network: the graph network of GNN-PPI over a model's embeddings.

Lv et al. 2021, with the frozen vectors of a protein model in place of their sequence network as KeAP does it
(Zhou et al. 2023): linear layer, one GIN layer over the network, two linear layers, product of the two proteins.
It predicts for proteins of its network only, and knows one without edges by its embedding alone.

Shapes: N proteins, E width of the embeddings, H width inside, K edges of the network, M pairs, T types.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from protclip.data.ppi_pairs import ProteinPairs
from protclip.predict.interaction_fit import micro_f1

Rows = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class GinSettings:
    """How the graph network is fitted; rate, decay and batch are KeAP's."""

    reduced: int = 256
    """Width of the nodes that enter the GIN layer."""
    width: int = 256
    """Width inside; KeAP has 512, at three times the cost."""
    dropout: float = 0.5
    """Before the last layer of the nodes."""
    epochs: int = 60
    """KeAP takes 300 and the best of them on the held-out pairs; these are fixed, and none is picked."""
    learning_rate: float = 1e-3
    """Adam's."""
    schedule: Literal["cosine", "plateau"] = "cosine"
    """The rate falls to zero by a cosine, or is halved when 20 epochs lowered no training loss, as KeAP does it."""
    weight_decay: float = 5e-4
    """Adam's."""
    batch_size: int = 2048
    """Pairs of a step; the network is whole in each."""


KEAP = GinSettings(width=512, epochs=300, schedule="plateau")
"""KeAP's own settings (RL4M/KeAP, src/benchmark/GNN_PPI)."""


class PairGIN(nn.Module):
    """Logits of the types of pairs, from embeddings and the edges of a network."""

    def __init__(self, dimension: int, num_types: int, settings: GinSettings) -> None:
        super().__init__()
        reduced, width = settings.reduced, settings.width
        self.reduce = nn.Linear(dimension, reduced)
        self.own_weight = nn.Parameter(torch.zeros(()))
        self.update = nn.Sequential(
            nn.Linear(reduced, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.BatchNorm1d(width)
        )
        self.nodes = nn.Sequential(
            nn.Linear(width, width), nn.ReLU(), nn.Dropout(settings.dropout), nn.Linear(width, width)
        )
        self.out = nn.Linear(width, num_types)

    def forward(self, rows_NE: Tensor, edges_K2: Tensor, pairs_M2: Tensor) -> Tensor:
        """Logits (M, T); neither the direction of an edge nor the order of a pair matters."""
        # Entries of unit rows are small beside a fresh layer's bias: all proteins would look alike for long.
        reduced_NH = self.reduce(rows_NE * rows_NE.shape[1] ** 0.5)
        nodes_NH = self.nodes(self.update(self.gathered(reduced_NH, edges_K2)))
        return self.out(nodes_NH[pairs_M2[:, 0]] * nodes_NH[pairs_M2[:, 1]])

    def gathered(self, nodes_NH: Tensor, edges_K2: Tensor) -> Tensor:
        """Each node times (1 + eps), plus the sum of its neighbours (Xu et al. 2019, equation 4.1)."""
        both_ways = torch.cat([edges_K2, edges_K2.flip(1)])
        summed = torch.zeros_like(nodes_NH).index_add(0, both_ways[:, 0], nodes_NH[both_ways[:, 1]])
        return (1 + self.own_weight) * nodes_NH + summed


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPredictor:
    """A fitted graph network with the embeddings (N, E) and the edges (K, 2) that it reads."""

    model: PairGIN
    rows: Rows
    edges: npt.NDArray[np.int64]

    def probabilities(self, pairs: npt.NDArray[np.int64]) -> Rows:
        """Probabilities (M, T) of the types of pairs (M, 2), places among the proteins; not calibrated."""
        inputs = (torch.from_numpy(a) for a in (self.rows, self.edges, pairs))
        with torch.inference_mode():
            return torch.sigmoid(self.model.eval()(*inputs)).numpy()


def fit_gin(
    rows: Rows,
    training: ProteinPairs,
    settings: GinSettings,
    *,
    seed: int,
    edges: npt.NDArray[np.int64] | None = None,
    best_on: ProteinPairs | None = None,
) -> NetworkPredictor:
    """Fit a graph network to typed pairs of proteins with the unit rows (N, E).

    ``edges`` (K, 2) is the network, by default the training pairs. GNN-PPI and KeAP put the held-out pairs into it
    too, without their types: then the network tells that they interact, which of a new pair nobody knows. They also
    keep the epoch that is best on the held-out pairs: with ``best_on`` the one with the greatest micro-F1 at 0.5
    there is kept, and what is measured on these pairs is too good. Without, the last is.
    """
    network = training.pairs if edges is None else edges
    best, best_f1 = None, -1.0
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = PairGIN(rows.shape[1], training.labels.shape[1], settings)
        predictor = NetworkPredictor(model=model, rows=rows, edges=network)
        for _ in _epochs(predictor, training, settings):
            if best_on is not None:
                f1 = micro_f1(predictor.probabilities(best_on.pairs) > 0.5, best_on.labels)
                if f1 > best_f1:
                    best, best_f1 = deepcopy(model.state_dict()), f1
    if best is not None:
        model.load_state_dict(best)
    model.eval()
    return predictor


def _epochs(predictor: NetworkPredictor, training: ProteinPairs, settings: GinSettings) -> Iterator[float]:
    """Train the predictor's model; the mean loss of each epoch, when it is over."""
    model = predictor.model
    rows_NE, edges_K2 = torch.from_numpy(predictor.rows), torch.from_numpy(predictor.edges)
    pairs, labels = torch.from_numpy(training.pairs), torch.from_numpy(training.labels)
    optimizer = torch.optim.Adam(
        model.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, settings.epochs)
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=20)
    for _ in range(settings.epochs):
        model.train()
        losses = []
        for chosen in torch.randperm(len(pairs)).split(settings.batch_size):
            logits = model(rows_NE, edges_K2, pairs[chosen])
            loss = binary_cross_entropy_with_logits(logits, labels[chosen].float())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        if settings.schedule == "plateau":
            plateau.step(float(np.mean(losses)))
        else:
            cosine.step()
        yield float(np.mean(losses))
