"""The cost of a run on a cluster, in words; the formulae are in train/cost.py."""

from dataclasses import dataclass

import torch

from protclip.errors import InputError
from protclip.model.configuration import ProtCLIPConfig
from train.config import RunConfig
from train.cost import Batch, Memory, Plan, count_weights, num_passes, step_flops, step_memory
from train.fit_checks import model_config
from train.throughput import measured_peak

SHAPES = {
    "8M": (6, 320, 20),
    "35M": (12, 480, 20),
    "150M": (30, 640, 20),
    "650M": (33, 1280, 20),
    "3B": (36, 2560, 40),
}
"""Layers, hidden size and heads of the ESM-2 models (Lin et al. 2023); their feed-forward layer is 4 times wider."""
MEAN_LENGTH = 357
"""Tokens of a mean protein: 355 residues of Swiss-Prot and two specials."""
CONTEXT_GIB = 1.0
"""What the CUDA context and fragments of memory take, beside what the formulae count."""
PAPER_GPU_HOURS = 10_000
"""Zhou et al. 2025: 64 V100, about 10,000 GPU-hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """What a run would run on: GPUs with ``memory`` GiB each that sustain ``rate`` TFLOP/s (0 = measure here).

    An epoch has ``pairs`` proteins; ``shape`` names an ESM-2 model where the checkpoint is not on this machine.
    """

    gpus: int = 1
    memory: float = 32.0
    rate: float = 0.0
    pairs: int = 2_273_000
    shape: str = ""

    def __post_init__(self) -> None:
        for key in ("gpus", "memory", "pairs"):
            if getattr(self, key) <= 0:
                raise InputError(f"--{key} {getattr(self, key)} cannot be used: give a number above 0.")
        if self.shape and self.shape not in SHAPES:
            raise InputError(f"--shape {self.shape!r} is not known: give one of {', '.join(SHAPES)}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a run costs.

    ``flops`` is of one step on all GPUs with proteins of mean length, ``padded_flops`` with every one padded to
    full length; ``hours`` and ``padded_hours`` are the GPU-hours to the run's limit by either.
    """

    weights: int
    frozen: int
    pairs: int
    steps: int
    flops: float
    padded_flops: float
    memory: Memory
    rate: float
    hours: float
    padded_hours: float


def estimate(config: RunConfig, cluster: Cluster) -> Cost:
    """Count a run's weights, operations, bytes and hours.

    Raises
    ------
    InputError
        Where the batch cannot be dealt out to the GPUs, or the run's limit is minutes, not steps.
    AssetError
        Where the run begins with a checkpoint that is not here, and no shape is given.
    """
    config = config.for_processes(cluster.gpus)
    model = esm2_config(cluster.shape) if cluster.shape else model_config(config.model)
    weights, frozen = count_weights(model)
    steps, longest = _num_steps(config, cluster), config.data.max_residues + 2
    flops, padded = (_flops(config, model, length) * cluster.gpus for length in (MEAN_LENGTH, longest))
    rate = cluster.rate * 1e12 or measured_peak(torch.device("cpu"), torch.float32)[0]
    return Cost(
        weights=weights,
        frozen=frozen,
        pairs=config.data.batch_size * cluster.gpus,
        steps=steps,
        flops=flops,
        padded_flops=padded,
        memory=step_memory(model, _plan(config, cluster)),
        rate=rate,
        hours=steps * flops / rate / 3600,
        padded_hours=steps * padded / rate / 3600,
    )


def _flops(config: RunConfig, model: ProtCLIPConfig, length: int) -> float:
    """Operations of one process's step over proteins of this many tokens, or cropped to fewer."""
    batch = Batch(lengths=[min(length, config.data.max_residues + 2)] * config.data.batch_size)
    recompute = config.model.activation_checkpointing
    return config.data.accumulation * step_flops(model, config.objectives, batch, recompute=recompute)


def esm2_config(name: str) -> ProtCLIPConfig:
    """The paper's model around one of the ESM-2 shapes, with PubMedBERT's shape as text tower."""
    layers, width, heads = SHAPES[name]
    esm = {
        "num_hidden_layers": layers,
        "hidden_size": width,
        "num_attention_heads": heads,
        "intermediate_size": 4 * width,
    }
    return ProtCLIPConfig(protein_config=esm, text_config={"vocab_size": 30522}, residue_objectives=True)


def _plan(config: RunConfig, cluster: Cluster) -> Plan:
    return Plan(
        pairs=config.optimizer.grad_cache or config.data.batch_size,
        length=config.data.max_residues + 2,
        passes=num_passes(config.objectives),
        processes=cluster.gpus,
        half=config.precision != "fp32",
        zero1=config.optimizer.zero1,
        checkpointing=config.model.activation_checkpointing,
    )


def _num_steps(config: RunConfig, cluster: Cluster) -> int:
    per_epoch = cluster.pairs // (config.data.batch_size * cluster.gpus * config.data.accumulation)
    limits = [config.run.max_steps, config.run.epochs * per_epoch]
    if not any(limits):
        raise InputError("the run ends after minutes, not steps: give --set run.max_steps=N or run.epochs=N.")
    return min(limit for limit in limits if limit)


def report(config: RunConfig, cluster: Cluster) -> str:
    """The estimate as lines of text."""
    cost = estimate(config, cluster)
    gib, memory = 2**30, cost.memory
    total = memory.total / gib + CONTEXT_GIB
    parts = {
        "weights": memory.weights,
        "gradients": memory.gradients,
        "optimizer": memory.optimizer,
        "half-precision copies": memory.half_copies,
        "activations, all at full length": memory.activations,
    }
    verdict = (
        "fits" if total <= cluster.memory else "does NOT fit: lower data.batch_size or data.max_residues"
    )
    lines = [
        f"weights trained         {cost.weights:,} (and {cost.frozen:,} frozen)",
        f"batch                   {cost.pairs:,} pairs on {cluster.gpus} GPUs, {cost.steps:,} steps at most",
        f"operations a step       {cost.flops:.3g} by proteins of {MEAN_LENGTH} tokens, the mean of Swiss-Prot; "
        f"{cost.padded_flops:.3g} with every one padded to full length",
        *(f"GiB on a GPU            {size / gib:6.2f}  {name}" for name, size in parts.items()),
        f"GiB on a GPU            {total:6.2f}  with {CONTEXT_GIB:g} of CUDA's own: "
        f"{verdict} ({cluster.memory:g} GiB)",
        f"GPU-hours               {cost.hours:,.0f} to {cost.padded_hours:,.0f} (padded) at "
        f"{cost.rate / 1e12:.4g} TFLOP/s a GPU"
        + ("" if cluster.rate else ", measured on this CPU (give --rate for a GPU)"),
        f"the paper's             {PAPER_GPU_HOURS:,} on 64 V100",
    ]
    return "\n".join(lines)
