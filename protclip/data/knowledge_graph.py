"""A knowledge graph in PrimeKG's CSV form: typed nodes, and relations between them.

Chandak et al. 2023 (Harvard Dataverse doi 10.7910/DVN/IXA7BM, CC0): ``kg.csv`` has a line an edge, in both
directions, with the columns display_relation, x_index, x_type, y_index, y_type and, beside others, x_id, x_name
and their y_ twins.
"""

import csv
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from protclip.errors import InputError, RecordError
from protclip.textio import OnError, Report, error_handler, open_text, source_name

NEEDED = ("display_relation", "x_index", "x_type", "y_index", "y_type")
"""Columns that a file must have; x_id, x_name, y_id and y_name are read where they are there."""

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node: its number in the file, what it is ("gene/protein", "disease", "drug"), and its id and name there."""

    index: int
    type: str
    id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeGraph:
    """Nodes, and m triplets (head, relation, tail) between them, each once.

    ``heads`` and ``tails`` (m,) are places in ``nodes``, ``relations`` (m,) places in ``relation_names``.
    """

    nodes: tuple[Node, ...]
    relation_names: tuple[str, ...]
    heads: Ints
    relations: Ints
    tails: Ints

    def __post_init__(self) -> None:
        if not len(self.heads) == len(self.relations) == len(self.tails):
            raise ValueError(
                f"{len(self.heads)} heads, {len(self.relations)} relations, {len(self.tails)} tails"
            )

    def __len__(self) -> int:
        return len(self.heads)

    def of_type(self, node_type: str) -> Ints:
        """Places of the nodes of a type, ascending.

        Raises
        ------
        InputError
            If there is none; names the types there are.
        """
        places = np.array(
            [place for place, node in enumerate(self.nodes) if node.type == node_type], dtype=np.int64
        )
        if not len(places):
            known = ", ".join(sorted({node.type for node in self.nodes}))
            raise InputError(f"the graph has no node of type {node_type!r}. Its types are {known}")
        return places

    def triplets_at(self, places: Ints) -> "KnowledgeGraph":
        """The same nodes with some of the triplets."""
        return KnowledgeGraph(
            nodes=self.nodes,
            relation_names=self.relation_names,
            heads=self.heads[places],
            relations=self.relations[places],
            tails=self.tails[places],
        )

    def with_nodes(self, places: Ints) -> "KnowledgeGraph":
        """Some of the nodes, given by ascending places, with the triplets that lie wholly among them."""
        place_of = np.full(len(self.nodes), -1, dtype=np.int64)
        place_of[places] = np.arange(len(places))
        heads, tails = place_of[self.heads], place_of[self.tails]
        kept = (heads >= 0) & (tails >= 0)
        return KnowledgeGraph(
            nodes=tuple(self.nodes[place] for place in places),
            relation_names=self.relation_names,
            heads=heads[kept],
            relations=self.relations[kept],
            tails=tails[kept],
        )


def read_knowledge_graph(
    path: str | os.PathLike[str],
    *,
    node_types: Collection[str] = (),
    on_error: OnError = "raise",
    report: Report | None = None,
) -> KnowledgeGraph:
    """Read a graph, plain or gzip.

    Parameters
    ----------
    path
        A CSV file with PrimeKG's columns.
    node_types
        Edges between other types are left out; () takes all.
    on_error, report
        "skip" hands each malformed line to ``report`` and goes on; "raise" stops at the first.

    Raises
    ------
    InputError
        When the file cannot be opened, lacks a column, or an option is unknown.
    RecordError
        For a malformed line, with its number and the remedy.
    """
    handler = error_handler(on_error, report)
    nodes: dict[tuple[str, str], int] = {}
    found: list[Node] = []
    relations: dict[str, int] = {}
    triplets: dict[tuple[int, int, int], None] = {}
    with open_text(path) as lines:
        for row in _rows(csv.DictReader(lines), source_name(path), handler):
            if node_types and not {row["x_type"], row["y_type"]} <= set(node_types):
                continue
            ends = []
            for end in "xy":
                key = row[f"{end}_type"], row[f"{end}_index"]
                if key not in nodes:
                    nodes[key] = len(found)
                    found.append(_node(row, end))
                ends.append(nodes[key])
            relation = relations.setdefault(row["display_relation"], len(relations))
            triplets[ends[0], relation, ends[1]] = None
    columns = np.array(list(triplets), dtype=np.int64).reshape(-1, 3).T
    return KnowledgeGraph(
        nodes=tuple(found),
        relation_names=tuple(relations),
        heads=columns[0],
        relations=columns[1],
        tails=columns[2],
    )


def split_heads(
    graph: KnowledgeGraph, *, share: float = 0.1, seed: int = 42
) -> tuple[KnowledgeGraph, KnowledgeGraph]:
    """A training graph and a held-out one, by heads: of each type a share of its heads is held out with all triplets.

    As BioBridge does (Wang et al. 2024, 10% and seed 42), with one exception: files hold edges in both directions,
    and the reverse of a held-out triplet, which would tell its answer, is in neither graph.

    Raises
    ------
    InputError
        If ``share`` is not above 0 and below 1.
    """
    if not 0 < share < 1:
        raise InputError(f"a share of {share} of the heads cannot be held out; give a number between 0 and 1")
    rng = np.random.default_rng(seed)
    held: list[Ints] = []
    for node_type in sorted({graph.nodes[head].type for head in np.unique(graph.heads)}):
        heads = np.intersect1d(graph.of_type(node_type), graph.heads)
        held.append(rng.permutation(heads)[: max(1, round(share * len(heads)))])
    return hold_out(graph, np.concatenate(held) if held else np.zeros(0, dtype=np.int64))


def hold_out(graph: KnowledgeGraph, heads: Ints) -> tuple[KnowledgeGraph, KnowledgeGraph]:
    """A training graph, and one with all triplets of some heads, given by places; their reverses are in neither."""
    is_held = np.isin(graph.heads, heads)
    columns = (graph.heads, graph.relations, graph.tails)
    answers = set(zip(*(column[is_held].tolist() for column in columns), strict=True))
    backward = zip(*(column.tolist() for column in reversed(columns)), strict=True)
    tells = np.array([triplet in answers for triplet in backward], dtype=np.bool_)
    return graph.triplets_at(np.flatnonzero(~is_held & ~tells)), graph.triplets_at(np.flatnonzero(is_held))


def _rows(reader: "csv.DictReader[str]", source: str, handler: Report) -> Iterator[dict[str, str]]:
    """Lines with all that is needed; a file without the columns is refused before the first."""
    missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
    if missing:
        raise InputError(
            f"{source} has no column {', '.join(missing)}. Give a CSV file with PrimeKG's columns {', '.join(NEEDED)}"
        )
    for row in reader:
        empty = [name for name in NEEDED if not row[name]]
        if empty:
            handler(
                RecordError(
                    source, reader.line_num, f"{', '.join(empty)} is empty", "Complete or remove the line."
                )
            )
        elif not (row["x_index"].isdecimal() and row["y_index"].isdecimal()):
            handler(
                RecordError(
                    source, reader.line_num, "a node's index is no number", "Number the nodes from 0."
                )
            )
        else:
            yield row


def _node(row: dict[str, str], end: str) -> Node:
    return Node(
        index=int(row[f"{end}_index"]),
        type=row[f"{end}_type"],
        id=row.get(f"{end}_id") or "",
        name=row.get(f"{end}_name") or "",
    )
