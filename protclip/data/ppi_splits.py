"""Splits of a network's edges as GNN-PPI makes them (Lv et al. 2021), and its split files."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from protclip.data.files import write_json
from protclip.data.ppi_pairs import Places
from protclip.errors import InputError

SplitMode = Literal["random", "bfs", "dfs"]
SPLIT_MODES: tuple[SplitMode, ...] = get_args(SplitMode)
HELD_OUT = 0.2
"""Share of the edges that GNN-PPI holds out."""
_ROOT_EDGES = 5
"""GNN-PPI begins a search at a protein of at most so many edges."""
_KEYS = ("train_index", "valid_index")


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSplit:
    """Places of the pairs to train on and of those held out."""

    train: Places
    held_out: Places


def split_pairs(pairs: Places, mode: SplitMode, *, seed: int, share: float = HELD_OUT) -> PairSplit:
    """Hold out a share of m edges (m, 2).

    "random" draws edges: nearly all proteins of the held-out ones are in training too. "bfs" and "dfs" walk the
    network from a protein with few edges and hold out every edge of each protein that is visited, until the share
    is reached: one end at least of each held-out edge is in no training edge, two ends more often with "bfs".
    Where the walk has seen its whole component it goes on from another protein with few edges.

    Raises
    ------
    InputError
        If the mode is unknown, or the share leaves no edge on one side.
    """
    number = int(len(pairs) * share)
    if mode not in SPLIT_MODES or not 0 < number < len(pairs):
        raise InputError(
            f"{len(pairs)} pairs cannot be split by {mode!r} with a share of {share} held out. "
            f"Give one of {', '.join(SPLIT_MODES)} and a share that leaves pairs on both sides"
        )
    rng = random.Random(seed)  # noqa: S311  a split wants to be the same each time, not secret
    random_ones = mode == "random"
    held = rng.sample(range(len(pairs)), number) if random_ones else _edges_of_walk(pairs, mode, number, rng)
    is_held = np.zeros(len(pairs), dtype=bool)
    is_held[held] = True
    return PairSplit(train=np.flatnonzero(~is_held), held_out=np.array(held, dtype=np.int64))


def write_split(split: PairSplit, path: Path) -> None:
    """Write a split as GNN-PPI does: JSON with train_index and valid_index."""
    held, train = split.held_out.tolist(), split.train.tolist()
    write_json(path, dict(zip(_KEYS, (train, held), strict=True)))


def read_split(path: Path, num_pairs: int) -> PairSplit:
    """Read a split of ``num_pairs`` pairs, as GNN-PPI or `write_split` wrote it.

    Raises
    ------
    InputError
        If the file is missing, is no such JSON, or does not place each pair exactly once.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        train, held = (np.array(content[key], dtype=np.int64) for key in _KEYS)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path} is no split file ({error}). Give JSON with lists {' and '.join(_KEYS)}"
        ) from error
    if not np.array_equal(np.sort(np.concatenate([train, held])), np.arange(num_pairs)):
        raise InputError(
            f"{path} does not place each of {num_pairs:,} pairs once ({len(train):,} to train on, {len(held):,} "
            "held out). Give the split of this file of pairs"
        )
    return PairSplit(train=train, held_out=held)


def _edges_of_walk(pairs: Places, mode: SplitMode, number: int, rng: random.Random) -> list[int]:
    """Edges of the proteins in the order of a walk, whole proteins until there are ``number``."""
    edges_of: dict[int, list[int]] = {}
    for edge, ends in enumerate(pairs.tolist()):
        for end in sorted(set(ends)):
            edges_of.setdefault(end, []).append(edge)
    neighbours = {
        protein: [int(pairs[edge].sum()) - protein for edge in edges] for protein, edges in edges_of.items()
    }
    # Few edges first, in a random order: the first is a root as GNN-PPI draws it, the others stand by.
    roots = sorted(edges_of)
    rng.shuffle(roots)
    roots.sort(key=lambda protein: max(len(edges_of[protein]), _ROOT_EDGES))
    walk = _breadth_first if mode == "bfs" else _depth_first
    held: dict[int, None] = {}
    visited: set[int] = set()
    for protein in chain.from_iterable(walk(root, neighbours, visited) for root in roots):
        held.update(dict.fromkeys(edges_of[protein]))
        if len(held) >= number:
            break
    return list(held)


def _breadth_first(root: int, neighbours: dict[int, list[int]], visited: set[int]) -> Iterator[int]:
    queue = [] if root in visited else [root]
    visited.update(queue)
    for protein in queue:
        yield protein
        for other in neighbours[protein]:
            if other not in visited:
                visited.add(other)
                queue.append(other)


def _depth_first(root: int, neighbours: dict[int, list[int]], visited: set[int]) -> Iterator[int]:
    """Every protein when it is entered; a protein's neighbours are entered in the order of its edges."""
    stack = [iter([root])]
    while stack:
        protein = next((p for p in stack[-1] if p not in visited), None)
        if protein is None:
            stack.pop()
        else:
            visited.add(protein)
            yield protein
            stack.append(iter(neighbours[protein]))
