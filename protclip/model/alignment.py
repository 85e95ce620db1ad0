"""Property-grouped dynamic segment alignment, PDA (Zhou et al. 2025; its parent is SPARC, Bica et al. 2024).

Shapes: B proteins, K properties, L residues (with specials and padding), E shared space.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from protclip.model.release_compat import PAPER, ReleaseCompat

EPSILON = 1e-8
"""Safeguard of both divisions."""


def property_alignment(
    residues_BLE: Tensor,
    prototypes_BKE: Tensor,
    masks: tuple[Tensor, Tensor],
    scale: Tensor,
    threshold: float,
    compat: ReleaseCompat = PAPER,
) -> tuple[Tensor, Tensor]:
    """Each property's dynamic segment against the prototypes of all properties of the same protein.

    s_ki = p_k . h_i; min-max over residues; below the threshold 0; normalised to weights w_ki;
    d_k = sum_i w_ki h_i; cross-entropy of scale * cos(d_k, p_k') with its own property as the target, in both
    directions. There are no negatives from other proteins.

    Parameters
    ----------
    masks
        Real residues (B, L) and properties that are present (B, K).
    scale
        Factor on the cosines.
    threshold
        Least min-max similarity of a residue of the segment, 0 to 1 (0.3 in the paper).
    compat
        ``one_way_alignment`` and ``no_epsilon`` give the release's form.

    Returns
    -------
    loss_B, counts_B
        Loss of each protein, and whether it has one: with fewer than two properties it is 0.
    """
    residue_mask_BL, present_BK = masks
    # Raw dot products of wide vectors leave the range of half precision.
    with torch.autocast(residues_BLE.device.type, enabled=False):
        residues_BLE, prototypes_BKE = residues_BLE.float(), prototypes_BKE.float()
        similarity_BKL = prototypes_BKE @ residues_BLE.transpose(1, 2)
        epsilon = 0.0 if compat.no_epsilon else EPSILON
        weights_BKL = segment_weights(similarity_BKL, residue_mask_BL, threshold, epsilon)
        segments_BKE = weights_BKL @ residues_BLE
        cosines_BKK = F.normalize(segments_BKE, dim=-1) @ F.normalize(prototypes_BKE, dim=-1).transpose(1, 2)
        loss_B = _own_property(scale.float() * cosines_BKK, present_BK)
        if not compat.one_way_alignment:
            backward_B = _own_property(scale.float() * cosines_BKK.transpose(1, 2), present_BK)
            loss_B = (loss_B + backward_B) / 2
    counts_B = present_BK.sum(1) >= 2
    return torch.where(counts_B, loss_B, 0.0), counts_B


def segment_weights(
    similarity_BKL: Tensor, residue_mask_BL: Tensor, threshold: float, epsilon: float = EPSILON
) -> Tensor:
    """Weights (B, K, L) of the residues in each property's dynamic segment, summing to 1 over L.

    Where all similarities are equal, as in a protein of one residue, min-max has nothing to choose by and
    every residue weighs the same; with ``epsilon`` 0 (the release) such a row is NaN.
    """
    real_B1L = residue_mask_BL[:, None]
    low_BK1 = similarity_BKL.masked_fill(~real_B1L, torch.inf).amin(-1, keepdim=True)
    spread_BK1 = similarity_BKL.masked_fill(~real_B1L, -torch.inf).amax(-1, keepdim=True) - low_BK1
    scaled_BKL = (similarity_BKL - low_BK1) / (spread_BK1 + epsilon)
    kept_BKL = torch.where(spread_BK1 < epsilon, 1.0, scaled_BKL.where(~(scaled_BKL < threshold), 0.0))
    kept_BKL = kept_BKL.where(real_B1L, 0.0)
    return kept_BKL / (kept_BKL.sum(-1, keepdim=True) + epsilon)


def _own_property(logits_BKK: Tensor, present_BK: Tensor) -> Tensor:
    """Cross-entropy (B,) of present rows to the diagonal among present columns, mean over the rows."""
    lowest = torch.finfo(logits_BKK.dtype).min
    log_prob_BKK = logits_BKK.masked_fill(~present_BK[:, None], lowest).log_softmax(-1)
    own_BK = log_prob_BKK.diagonal(dim1=1, dim2=2).where(present_BK, 0.0)
    return -own_BK.sum(1) / present_BK.sum(1).clamp(min=1)
