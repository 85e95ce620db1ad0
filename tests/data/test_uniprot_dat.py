"""The flat-file reader on entries written here, and against Biopython."""

import gzip
import tracemalloc

import pytest

from protclip.data.uniprot_dat import read_uniprot_dat
from protclip.errors import InputError, RecordError

SEQUENCE = "MASNTVSAQGGSNRPVRDFSNIQDVAQFLLFDPIWNEQPGSIVPWKMNREQALAERYPEL"
ENTRY = """\
ID   VHEL_TESTV              Reviewed;          60 AA.
AC   Q00001; Q00002;
AC   Q00003;
DE   RecName: Full=Test polyprotein {ECO:0000255|HAMAP-Rule:MF_00001};
DE            Short=TPP;
DE            EC=3.6.4.13;
DE   AltName: Full=Genome helicase;
DE            Short=GH1;
DE            Short=GH2;
DE   AltName: CD_antigen=CD999;
DE   Includes:
DE     RecName: Full=Helicase;
DE              EC=3.6.4.12 {ECO:0000269|PubMed:1};
DE     AltName: Full=Unwinder;
DE   Contains:
DE     RecName: Full=Chain A;
DE   Contains:
DE     RecName: Full=Chain B;
DE              Short=CB;
DE   Flags: Precursor; Fragment;
GN   Name=hel {ECO:0000313|EMBL:AAA1.1,
GN   ECO:0000313|EMBL:AAA2.1}; Synonyms=h2, h3; ORFNames=ORF1;
OS   Test virus sp. (strain A-
OS   1) (Tester).
OC   Viruses.
OX   NCBI_TaxID=1;
RN   [1]
RP   FUNCTION.
CC   -!- FUNCTION: [Chain A]: Unwinds DNA in an ATP-dependent, alpha- and beta-
CC       specific way (By similarity). Acts on alpha-
CC       and beta-sites. {ECO:0000250|UniProtKB:P1,
CC       ECO:0000255|HAMAP-Rule:MF_00001}.
CC   -!- FUNCTION: [Chain B]: Binds "quoted" RNA.
CC   -!- SUBUNIT: Monomer.
CC   -!- SUBCELLULAR LOCATION: Host nucleus {ECO:0000305}. Virion
CC       {ECO:0000305}. Note=Moves: back and forth.
CC   -!- SIMILARITY: Belongs to the test family. {ECO:0000305}.
CC   ---------------------------------------------------------------------------
CC   Copyrighted by the UniProt Consortium
CC   ---------------------------------------------------------------------------
DR   GO; GO:0004386; F:helicase activity; IDA:UniProtKB.
DR   GO; GO:0006260; P:DNA replication; IEA:UniProtKB-KW.
DR   Pfam; PF00270; DEAD; 1.
PE   1: Evidence at protein level;
KW   Helicase.
FT   CHAIN           1..60
**
**EV ECO:0000250; -; XXX; 08-APR-2017.
SQ   SEQUENCE   60 AA;  6800 MW;  0000000000000000 CRC64;
     MASNTVSAQG GSNRPVRDFS NIQDVAQFLL FDPIWNEQPG SIVPWKMNRE QALAERYPEL
//
"""


def entry(accession, *, changes=()):
    text = ENTRY.replace("Q00001", accession)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


@pytest.fixture
def write(tmp_path):
    def to_file(content):
        path = tmp_path / "in.dat"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return to_file


def test_every_field_of_an_entry(write):
    (protein,) = read_uniprot_dat(write(ENTRY))
    assert protein.accession == "Q00001"
    assert protein.sequence == SEQUENCE
    assert protein.name == (
        "Test polyprotein (TPP) (EC 3.6.4.13) (Genome helicase) (GH1) (GH2) (CD antigen CD999) "
        "[Includes: Helicase (EC 3.6.4.12) (Unwinder)] [Cleaved into: Chain A; Chain B (CB)] (Fragment)"
    )
    assert protein.gene == "hel"
    assert protein.organism == "Test virus sp. (strain A-1) (Tester)"
    assert protein.existence == 1
    assert protein.reviewed
    assert [(a.id, a.text, a.evidence) for a in protein.of_kind("go")] == [
        ("GO:0004386", "helicase activity", "IDA"),
        ("GO:0006260", "DNA replication", "IEA"),
    ]
    assert [(a.id, a.text) for a in protein.of_kind("pfam")] == [("PF00270", "DEAD")]
    assert [a.id for a in protein.of_kind("ec")] == ["3.6.4.13", "3.6.4.12"]


