"""Splits of a network's edges: what walks hold out, against the walks as GNN-PPI states them, and its files."""

import json
from pathlib import Path

import numpy as np
import pytest

from protclip.data.ppi_splits import SPLIT_MODES, SplitMode, read_split, split_pairs, write_split
from protclip.errors import InputError


@pytest.fixture
def network() -> np.ndarray:
    """300 edges of 100 proteins, some of which are in most of them."""
    rng = np.random.default_rng(3)
    popularity = 1 / np.arange(1, 101)
    found: set[tuple[int, int]] = set()
    while len(found) < 300:
        first, second = rng.choice(100, 2, replace=False, p=popularity / popularity.sum()).tolist()
        found.add((min(first, second), max(first, second)))
    return np.array(sorted(found), dtype=np.int64)


def slow_walk(pairs: list[list[int]], mode: str, root: int, number: int) -> list[int]:
    """One walk from a root, with lists: the protein last (dfs) or first (bfs) put aside is visited next."""
    edges: list[int] = []
    visited: list[int] = []
    waiting = [root]
    while len(edges) < number:
        protein = waiting.pop(0 if mode == "bfs" else -1)
        if protein in visited:
            continue
        visited.append(protein)
        mine = [edge for edge, ends in enumerate(pairs) if protein in ends]
        edges += [edge for edge in mine if edge not in edges]
        others = [sum(pairs[edge]) - protein for edge in mine]
        waiting += others if mode == "bfs" else reversed(others)
    return edges


@pytest.mark.parametrize("mode", ["bfs", "dfs"])
def test_a_walk_is_the_obvious_one(network: np.ndarray, mode: SplitMode) -> None:
    for seed in range(5):
        held = split_pairs(network, mode, seed=seed).held_out.tolist()
        roots = set(network[held[0]].tolist())
        assert held in [slow_walk(network.tolist(), mode, root, 60) for root in roots]


@pytest.mark.parametrize("mode", SPLIT_MODES)
def test_every_edge_is_on_one_side_and_a_seed_repeats(network: np.ndarray, mode: SplitMode) -> None:
    split = split_pairs(network, mode, seed=4)
    assert sorted([*split.train, *split.held_out]) == list(range(300))
    assert len(split.held_out) >= 60
    again, other = split_pairs(network, mode, seed=4), split_pairs(network, mode, seed=5)
    assert split.held_out.tolist() == again.held_out.tolist() != other.held_out.tolist()


@pytest.mark.parametrize("mode", ["bfs", "dfs"])
def test_each_edge_of_a_walk_has_a_protein_that_is_new(network: np.ndarray, mode: SplitMode) -> None:
    split = split_pairs(network, mode, seed=1)
    known = np.isin(network[split.held_out], network[split.train])
    assert not known.all(axis=1).any()
    random_one = split_pairs(network, "random", seed=1)
    assert np.isin(network[random_one.held_out], network[random_one.train]).all(axis=1).mean() > 0.5


@pytest.mark.parametrize("mode", ["bfs", "dfs"])
def test_a_walk_goes_on_in_another_component(mode: SplitMode) -> None:
    islands = np.array([[2 * k, 2 * k + 1] for k in range(10)], dtype=np.int64)
    assert len(split_pairs(islands, mode, seed=0, share=0.5).held_out) == 5


def test_split_files_are_gnn_ppis(network: np.ndarray, tmp_path: Path) -> None:
    split = split_pairs(network, "bfs", seed=1)
    write_split(split, tmp_path / "split.json")
    assert set(json.loads((tmp_path / "split.json").read_text())) == {"train_index", "valid_index"}
    again = read_split(tmp_path / "split.json", 300)
    assert again.train.tolist() == split.train.tolist()
    assert again.held_out.tolist() == split.held_out.tolist()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "is no split file"),
        ('{"train_index": [0]}', "is no split file"),
        ('{"train_index": [0, 1], "valid_index": [1, 2]}', "does not place each of 3 pairs once"),
        ('{"train_index": [0, 1], "valid_index": []}', "does not place each of 3 pairs once"),
    ],
)
def test_bad_split_files_are_told(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "split.json").write_text(text)
    with pytest.raises(InputError, match=told):
        read_split(tmp_path / "split.json", 3)


def test_what_cannot_be_split_is_told(network: np.ndarray) -> None:
    with pytest.raises(InputError, match="Give one of random, bfs, dfs"):
        split_pairs(network, "depth", seed=0)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="2 pairs cannot be split"):
        split_pairs(network[:2], "random", seed=0)
