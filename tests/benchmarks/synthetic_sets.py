"""Writes tiny made-up sets in the form of the public ones.

Proteins are of some kind, which their residues tell. Test modules load this with runpy: they import no other test.
"""

import csv
import gzip
import io
import json
import pickle
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

LETTERS = "ACDEFGHIKLMNPQRSTVWY"
KINDS = {"A": "AVLIFGM", "C": "CHWCYHP", "D": "DEKRNSQ", "E": "EPKGTAE", "F": "FYWRSTN"}
"""By the letter of a kind the residues of which most of its proteins are made."""
SPLITS = ("train", "valid", "test")
_ACTIONS = "item_id_a\titem_id_b\tmode\taction\tis_directional\ta_is_acting\tscore"
_ASPECTS = {"MF": "molecular_function", "BP": "biological_process", "CC": "cellular_component"}
_NODE = ("index", "id", "type", "name", "source")
_RELATIONS = {
    "biological_process": "bioprocess_protein",
    "molecular_function": "molfunc_protein",
    "cellular_component": "cellcomp_protein",
}


def protein(rng: np.random.Generator, kind: str) -> str:
    """30 to 80 residues, four of five of them typical of a kind."""
    length = int(rng.integers(30, 81))
    typical = rng.choice(list(KINDS[kind]), length)
    return "".join(np.where(rng.random(length) < 0.8, typical, rng.choice(list(LETTERS), length)))


def variant(rng: np.random.Generator, parent: str, number: int, region: slice = slice(None)) -> str:
    """A protein with so many residues of a region changed to W."""
    residues = list(parent)
    for place in rng.choice(range(len(parent))[region], number, replace=False):
        residues[place] = "W"
    return "".join(residues)


def write_lmdb(
    path: Path, records: Sequence[object], *, subdir: bool = True, count: int | None = None
) -> None:
    """As PEER and TAPE write it; ``count`` is what it says of the number of records, if that is to be wrong."""
    lmdb = pytest.importorskip("lmdb")
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        lmdb.open(str(path), subdir=subdir, map_size=1 << 20) as environment,
        environment.begin(write=True) as txn,
    ):
        txn.put(b"num_examples", pickle.dumps(len(records) if count is None else count))
        for place, record in enumerate(records):
            txn.put(str(place).encode(), pickle.dumps(record, 3))


def write_flip(path: Path, split: str, rows: Mapping[str, Sequence[tuple[str, object]]]) -> None:
    """FLIP's splits.zip with a split of sequences and targets, beside what else its archives hold."""
    told = {"train": ("train", ""), "valid": ("train", "True"), "test": ("test", "")}
    table = [["sequence", "target", "set", "validation"]]
    table += [[sequence, str(target), *told[name]] for name in SPLITS for sequence, target in rows[name]]
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("splits/.DS_Store", b"\0")
        archive.writestr(f"splits/{split}.fasta", ">Sequence0 TARGET=1.0 SET=train VALIDATION=False\nMKT\n")
        archive.writestr(f"splits/{split}.csv", _csv(table))
        archive.writestr("splits/sampled.csv", _csv(table[:1]))


def write_deepfri(stem: Path, annotations: str, chains: Mapping[str, Mapping[str, str]]) -> None:
    """DeepFRI's lists and sequences of a stem such as nrPDB-EC_2020.04, from sequences by chain by split."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    _beside(stem, "annot.tsv").write_text(annotations)
    for split in ("train", "valid"):
        _beside(stem, f"{split}.txt").write_text("".join(f"{chain}\n" for chain in chains[split]))
    # Every other test chain is like none that train.
    cuts = "".join(f"{chain},{k % 2},{k % 2},1,1,1\n" for k, chain in enumerate(chains["test"]))
    _beside(stem, "test.csv").write_text(f"PDB-chain,<30%,<40%,<50%,<70%,<95%\n{cuts}")
    for split in SPLITS:
        text = "".join(f">{chain} nrPDB_{split}\n{s}\n" for chain, s in chains[split].items())
        _beside(stem, f"{split}_sequences.fasta").write_text(text)


def ec_annotations(classes: Sequence[str], labels: Mapping[str, Sequence[str]]) -> str:
    """DeepFRI's file of EC numbers, by chain."""
    rows = "".join(f"{chain}\t{','.join(found)}\n" for chain, found in labels.items())
    return "### EC-numbers\n" + "\t".join(classes) + f"\n### PDB-chain\tEC-numbers\n{rows}"


