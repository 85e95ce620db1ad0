"""Known interactions in the forms that users have them in, and what is no such file."""

import gzip
from pathlib import Path

import pytest

from protclip.data.known_interactions import known_interactions_in, read_known_interactions
from protclip.errors import InputError

P53, MDM2, BRCA1 = "P04637", "Q00987", "P38398"
MITAB = (
    "#ID(s) interactor A\tID(s) interactor B\tAlt. ID(s) interactor A",
    f"uniprotkb:{P53}\tuniprotkb:{MDM2}-2\tintact:EBI-366083\tpsi-mi:mdm2",
    f"uniprotkb:{P53}-PRO_0000185703\tuniprotkb:{BRCA1}\t-",
    f"uniprotkb:{P53}\tintact:EBI-1\t-",
)


def read(*lines: str):
    return known_interactions_in(lines, "mine.tsv")


@pytest.mark.parametrize(
    "lines",
    [
        (f"{P53}\t{MDM2}", f"{P53}\t{BRCA1}"),
        (f"{P53},{MDM2}", f"{BRCA1},{P53}"),
        (f'"{P53}","{MDM2}",0.9,x', f'"{P53}","{BRCA1}",0,x'),
        ("protein1\tprotein2\tscore", f"{P53}\t{MDM2}\t0.1", "", f"{P53}\t{BRCA1}\t0.2"),
        (f"{P53} {MDM2}", f"{MDM2} {P53}", f"{P53} {MDM2}", f"{P53}  {BRCA1}"),
        (f"{P53.lower()}\t{MDM2}", f"{P53}\t{BRCA1}"),
        (f"{P53}\t{MDM2}\t1", f"{P53}\t{BRCA1}\t1"),
    ],
)
def test_two_columns_are_read_in_every_usual_form(lines) -> None:
    found = read(*lines)
    assert found.partners == {P53: {MDM2, BRCA1}, MDM2: {P53}, BRCA1: {P53}}
    assert (found.num_pairs, found.num_left_out, found.left_out) == (2, 0, "")


def test_mitab_is_read_and_what_is_no_protein_of_uniprot_is_told() -> None:
    found = read(*MITAB)
    assert found.partners[P53] == {MDM2, BRCA1}
    assert found.left_out == (
        "1 of 3 lines of mine.tsv cannot be used and are left out. The first is line 4: 'intact:EBI-1' is no UniProt "
        "accession"
    )


def test_a_protein_may_pair_with_itself() -> None:
    found = read(f"{P53}\t{P53}", f"{P53}\t{MDM2}")
    assert found.partners[P53] == {P53, MDM2}
    assert found.num_pairs == 2


def test_a_list_with_labels_gives_only_those_that_interact() -> None:
    found = read(f"{P53}\t{MDM2}\t1", f"{P53}\t{BRCA1}\t0", f"{P53}")
    assert found.partners == {P53: {MDM2}, MDM2: {P53}}
    assert (found.num_left_out, found.num_lines) == (2, 3)
    assert "line 2: the third column says that they do not interact" in found.left_out


def test_gzip_is_read(tmp_path: Path) -> None:
    path = tmp_path / "known.txt.gz"
    path.write_bytes(gzip.compress("\n".join(MITAB).encode()))
    assert read_known_interactions(path).num_pairs == 2


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (("protein1 protein2 combined_score", "9606.ENSP00000269305 9606.ENSP00000258149 999"), "9606.ENSP"),
        (("9606.ENSP00000269305 9606.ENSP00000258149 999",), "line 1: '9606.ENSP00000269305' is no UniProt"),
        (("TP53\tMDM2", "BRCA1\tBRCA2"), "line 2: 'BRCA1' is no UniProt accession"),
        ((">chr1", "ACGTACGTACGT" * 50), "line 2: there is one column"),
        ((), "mine.tsv names no known interaction. Give two"),
        (("", "# nothing"), "names no known interaction. Give two"),
        (('=HYPERLINK("http://x1234")\t<b>1234',), "is no UniProt accession"),
    ],
)
def test_a_file_without_a_pair_is_a_sentence_on_what_is_accepted(lines, problem) -> None:
    with pytest.raises(InputError, match="Give two UniProt accessions a line") as raised:
        read(*lines)
    assert problem in str(raised.value)
    assert len(str(raised.value)) < 500


@pytest.mark.parametrize(
    ("content", "told"), [(b"PK\x03\x04rest", "Word"), (b"\xd0\xcf\x11\xe0 doc", "UTF-8")]
)
def test_a_word_file_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "known.docx"
    path.write_bytes(content)
    with pytest.raises(InputError, match=told):
        read_known_interactions(path)
