"""The graph of the cross-modal tasks: read, its nodes embedded, and split as BioBridge splits it.

Heads are held out as BioBridge holds them out (a tenth of each type's, seed 42), and so are the reverses of their
triplets, which BioBridge's own split leaves in training and which tell the answers.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from protclip import starter
from protclip.benchmarks.formats.biobridge import (
    TABLES,
    NodeContents,
    held_out_heads,
    read_contents,
    tables_folder,
)
from protclip.benchmarks.formats.primekg import KG, read_prime_kg
from protclip.benchmarks.formats.substitutes import read_note
from protclip.benchmarks.registry import PRIMEKG
from protclip.benchmarks.tasks import FeatureSource
from protclip.data.knowledge_graph import KnowledgeGraph, hold_out
from protclip.data.splits import Splits
from protclip.encode import Encoder
from protclip.errors import AssetError
from protclip.predict.bridge import Space, Spaces
from protclip.predict.bridge_nodes import PROTEIN_TYPE
from protclip.predict.similarity import of_unit_length

Bools = npt.NDArray[np.bool_]
_NOTE = "drugs are embedded by their text, and reverses of held-out triplets are in no training, as BioBridge's are"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeEmbedder:
    """What embeds the nodes of a graph: an encoder its proteins and texts, or ``source`` the proteins in its place.

    Rows of a source have nothing to do with those of the texts until a bridge brings them together.
    """

    encoder: Encoder
    source: FeatureSource | None = None

    @property
    def name(self) -> str:
        """Of what embeds the proteins."""
        return (self.source or self.encoder).name

    @property
    def fingerprint(self) -> str:
        """Of what embeds the proteins; empty where it has no weights."""
        return (self.source or self.encoder).fingerprint

    def proteins(self, sequences: Sequence[str]) -> Space:
        """Unit rows of proteins."""
        if self.source is None:
            return Space(rows=self.encoder.proteins(sequences), fingerprint=self.fingerprint)
        return Space(rows=of_unit_length(self.source.features(sequences)), fingerprint=self.fingerprint)

    def texts(self, texts: Sequence[str]) -> Space:
        """Unit rows of texts."""
        return Space(rows=self.encoder.texts(texts), fingerprint=self.encoder.fingerprint)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossModalData:
    """A graph whose nodes are embedded, in its training part and its held-out part.

    ``sequences`` are those of the proteins in the order of their space. ``unseen`` marks (n,) the proteins of
    clusters that the encoder was not trained on, and is None where that is not known.
    """

    train: KnowledgeGraph
    test: KnowledgeGraph
    spaces: Spaces
    sequences: tuple[str, ...]
    unseen: Bools | None
    sha256: str
    note: str


@lru_cache(maxsize=2)
def embedded_graph(folder: Path, embedder: NodeEmbedder) -> CrossModalData:
    """Read and embed a graph, and split it; kept for the next task.

    Raises
    ------
    AssetError
        If files are missing, with all of them, where they are had and how large they are; or one is a pointer of
        Git LFS.
    """
    _refuse_incomplete(folder)
    contents = read_contents(folder)
    whole = read_prime_kg(folder)
    known = contents.sequences.keys() | contents.texts.keys()
    graph = whole.with_nodes(
        np.array([p for p, node in enumerate(whole.nodes) if node.index in known], dtype=np.int64)
    )
    train, test = hold_out(graph, held_out_heads(graph))
    proteins = [graph.nodes[place].index for place in graph.of_type(PROTEIN_TYPE)]
    return CrossModalData(
        train=train,
        test=test,
        spaces=_embedded(graph, contents, embedder),
        sequences=tuple(contents.sequences[index] for index in proteins),
        unseen=_unseen([contents.accessions.get(index, "") for index in proteins], embedder.encoder),
        sha256=_hash(graph),
        note="; ".join(filter(None, (read_note(folder), _NOTE))),
    )


def _refuse_incomplete(folder: Path) -> None:
    needed = [folder / KG, *(tables_folder(folder) / name for name in TABLES)]
    missing = [str(path.relative_to(folder)) for path in needed if not path.is_file()]
    if missing:
        raise AssetError(
            f"{folder} lacks {', '.join(missing)}. Copy {PRIMEKG} there, or make a substitute with "
            "python -m protclip.benchmarks.substitute_graph"
        )


def _embedded(graph: KnowledgeGraph, contents: NodeContents, embedder: NodeEmbedder) -> Spaces:
    spaces = {}
    for node_type in sorted({node.type for node in graph.nodes}):
        numbers = [graph.nodes[place].index for place in graph.of_type(node_type)]
        if node_type == PROTEIN_TYPE:
            spaces[node_type] = embedder.proteins([contents.sequences[n] for n in numbers])
        else:
            spaces[node_type] = embedder.texts([contents.texts[n] for n in numbers])
    return spaces


def _unseen(accessions: Sequence[str], encoder: Encoder) -> Bools | None:
    if encoder.fingerprint != starter.fingerprint() or not any(accessions):
        return None
    splits = Splits.read(starter.splits_path())
    return np.array([splits.of(accession) != "train" for accession in accessions])


def _hash(graph: KnowledgeGraph) -> str:
    """Hash of the triplets by the ends' types and numbers in the file."""
    told = [f"{node.type}\t{node.index}" for node in graph.nodes]
    triplets = zip(graph.heads.tolist(), graph.relations.tolist(), graph.tails.tolist(), strict=True)
    lines = [f"{told[h]}\t{graph.relation_names[r]}\t{told[t]}" for h, r, t in triplets]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