def go_annotations(
    classes: Mapping[str, Sequence[str]], labels: Mapping[str, Mapping[str, Sequence[str]]]
) -> str:
    """DeepFRI's file of GO terms: by aspect (MF, BP, CC) the terms there are, and by chain those that it has."""
    head = "".join(
        f"### GO-terms ({_ASPECTS[aspect]})\n" + "\t".join(terms)
        + f"\n### GO-names ({_ASPECTS[aspect]})\n" + "\t".join(f"name of {term}" for term in terms) + "\n"
        for aspect, terms in classes.items()
    )  # fmt: skip
    columns = "\t".join(f"GO-terms ({_ASPECTS[aspect]})" for aspect in classes)
    rows = "".join(
        "\t".join([chain, *(",".join(found[aspect]) for aspect in classes)]) + "\n"
        for chain, found in labels.items()
    )
    return f"{head}### PDB-chain\t{columns}\n{rows}"


def write_instructprotein(path: Path, terms: Mapping[str, Sequence[str]]) -> None:
    """InstructProtein's records of sequences with their terms, each with as many terms that it has not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    records = [
        {"sequence": s, "label": has, "negative_labels": [f"GO:9{k:06d}" for k in range(len(has))]}
        for s, has in terms.items()
    ]
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records))


def write_prime_kg(folder: Path, sequences: Sequence[str], num_diseases: int) -> None:
    """PrimeKG's two files and BioBridge's tables of a graph whose k-th protein is of the k-th kind, over and over.

    A protein has two terms of each aspect and the drug of its kind. A disease has the first protein of its kind, and
    one that it shares with none. One edge is of another kind.
    """
    nodes: list[tuple[object, ...]] = []

    def add(node_type: str, node_id: str, name: str, source: str) -> int:
        nodes.append((len(nodes), node_id, node_type, name, source))
        return len(nodes) - 1

    num = len(KINDS)
    proteins = [add("gene/protein", str(9000 + k), f"GENE{k}", "NCBI") for k in range(len(sequences))]
    terms = {
        t: [add(t, f"GO:{place}{k:06d}", f"{t} {k}", "GO") for k in range(2 * num)]
        for place, t in enumerate(_RELATIONS)
    }
    drugs = [add("drug", f"DB{k:05d}", f"drug of kind {kind}", "DrugBank") for k, kind in enumerate(KINDS)]
    diseases = [add("disease", str(k), f"disease {k}", "MONDO") for k in range(num_diseases)]
    edges: list[tuple[str, str, int, int]] = []
    for k, place in enumerate(proteins):
        edges += [
            (_RELATIONS[t], "interacts with", place, some[i])
            for t, some in terms.items()
            for i in (k % num, k % num + num)
        ]
        edges.append(("drug_protein", "target" if k % 2 else "enzyme", place, drugs[k % num]))
    edges += [
        ("disease_protein", "associated with", disease, proteins[i])
        for k, disease in enumerate(diseases)
        for i in (k, k % num)
    ]
    skin = add("anatomy", "7", "skin", "UBERON")
    edges.append(("anatomy_protein_present", "expression present", proteins[0], skin))
    lines = [
        [relation, display, *nodes[x], *nodes[y]]
        for relation, display, a, b in edges
        for x, y in ((a, b), (b, a))
    ]
    header = ["relation", "display_relation", *(f"{end}_{column}" for end in "xy" for column in _NODE)]
    _write_csv(folder / "kg.csv", [header, *lines])
    _write_csv(folder / "nodes.csv", [[f"node_{column}" for column in _NODE], *nodes])
    _write_contents(folder / "Processed", nodes, sequences)


def write_probe(
    folder: Path,
    aspect: str,
    accessions: Sequence[str],
    similarities: npt.NDArray[np.float64],
    pairs: npt.NDArray[np.int64],
) -> None:
    """What PROBE's data folder has of an aspect: a matrix whose header has no column of names, and int64 pairs."""
    matrix = f"human_{aspect}_proteinSimilarityMatrix_for_highest_annotated_500_proteins.csv"
    _write_csv(folder / "preprocess" / matrix, [accessions, *similarities.tolist()])
    (folder / "auxilary_input").mkdir(exist_ok=True)
    np.save(
        folder / "auxilary_input" / f"SparsifiedSimilarityCoordinates_{aspect}_for_highest_500.npy", pairs
    )