def test_prose_is_unwrapped_and_keeps_its_evidence(write):
    (protein,) = read_uniprot_dat(write(ENTRY))
    assert [a.text for a in protein.of_kind("function")] == [
        "[Chain A]: Unwinds DNA in an ATP-dependent, alpha- and beta-specific way (By similarity). Acts on "
        "alpha- and beta-sites. {ECO:0000250|UniProtKB:P1, ECO:0000255|HAMAP-Rule:MF_00001}.",
        '[Chain B]: Binds "quoted" RNA.',
    ]
    assert [a.text for a in protein.of_kind("location")] == [
        "Host nucleus {ECO:0000305}. Virion {ECO:0000305}. Note=Moves: back and forth."
    ]
    assert [a.text for a in protein.of_kind("similarity")] == ["Belongs to the test family. {ECO:0000305}."]


def test_submitted_names_orf_genes_and_unreviewed(write):
    names = ENTRY[ENTRY.index("DE   RecName") : ENTRY.index("OS   ")]
    new = (
        "DE   SubName: Full=Lipoprotein {ECO:0000313|EMBL:A};\nDE   SubName: Full=Other;\n"
        "GN   ORFNames=B_1;2 {ECO:0000313|EMBL:A};\n"
    )
    text = entry(
        "Q1",
        changes=[(names, new), ("Reviewed", "Unreviewed"), ("1: Evidence at protein level", "4: Predicted")],
    )
    (protein,) = read_uniprot_dat(write(text))
    assert (protein.name, protein.gene) == ("Lipoprotein (Other)", "B_1;2")
    assert (protein.reviewed, protein.existence) == (False, 4)


@pytest.mark.parametrize(
    ("line", "organism"),
    [
        ("Homo sapiens (Human).", "Homo sapiens (Human)"),
        ("Dinoroseobacter sp.", "Dinoroseobacter sp."),
        ("Leptospira str. L1111.", "Leptospira str. L1111"),
    ],
)
def test_the_full_stop_of_the_organism(write, line, organism):
    old = ENTRY[ENTRY.index("OS   ") : ENTRY.index("OC   ")]
    (protein,) = read_uniprot_dat(write(entry("Q1", changes=[(old, f"OS   {line}\n")])))
    assert protein.organism == organism


def test_the_format_before_2008(write):
    names = ENTRY[ENTRY.index("DE   RecName") : ENTRY.index("OS   ")]
    old = "DE   Helicase-like protein (EC 3.6.4.12)\nDE   (Fragment).\nGN   RAD3 OR REM1.\n"
    changes = [
        (names, old),
        ("Reviewed;          60 AA", "PRELIMINARY;      PRT;   60 AA"),
        ("PE   1: Evidence at protein level;\n", ""),
    ]
    (protein,) = read_uniprot_dat(write(entry("Q1", changes=changes)))
    assert (protein.name, protein.gene) == ("Helicase-like protein (EC 3.6.4.12) (Fragment)", "RAD3")
    assert [a.id for a in protein.of_kind("ec")] == ["3.6.4.12"]
    assert (protein.existence, protein.reviewed) == (None, False)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.removesuffix("\n").encode(),
        lambda text: text.replace("MASNTVSAQG", "masntvsaqg").encode(),
        lambda text: gzip.compress(text.encode()),
        lambda text: ("\n" + text + "\n\n").encode(),
    ],
    ids=["crlf", "bom", "no final newline", "lower case", "gzip", "blank lines"],
)
def test_harmless_differences_change_nothing(write, spoil):
    (expected,) = read_uniprot_dat(write(ENTRY))
    assert list(read_uniprot_dat(write(spoil(ENTRY)))) == [expected]


