"""BioBridge's tables of what its encoders read of PrimeKG's nodes, and its split (Wang et al. 2024).

``data/Processed`` has a CSV file for each type: protein.csv with sequences; biological.csv, cellular.csv and
molecular.csv with node_name and description; disease.csv with mondo_name and a definition, merged or as its three
sources; drug.csv with drugbank_id, node_name and smiles. A text is "Name: .... Definition: ...", as BioBridge
gives it to its encoder.
"""

import csv
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from protclip.data.knowledge_graph import Ints, KnowledgeGraph
from protclip.errors import AssetError, InputError, RecordError
from protclip.textio import open_text

PROCESSED = "Processed"
TABLES: Mapping[str, str] = {
    "biological.csv": "biological_process",
    "cellular.csv": "cellular_component",
    "disease.csv": "disease",
    "drug.csv": "drug",
    "molecular.csv": "molecular_function",
    "protein.csv": "gene/protein",
}
_NAMES = ("node_name", "mondo_name")
_DEFINITIONS = ("definition", "mondo_definition", "umls_description", "orphanet_definition", "description")
"""Of those that are there, the first that says something; the three of diseases in BioBridge's order."""
HELD_OUT_SHARE, SPLIT_SEED = 0.1, 42


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeContents:
    """By a node's number: the sequence of a protein, and with an accession column its accession; else a text."""

    sequences: Mapping[int, str]
    texts: Mapping[int, str]
    accessions: Mapping[int, str]


def tables_folder(folder: Path) -> Path:
    """Where the tables are: in Processed/ where there is one, else in the folder itself."""
    return folder / PROCESSED if (folder / PROCESSED).is_dir() else folder


def read_contents(folder: Path) -> NodeContents:
    """Read the tables of a folder, or of Processed/ in it. Rows without a name or a sequence are passed over.

    Raises
    ------
    AssetError
        If a table is a pointer of Git LFS.
    InputError
        If a table cannot be opened, or has no column node_index, or none for its content.
    RecordError
        If a node's number is none.
    """
    place = tables_folder(folder)
    sequences: dict[int, str] = {}
    texts: dict[int, str] = {}
    accessions: dict[int, str] = {}
    for name in TABLES:
        for index, row in _rows(place / name):
            if name == "protein.csv":
                if row["sequence"]:
                    sequences[index] = row["sequence"]
                    accessions[index] = row.get("accession") or ""
            elif text := _text(row):
                texts[index] = text
    return NodeContents(sequences=sequences, texts=texts, accessions=accessions)


def held_out_heads(graph: KnowledgeGraph, *, share: float = HELD_OUT_SHARE, seed: int = SPLIT_SEED) -> Ints:
    """Places of the heads that BioBridge holds out: of each type a share, drawn as its code draws it.

    Types and heads come in the order in which the edges name them, so that PrimeKG's kg.csv gives BioBridge's own
    test heads (dataset/build_train_test_split.py).
    """
    rng = np.random.RandomState(seed)
    heads = list(dict.fromkeys(graph.heads.tolist()))
    by_type: dict[str, list[int]] = {}
    for head in heads:
        by_type.setdefault(graph.nodes[head].type, []).append(head)
    drawn = [
        rng.choice(np.array(some, dtype=np.int64), size=int(share * len(some)), replace=False)
        for some in by_type.values()
    ]
    return np.concatenate(drawn) if drawn else np.zeros(0, dtype=np.int64)


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    csv.field_size_limit(sys.maxsize)  # titin's sequence is longer than the default
    with open_text(path) as lines:
        reader = csv.DictReader(lines)
        columns = tuple(reader.fieldnames or ())
        if any(column.startswith("version https://git-lfs") for column in columns):
            raise AssetError(f"{path} is a pointer of Git LFS and not the table. Fetch it with git lfs pull")
        wanted = ("sequence",) if path.name == "protein.csv" else _NAMES
        if "node_index" not in columns or not set(wanted) & set(columns):
            raise InputError(
                f"{path} has the columns {', '.join(columns)}; needed are node_index and {' or '.join(wanted)}"
            )
        found = []
        for row in reader:
            # pandas writes whole numbers as 12.0 where a column had gaps.
            index = row["node_index"].removesuffix(".0")
            if not index.isdecimal():
                raise RecordError(path, reader.line_num, "a node's index is no number", "Use PrimeKG's.")
            found.append((int(index), row))
    return found


def _text(row: Mapping[str, str]) -> str:
    """What the text encoder reads; empty where there is no name."""
    name = next((row[column] for column in _NAMES if row.get(column)), "")
    definition = next((row[column] for column in _DEFINITIONS if row.get(column)), "")
    return f"Name: {name}. Definition: {definition}" if name and definition else name
