"""Does the text help? Hidden residues of held-out proteins rebuilt with their text, another's, and none.

The control of BSR: a model that uses the text loses when the text is another protein's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from protclip.model.modeling import MASK_TOKEN, ProtCLIPModel, is_residue
from protclip.model.processing import TokenBatch
from protclip.model.release_compat import PAPER, ReleaseCompat
from protclip.model.residue_parts import TextStates


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconstructionBatch:
    """Proteins with hidden residues (B, L), and the texts to rebuild them with, by what the text is."""

    tokens: TokenBatch
    hidden: Tensor
    texts: Mapping[str, TextStates]


def reconstruction_metrics(
    model: ProtCLIPModel, batches: Iterable[ReconstructionBatch], compat: ReleaseCompat = PAPER
) -> dict[str, float]:
    """Cross-entropy (nats) and accuracy over all hidden residues, for every kind of text.

    Returns
    -------
    dict
        "bsr/KIND_loss" and "bsr/KIND_accuracy" for each kind, and "bsr/num_residues".
    """
    was_training = model.training
    model.eval()
    sums: dict[str, float] = {}
    num_residues = 0
    with torch.inference_mode():
        for batch in batches:
            num_residues += int(batch.hidden.sum())
            for name, value in _batch_sums(model, batch, compat).items():
                sums[name] = sums.get(name, 0.0) + value
    model.train(was_training)
    means = {name: total / max(num_residues, 1) for name, total in sums.items()}
    return means | {"bsr/num_residues": float(num_residues)}


def _batch_sums(model: ProtCLIPModel, batch: ReconstructionBatch, compat: ReleaseCompat) -> dict[str, float]:
    ids_BL, hidden_BL = batch.tokens.input_ids.to(model.device), batch.hidden.to(model.device)
    attention_BL = batch.tokens.attention_mask.to(model.device)
    features_BLD = model.residue_features(ids_BL.masked_fill(hidden_BL, MASK_TOKEN), attention_BL)
    residues_N, sums = ids_BL[hidden_BL], {}
    for kind, text in batch.texts.items():
        there = TextStates(states=text.states.to(model.device).float(), mask=text.mask.to(model.device))
        logits_NV = model.reconstruct(features_BLD, (is_residue(ids_BL), hidden_BL), there, compat).float()
        sums[f"bsr/{kind}_loss"] = F.cross_entropy(logits_NV, residues_N, reduction="sum").item()
        sums[f"bsr/{kind}_accuracy"] = float((logits_NV.argmax(1) == residues_N).sum())
    return sums
