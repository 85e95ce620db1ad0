"""Training of a bridge: InfoNCE of true tails against drawn ones of the same type (BioBridge, Wang et al. 2024)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from protclip.data.knowledge_graph import KnowledgeGraph
from protclip.errors import InputError
from protclip.predict.bridge import Bridge, BridgeConfig, Question, Space, Spaces

Ints = npt.NDArray[np.int64]
Watch = Callable[[int, float], None]
"""Called with (epoch from 1, mean loss) after each epoch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FitOptions:
    """How a bridge is trained; BioBridge's values, but with 50 negatives, where it uses 5.

    Attributes
    ----------
    width, num_layers, num_heads
        Shape of the transformer.
    epochs, batch_size
        Passes over the triplets, and triplets of a step; those of a step share types and relation.
    learning_rate, weight_decay, warmup_share
        Of AdamW; the rate rises over the first share of the steps and then stays.
    temperature
        Of the softmax over cosines.
    num_negatives
        Tails drawn for each triplet from all of its type; those that are true for its head are left out.
    seed
        Draws weights, order and negatives.
    """

    width: int = 768
    num_layers: int = 6
    num_heads: int = 12
    epochs: int = 10
    batch_size: int = 4096
    learning_rate: float = 5e-4
    weight_decay: float = 1e-4
    warmup_share: float = 0.1
    temperature: float = 0.1
    num_negatives: int = 50
    seed: int = 42


@dataclass(frozen=True, slots=True, kw_only=True)
class Triplets:
    """The triplets of one question: rows of head and tail in their types' spaces, and which pairs are true (H, N)."""

    question: Question
    heads: Ints
    tails: Ints
    true: npt.NDArray[np.bool_]


def triplets_by_question(graph: KnowledgeGraph) -> list[Triplets]:
    """A graph's triplets by head type, relation and tail type, in a fixed order."""
    types = sorted({node.type for node in graph.nodes})
    type_of = np.array([types.index(node.type) for node in graph.nodes], dtype=np.int64)
    row_of, size = np.zeros(len(graph.nodes), dtype=np.int64), {}
    for node_type in types:
        places = graph.of_type(node_type)
        row_of[places], size[node_type] = np.arange(len(places)), len(places)
    keys = np.stack([type_of[graph.heads], graph.relations, type_of[graph.tails]], axis=1)
    found = []
    for key in np.unique(keys, axis=0):
        at = np.flatnonzero((keys == key).all(axis=1))
        question = types[key[0]], graph.relation_names[key[1]], types[key[2]]
        heads, tails = row_of[graph.heads[at]], row_of[graph.tails[at]]
        true = np.zeros((size[question[0]], size[question[2]]), dtype=np.bool_)
        true[heads, tails] = True
        found.append(Triplets(question=question, heads=heads, tails=tails, true=true))
    return found


def fit(graph: KnowledgeGraph, spaces: Spaces, options: FitOptions, *, watch: Watch | None = None) -> Bridge:
    """Train a bridge over a graph; the spaces stay as they are. The same seed gives the same bridge.

    Memory holds a bool for every pair of a question's heads and tails: meant for graphs of some ten thousand nodes.

    Raises
    ------
    InputError
        If a type of the graph has no space, or a space has not as many rows as the graph has nodes of its type.
    """
    _check(graph, spaces)
    rng = np.random.default_rng(options.seed)
    config = BridgeConfig.of(
        spaces,
        graph.relation_names,
        width=options.width,
        num_layers=options.num_layers,
        num_heads=options.num_heads,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(options.seed)
        bridge = Bridge(config).train()
    questions = triplets_by_question(graph)
    num_steps = options.epochs * sum(-(-len(q.heads) // options.batch_size) for q in questions)
    optimizer = torch.optim.AdamW(
        bridge.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay
    )
    warmup = max(1, round(options.warmup_share * num_steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / warmup))
    for epoch in range(1, options.epochs + 1):
        losses = []
        for triplets, chosen in _batches(questions, options.batch_size, rng):
            loss = _loss(bridge, spaces, triplets, chosen, options, rng)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        if watch is not None:
            watch(epoch, float(np.mean(losses)))
    return bridge.eval()


def _check(graph: KnowledgeGraph, spaces: Spaces) -> None:
    if not len(graph):
        raise InputError(
            "the graph has no triplet to train from; read one with edges between the types you want"
        )
    for node_type in sorted({node.type for node in graph.nodes}):
        number, space = len(graph.of_type(node_type)), spaces.get(node_type)
        if space is None or len(space.rows) != number:
            raise InputError(
                f"the graph has {number} nodes of type {node_type!r} and {_told(space)}; give a row for each, in the "
                "order of KnowledgeGraph.of_type, or read the graph without that type"
            )


def _told(space: Space | None) -> str:
    return "there is no space for them" if space is None else f"their space has {len(space.rows)} rows"


def _batches(
    questions: list[Triplets], batch_size: int, rng: np.random.Generator
) -> Iterator[tuple[Triplets, Ints]]:
    """Batches of one question each, in random order."""
    batches = []
    for triplets in questions:
        order = rng.permutation(len(triplets.heads))
        batches += [(triplets, order[i : i + batch_size]) for i in range(0, len(order), batch_size)]
    for number in rng.permutation(len(batches)):
        yield batches[number]


def _loss(
    bridge: Bridge,
    spaces: Spaces,
    triplets: Triplets,
    chosen: Ints,
    options: FitOptions,
    rng: np.random.Generator,
) -> Tensor:
    """InfoNCE of the true tail in column 0; drawn tails that are true as well take no part."""
    heads, tails = triplets.heads[chosen], triplets.tails[chosen]
    drawn = rng.integers(0, triplets.true.shape[1], (len(chosen), options.num_negatives))
    head_type, _, tail_type = triplets.question
    moved_BW = bridge(torch.from_numpy(spaces[head_type].rows[heads]), triplets.question)
    # Each tail is projected once, however often it was drawn.
    used_U, places_BK = np.unique(np.concatenate([tails[:, None], drawn], axis=1), return_inverse=True)
    used_UW = bridge.project_tails(torch.from_numpy(spaces[tail_type].rows[used_U]), tail_type)
    others_BKW = used_UW[torch.from_numpy(places_BK.reshape(len(chosen), -1))]
    logits_BK = (others_BKW @ moved_BW[..., None])[..., 0] / options.temperature
    is_true = torch.from_numpy(triplets.true[heads[:, None], drawn])
    is_left_out_BK = F.pad(is_true, (1, 0), value=False)
    targets_B = torch.zeros(len(chosen), dtype=torch.long)
    return F.cross_entropy(logits_BK.masked_fill(is_left_out_BK, -torch.inf), targets_B)
