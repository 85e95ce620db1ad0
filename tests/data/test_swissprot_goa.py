"""Swiss-Prot with GO annotation, read from miniature packages that the test writes."""

import gzip
import sqlite3

import pytest

from protclip.data import debian
from protclip.data.ontology import Ontology, Term
from protclip.data.ontology_io import TermTable
from protclip.data.swissprot_goa import GoaSources, read_swissprot_goa
from protclip.errors import AssetError, RecordError
from protclip.records import Annotation, Protein

KINASE, MERGED, PROCESS, NUCLEUS, GONE = "GO:0004672", "GO:0050222", "GO:0006468", "GO:0005634", "GO:0055114"
SEQUENCES = {"P00009": "MKTAYIAK", "A00001": "ACDEFGHU", "P04637": "MEEPQSDP", "Q00007": "MSTNPKPQ"}
ANNOTATIONS = {
    "MFO": {"P00009": [KINASE, KINASE, MERGED], "P04637": [MERGED]},
    "BPO": {"P00009": [PROCESS, GONE, GONE], "Q00007": [GONE]},
    "CCO": {"A00001": [NUCLEUS], "P04637": [NUCLEUS, NUCLEUS], "P00009": [PROCESS]},
}


@pytest.fixture
def ontology():
    terms = (
        Term(id=KINASE, name="protein kinase activity", aspect="MF", secondary=(MERGED,)),
        Term(id=NUCLEUS, name="nucleus", aspect="CC"),
        Term(id=PROCESS, name="protein phosphorylation", aspect="BP"),
        Term(id=GONE, name="obsolete oxidation-reduction process", aspect="BP", obsolete=True),
    )
    return Ontology(TermTable(terms=terms))


def _write_human(path):
    path.parent.mkdir(parents=True)
    connection = sqlite3.connect(path)
    connection.executescript(
        "create table genes (_id integer primary key, gene_id);"
        "create table gene_info (_id, gene_name, symbol);"
        "create table uniprot (_id, uniprot_id);"
        "create table ec (_id, ec_number);"
        "create table pfam (_id, ipi_id, pfam_id);"
        # P04637 is of two genes here; as text "7157" would sort after "10000"
        "insert into genes values (1, '10000'), (2, '7157'), (3, '5');"
        "insert into gene_info values (1, 'second gene', 'SEC'), (2, 'tumor protein p53', 'TP53');"
        "insert into gene_info values (3, 'other', 'OTH');"
        "insert into uniprot values (1, 'P04637'), (2, 'P04637'), (3, 'X99999'), (3, 'Q00007');"
        "insert into ec values (1, '2.7.11.1'), (3, '1.1.1.1');"
        "insert into pfam values (2, 'IPI1', 'PF07710'), (2, 'IPI2', 'PF07710'), (1, 'IPI3', 'PF00870');"
        "insert into pfam values (2, 'IPI4', null);"
        "create table go_bp (_id, go_id, evidence);"
        "create table go_mf (_id, go_id, evidence);"
        "create table go_cc (_id, go_id, evidence);"
        # the kinase by its old id with an experiment for one gene, and without for the other
        "insert into go_mf values (1, 'GO:0050222', 'IMP'), (2, 'GO:0004672', 'IEA'), (2, 'GO:0004672', 'TAS');"
        # nothing of 2014 says that Q00007 is in the nucleus; of P04637's nucleus nothing is known
        "insert into go_cc values (3, 'GO:0005634', 'IDA'), (2, 'GO:9999999', 'IDA');"
    )
    connection.commit()
    connection.close()


def _write_fasta(path):
    path.parent.mkdir(parents=True)
    headers = [
        ">sp|A00001|ABC_ECOLI Protein of the OS family OS=Escherichia coli K12 GN=abcA PE=1 SV=2 Split=0 ",
        ">sp|Q00007|Q_HUMAN Full name OS=Homo sapiens PE=2 SV=1",
        ">tr|P00009|P00009_X Header without organism",
        ">UniRef90_P04637 another form OS=Nowhere",
    ]
    with gzip.open(path, "wt") as file:
        file.writelines(f"{header}\nMKT\n" for header in headers)


