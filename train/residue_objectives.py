"""MLM, BSR and PDA of a step: the passes of the protein tower that they need, and their losses.

Shapes: B proteins, L tokens of a protein, N hidden residues of the batch, V residue tokens.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from protclip.model.alignment import property_alignment
from protclip.model.losses import residue_cross_entropy
from protclip.model.modeling import MASK_TOKEN, ProtCLIPModel, is_residue
from protclip.model.processing import TokenBatch
from protclip.model.release_compat import ReleaseCompat
from train.distributed import World
from train.residue_inputs import ResidueInputs


class ResidueOutputs(NamedTuple):
    """What the losses over residues need of a forward pass; None where the objective is off.

    ``mlm_logits`` and ``bsr_logits`` (N, V) are of the hidden residues alone, row by row of the batch;
    ``pda_loss`` and ``pda_counts`` are of each protein (`property_alignment`).
    """

    mlm_logits: Tensor | None = None
    bsr_logits: Tensor | None = None
    pda_loss: Tensor | None = None
    pda_counts: Tensor | None = None


def residue_pass(
    model: ProtCLIPModel, tokens: TokenBatch, inputs: ResidueInputs, compat: ReleaseCompat
) -> tuple[Tensor, ResidueOutputs]:
    """Features (B, L, D) of the proteins as they are, and what the objectives give.

    The tower runs over the proteins as they are, with MLM's residues hidden and with BSR's, as far as
    these are on: one after the other, so that with activation checkpointing only a third is at work at once.
    """
    hidden = [inputs.mlm_hidden, inputs.bsr_hidden]
    ids = [tokens.input_ids, *(tokens.input_ids.masked_fill(h, MASK_TOKEN) for h in hidden if h is not None)]
    clean_BLD, *masked = (model.residue_features(each, tokens.attention_mask) for each in ids)
    real_BL = is_residue(tokens.input_ids)
    outputs = ResidueOutputs()
    if inputs.mlm_hidden is not None:
        outputs = outputs._replace(mlm_logits=model.mlm_head(masked[0][inputs.mlm_hidden]))
    if inputs.bsr_hidden is not None and inputs.text is not None:
        logits_NV = model.reconstruct(masked[-1], (real_BL, inputs.bsr_hidden), inputs.text, compat)
        outputs = outputs._replace(bsr_logits=logits_NV)
    if inputs.property_features is not None and inputs.property_present is not None:
        masks = torch.ones_like(real_BL) if compat.no_padding_masks else real_BL, inputs.property_present
        residues_BLE = model.protein_projection(clean_BLD)
        prototypes_BKE = model.property_prototypes(inputs.property_features)
        threshold = model.config.pda_threshold
        loss_B, counts_B = property_alignment(
            residues_BLE, prototypes_BKE, masks, model.local_scale, threshold, compat
        )
        outputs = outputs._replace(pda_loss=loss_B, pda_counts=counts_B)
    return clean_BLD, outputs


def residue_losses(
    tokens: TokenBatch, inputs: ResidueInputs, outputs: ResidueOutputs, world: World
) -> dict[str, Tensor]:
    """Every loss over residues that is on, unweighted.

    Means are over the hidden residues, or the proteins with two properties or more, of the whole batch:
    processes divide by their mean count, so that the mean of their gradients is that of one process.
    """
    found = {}
    if outputs.bsr_logits is not None:
        found["bsr"] = _reconstruction(outputs.bsr_logits, tokens, inputs.bsr_hidden, world)
    if outputs.pda_loss is not None and outputs.pda_counts is not None:
        found["pda"] = outputs.pda_loss.sum() / _mean_count(outputs.pda_counts.sum(), world).clamp(min=1e-6)
    if outputs.mlm_logits is not None:
        found["mlm"] = _reconstruction(outputs.mlm_logits, tokens, inputs.mlm_hidden, world)
    return found


def _reconstruction(logits_NV: Tensor, tokens: TokenBatch, hidden_BL: Tensor | None, world: World) -> Tensor:
    assert hidden_BL is not None
    targets_N = tokens.input_ids[hidden_BL.to(tokens.input_ids.device)].to(logits_NV.device)
    count = _mean_count(torch.tensor(len(targets_N), device=logits_NV.device), world)
    return residue_cross_entropy(logits_NV, targets_N, count)


def _mean_count(count: Tensor, world: World) -> Tensor:
    return world.gather_rows(count[None].float()).mean()
