"""The substitute for PrimeKG: from tiny tables of diseases and drugs to files that the real readers read."""

import gzip
from pathlib import Path

import pytest

from protclip.benchmarks.formats.biobridge import read_contents
from protclip.benchmarks.formats.primekg import read_prime_kg
from protclip.benchmarks.formats.substitutes import read_note
from protclip.benchmarks.human_proteins import GeneDatabases
from protclip.benchmarks.substitute_graph import PROTEIN_BINDING, build
from protclip.data.naming import HumanEvidence
from protclip.data.ontology import ROOTS, Ontology
from protclip.data.ontology_io import Term, TermTable
from protclip.data.shards import write_shards
from protclip.errors import AssetError
from protclip.records import Protein

HELICASE, NUCLEUS, OLD = "GO:0004386", "GO:0005634", "GO:0000001"


@pytest.fixture
def genes() -> GeneDatabases:
    """Twelve proteins: all have helicase activity from an experiment, of nine their place in the nucleus is."""
    mf, cc = ROOTS["MF"], ROOTS["CC"]
    terms = [
        Term(id=mf, name="molecular_function", aspect="MF"),
        Term(id=cc, name="cellular_component", aspect="CC"),
        Term(id=HELICASE, name="helicase activity", aspect="MF", parents=(mf,), definition="Unwinding."),
        Term(id=PROTEIN_BINDING, name="protein binding", aspect="MF", parents=(mf,)),
        Term(id=NUCLEUS, name="nucleus", aspect="CC", parents=(cc,)),
    ]
    codes = {
        k: {HELICASE: "IDA", PROTEIN_BINDING: "IPI", NUCLEUS: "IDA" if k < 9 else "IEA"} for k in range(12)
    }
    return GeneDatabases(
        ontology=Ontology(TermTable(terms=tuple(sorted(terms, key=lambda t: t.id)), version="")),
        evidence=HumanEvidence(genes={f"P000{k:02d}": [k] for k in range(12)}, codes=codes),
        entrez_of={f"P000{k:02d}": str(100 + k) for k in range(12)},
    )


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Built proteins, of which one is no human one, and the tables."""
    human = [
        Protein(
            accession=f"P000{k:02d}",
            sequence="MKV" + "A" * k,
            gene=f"GEN{k}",
            organism="Homo sapiens (Human)",
        )
        for k in range(12)
    ]
    write_shards(
        [*human, Protein(accession="Q1", sequence="MM", organism="Mus musculus")], tmp_path / "data", {}
    )
    sources = tmp_path / "sources" / "deeper"
    sources.mkdir(parents=True)
    with gzip.open(sources / "diseases.tsv.gz", "wt") as file:
        file.write("disease_id\tname\tacronym\tmim\tkeywords\tdescription\n")
        file.write('DI-00001\tWerner syndrome\tWRN\tMIM:277700\t\tA rare disorder, "progeroid".\n')
    with gzip.open(sources / "derived_protein_disease_pairs.tsv.gz", "wt") as file:
        file.write("uniprot\tdisease_id\tdisease_name\tn_variants\n")
        file.write("P00000\tDI-00001\tWerner syndrome\t9\nP00001\tDI-00001\tWerner syndrome\t1\n")
    drugs = "drugbank_id\tname\ttype\tgroups\tatc_codes\tcategories\tinchikey\tinchi\tdescription\n"
    (sources / "drugbank.tsv").write_text(
        drugs + "DB1\tOften\t\t\t\t\t\t\tGiven.\nDB2\tRarely\t\t\t\t\t\t\tNot.\n"
    )
    lines = [("DB1", "target", k) for k in range(5)] + [("DB1", "enzyme", 0), ("DB2", "target", 0)]
    (sources / "proteins.tsv").write_text(
        "drugbank_id\tcategory\tuniprot_id\n" + "".join(f"{d}\t{c}\tP000{k:02d}\n" for d, c, k in lines)
    )
    return tmp_path / "data", tmp_path / "sources"


def test_the_real_readers_read_it_with_edges_both_ways(
    genes: GeneDatabases, folders: tuple[Path, Path], tmp_path: Path
) -> None:
    build(*folders, genes, tmp_path / "out")
    graph = read_prime_kg(tmp_path / "out")
    told = {
        (graph.nodes[h].name, graph.relation_names[r], graph.nodes[t].name)
        for h, r, t in zip(graph.heads, graph.relations, graph.tails, strict=True)
    }
    assert told == {(t, r, h) for h, r, t in told}
    assert {h for h, _, t in told if t == "helicase activity"} == {f"GEN{k}" for k in range(12)}
    assert {h for h, _, t in told if t == "Werner syndrome"} == {"GEN0"}
    assert {(h, r) for h, r, t in told if t == "Often"} == {
        ("GEN0", "enzyme"), *((f"GEN{k}", "target") for k in range(5))
    }  # fmt: skip
    # Too few have the nucleus by an experiment, and the second drug; protein binding tells nothing.
    assert not {"nucleus", "Rarely", "protein binding"} & {node.name for node in graph.nodes}
    contents = read_contents(tmp_path / "out")
    assert 'Name: Werner syndrome. Definition: A rare disorder, "progeroid".' in contents.texts.values()
    assert sorted(contents.accessions.values()) == [f"P000{k:02d}" for k in range(12)]
    assert read_note(tmp_path / "out").startswith("substitute, not PrimeKG")


def test_a_missing_table_is_named(genes: GeneDatabases, folders: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "sources" / "deeper" / "drugbank.tsv").unlink()
    with pytest.raises(AssetError, match=r"drugbank.tsv is nowhere in"):
        build(*folders, genes, tmp_path / "out")