@pytest.fixture
def sources(tmp_path, write_blastdb):
    sources = GoaSources(
        metastudent=tmp_path / "metastudent",
        go_db=tmp_path / "go",
        org_hs=tmp_path / "human",
        mmseqs_examples=tmp_path / "mmseqs",
    )
    for name, annotations in ANNOTATIONS.items():
        write_blastdb(
            sources.blast_base(name), [(f"{a}|{','.join(g)}", SEQUENCES[a]) for a, g in annotations.items()]
        )
        lines = ["\t".join([a, *g]) for a, g in annotations.items()]
        sources.annotation_file(name).write_text(
            "\n".join(reversed(lines)) + "\n"
        )  # another order than the database
    _write_human(tmp_path / "human/usr/lib/R/site-library/org.Hs.eg.db/extdata/org.Hs.eg.sqlite")
    _write_fasta(tmp_path / "mmseqs/usr/share/doc/mmseqs2/example-data/DB.fasta.gz")
    return sources


def _read(sources, ontology) -> dict[str, Protein]:
    return {p.accession: p for p in read_swissprot_goa(sources, ontology)}


def _go(protein):
    return [(a.id, a.text, a.count) for a in protein.of_kind("go")]


def test_every_protein_comes_once_in_order_of_accession(sources, ontology):
    proteins = list(read_swissprot_goa(sources, ontology))
    assert [p.accession for p in proteins] == sorted(SEQUENCES)
    assert {p.accession: p.sequence for p in proteins} == SEQUENCES
    assert all(p.reviewed for p in proteins)


def test_annotations_of_the_three_sets_are_summed_under_current_ids(sources, ontology):
    proteins = _read(sources, ontology)
    # twice its current id, once a merged one; the process in two of the sets; the withdrawn one is left out
    assert _go(proteins["P00009"]) == [
        (KINASE, "protein kinase activity", 3),
        (PROCESS, "protein phosphorylation", 2),
    ]
    assert _go(proteins["P04637"]) == [(KINASE, "protein kinase activity", 1), (NUCLEUS, "nucleus", 2)]
    assert _go(proteins["Q00007"]) == []


def test_human_proteins_are_named_after_the_gene_of_lowest_number(sources, ontology):
    p53 = _read(sources, ontology)["P04637"]
    assert (p53.name, p53.gene, p53.organism) == ("tumor protein p53", "TP53", "Homo sapiens (Human)")
    assert p53.annotations[2:] == (
        Annotation(kind="ec", id="2.7.11.1"),
        Annotation(kind="pfam", id="PF00870"),
        Annotation(kind="pfam", id="PF07710"),
    )


def test_a_human_annotation_takes_its_strongest_evidence_and_none_is_added(sources, ontology):
    reports = []
    proteins = {p.accession: p for p in read_swissprot_goa(sources, ontology, reports.append)}
    assert [(a.id, a.evidence) for a in proteins["P04637"].of_kind("go")] == [(KINASE, "IMP"), (NUCLEUS, "")]
    assert _go(proteins["Q00007"]) == []
    assert {a.evidence for a in proteins["P00009"].annotations} == {""}
    assert reports[0].num_with_evidence == 1


def test_fasta_headers_name_others(sources, ontology):
    proteins = _read(sources, ontology)
    named = proteins["A00001"]
    assert (named.name, named.gene, named.existence) == ("Protein of the OS family", "abcA", 1)
    assert named.organism == "Escherichia coli K12"
    assert (proteins["P00009"].name, proteins["P00009"].organism) == ("", "")  # a header without organism


def test_uniprot_name_goes_before_the_gene_description_but_loses_nothing(sources, ontology):
    both = _read(sources, ontology)["Q00007"]
    assert (both.name, both.gene, both.organism, both.existence) == (
        "Full name",
        "OTH",
        "Homo sapiens (Human)",
        2,
    )
    assert both.annotations == (Annotation(kind="ec", id="1.1.1.1"),)


def test_naming_packages_may_be_missing(sources, ontology):
    bare = GoaSources(metastudent=sources.metastudent, go_db=sources.go_db)
    proteins = _read(bare, ontology)
    assert {p.name for p in proteins.values()} == {""}
    assert _go(proteins["P04637"]) == _go(_read(sources, ontology)["P04637"])
    assert {a.evidence for a in proteins["P04637"].annotations} == {""}


