"""AdamW over two groups of weights, and the course of their learning rates."""

import math
import warnings
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from train.distributed import World
from train.run_sections import OptimizerSection


def make_optimizer(
    model: nn.Module, section: OptimizerSection, world: World | None = None
) -> torch.optim.Optimizer:
    """AdamW with the k-mer tables, matrices, and vectors in groups of their own.

    With ``section.zero1`` its state is dealt out to the processes of ``world``; to one process alone there
    is nothing to deal out, of which a warning tells.

    The tables' gradients are dense: a batch of a thousand proteins touches most 4-mers, and a fused dense
    update then costs a tenth of sorting the touched rows.
    """
    trained = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    tables = [p for name, p in trained if ".tables." in name]
    matrices = [p for name, p in trained if ".tables." not in name and p.ndim >= 2]
    vectors = [p for name, p in trained if ".tables." not in name and p.ndim < 2]
    groups = [
        {"params": matrices, "peak_lr": section.lr, "weight_decay": section.weight_decay},
        {"params": vectors, "peak_lr": section.lr, "weight_decay": 0.0},
        {"params": tables, "peak_lr": section.table_lr, "weight_decay": 0.0},
    ]
    used = [group for group in groups if group["params"]]
    world = world or World()
    if section.zero1 and world.size == 1:
        warnings.warn(
            "optimizer.zero1 has no effect on one process: start several with torchrun, or take it out.",
            stacklevel=2,
        )
    make = world.shard_adamw if section.zero1 else torch.optim.AdamW
    return make(used, lr=section.lr, betas=section.betas, fused=True)


def resume_optimizer(optimizer: torch.optim.Optimizer, state: Mapping[str, Any]) -> None:
    """Take over the moments of a snapshot; rates, betas and decay stay those of this run's file.

    A state brings its own settings along: a rate lowered for the resume would have no effect.
    """
    settings = [{k: v for k, v in group.items() if k != "params"} for group in optimizer.param_groups]
    optimizer.load_state_dict(dict(state))
    for group, own in zip(optimizer.param_groups, settings, strict=True):
        group.update(own)


def rate_share(progress: float, section: OptimizerSection) -> float:
    """Share of the peak rate at a point of the run.

    Parameters
    ----------
    progress
        How much of the run is done, 0 to 1.

    Returns
    -------
    float
        Rises linearly over ``warmup_share``, then falls to 0 at the end (linear, cosine) or stays at 1.
    """
    progress = min(max(progress, 0.0), 1.0)
    if progress < section.warmup_share:
        return progress / section.warmup_share
    left = (1 - progress) / (1 - section.warmup_share)
    if section.schedule == "linear":
        return left
    return (1 - math.cos(math.pi * left)) / 2 if section.schedule == "cosine" else 1.0


def set_rates(optimizer: torch.optim.Optimizer, share: float) -> None:
    """Give every group its share of its peak rate."""
    for group in optimizer.param_groups:
        group["lr"] = group["peak_lr"] * share
