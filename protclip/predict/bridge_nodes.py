"""The nodes of a knowledge graph in the shared space: proteins by their sequences, all else by its name."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from protclip.data.knowledge_graph import KnowledgeGraph, Node
from protclip.encode import Encoder
from protclip.errors import InputError
from protclip.predict.bridge import Space, Spaces
from protclip.records import Protein

PROTEIN_TYPE = "gene/protein"
"""What PrimeKG calls the nodes that have a sequence; all others are embedded by their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedGraph:
    """The part of a graph whose nodes could be embedded, their spaces, and the proteins that had no sequence."""

    graph: KnowledgeGraph
    spaces: Spaces
    without_sequence: tuple[Node, ...]


def embed_graph(graph: KnowledgeGraph, encoder: Encoder, proteins: Iterable[Protein]) -> EmbeddedGraph:
    """Embed proteins by their sequences and all other nodes by their names.

    A protein's node is found by its name or id: the accession or, whatever its case, the gene of a protein; of two
    with one gene the human one, else the first. Proteins without a sequence and nodes without a name are left out
    with their edges.

    Raises
    ------
    InputError
        If nothing is left: names what was looked for.
    """
    sequence_of = _by_name(proteins)
    found: dict[int, str] = {}
    without: list[Node] = []
    for place, node in enumerate(graph.nodes):
        if node.type != PROTEIN_TYPE:
            known = node.name.strip() or None
        else:
            known = sequence_of.get(node.name.upper()) or sequence_of.get(node.id.upper())
            without.extend([] if known else [node])
        if known:
            found[place] = known
    part = graph.with_nodes(np.array(sorted(found), dtype=np.int64))
    if not len(part):
        raise InputError(
            f"no edge of the graph has two nodes that can be embedded; {len(without):,} of its proteins have no "
            "sequence here. Give a FASTA file whose accessions or genes (GN=) are the graph's names, with --proteins"
        )
    texts = [found[place] for place in sorted(found)]
    spaces = {}
    for node_type in sorted({node.type for node in part.nodes}):
        some = [texts[place] for place in part.of_type(node_type)]
        encode = encoder.proteins if node_type == PROTEIN_TYPE else encoder.texts
        spaces[node_type] = Space(rows=encode(some), fingerprint=encoder.fingerprint)
    return EmbeddedGraph(graph=part, spaces=spaces, without_sequence=tuple(without))


def _by_name(proteins: Iterable[Protein]) -> dict[str, str]:
    """Sequences by accession and by gene, in capitals."""
    by_accession: dict[str, str] = {}
    by_gene: dict[str, Protein] = {}
    for protein in proteins:
        by_accession.setdefault(protein.accession.upper(), protein.sequence)
        first = by_gene.get(protein.gene.upper())
        if protein.gene and (first is None or (_is_human(protein) and not _is_human(first))):
            by_gene[protein.gene.upper()] = protein
    return {gene: protein.sequence for gene, protein in by_gene.items()} | by_accession


def _is_human(protein: Protein) -> bool:
    return protein.organism.startswith("Homo sapiens")
