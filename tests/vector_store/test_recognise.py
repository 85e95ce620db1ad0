import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protclip.errors import InputError
from vector_store.recognise import (
    ENGLISH_ONLY,
    MAX_TEXT,
    Recognised,
    nearest_accessions,
    recognise,
)

KNOWN = {"P38398", "A0A024R1R8", "MYPROT_1", "kinase"}
UBIQUITIN = "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG"


def read(text: str, kind: str = "auto") -> Recognised:
    return recognise(text, kind, KNOWN.__contains__)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("P38398", "accession", "P38398"),
        (" p38398\n", "accession", "P38398"),
        ("A0A024R1R8", "accession", "A0A024R1R8"),
        ("Q99999", "accession", "Q99999"),  # looks like one: whether it is there is said later
        ("MYPROT_1", "accession", "MYPROT_1"),
        ("MYPROT_2", "text", "MYPROT_2"),
        ("kinase", "text", "kinase"),  # a word, whatever the index calls its proteins
        ("KINASE", "text", "KINASE"),
        ("DNA", "text", "DNA"),
        ("TRANSMEMBRANE TRANSPORTER ACTIVITY", "text", "TRANSMEMBRANE TRANSPORTER ACTIVITY"),
        ("ATP DEPENDENT DNA HELICASE", "text", "ATP DEPENDENT DNA HELICASE"),
        (
            "phosphoribosylaminoimidazolesuccinocarboxamide",
            "text",
            "phosphoribosylaminoimidazolesuccinocarboxamide",
        ),
        (UBIQUITIN, "sequence", UBIQUITIN),
        (UBIQUITIN.lower(), "sequence", UBIQUITIN),
        (UBIQUITIN + "*", "sequence", UBIQUITIN),
        (f"{UBIQUITIN[:40]}\n{UBIQUITIN[40:]}\n", "sequence", UBIQUITIN),
        (f">sp|P0CG48|UBC_HUMAN Ubiquitin\n{UBIQUITIN[:60]}\n{UBIQUITIN[60:]}", "sequence", UBIQUITIN),
        (UBIQUITIN[:19], "text", UBIQUITIN[:19]),
        ("α-tubulin  binding\tprotein", "text", "α-tubulin binding protein"),
        ("<script>alert(1)</script>", "text", "<script>alert(1)</script>"),
        ("> 100 residues and a helicase", "text", "> 100 residues and a helicase"),
    ],
)
def test_what_a_query_is(text: str, kind: str, value: str) -> None:
    assert read(text) == Recognised(kind=kind, value=value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "empty"),
        ("  \n\t", "empty"),
        ("\x00\x07", "empty"),
        ("12345 ???", "no letter"),
        ("x" * (MAX_TEXT + 1), "2,001 characters; at most 2,000"),
        ("kinase " * 15_000, "at most 2,000"),
        (UBIQUITIN * 700, "at most 50,000"),
        (UBIQUITIN * 2_000, "too long"),
        (f"1 {UBIQUITIN[:10]} {UBIQUITIN[10:20]} 20 {UBIQUITIN[20:30]}", "'1' at position 1"),
        (f"{UBIQUITIN}*{UBIQUITIN}", "position 77"),
        (f">a\n{UBIQUITIN}\n>b\n{UBIQUITIN}", "2 FASTA records"),
        ("ATGGCCATTGTAATGGGCCGCTGAAAGGGTGCCCGATAG", "Translate it"),
    ],
)
def test_what_cannot_be_used_is_a_sentence(text: str, told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        read(text)
    assert len(str(caught.value)) < 400


def test_what_is_noticed() -> None:
    assert read("DNA\x00 heli\u200bcase") == Recognised(
        kind="text",
        value="DNA helicase",
        warnings=("2 control or invisible characters were left out of the query",),
    )
    assert read("解旋酶参与DNA修复").warnings == (ENGLISH_ONLY,)
    assert read("фермент репарации ДНК").warnings == (ENGLISH_ONLY,)
    assert read("β-lactamase résistance").warnings == ()


def test_what_the_user_says_it_is_counts() -> None:
    assert read(UBIQUITIN, "text").kind == "text"
    assert read("mqifv", "sequence").value == "MQIFV"
    assert read("Q99999", "text").kind == "text"
    assert read("ACGTACGTACGTACGT", "sequence").warnings[0].startswith("This looks like DNA")
    with pytest.raises(InputError, match="not a residue"):
        read("hello world!", "sequence")


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    with contextlib.suppress(InputError):  # any other error is a defect
        assert read(text).value


def test_nearest_accessions() -> None:
    known = ["P38398", "P38399", "P38498", "Q9BX63", "P3839"]
    assert nearest_accessions("p38397", known) == ("P38398", "P38399", "P3839")
    assert nearest_accessions("P38398-2", known) == ("P38398",)
    assert nearest_accessions("ZZZZZZ", known) == ()
