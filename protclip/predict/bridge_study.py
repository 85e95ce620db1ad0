"""A bridge trained over an embedded graph, measured, kept with the nodes it ranks, and asked about new proteins."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from protclip.data.files import replacing, write_json
from protclip.data.knowledge_graph import KnowledgeGraph, Node, split_heads
from protclip.encode import Encoder
from protclip.errors import AssetError, InputError
from protclip.predict.bridge import (
    Bridge,
    Question,
    Space,
    Spaces,
    load_bridge,
    mean_reciprocal_rank,
    rank,
    save_bridge,
)
from protclip.predict.bridge_nodes import PROTEIN_TYPE, EmbeddedGraph
from protclip.predict.bridge_training import FitOptions, Watch, fit, triplets_by_question
from protclip.records import Protein

MAX_PAIRS = 2_000_000_000
"""Pairs of heads and tails of one question: training holds a byte for each."""
_NODES, _SPACES = "nodes.json", "spaces.safetensors"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownTails:
    """A trained bridge with the nodes that it ranks: of each type, in the order of the rows of its space."""

    bridge: Bridge
    nodes: Mapping[str, tuple[Node, ...]]
    spaces: Spaces
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedTail:
    """A tail of a question: ``rank`` from 1, ``cosine`` -1 to 1, which is a score and no probability."""

    rank: int
    node: Node
    cosine: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOutRank:
    """Filtered mean reciprocal rank over ``n`` held-out heads of a question; ``untrained`` with random weights."""

    question: Question
    value: float
    untrained: float
    n: int


def train_bridge(
    embedded: EmbeddedGraph, options: FitOptions, *, share: float = 0.0, watch: Watch | None = None
) -> tuple[KnownTails, tuple[HeldOutRank, ...]]:
    """Train a bridge, and with a ``share`` of the heads held out measure it on these beside an untrained one.

    Raises
    ------
    InputError
        If the graph is too large, or the width cannot be dealt to the attention heads.
    """
    if options.width % options.num_heads:
        raise InputError(f"a width of {options.width} cannot be dealt to {options.num_heads} attention heads")
    graph, spaces = embedded.graph, embedded.spaces
    sizes = {name: len(space.rows) for name, space in spaces.items()}
    ends = {(graph.nodes[a].type, graph.nodes[b].type) for a, b in zip(graph.heads, graph.tails, strict=True)}
    largest = max(sizes[head] * sizes[tail] for head, tail in ends)
    if largest > MAX_PAIRS:
        raise InputError(
            f"a question of this graph has {largest:,} pairs of nodes, at most {MAX_PAIRS:,} fit in memory. "
            "Choose types of nodes with --type"
        )
    train, test = split_heads(graph, share=share, seed=options.seed) if share else (graph, None)
    bridge = fit(train, spaces, options, watch=watch)
    nodes = {t: tuple(graph.nodes[place] for place in graph.of_type(t)) for t in spaces}
    questions = tuple(t.question for t in triplets_by_question(graph))
    known = KnownTails(bridge=bridge, nodes=nodes, spaces=spaces, questions=questions)
    if test is None:
        return known, ()
    untrained = fit(train, spaces, replace(options, epochs=0))
    return known, tuple(_held_out(bridge, untrained, spaces, test))


def ask(
    known: KnownTails, protein: Protein, encoder: Encoder, question: Question, top: int
) -> list[RankedTail]:
    """The ``top`` tails of a question that lie nearest to where the bridge carries a protein, best first.

    Raises
    ------
    FingerprintError
        If the encoder is another than that of the bridge.
    InputError
        If the bridge has no such question, or does not begin at proteins.
    """
    if question not in known.questions or question[0] != PROTEIN_TYPE:
        raise InputError(f"the bridge was not trained for {question}; {told_questions(known)}")
    head = Space(rows=encoder.proteins([protein.sequence]), fingerprint=encoder.fingerprint)
    spaces = {**known.spaces, PROTEIN_TYPE: head}
    tails = known.nodes[question[2]]
    if question[2] == PROTEIN_TYPE:  # the one space that heads and tails share: tails are the known proteins
        spaces = {PROTEIN_TYPE: Space(
            rows=np.concatenate([known.spaces[PROTEIN_TYPE].rows, head.rows]), fingerprint=head.fingerprint
        )}  # fmt: skip
    last = np.array([len(spaces[PROTEIN_TYPE].rows) - 1])
    cosines = rank(known.bridge, spaces, question, last)[0][: len(tails)]
    order = np.argsort(-cosines, kind="stable")[:top]
    return [RankedTail(rank=n, node=tails[i], cosine=float(cosines[i])) for n, i in enumerate(order, start=1)]


def questions_from_proteins(
    known: KnownTails, relation: str | None, tail_type: str | None
) -> tuple[Question, ...]:
    """The questions about proteins that fit what is asked; None fits all.

    Raises
    ------
    InputError
        If none does; lists those there are.
    """
    fitting = tuple(
        q for q in known.questions
        if q[0] == PROTEIN_TYPE and relation in (None, q[1]) and tail_type in (None, q[2])
    )  # fmt: skip
    if not fitting:
        raise InputError(
            f"the bridge has no question from proteins with relation {relation!r} and tail {tail_type!r}; "
            f"{told_questions(known)}"
        )
    return fitting


def told_questions(known: KnownTails) -> str:
    """What a bridge can be asked about proteins, as a part of a sentence."""
    return "it has " + (
        "; ".join(f"{r!r} to {t!r}" for h, r, t in known.questions if h == PROTEIN_TYPE) or "none"
    )


def save_known_tails(known: KnownTails, folder: Path) -> None:
    """Write bridge, nodes and spaces into a folder; `load_known_tails` reads them."""
    save_bridge(known.bridge, folder)
    with replacing(folder / _SPACES) as path:
        save_file({name: np.ascontiguousarray(space.rows) for name, space in known.spaces.items()}, path)
    nodes = {name: [[n.index, n.id, n.name] for n in some] for name, some in known.nodes.items()}
    write_json(folder / _NODES, {"nodes": nodes, "questions": known.questions})


def load_known_tails(folder: Path) -> KnownTails:
    """Read what `save_known_tails` wrote.

    Raises
    ------
    AssetError
        If a file is missing or damaged.
    """
    bridge = load_bridge(folder)
    config = bridge.config
    try:
        facts = json.loads((folder / _NODES).read_text(encoding="utf-8"))
        rows = load_file(folder / _SPACES)
        fingerprint_of = dict(zip(config.types, config.fingerprints, strict=True))
        return KnownTails(
            bridge=bridge,
            nodes={
                t: tuple(Node(index=i, type=t, id=d, name=n) for i, d, n in some)
                for t, some in facts["nodes"].items()
            },
            spaces={t: Space(rows=rows[t], fingerprint=fingerprint_of[t]) for t in config.types},
            questions=tuple((h, r, t) for h, r, t in facts["questions"]),
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError, SafetensorError) as error:
        told = " ".join(str(error).split())
        raise AssetError(f"the bridge in {folder} is missing or damaged ({told}). Fit it again") from error


def _held_out(
    bridge: Bridge, untrained: Bridge, spaces: Spaces, test: KnowledgeGraph
) -> Iterator[HeldOutRank]:
    for asked in triplets_by_question(test):
        heads = np.unique(asked.heads)
        values = [
            mean_reciprocal_rank(rank(one, spaces, asked.question, heads), asked.true[heads], filtered=True)
            for one in (bridge, untrained)
        ]
        yield HeldOutRank(question=asked.question, value=values[0], untrained=values[1], n=len(heads))
