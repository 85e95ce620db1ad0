"""The XML reader on an entry written here, which must say what the flat file of the same entry says."""

import gzip
import tracemalloc

import pytest

from protclip.data.uniprot_dat import read_uniprot_dat
from protclip.data.uniprot_xml import read_uniprot_xml
from protclip.errors import RecordError

ROOT = '<?xml version="1.0" encoding="UTF-8"?>\n<uniprot xmlns="http://uniprot.org/uniprot">\n'
ENTRY = """\
<entry dataset="Swiss-Prot" created="2000-01-01" modified="2020-01-01" version="1">
<accession>Q00001</accession>
<accession>Q00002</accession>
<name>VHEL_TESTV</name>
<protein>
<recommendedName><fullName evidence="2">Test polyprotein</fullName><shortName>TPP</shortName>
<ecNumber>3.6.4.13</ecNumber></recommendedName>
<alternativeName><fullName>Genome helicase</fullName><shortName>GH1</shortName></alternativeName>
<cdAntigenName>CD999</cdAntigenName>
<domain><recommendedName><fullName>Helicase</fullName><ecNumber>3.6.4.12</ecNumber></recommendedName>
<alternativeName><fullName>Unwinder</fullName></alternativeName></domain>
<component><recommendedName><fullName>Chain A</fullName></recommendedName></component>
<component><recommendedName><fullName>Chain B</fullName><shortName>CB</shortName></recommendedName>
</component>
</protein>
<gene><name type="ORF">ORF1</name><name evidence="1" type="primary">hel</name></gene>
<gene><name type="primary">other</name></gene>
<organism><name type="scientific">Test virus sp.</name><name type="common">Tester &amp; Co</name>
<dbReference type="NCBI Taxonomy" id="1"/></organism>
<reference key="1"><citation type="submission"><title>Nobody reads this</title></citation></reference>
<comment type="function"><molecule>Chain A</molecule>
<text evidence="1 2">Unwinds DNA (By similarity).</text></comment>
<comment type="function"><molecule>Chain B</molecule><text>Binds "quoted" RNA.</text></comment>
<comment type="subunit"><text>Monomer.</text></comment>
<comment type="subcellular location"><subcellularLocation><location evidence="3">Host nucleus</location>
<topology evidence="3">Multi-pass membrane protein</topology></subcellularLocation>
<subcellularLocation><location>Virion</location></subcellularLocation><text>Moves.</text></comment>
<comment type="alternative products"><isoform>
<id>Q00001-1</id><sequence type="displayed"/></isoform></comment>
<comment type="similarity"><text evidence="3 4">Belongs to the test family.</text></comment>
<dbReference type="GO" id="GO:0004386"><property type="term" value="F:helicase activity"/>
<property type="evidence" value="ECO:0000314"/><property type="project" value="UniProtKB"/></dbReference>
<dbReference type="GO" id="GO:0006260"><property type="term" value="P:DNA replication"/>
<property type="evidence" value="ECO:0000256"/></dbReference>
<dbReference type="Pfam" id="PF00270"><property type="entry name" value="DEAD"/></dbReference>
<dbReference type="PDB" id="1ABC"/>
<proteinExistence type="evidence at protein level"/>
<feature type="chain" description="Chain A">
<location><begin position="1"/><end position="60"/></location></feature>
<evidence type="ECO:0000250" key="1"><source><dbReference type="UniProtKB" id="P1"/></source></evidence>
<evidence type="ECO:0000255" key="2">
<source><dbReference type="HAMAP-Rule" id="MF_00001"/></source></evidence>
<evidence type="ECO:0000305" key="3"/>
<evidence type="ECO:0000303" key="4"><source ref="1"/></evidence>
<sequence length="60" mass="6800" checksum="0" version="1" fragment="single">MASNTVSAQGGSNRPVRDFSNIQDVAQFLL
FDPIWNEQPGSIVPWKMNREQALAERYPEL</sequence>
</entry>
"""
SAME_AS_FLAT_FILE = """\
ID   VHEL_TESTV              Reviewed;          60 AA.
AC   Q00001; Q00002;
DE   RecName: Full=Test polyprotein {ECO:0000255|HAMAP-Rule:MF_00001};
DE            Short=TPP;
DE            EC=3.6.4.13;
DE   AltName: Full=Genome helicase;
DE            Short=GH1;
DE   AltName: CD_antigen=CD999;
DE   Includes:
DE     RecName: Full=Helicase;
DE              EC=3.6.4.12;
DE     AltName: Full=Unwinder;
DE   Contains:
DE     RecName: Full=Chain A;
DE   Contains:
DE     RecName: Full=Chain B;
DE              Short=CB;
DE   Flags: Fragment;
GN   Name=hel; ORFNames=ORF1;
GN   and
GN   Name=other;
OS   Test virus sp. (Tester & Co).
CC   -!- FUNCTION: [Chain A]: Unwinds DNA (By similarity).
CC       {ECO:0000250|UniProtKB:P1, ECO:0000255|HAMAP-Rule:MF_00001}.
CC   -!- FUNCTION: [Chain B]: Binds "quoted" RNA.
CC   -!- SUBCELLULAR LOCATION: Host nucleus {ECO:0000305}; Multi-pass membrane
CC       protein {ECO:0000305}. Virion. Note=Moves.
CC   -!- SIMILARITY: Belongs to the test family. {ECO:0000303|Ref.1,
CC       ECO:0000305}.
DR   GO; GO:0004386; F:helicase activity; IDA:UniProtKB.
DR   GO; GO:0006260; P:DNA replication; IEA:UniProtKB-KW.
DR   Pfam; PF00270; DEAD; 1.
PE   1: Evidence at protein level;
SQ   SEQUENCE   60 AA;  6800 MW;  0000000000000000 CRC64;
     MASNTVSAQG GSNRPVRDFS NIQDVAQFLL FDPIWNEQPG SIVPWKMNRE QALAERYPEL
//
"""


