"""Residues look at their protein's text (BSR, Zhou et al. 2025: cross-modal reconstruction).

Shapes: B proteins, L residues, T text tokens, E shared space.
"""

import math

import torch
from torch import Tensor, nn

from protclip.model.release_compat import PAPER, ReleaseCompat


class BiotextFusion(nn.Module):
    """Single-head cross-attention from residues to text tokens, added to the residue and normed.

    A_ij = softmax_j(W_q h_i . W_k t_j / sqrt(E)), f_i = LayerNorm(h_i + sum_j A_ij W_v t_j). A protein without
    any text token keeps h_i alone.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.norm = nn.LayerNorm(width)

    def forward(
        self,
        residues_BLE: Tensor,
        residue_mask_BL: Tensor,
        text_BTE: Tensor,
        text_mask_BT: Tensor,
        compat: ReleaseCompat = PAPER,
    ) -> Tensor:
        """Fused residues (B, L, E).

        Parameters
        ----------
        residues_BLE, text_BTE
            Residues and text tokens in the shared space.
        residue_mask_BL, text_mask_BT
            False where a row or column takes no part in the softmax.
        compat
            ``softmax_over_residues`` and ``plain_fusion`` give the release's form.
        """
        scores_BLT = self.query(residues_BLE) @ self.key(text_BTE).transpose(1, 2)
        allowed_BLT = residue_mask_BL[:, :, None] & text_mask_BT[:, None, :]
        axis = 1 if compat.softmax_over_residues else 2
        weights_BLT = masked_softmax(scores_BLT / math.sqrt(residues_BLE.shape[-1]), allowed_BLT, axis)
        mixed_BLE = weights_BLT.to(text_BTE.dtype) @ self.value(text_BTE)
        return mixed_BLE if compat.plain_fusion else self.norm(residues_BLE + mixed_BLE)


def masked_softmax(scores: Tensor, allowed: Tensor, axis: int) -> Tensor:
    """Softmax in float32 over what is allowed; zeros, not NaN, where nothing is."""
    if not scores.shape[axis]:
        return scores.float()
    lowest = torch.finfo(torch.float32).min
    return scores.float().masked_fill(~allowed, lowest).softmax(axis) * allowed
