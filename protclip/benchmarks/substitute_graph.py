"""A substitute for PrimeKG and BioBridge's tables, in their exact form, from what can be had without them.

``python -m protclip.benchmarks.substitute_graph --data var/data/swissprot-goa --sources FOLDER --output FOLDER``.
Proteins are human ones of Swiss-Prot. Their GO terms are those with an experimental evidence code (org.Hs.eg.db),
their diseases those with which UniProt lists variants (diseases.tsv.gz, derived_protein_disease_pairs.tsv.gz), and
their drugs DrugBank's as dhimmel/drugbank gives them (drugbank.tsv, proteins.tsv).
"""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from protclip.benchmarks.formats.biobridge import PROCESSED, TABLES
from protclip.benchmarks.formats.primekg import Edge, write_prime_kg
from protclip.benchmarks.formats.substitutes import write_note
from protclip.benchmarks.human_proteins import GeneDatabases, gene_databases, human_proteins
from protclip.data.evidence import evidence_group
from protclip.data.files import replacing
from protclip.data.knowledge_graph import Node
from protclip.data.ontology import Aspect
from protclip.errors import AssetError
from protclip.textio import open_text

PROTEIN_BINDING = "GO:0005515"
"""Left out: two of three human proteins have it from an experiment, and to rank it first is no answer."""
FEWEST_OF_TERM, FEWEST_OF_DRUG, FEWEST_VARIANTS = 10, 5, 5
"""Proteins of a term and of a drug, and variants listed with a protein and a disease, at the least: rarer ones make
the graph large and teach little."""
NOTE = (
    "substitute, not PrimeKG: human proteins of Swiss-Prot; their most specific GO terms with an experimental "
    f"evidence code (org.Hs.eg.db, without protein binding) that at least {FEWEST_OF_TERM} of them have; diseases "
    f"with which UniProt lists at least {FEWEST_VARIANTS} variants; drugs of DrugBank (CC BY-NC 4.0) with at least "
    f"{FEWEST_OF_DRUG} of the proteins; no edges of other kinds. Drugs are embedded by name and description"
)
_TYPE_OF: Mapping[Aspect, str] = {
    "MF": "molecular_function",
    "BP": "biological_process",
    "CC": "cellular_component",
}
_DISEASES, _PAIRS = "diseases.tsv.gz", "derived_protein_disease_pairs.tsv.gz"
_DRUGS, _TARGETS = "drugbank.tsv", "proteins.tsv"


