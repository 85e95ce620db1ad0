"""The TSV reader on exports written here, under the display names and the field names of the REST service."""

import gzip

import pytest

from protclip.data.uniprot_tsv import read_uniprot_tsv
from protclip.errors import RecordError

ROW = {
    "Entry": "Q00001",
    "Reviewed": "reviewed",
    "Entry Name": "VHEL_TESTV",
    "Protein names": 'Test "poly" protein (TPP) (EC 3.6.4.13) [Cleaved into: Chain A; Chain B (EC 3.6.4.12)]',
    "Gene Names": "hel h2 ORF1",
    "Organism": "Test virus sp. (Tester)",
    "Length": "20",
    "Function [CC]": (
        'FUNCTION: [Chain A]: Unwinds "DNA; FUNCTION. {ECO:0000250|UniProtKB:P1, ECO:0000305}.; '
        "FUNCTION: [Chain B]: Binds RNA (By similarity)."
    ),
    "Subcellular location [CC]": "SUBCELLULAR LOCATION: Host nucleus {ECO:0000305}. Note=Moves; and stays.",
    "Sequence similarities": "SIMILARITY: Belongs to the test family. {ECO:0000305}.",
    "Protein families": "Test family",
    "Gene Ontology IDs": "GO:0004386; GO:0006260; GO:0005524",
    "Gene Ontology (GO)": "helicase activity [GO:0004386]; DNA [x]; replication [GO:0006260]",
    "EC number": "3.6.4.12; 3.6.4.13",
    "Pfam": "PF00270;PF00271;",
    "Protein existence": "Inferred from homology",
    "Sequence": "MASNTVSAQGGSNRPVRDFS",
}
FIELDS = {
    "Entry": "accession",
    "Reviewed": "reviewed",
    "Entry Name": "id",
    "Protein names": "protein_name",
    "Gene Names": "gene_names",
    "Organism": "organism_name",
    "Length": "length",
    "Function [CC]": "cc_function",
    "Subcellular location [CC]": "cc_subcellular_location",
    "Sequence similarities": "cc_similarity",
    "Protein families": "protein_families",
    "Gene Ontology IDs": "go_id",
    "Gene Ontology (GO)": "go",
    "EC number": "ec",
    "Pfam": "xref_pfam",
    "Protein existence": "protein_existence",
    "Sequence": "sequence",
}


def table(*rows, header=None):
    lines = ["\t".join(header or rows[0]), *("\t".join(row.values()) for row in rows)]
    return "\n".join(lines) + "\n"


@pytest.fixture
def write(tmp_path):
    def to_file(content):
        path = tmp_path / "in.tsv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return to_file


def test_every_column(write):
    (protein,) = read_uniprot_tsv(write(table(ROW)))
    assert (protein.accession, protein.sequence) == ("Q00001", ROW["Sequence"])
    assert (protein.name, protein.gene, protein.organism) == (ROW["Protein names"], "hel", ROW["Organism"])
    assert (protein.existence, protein.reviewed) == (3, True)
    assert [a.text for a in protein.of_kind("function")] == [
        '[Chain A]: Unwinds "DNA; FUNCTION. {ECO:0000250|UniProtKB:P1, ECO:0000305}.',
        "[Chain B]: Binds RNA (By similarity).",
    ]
    assert [a.text for a in protein.of_kind("location")] == [
        "Host nucleus {ECO:0000305}. Note=Moves; and stays."
    ]
    assert [a.text for a in protein.of_kind("similarity")] == ["Belongs to the test family. {ECO:0000305}."]
    assert [(a.id, a.text) for a in protein.of_kind("go")] == [
        ("GO:0004386", "helicase activity"),
        ("GO:0006260", "DNA [x]; replication"),
        ("GO:0005524", ""),
    ]
    assert [a.id for a in protein.of_kind("ec")] == ["3.6.4.12", "3.6.4.13"]
    assert [a.id for a in protein.of_kind("pfam")] == ["PF00270", "PF00271"]


def test_field_names_and_another_order_give_the_same(write):
    (expected,) = read_uniprot_tsv(write(table(ROW)))
    swapped = dict(reversed(ROW.items()))
    text = table(swapped, header=[FIELDS[name] for name in swapped])
    assert list(read_uniprot_tsv(write(text))) == [expected]