def action_lines(rng: np.random.Generator, kinds: Sequence[str], number: int) -> list[str]:
    """STRING's actions of so many pairs, which catalyse if both are of a kind and else are expressed.

    Every third comes again the other way round.
    """
    pairs = [(a, b) for a in range(len(kinds)) for b in range(a + 1, len(kinds))]
    lines = [_ACTIONS]
    for place, (a, b) in enumerate(rng.permutation(pairs)[:number]):
        mode = "catalysis" if kinds[a] == kinds[b] else "expression"
        first, second = ensembl(a), ensembl(b)
        lines.append(f"{first}\t{second}\t{mode}\t\tf\tf\t900")
        if place % 3 == 0:
            lines.append(f"{second}\t{first}\t{mode}\tinhibition\tt\tt\t150")
    return lines


def write_gnn_ppi(folder: Path, name: str, actions: Sequence[str], sequences: Sequence[str]) -> None:
    """GNN-PPI's two files of SHS27k or SHS148k."""
    (folder / f"protein.actions.{name}.STRING.txt").write_text("\n".join(actions) + "\n")
    dictionary = "".join(f"{ensembl(k)}\t{sequence}\n" for k, sequence in enumerate(sequences))
    (folder / f"protein.{name}.sequences.dictionary.tsv").write_text(dictionary)


def write_string(folder: Path, actions: Sequence[str], sequences: Sequence[str]) -> None:
    """STRING's own two files, as they are downloaded."""
    with gzip.open(folder / "9606.protein.actions.v11.0.txt.gz", "wt") as file:
        file.write("\n".join(actions) + "\n")
    with gzip.open(folder / "9606.protein.sequences.v11.0.fa.gz", "wt") as file:
        file.write("".join(f">{ensembl(k)}\n{sequence}\n" for k, sequence in enumerate(sequences)))


def ensembl(place: int) -> str:
    """STRING's name of a human protein."""
    return f"9606.ENSP{place:011d}"


def _write_contents(folder: Path, nodes: Sequence[Sequence[object]], sequences: Sequence[str]) -> None:
    """BioBridge's tables of what its encoders read; pandas has made decimals of the diseases' numbers."""
    kinds = list(KINDS) * len(nodes)
    of_type = {t: [node for node in nodes if node[2] == t] for t in dict.fromkeys(node[2] for node in nodes)}
    columns = [f"node_{column}" for column in _NODE]
    rows = [[*node, s] for node, s in zip(of_type["gene/protein"], sequences, strict=True)]
    _write_csv(folder / "protein.csv", [[*columns, "sequence"], *rows])
    tables = {
        "biological": "biological_process",
        "molecular": "molecular_function",
        "cellular": "cellular_component",
    }
    for name, t in tables.items():
        rows = [[*node, f"of kind {kind}"] for node, kind in zip(of_type[t], kinds, strict=False)]
        _write_csv(folder / f"{name}.csv", [[*columns, "description"], *rows])
    rows = [[index, drug, name, "CCO"] for index, drug, _, name, _ in of_type["drug"]]
    _write_csv(folder / "drug.csv", [["node_index", "drugbank_id", "node_name", "smiles"], *rows])
    definitions = ["mondo_definition", "umls_description", "orphanet_definition"]
    rows = [
        [f"{index}.0", mondo, name, "", f"of kind {kind}", "not this"]
        for (index, mondo, _, name, _), kind in zip(of_type["disease"], kinds, strict=False)
    ]
    _write_csv(folder / "disease.csv", [["node_index", "mondo_id", "mondo_name", *definitions], *rows])


def _write_csv(path: Path, rows: Sequence[Sequence[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_csv(rows))


def _csv(rows: Sequence[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _beside(stem: Path, ending: str) -> Path:
    return stem.with_name(f"{stem.name}_{ending}")