class GraphBuilder:
    """Collects nodes, what encoders read of them, and edges from proteins, then writes all in the published form."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.edges: dict[Edge, None] = {}
        self._contents: list[dict[str, str]] = []
        self._places: dict[tuple[str, str], int] = {}

    def place(self, node_type: str, node_id: str, columns: Mapping[str, str]) -> int:
        """The place of a node; when it is new it gets its name and the columns of its table from ``columns``."""
        key = node_type, node_id
        if key not in self._places:
            self._places[key] = len(self.nodes)
            node = Node(index=len(self.nodes), type=node_type, id=node_id, name=columns["name"])
            self.nodes.append(node)
            self._contents.append({name: value for name, value in columns.items() if name != "name"})
        return self._places[key]

    def add(self, protein: int, relation: str, other: int) -> None:
        """Add an edge."""
        self.edges[protein, relation, other] = None

    def write(self, folder: Path) -> None:
        """Write kg.csv, nodes.csv and the tables of Processed/; nodes without an edge are in the last two alone."""
        write_prime_kg(folder, self.nodes, self.edges)
        (folder / PROCESSED).mkdir(exist_ok=True)
        for name, node_type in TABLES.items():
            chosen = [n.index for n in self.nodes if n.type == node_type]
            rows = [self._told(self.nodes[place]) | self._contents[place] for place in chosen]
            with (
                replacing(folder / PROCESSED / name) as path,
                path.open("w", encoding="utf-8", newline="") as file,
            ):
                writer = csv.DictWriter(
                    file, list(rows[0]) if rows else ["node_index", "node_name"], lineterminator="\n"
                )
                writer.writeheader()
                writer.writerows(rows)

    def _told(self, node: Node) -> dict[str, str]:
        index = str(node.index)
        if node.type == "disease":
            return {"node_index": index, "mondo_id": node.id, "mondo_name": node.name}
        key = "drugbank_id" if node.type == "drug" else "node_id"
        return {"node_index": index, key: node.id, "node_name": node.name, "node_type": node.type}


def build(data: Path, sources: Path, genes: GeneDatabases, output: Path) -> GraphBuilder:
    """Write the substitute; ``sources`` holds the tables of diseases and drugs, at any depth.

    Raises
    ------
    AssetError
        If a table is missing.
    """
    graph = GraphBuilder()
    place_of: dict[str, int] = {}
    for protein in human_proteins(data):
        if (entrez := genes.entrez_of.get(protein.accession)) is not None:
            columns = {"name": protein.gene, "sequence": protein.sequence, "accession": protein.accession}
            # Of several proteins of a gene the first gives the sequence, and has the edges of all.
            place_of[protein.accession] = graph.place("gene/protein", entrez, columns)
    _add_terms(graph, place_of, genes)
    _add_diseases(graph, place_of, sources)
    _add_drugs(graph, place_of, sources)
    graph.write(output)
    write_note(output, NOTE)
    return graph


def _add_terms(graph: GraphBuilder, place_of: Mapping[str, int], genes: GeneDatabases) -> None:
    ontology = genes.ontology
    found: dict[tuple[int, str], None] = {}
    for accession, protein in place_of.items():
        evidence = genes.evidence.of(accession)
        shown = [term for term, code in evidence.items() if evidence_group(code) == "experimental"]
        for go_id in ontology.leaves(t for t in shown if t != PROTEIN_BINDING and t not in ontology.roots):
            if not ontology.term(go_id).obsolete:
                found[protein, go_id] = None
    number = Counter(go_id for _, go_id in found)
    for protein, go_id in found:
        if number[go_id] >= FEWEST_OF_TERM:
            term = ontology.term(go_id)
            columns = {"name": term.name, "description": term.definition}
            graph.add(protein, "interacts with", graph.place(_TYPE_OF[term.aspect], go_id, columns))


def _add_diseases(graph: GraphBuilder, place_of: Mapping[str, int], sources: Path) -> None:
    known = {row["disease_id"]: row for row in _table(sources, _DISEASES)}
    for row in _table(sources, _PAIRS):
        told = known.get(row["disease_id"])
        if told and row["uniprot"] in place_of and int(row["n_variants"]) >= FEWEST_VARIANTS:
            columns = {"name": told["name"], "definition": told["description"]}
            disease = graph.place("disease", row["disease_id"], columns)
            graph.add(place_of[row["uniprot"]], "associated with", disease)


def _add_drugs(graph: GraphBuilder, place_of: Mapping[str, int], sources: Path) -> None:
    known = {row["drugbank_id"]: row for row in _table(sources, _DRUGS)}
    found = {
        (place_of[row["uniprot_id"]], row["category"], row["drugbank_id"]): None
        for row in _table(sources, _TARGETS)
        if row["uniprot_id"] in place_of and row["drugbank_id"] in known
    }
    number = Counter(drug for _, drug in {(protein, drug) for protein, _, drug in found})
    for protein, relation, drug in found:
        if number[drug] >= FEWEST_OF_DRUG:
            told = known[drug]
            columns = {"name": told["name"], "smiles": "", "description": told["description"]}
            graph.add(protein, relation, graph.place("drug", drug, columns))


def _table(folder: Path, name: str) -> Iterator[dict[str, str]]:
    path = next(iter(sorted(folder.rglob(name))), None)
    if path is None:
        raise AssetError(f"{name} is nowhere in {folder}. Give the folder that has it, with --sources")
    with open_text(path) as lines:
        yield from csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True,
              help="Folder that protclip data build made from Swiss-Prot.")  # fmt: skip
@click.option("--sources", type=click.Path(path_type=Path, exists=True), required=True,
              help="Folder with the tables of diseases and drugs.")  # fmt: skip
@click.option("--output", type=click.Path(path_type=Path), required=True, help="Folder to write.")
@click.option("--packages", type=click.Path(path_type=Path), default=Path("var/packages"), show_default=True,
              help="Folder of unpacked Debian packages.")  # fmt: skip
@click.option("--download/--no-download", default=True, show_default=True,
              help="Whether packages that are not there may be fetched.")  # fmt: skip
def main(data: Path, sources: Path, output: Path, packages: Path, download: bool) -> None:
    """Write a substitute for PrimeKG and BioBridge's tables."""
    graph = build(data, sources, gene_databases(packages, download=download), output)
    click.echo(f"{output}: {len(graph.nodes):,} nodes, {len(graph.edges):,} edges")


if __name__ == "__main__":
    main()
