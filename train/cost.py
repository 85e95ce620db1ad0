"""What a step costs: floating-point operations, and bytes on each GPU. Formulae, and nothing that is measured.

Letters: D hidden size, I width of the feed-forward layer, H heads, E shared space, L residue tokens of a
protein, T tokens of a text, P weights that are trained. A multiplication with its addition counts as two
operations. A backward pass costs twice its forward pass; with activation checkpointing the
forward pass is made once more (Korthikanti et al. 2022, "Reducing activation recomputation").
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn
from transformers import EsmConfig

from protclip.model.configuration import ESM_TOKENS, ProtCLIPConfig
from protclip.model.modeling import ProtCLIPModel
from train.run_sections import ObjectivesSection

MASKED_SHARE = 0.15
"""Share of residues that BSR and MLM predict (Zhou et al. 2025): only these meet the vocabulary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one process feeds through the model at once.

    ``lengths`` are the proteins' tokens with both specials; ``text_tokens`` those of each protein's text,
    which the cross-attention of BSR sees.
    """

    lengths: Sequence[int]
    text_tokens: int = 128

    @property
    def tokens(self) -> int:
        """Residue tokens in all."""
        return sum(self.lengths)


def tower_flops(esm: EsmConfig, lengths: Sequence[int]) -> float:
    """Operations of one forward pass of the ESM blocks over proteins of these lengths.

    A layer has 4 D x D matrices and 2 of D x I, and two products of L x L x D for its attention:
    ``tokens (8 D^2 + 4 D I) + 4 D sum(L^2)``.
    """
    width, inner = esm.hidden_size, esm.intermediate_size
    tokens, squares = sum(lengths), sum(length**2 for length in lengths)
    layer = tokens * (8 * width**2 + 4 * width * inner) + 4 * width * squares
    return float(esm.num_hidden_layers * layer)


def num_passes(objectives: ObjectivesSection) -> int:
    """Passes of the proteins through the tower in a step: as they are, masked for MLM, masked for BSR."""
    clean = bool(objectives.gc or objectives.term or objectives.over_residues)
    return int(clean) + bool(objectives.mlm) + bool(objectives.bsr)


def head_flops(config: ProtCLIPConfig, objectives: ObjectivesSection, batch: Batch) -> float:
    """Operations of one forward pass of what stands on the towers.

    The projections over pooled rows, or over every residue for BSR and PDA; BSR's cross-attention
    (query, key, value of E x E, and L x T products) and the two heads over the vocabulary.
    """
    width, text_width = config.protein_config.hidden_size, config.text_config.hidden_size
    hidden, shared, rows = config.projection_hidden_dim, config.projection_dim, len(batch.lengths)
    protein, text = 2 * hidden * (width + shared), 2 * hidden * (text_width + shared)
    masked, words = MASKED_SHARE * batch.tokens, rows * batch.text_tokens
    flops = float(rows * (protein + text) + 4 * shared * rows**2)
    if objectives.pda:
        flops += batch.tokens * protein + 4 * rows * text
    if objectives.bsr:
        flops += batch.tokens * (protein + 2 * shared**2) + words * (text + 4 * shared**2)
        flops += 4 * shared * batch.tokens * batch.text_tokens
        flops += masked * 2 * shared * (shared + len(ESM_TOKENS))
    if objectives.mlm:
        flops += masked * 2 * shared * (width + len(ESM_TOKENS))
    return flops


def step_flops(
    config: ProtCLIPConfig, objectives: ObjectivesSection, batch: Batch, *, recompute: bool = False
) -> float:
    """Operations of one forward and backward pass over a batch; the frozen text tower is cached, so free.

    With ``recompute`` those of activation checkpointing are in it: the hardware does them, but a share
    of peak is by custom counted without.
    """
    tower = num_passes(objectives) * tower_flops(config.protein_config, batch.lengths)
    return 3 * (tower + head_flops(config, objectives, batch)) + recompute * tower


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Bytes on one GPU at the worst moment of a step, by what they hold."""

    weights: int
    gradients: int
    optimizer: int
    half_copies: int
    activations: int

    @property
    def total(self) -> int:
        """All of it; what the CUDA context and fragments take (about 1 GiB) comes on top."""
        return self.weights + self.gradients + self.optimizer + self.half_copies + self.activations


def layer_bytes(esm: EsmConfig, length: int, *, half: bool) -> int:
    """Bytes a layer keeps of one token for the backward pass.

    Counted over `EsmLayer` with an attention that keeps no L x L matrix of weights. fp32: eight tensors of D
    (both norms' inputs and outputs, query, key, value, context) and two of I (before and after GELU). In
    half precision the residual stream of the two norms stays fp32 and the rest is 2 bytes. To these come the
    norms' statistics, the attention's log-sums, and the token's row of the attention mask.
    """
    width, inner, heads = esm.hidden_size, esm.intermediate_size, esm.num_attention_heads
    if half:
        return 24 * width + 4 * inner + 16 + 4 * heads + 2 * length
    return 32 * width + 8 * inner + 16 + 4 * heads + 4 * length


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a step is laid out on the GPUs.

    ``pairs`` of one process, padded to ``length`` tokens, go through the tower ``passes`` times, of which
    ``passes_at_once`` are one batch.
    """

    pairs: int
    length: int
    passes: int = 1
    passes_at_once: int = 1
    processes: int = 1
    half: bool = False
    zero1: bool = False
    checkpointing: bool = False


def activation_bytes(esm: EsmConfig, plan: Plan) -> int:
    """Bytes of the tower's activations at the worst moment of a step: the end of the forward pass.

    Without checkpointing every layer's, and the gradients of one; with it each layer's fp32 input, and all
    of the one layer that is being computed again.
    """
    tokens = plan.pairs * plan.length
    layer = layer_bytes(esm, plan.length, half=plan.half)
    # While a layer goes backward, gradients stand beside it: at the worst moment about one of I and two of D,
    # to which autocast adds copies in fp32.
    width, inner = esm.hidden_size, esm.intermediate_size
    backward = 4 * inner if plan.half else 4 * (inner + 2 * width)
    kept = 4 * esm.hidden_size if plan.checkpointing else layer
    working = layer + backward if plan.checkpointing else backward
    return tokens * (plan.passes * esm.num_hidden_layers * kept + plan.passes_at_once * working)


def count_weights(config: ProtCLIPConfig) -> tuple[int, int]:
    """Weights of the model that are trained, and those of the frozen text tower, without making any."""
    with torch.device("meta"):
        model: nn.Module = ProtCLIPModel(config)
    frozen = sum(p.numel() for name, p in model.named_parameters() if name.startswith("text_model."))
    return sum(p.numel() for p in model.parameters()) - frozen, frozen


def step_memory(config: ProtCLIPConfig, plan: Plan) -> Memory:
    """Bytes on one GPU of a training step.

    Weights and gradients are fp32 (4 P each; DDP's buckets are the gradients), Adam keeps two moments (8 P, or
    8 P / processes with ZeRO-1, Rajbhandari et al. 2020), autocast a copy of the matrices in half (2 P; with
    checkpointing of the layer at work alone).
    """
    weights, _ = count_weights(config)
    layers = config.protein_config.num_hidden_layers
    half_copies = 2 * weights if plan.half else 0
    return Memory(
        weights=4 * weights,
        gradients=4 * weights,
        optimizer=8 * weights // (plan.processes if plan.zero1 else 1),
        half_copies=half_copies // max(layers, 1) if plan.checkpointing else half_copies,
        activations=activation_bytes(config.protein_config, plan) if layers else 0,
    )
