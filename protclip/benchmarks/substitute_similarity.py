"""A substitute for PROBE's similarity matrices, which are on a drive and not in its repository, in their exact form.

``python -m protclip.benchmarks.substitute_similarity --data var/data/swissprot-goa --output FOLDER``: the human
proteins of Swiss-Prot, their GO annotations with evidence codes (org.Hs.eg.db) without IEA, Lin's similarity and the
best-match average.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click
import numpy as np

from protclip.benchmarks.formats.probe import (
    Matrix,
    Places,
    matrix_name,
    pairs_name,
    write_pairs,
    write_similarity_matrix,
)
from protclip.benchmarks.formats.substitutes import write_note
from protclip.benchmarks.human_proteins import GeneDatabases, gene_databases, human_proteins
from protclip.benchmarks.semantic_similarity import FEWEST_PAIRS, HELD_OUT
from protclip.data.ontology import ASPECTS, Ontology
from protclip.data.splits import Splits
from protclip.predict.similarity import LinSimilarity
from protclip.records import Protein
from protclip.sequence import format_fasta
from protclip.starter import splits_path

NUM_PROTEINS, NUM_HELD_OUT = 500, 200
_BINS, _PER_BIN, _SEED = 25, 10, 42
_NOT_USED = ("IEA", "ND")
NOTE = (
    f"substitute, not PROBE's matrices: the {NUM_PROTEINS} human proteins of Swiss-Prot with the most GO terms of an "
    "evidence code other than IEA (org.Hs.eg.db) that have some in all three aspects; Lin's similarity with the "
    "information content of these terms over all human proteins, best-match average; sparse pairs: at most "
    f"{_PER_BIN} drawn (seed {_SEED}) from each of {_BINS} equal bins of similarity between 0 and 1. Most of these "
    f"proteins were in the training data of protclip-mini; spearman/{HELD_OUT} is over the {NUM_HELD_OUT} most "
    "annotated of the clusters that were not, which may still have relatives there"
)


def most_annotated(terms: Mapping[str, Sequence[str]], ontology: Ontology, number: int) -> list[str]:
    """The accessions with the most terms, of those that have a term in each aspect; ties by accession."""
    able = [
        accession
        for accession, own in terms.items()
        if {ontology.term(term).aspect for term in own if term not in ontology.roots} == set(ASPECTS)
    ]
    return sorted(able, key=lambda accession: (-len(terms[accession]), accession))[:number]


def sparse_pairs(similarities: Matrix, *, seed: int = _SEED) -> Places:
    """Pairs (n, 2) whose similarities are spread evenly: at most ten from each of 25 equal bins over 0 to 1."""
    pairs = np.stack(np.triu_indices(len(similarities), 1), axis=1)
    values = similarities[pairs[:, 0], pairs[:, 1]]
    bins = np.minimum((values * _BINS).astype(np.int64), _BINS - 1)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(pairs))
    chosen = [order[bins[order] == b][:_PER_BIN] for b in range(_BINS)]
    found: Places = pairs[np.sort(np.concatenate(chosen))]
    return found


def write_set(
    folder: Path,
    proteins: Sequence[Protein],
    terms: Mapping[str, Sequence[str]],
    lin: LinSimilarity,
    number: int,
) -> None:
    """Write the matrices of some proteins as PROBE's of ``number``, their sparse pairs, and their sequences."""
    accessions = [p.accession for p in proteins]
    for aspect in ASPECTS:
        similarities = lin.of_all([terms[a] for a in accessions], aspect).astype(np.float64)
        write_similarity_matrix(folder / matrix_name(aspect, number), accessions, similarities)
        if number == NUM_PROTEINS:
            write_pairs(folder / pairs_name(aspect), sparse_pairs(similarities))
    (folder / "sequences.fasta").write_text("\n".join(format_fasta(proteins)) + "\n", encoding="utf-8")


def build(data: Path, genes: GeneDatabases, output: Path) -> None:
    """Write the substitute of the human proteins in a folder that ``protclip data build`` made."""
    ontology = genes.ontology
    proteins = {p.accession: p for p in human_proteins(data)}
    terms = {
        a: ontology.leaves(t for t, code in genes.evidence.of(a).items() if code not in _NOT_USED)
        for a in sorted(proteins)
    }
    lin = LinSimilarity(ontology, terms.values())
    splits = Splits.read(splits_path())
    unseen = {a: own for a, own in terms.items() if splits.of(a) != "train"}
    for folder, some, number in ((output, terms, NUM_PROTEINS), (output / HELD_OUT, unseen, NUM_HELD_OUT)):
        chosen = most_annotated(some, ontology, number)
        if len(chosen) >= FEWEST_PAIRS:
            write_set(folder, [proteins[a] for a in chosen], terms, lin, number)
    write_note(output, NOTE)


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True,
              help="Folder that protclip data build made from Swiss-Prot.")  # fmt: skip
@click.option("--output", type=click.Path(path_type=Path), required=True, help="Folder to write.")
@click.option("--packages", type=click.Path(path_type=Path), default=Path("var/packages"), show_default=True,
              help="Folder of unpacked Debian packages.")  # fmt: skip
@click.option("--download/--no-download", default=True, show_default=True,
              help="Whether packages that are not there may be fetched.")  # fmt: skip
def main(data: Path, output: Path, packages: Path, download: bool) -> None:
    """Write a substitute for PROBE's data folder."""
    build(data, gene_databases(packages, download=download), output)
    click.echo(f"{output}: {NUM_PROTEINS} proteins, and {NUM_HELD_OUT} of held-out clusters")


if __name__ == "__main__":
    main()