def document(*entries):
    return ROOT + "".join(entries) + "<copyright>CC BY</copyright>\n</uniprot>\n"


@pytest.fixture
def write(tmp_path):
    def to_file(content, name="in.xml"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return to_file


def test_the_xml_and_the_flat_file_of_an_entry_say_the_same(write):
    (from_xml,) = read_uniprot_xml(write(document(ENTRY)))
    (from_flat_file,) = read_uniprot_dat(write(SAME_AS_FLAT_FILE, "in.dat"))
    assert from_xml == from_flat_file
    assert {a.kind for a in from_xml.annotations} == {
        "go",
        "ec",
        "pfam",
        "function",
        "location",
        "similarity",
    }
    assert from_xml.organism == "Test virus sp. (Tester & Co)"
    assert [a.evidence for a in from_xml.of_kind("go")] == ["IDA", "IEA"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", " ").encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: gzip.compress(text.encode()),
        lambda text: text.replace("MASNT", "masnt").encode(),
        lambda text: text.replace("http://uniprot", "https://uniprot").encode(),
        lambda text: (
            text.replace("<", "<u:")
            .replace("<u:/", "</u:")
            .replace("<u:?", "<?")
            .replace("xmlns=", "xmlns:u=")
            .encode()
        ),
    ],
    ids=["crlf", "one line", "bom", "gzip", "lower case", "https namespace", "prefixed"],
)
def test_harmless_differences_change_nothing(write, spoil):
    expected = list(read_uniprot_xml(write(document(ENTRY, ENTRY.replace("Q00001", "Q9")))))
    assert len(expected) == 2
    assert list(read_uniprot_xml(write(spoil(document(ENTRY, ENTRY.replace("Q00001", "Q9")))))) == expected


def test_old_evidence_status_locations_and_ec_numbers(write):
    text = (
        ENTRY.replace(
            "<location>Virion</location>",
            '<location status="potential">Secreted</location><location>Extracellular space</location>',
        )
        .replace("<ecNumber>3.6.4.13</ecNumber>", "")
        .replace("<ecNumber>3.6.4.12</ecNumber>", "")
        .replace('<dbReference type="PDB" id="1ABC"/>', '<dbReference type="EC" id="3.6.4.13"/>')
    )
    (protein,) = read_uniprot_xml(write(document(text)))
    assert "Secreted (Potential), extracellular space." in protein.of_kind("location")[0].text
    assert [a.id for a in protein.of_kind("ec")] == ["3.6.4.13"]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('dataset="Swiss-Prot"', 'dataset="Mine"', "unknown dataset"),
        ('length="60"', 'length="61"', "declares 61 residues and has 60"),
        ("MASNT", "MAS4T", "'4' at position 4"),
        ("<accession>Q00001</accession>\n<accession>Q00002</accession>\n", "", "no <accession>"),
        ('type="evidence at protein level"', 'type="hearsay"', "'hearsay' is not known"),
        ("GO:0004386", "GO:4", "not a GO id"),
    ],
)
def test_a_malformed_entry_is_named_and_the_others_are_read(write, old, new, problem):
    path = write(
        document(ENTRY.replace("Q00001", "A1"), ENTRY.replace(old, new), ENTRY.replace("Q00001", "A2"))
    )
    with pytest.raises(RecordError, match=problem) as caught:
        list(read_uniprot_xml(path))
    assert caught.value.line == 3 + len(ENTRY.splitlines())
    errors = []
    read = [p.accession for p in read_uniprot_xml(path, on_error="skip", report=errors.append)]
    assert read == ["A1", "A2"]
    assert [str(e) for e in errors] == [str(caught.value)]


def test_a_doctype_is_refused_before_its_entities_swell(write):
    entities = '<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">'
    bomb = f'<?xml version="1.0"?>\n<!DOCTYPE uniprot [{entities}]>\n<uniprot>&b;</uniprot>'
    for encoding in ("utf-8", "utf-16"):
        with pytest.raises(RecordError, match="DOCTYPE") as caught:
            list(read_uniprot_xml(write(bomb.encode(encoding))))
        assert caught.value.line == 2


@pytest.mark.parametrize(
    ("content", "line", "problem"),
    [
        (document(ENTRY)[:1500], None, "broken or cut off"),
        (ROOT + "<entry></entri>", 3, "broken or cut off"),
        ("<html><body/></html>", 1, "root element is <html>"),
        ("", 1, "broken or cut off"),
        (document(), 1, "no <entry>"),
    ],
)
def test_what_is_not_whole_uniprot_xml_is_refused(write, content, line, problem):
    with pytest.raises(RecordError, match=problem) as caught:
        list(read_uniprot_xml(write(content)))
    assert caught.value.line == (line or content.count("\n") + 1)


def test_a_cut_gzip_file_gives_what_it_has_and_then_says_so(write):
    content = gzip.compress(document(*(ENTRY.replace("Q00001", f"A{i}") for i in range(400))).encode())
    found = []
    with pytest.raises(RecordError, match="gzip data stop in the middle"):
        found.extend(read_uniprot_xml(write(content[: len(content) // 2])))
    assert found[0].accession == "A0"


def test_memory_does_not_grow_with_the_file(write):
    def peak(number):
        path = write(gzip.compress(document(ENTRY * number).encode()))
        tracemalloc.start()
        assert sum(1 for _ in read_uniprot_xml(path)) == number
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    assert peak(240) < 1.5 * peak(60)