def test_report_accounts_for_every_line(sources, ontology):
    reports = []
    proteins = list(read_swissprot_goa(sources, ontology, reports.append))
    (report,) = reports
    num_lines = sum(len(ids) for annotations in ANNOTATIONS.values() for ids in annotations.values())
    used = sum(a.count for p in proteins for a in p.of_kind("go"))
    assert report.num_lines == num_lines == used + report.num_unmapped_lines
    assert report.unmapped == ((GONE, 3),)
    assert report.num_updated_lines == 2
    assert (report.num_proteins, report.num_without_go, report.num_annotations) == (4, 1, 5)
    assert (report.num_named, report.num_with_organism) == (3, 3)


def test_id_the_ontology_has_never_heard_of_is_counted_not_fatal(sources, ontology):
    path = sources.annotation_file("CCO")
    path.write_text(path.read_text().replace(f"A00001\t{NUCLEUS}", "A00001\tGO:9999999"))
    reports = []
    list(read_swissprot_goa(sources, ontology, reports.append))
    assert dict(reports[0].unmapped) == {GONE: 3, "GO:9999999": 1}


def test_sets_that_disagree_on_a_sequence_are_refused(sources, ontology, write_blastdb):
    records = [(f"{a}|", SEQUENCES[a]) for a in ("A00001", "P04637")] + [("P00009|", "MKTAYIAR")]
    write_blastdb(sources.blast_base("CCO"), records)
    with pytest.raises(AssetError, match="disagree on the sequence of P00009"):
        _read(sources, ontology)


def test_sequence_without_annotation_line_is_refused(sources, ontology):
    sources.annotation_file("CCO").write_text(f"P00009\t{PROCESS}\nP04637\t{NUCLEUS}\n")
    with pytest.raises(AssetError, match="A00001 has a sequence but no line"):
        _read(sources, ontology)


def test_annotation_line_without_sequence_is_refused(sources, ontology):
    with sources.annotation_file("MFO").open("a") as file:
        file.write(f"Z00000\t{KINASE}\n")
    with pytest.raises(AssetError, match="1 annotated accessions have no sequence, such as Z00000"):
        _read(sources, ontology)


@pytest.mark.parametrize("line", ["P00009", "P00009\tkinase", "\tGO:0004672", ""])
def test_malformed_annotation_line_names_file_and_line(sources, ontology, line):
    path = sources.annotation_file("BPO")
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(RecordError) as caught:
        _read(sources, ontology)
    assert (caught.value.path, caught.value.line) == (str(path), 3)


def test_damaged_gzip_is_an_asset_error(sources, ontology):
    (path,) = sources.mmseqs_examples.rglob("*.fasta.gz")
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(AssetError, match=r"DB\.fasta\.gz is damaged"):
        _read(sources, ontology)


def test_folder_that_is_no_package_is_an_asset_error(tmp_path, ontology):
    with pytest.raises(AssetError, match=r"goasp_annot\.dat"):
        _read(GoaSources(metastudent=tmp_path, go_db=tmp_path), ontology)


def test_other_database_in_place_of_the_human_genes_is_an_asset_error(sources, ontology):
    (path,) = sources.org_hs.rglob("*.sqlite")
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("create table something (else_)")
    connection.commit()
    connection.close()
    with pytest.raises(AssetError, match="is not an OrgDb database"):
        _read(sources, ontology)


def test_locate_asks_for_the_four_packages(tmp_path, monkeypatch):
    asked = []

    def folder(name, cache, download):
        asked.append((cache, download))
        return cache / name

    monkeypatch.setattr(debian, "package_folder", folder)
    sources = GoaSources.locate(tmp_path, download=True)
    assert sources == GoaSources(
        metastudent=tmp_path / "metastudent-data",
        go_db=tmp_path / "r-bioc-go.db",
        org_hs=tmp_path / "r-bioc-org.hs.eg.db",
        mmseqs_examples=tmp_path / "mmseqs2-examples",
    )
    assert asked == [(tmp_path, True)] * 4
    assert (
        sources.go_sqlite
        == tmp_path / debian.PACKAGES["r-bioc-go.db"].name / debian.PACKAGES["r-bioc-go.db"].marker
    )
