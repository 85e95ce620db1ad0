"""The two files of PrimeKG (Chandak et al. 2023, Harvard Dataverse doi 10.7910/DVN/IXA7BM), read and written."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from protclip.data.files import replacing
from protclip.data.knowledge_graph import KnowledgeGraph, Node, read_knowledge_graph
from protclip.errors import InputError, RecordError
from protclip.textio import open_text

NODE_TYPES = (
    "biological_process",
    "gene/protein",
    "disease",
    "molecular_function",
    "drug",
    "cellular_component",
)
"""The six of PrimeKG's ten types that BioBridge keeps."""
KG, NODES = "kg.csv", "nodes.csv"
_NODE_COLUMNS = ("node_index", "node_id", "node_type", "node_name", "node_source")
_END_COLUMNS = ("index", "id", "type", "name", "source")
_SOURCES = {
    "biological_process": "GO",
    "molecular_function": "GO",
    "cellular_component": "GO",
    "gene/protein": "NCBI",
    "disease": "MONDO",
    "drug": "DrugBank",
}
_RELATIONS = {
    "biological_process": "bioprocess_protein",
    "molecular_function": "molfunc_protein",
    "cellular_component": "cellcomp_protein",
    "disease": "disease_protein",
    "drug": "drug_protein",
}
Edge = tuple[int, str, int]
"""Place of a protein, display relation, place of what it is related to."""


def read_prime_kg(folder: Path) -> KnowledgeGraph:
    """Read the edges among the six types; ids and names are those of nodes.csv where it is there.

    Raises
    ------
    InputError or RecordError
        As `read_knowledge_graph` and `read_nodes`.
    """
    graph = read_knowledge_graph(folder / KG, node_types=NODE_TYPES)
    if not (folder / NODES).is_file():
        return graph
    listed = read_nodes(folder / NODES)
    return KnowledgeGraph(
        nodes=tuple(listed.get(node.index, node) for node in graph.nodes),
        relation_names=graph.relation_names,
        heads=graph.heads,
        relations=graph.relations,
        tails=graph.tails,
    )


def read_nodes(path: Path) -> Mapping[int, Node]:
    """Nodes by their number.

    Raises
    ------
    InputError
        If a column is missing.
    RecordError
        If a node's number is none.
    """
    found: dict[int, Node] = {}
    with open_text(path) as lines:
        reader = csv.DictReader(lines)
        missing = [name for name in _NODE_COLUMNS[:4] if name not in (reader.fieldnames or ())]
        if missing:
            raise InputError(f"{path} has no column {', '.join(missing)}. Give PrimeKG's {NODES}")
        for row in reader:
            if not row["node_index"].isdecimal():
                raise RecordError(
                    path, reader.line_num, "a node's index is no number", "Number nodes from 0."
                )
            index = int(row["node_index"])
            found[index] = Node(
                index=index, type=row["node_type"], id=row["node_id"], name=row["node_name"] or ""
            )
    return found


def write_prime_kg(folder: Path, nodes: Sequence[Node], edges: Iterable[Edge]) -> None:
    """Write both files, each edge in both directions.

    Parameters
    ----------
    nodes
        Numbered by their places.
    edges
        Between a protein, which comes first, and a node of another type.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / NODES) as path, path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_NODE_COLUMNS)
        writer.writerows([n.index, n.id, n.type, n.name, _SOURCES[n.type]] for n in nodes)
    ends = [[n.index, n.id, n.type, n.name, _SOURCES[n.type]] for n in nodes]
    with replacing(folder / KG) as path, path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["relation", "display_relation", *(f"{e}_{c}" for e in "xy" for c in _END_COLUMNS)])
        for protein, display, other in edges:
            both = ends[protein], ends[other]
            for first, second in (both, both[::-1]):
                writer.writerow([_RELATIONS[nodes[other].type], display, *first, *second])
