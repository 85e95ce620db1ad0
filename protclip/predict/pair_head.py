"""A head over the embeddings of two proteins: symmetric features, a two-layer network, and its fitting.

Shapes: N pairs, E width of the embeddings, T types of interaction.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, normalize

from protclip.data.ppi_pairs import Labels, Places
from protclip.errors import InputError

Rows = npt.NDArray[np.float32]
_BLOCK = 4096
"""Pairs in one pass when none learns: their features fit a cache."""
_TYPE_WEIGHT = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadSettings:
    """How a head is fitted. Chosen on splits of SHS27k with seeds that no result uses (docs/lab_log.md)."""

    hidden: int = 128
    """Width of the hidden layer."""
    dropout: float = 0.3
    """Share of the hidden layer that a step leaves out."""
    epochs: int = 40
    """Passes over the pairs; a fixed number, so that no held-out pair decides when to stop."""
    learning_rate: float = 1e-3
    """AdamW's at the start; it falls to zero by a cosine."""
    weight_decay: float = 0.1
    """AdamW's."""
    batch_size: int = 256
    """Pairs of a step."""


class PairHead(nn.Module):
    """Logits that two proteins interact and, given that they do, of each type.

    Embeddings are centred on ``centre`` (E,), the mean of the training proteins: what all proteins have in common
    says nothing of a pair, and makes up a quarter of a cosine. What is left gets the length sqrt(E).
    """

    centre: Tensor

    def __init__(self, centre_E: Tensor, num_types: int, settings: HeadSettings) -> None:
        super().__init__()
        self.register_buffer("centre", centre_E.float())
        self.hidden = nn.Linear(2 * len(centre_E), settings.hidden)
        self.dropout = nn.Dropout(settings.dropout)
        self.out = nn.Linear(settings.hidden, 1 + num_types)

    def features(self, first_NE: Tensor, second_NE: Tensor) -> Tensor:
        """Product and absolute difference (N, 2E): the same whichever of the two comes first."""
        first_NE, second_NE = self._centred(first_NE), self._centred(second_NE)
        return torch.cat([first_NE * second_NE, (first_NE - second_NE).abs()], dim=1)

    def forward(self, first_NE: Tensor, second_NE: Tensor) -> Tensor:
        """Logits (N, 1 + T), the first that the two interact at all."""
        hidden = self.dropout(torch.relu(self.hidden(self.features(first_NE, second_NE))))
        return self.out(hidden)

    def logits(self, first: Rows, second: Rows) -> Rows:
        """Logits (N, 1 + T) of unit rows (N, E), without dropout; either side may be one row (1, E) for all."""
        self.eval()
        number = max(len(first), len(second))
        sides = [torch.from_numpy(rows).expand(number, -1) for rows in (first, second)]
        with torch.inference_mode():
            blocks = [self(*(side[i : i + _BLOCK] for side in sides)) for i in range(0, number, _BLOCK)]
        return np.concatenate([block.numpy() for block in blocks])

    def _centred(self, rows_NE: Tensor) -> Tensor:
        return normalize(rows_NE - self.centre, dim=-1) * len(self.centre) ** 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class PairTargets:
    """m pairs (m, 2) as places among rows, whether they interact (m,), and the types (m, T) of those that do."""

    pairs: Places
    interacts: Labels
    types: Labels


def fit_head(rows: Rows, targets: PairTargets, settings: HeadSettings, *, seed: int) -> PairHead:
    """Fit a head to pairs of unit rows (n, E).

    The types are learned from the pairs that interact alone: their probabilities are given that they do.

    Raises
    ------
    InputError
        If the pairs do not contain some that interact and some that do not.
    """
    if not 0 < targets.interacts.sum() < len(targets.interacts):
        raise InputError(
            f"{targets.interacts.sum()} of {len(targets.interacts)} pairs interact: nothing to tell apart. Give "
            "pairs that do and pairs that do not (see random_non_pairs)"
        )
    rows_NE = torch.from_numpy(rows)
    pairs, interacts, types = (torch.from_numpy(a) for a in (targets.pairs, targets.interacts, targets.types))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        head = PairHead(rows_NE[torch.unique(pairs)].mean(0), types.shape[1], settings)
        optimizer = torch.optim.AdamW(
            head.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
        )
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, settings.epochs)
        for _ in range(settings.epochs):
            for chosen in torch.randperm(len(pairs)).split(settings.batch_size):
                logits = head(rows_NE[pairs[chosen, 0]], rows_NE[pairs[chosen, 1]])
                loss = _loss(logits, interacts[chosen].float(), types[chosen].float())
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            schedule.step()
    return head.eval()


def random_non_pairs(pairs: Places, known: Places, number: int, *, seed: int) -> Places:
    """Pairs (number, 2) that are not in ``known`` (k, 2): what stands in for proteins that do not interact.

    Both ends are drawn from the ends of ``pairs`` (m, 2), so that a protein is as frequent among these as among
    those. Drawn from all proteins alike, a head would only learn which proteins are in many pairs. Nobody has
    shown that such two do not interact; a few surely do.

    Raises
    ------
    InputError
        If there are not so many: nearly all pairs of these proteins are known.
    """
    rng = np.random.default_rng(seed)
    taken = {(min(pair), max(pair)) for pair in known.tolist()}
    found: list[tuple[int, int]] = []
    ends = pairs.ravel()
    for _ in range(100):
        for first, second in rng.choice(ends, (number, 2)).tolist():
            pair = (min(first, second), max(first, second))
            if first != second and pair not in taken:
                taken.add(pair)
                found.append(pair)
        if len(found) >= number:
            return np.array(found[:number], dtype=np.int64)
    raise InputError(
        f"only {len(found)} of {number} pairs that are not known could be drawn from {len(np.unique(ends))} "
        "proteins. Give more proteins, or ask for fewer pairs"
    )


def _loss(logits: Tensor, interacts: Tensor, types: Tensor) -> Tensor:
    """Cross-entropy of interacting or not, and of the types over the pairs that interact."""
    loss = binary_cross_entropy_with_logits(logits[:, 0], interacts)
    known = interacts > 0
    if types.shape[1] and known.any():
        loss = loss + _TYPE_WEIGHT * binary_cross_entropy_with_logits(logits[known, 1:], types[known])
    return loss