@pytest.mark.parametrize(
    ("old", "new", "place", "problem"),
    [
        ("Reviewed", "THIS_IS_WRONG", "ID   ", "THIS_IS_WRONG"),
        ("          60 AA.", "          sixty AA.", "ID   ", "ID line"),
        ("          60 AA.", "          61 AA.", "MASNT", "declares 61 residues and has 60"),
        ("SEQUENCE   60", "SEQUENCE   59", "MASNT", "declares 59 residues and has 60"),
        ("MASNTVSAQG", "MASN1VSAQG", "MASNT", "'1' at position 5"),
        ("PE   1: Ev", "PE   9: Maybe ev", "PE   ", "existence"),
        ("GO:0006260", "GO:62", "GO:0006260", "not a GO id"),
        ("; F:helicase activity; IDA:UniProtKB", "", "GO:0004386", "2 fields of 4"),
        ("SQ   SEQUENCE   60 AA", "SQ   SEQUENCE   AA", "SQ   ", "no length"),
        ("AC   Q00001; Q00002;", "AC   ;", "AC   ", "no accession"),
        (
            "PE   1: Evidence at protein level;\n",
            "PE   1: Evidence at protein level;\n//\n",
            "ID   ",
            "no SQ line",
        ),
        ("OC   Viruses.", "<html>Error 502</html>", "OC   ", "line code"),
    ],
)
def test_a_malformed_entry_is_named_and_the_others_are_read(write, old, new, place, problem):
    assert ENTRY.count(old) == 1
    path = write(entry("A1") + ENTRY.replace(old, new) + entry("A2"))
    lines = ENTRY.splitlines()
    with pytest.raises(RecordError, match=problem) as caught:
        list(read_uniprot_dat(path))
    in_entry = next(number for number, line in enumerate(lines, 1) if place in line)
    assert caught.value.line == len(lines) + in_entry
    assert caught.value.path == str(path)
    assert caught.value.remedy.endswith(".")
    errors = []
    read = [p.accession for p in read_uniprot_dat(path, on_error="skip", report=errors.append)]
    assert read == ["A1", "A2"]
    assert str(errors[0]) == str(caught.value)


def test_a_cut_file_and_a_missing_end_line_lose_nothing_silently(write):
    errors = []
    cut = write(entry("A1") + ENTRY[:400])
    assert [p.accession for p in read_uniprot_dat(cut, on_error="skip", report=errors.append)] == ["A1"]
    assert "ends within an entry" in str(errors[0])
    unended = write(ENTRY.removesuffix("//\n") + entry("A2"))
    errors.clear()
    assert [p.accession for p in read_uniprot_dat(unended, on_error="skip", report=errors.append)] == ["A2"]
    assert "second ID line" in str(errors[0])


def test_a_cut_gzip_file_says_so(write):
    content = gzip.compress("".join(entry(f"A{i}") for i in range(300)).encode())
    found = []
    with pytest.raises(RecordError, match="cut off"):
        found.extend(read_uniprot_dat(write(content[: len(content) // 2])))
    assert found


@pytest.mark.parametrize("content", ["", "\n\n", ">sp|P1|X\nMK\n"])
def test_a_file_without_entries(write, content):
    with pytest.raises(RecordError, match=r"no UniProt entry|line code"):
        list(read_uniprot_dat(write(content)))


def test_skipping_needs_someone_to_tell(write):
    with pytest.raises(InputError, match="report"):
        read_uniprot_dat(write(ENTRY), on_error="skip")


def test_memory_does_not_grow_with_the_file(write):
    def peak(number):
        path = write(gzip.compress("".join(entry(f"A{i}") for i in range(number)).encode()))
        tracemalloc.start()
        assert sum(1 for _ in read_uniprot_dat(path)) == number
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    assert peak(300) < 1.5 * peak(60)


def test_biopython_agrees(write):
    swissprot = pytest.importorskip("Bio.SwissProt")
    path = write(entry("A1") + entry("A2", changes=[("Chain A", "Chain X")]))
    ours = list(read_uniprot_dat(path))
    with path.open() as file:
        theirs = list(swissprot.parse(file))
    assert len(ours) == len(theirs) == 2
    for protein, record in zip(ours, theirs, strict=True):
        references = [r for r in record.cross_references if r[0] == "GO"]
        functions = [c.removeprefix("FUNCTION: ") for c in record.comments if c.startswith("FUNCTION")]
        assert protein.accession == record.accessions[0]
        assert protein.sequence == record.sequence
        assert protein.existence == record.protein_existence
        assert [a.id for a in protein.of_kind("go")] == [r[1] for r in references]
        # Biopython puts a space after a hyphen at a line's end, so white space is left out of account.
        squeezed = ["".join(text.split()) for text in functions]
        assert ["".join(a.text.split()) for a in protein.of_kind("function")] == squeezed
