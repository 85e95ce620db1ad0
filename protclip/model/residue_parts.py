"""Small parts of the objectives over residues.

Shapes: B proteins, L residues, M chosen residues of a protein, T text tokens, D features.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from protclip.model.configuration import ESM_TOKENS


@dataclass(frozen=True, slots=True, kw_only=True)
class TextStates:
    """Token states (B, T, D_text) of the text tower, before projection, and which of them are there (B, T)."""

    states: Tensor
    mask: Tensor


def without_text(text: TextStates) -> TextStates:
    """The same batch with no token to look at."""
    return TextStates(states=text.states, mask=torch.zeros_like(text.mask))


def gather_rows(values_BLD: Tensor, chosen_BL: Tensor) -> tuple[Tensor, Tensor]:
    """The chosen rows of each sequence, padded to the most there are: (B, M, D), and which are real (B, M)."""
    counts_B = chosen_BL.sum(1)
    most = int(counts_B.max())
    places_BM = chosen_BL.int().argsort(dim=1, descending=True, stable=True)[:, :most]
    real_BM = torch.arange(most, device=values_BLD.device) < counts_B[:, None]
    return values_BLD.take_along_dim(places_BM[..., None], dim=1), real_BM


def residue_head(width_in: int, width: int) -> nn.Sequential:
    """Residue features to logits of the 33 tokens; a head of its own, not ESM's."""
    return nn.Sequential(
        nn.Linear(width_in, width), nn.GELU(), nn.LayerNorm(width), nn.Linear(width, len(ESM_TOKENS))
    )