def test_without_their_columns_ec_comes_from_the_name_and_similarity_from_the_families(write):
    row = {k: v for k, v in ROW.items() if k not in ("EC number", "Sequence similarities", "Length")}
    (protein,) = read_uniprot_tsv(write(table(row)))
    assert [a.id for a in protein.of_kind("ec")] == ["3.6.4.13", "3.6.4.12"]
    assert [a.text for a in protein.of_kind("similarity")] == ["Test family"]


def test_two_columns_are_enough(write):
    (protein,) = read_uniprot_tsv(write("Sequence\tEntry\nmk t\tP1"))
    assert (protein.accession, protein.sequence, protein.annotations) == ("P1", "MKT", ())


def test_primary_gene_and_aspect_columns(write):
    row = {
        "Entry": "P1",
        "Sequence": "MK",
        "Gene Names": "h2 hel",
        "Gene Names (primary)": "hel; hel2",
        "Gene Ontology (molecular function)": "ATP binding [GO:0005524]",
        "Gene Ontology (cellular component)": "nucleus [GO:0005634]; virion [GO:0044423]",
    }
    (protein,) = read_uniprot_tsv(write(table(row)))
    assert protein.gene == "hel"
    assert [(a.id, a.text) for a in protein.of_kind("go")] == [
        ("GO:0005524", "ATP binding"),
        ("GO:0005634", "nucleus"),
        ("GO:0044423", "virion"),
    ]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.removesuffix("\n").encode(),
        lambda text: gzip.compress(text.encode()),
        lambda text: text.replace("MASNT", "masnt").encode(),
        lambda text: (text + "\n\n").encode(),
    ],
    ids=["crlf", "bom", "no final newline", "gzip", "lower case", "blank lines"],
)
def test_harmless_differences_change_nothing(write, spoil):
    rows = ROW, {**ROW, "Entry": "Q2", "Protein existence": ""}
    expected = list(read_uniprot_tsv(write(table(*rows))))
    assert [p.existence for p in expected] == [3, None]
    assert list(read_uniprot_tsv(write(spoil(table(*rows))))) == expected


@pytest.mark.parametrize(("missing", "field"), [("Entry", "accession"), ("Sequence", "sequence")])
def test_a_missing_column_is_named_with_those_found_and_the_field_to_add(write, missing, field):
    row = {k: v for k, v in ROW.items() if k != missing}
    with pytest.raises(RecordError, match=f"the column '{missing}' is missing") as caught:
        list(read_uniprot_tsv(write(table(row)), on_error="skip", report=lambda _: None))
    assert "'Function [CC]'" in caught.value.problem
    assert f"field '{field}'" in caught.value.remedy
    assert caught.value.line == 1


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"Entry": ""}, "accession '' is empty"),
        ({"Entry": "Q 1"}, "white space"),
        ({"Sequence": "MASN*TVSAQGGSNRPVRDF"}, r"'\*' at position 5"),
        ({"Sequence": ""}, "sequence is empty"),
        ({"Length": "21"}, "declares 21 residues and has 20"),
        ({"Protein existence": "Rumoured"}, "'Rumoured' is not known"),
        ({"Reviewed": "perhaps"}, "'perhaps' in the column Reviewed"),
        ({"Gene Ontology IDs": "GO:1"}, "'GO:1' is not a GO id"),
        ({"Organism": "a\tb"}, "18 cells and the header 17"),
    ],
)
def test_a_malformed_row_is_named_and_the_others_are_read(write, change, problem):
    path = write(table({**ROW, "Entry": "A1"}, {**ROW, **change}, {**ROW, "Entry": "A2"}))
    with pytest.raises(RecordError, match=problem) as caught:
        list(read_uniprot_tsv(path))
    assert caught.value.line == 3
    errors = []
    read = [p.accession for p in read_uniprot_tsv(path, on_error="skip", report=errors.append)]
    assert read == ["A1", "A2"]
    assert [str(e) for e in errors] == [str(caught.value)]


def test_a_cut_row_is_not_taken_for_a_short_sequence(write):
    text = table(ROW).rstrip("\n")
    cut = text[: text.rindex("\t") - 3]
    with pytest.raises(RecordError, match="16 cells and the header 17"):
        list(read_uniprot_tsv(write(cut)))


@pytest.mark.parametrize(("content", "problem"), [("", "line is empty"), ("Entry\tSequence\n", "no row")])
def test_an_empty_export(write, content, problem):
    with pytest.raises(RecordError, match=problem):
        list(read_uniprot_tsv(write(content)))
