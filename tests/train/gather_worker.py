"""Run by test_distributed: alone as the slow obvious reference, or as each process of torchrun."""

import json
import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn.functional import cross_entropy, normalize

from protclip.errors import InputError
from train.distributed import World, start, unwrap

GROUPS = torch.tensor([0, 1, 2, 0, 3, 2, 0, 4])  # equal groups lie on both processes


class Towers(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.EmbeddingBag(40, 12, sparse=True, mode="mean")
        self.protein = nn.Sequential(nn.LayerNorm(12), nn.Linear(12, 12), nn.GELU(), nn.Linear(12, 8))
        self.text = nn.Linear(6, 8)
        self.log_scale = nn.Parameter(torch.tensor(1.5))

    def forward(self, kmers, texts):
        proteins = normalize(self.protein(self.table(kmers)), dim=-1)
        return proteins, normalize(self.text(texts), dim=-1), self.log_scale.exp()


def make():
    torch.manual_seed(0)
    return Towers(), torch.randint(0, 40, (8, 5)), torch.randn(8, 6)


def contrast(proteins, texts, scale, groups, gather):
    """Local rows against all columns, both directions, rows of an equal group all positive."""
    positive = (groups[:, None] == gather(groups)[None]).float()
    target = positive / positive.sum(1, keepdim=True)
    one = cross_entropy(scale * proteins @ gather(texts).T, target)
    other = cross_entropy(scale * texts @ gather(proteins).T, target)
    return (one + other) / 2


def gradients(world, gather, steps=1):
    model, kmers, texts = make()
    wrapped = world.wrap_ddp(model)
    mine = slice(world.rank * 8 // world.size, (world.rank + 1) * 8 // world.size)
    for step in range(steps):
        last = step == steps - 1
        context = torch.enable_grad() if last else world.no_sync(wrapped)
        with context:
            contrast(*wrapped(kmers[mine], texts[mine] + step), GROUPS[mine], gather).backward()
    found = {name: p.grad for name, p in unwrap(wrapped).named_parameters()}
    return {name: (grad.to_dense() if grad.is_sparse else grad).tolist() for name, grad in found.items()}


def detached(world):
    """The mistake of the public variants: what comes from the others has no gradient."""

    def gather(rows):
        everyone = torch.cat(world.gather_objects(rows.detach())).clone()
        everyone[world.rank * len(rows) : (world.rank + 1) * len(rows)] = rows
        return everyone

    return gather


def refusal(world):
    try:
        world.gather_rows(torch.zeros(4 - world.rank, 2))
    except InputError as error:
        return str(error)
    return ""


def main(folder: Path) -> None:
    with start("cpu", timeout_s=30) as world:
        report = {
            "rank": world.rank,
            "size": world.size,
            "is_main": world.is_main,
            "gradients": gradients(world, world.gather_rows),
            "accumulated": gradients(world, world.gather_rows, steps=2),
            "detached": gradients(world, detached(world)),
            "refusal": refusal(world),
            "integers": world.gather_rows(torch.tensor([world.rank, 7])).tolist(),
            "mean": world.mean({"loss": float(world.rank), f"only{world.rank}": 3.0}),
            "any": [world.any(world.rank == 1), world.any(False)],
            "broadcast": world.broadcast({"from": world.rank}),
            "objects": world.gather_objects({"rank": world.rank, "state": [1] * world.rank}),
        }
        world.barrier()
        (folder / f"rank{world.rank}.json").write_text(json.dumps(report))


def reference(steps=1):
    return gradients(World(), lambda rows: rows, steps)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
