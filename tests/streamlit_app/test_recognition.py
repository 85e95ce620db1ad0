"""What the box says about a draft."""

import pytest

from streamlit_app.examples import INSULIN
from streamlit_app.recognition import as_sentence, read_draft


def is_known(accession):
    return accession in ("P38398", "mine_7")


def test_the_four_kinds() -> None:
    assert read_draft("  ", is_known).kind == "empty"
    assert read_draft("DNA helicase in repair", is_known).sentence == "Recognised as: a text of 4 words."
    assert read_draft("kinesin", is_known).sentence == "Recognised as: a keyword."
    assert read_draft("p38398", is_known).sentence == "Recognised as: the accession P38398."
    assert read_draft("mine_7", is_known).kind == "accession"
    assert read_draft(INSULIN, is_known).sentence == "Recognised as: a protein sequence of 110 residues."


def test_one_fasta_record_is_read_as_it_is() -> None:
    record = f">sp|P01308|INS_HUMAN Insulin OS=Homo sapiens\n{INSULIN[:60]}\n{INSULIN[60:]}\n"
    found = read_draft(record, is_known)
    assert (found.kind, found.offer) == ("sequence", "")
    assert "110 residues" in found.sentence


@pytest.mark.parametrize(
    "dirty",
    [
        f">sp|P01308|INS_HUMAN Insulin\n1 {INSULIN[:60]}\n61 {INSULIN[60:]}*",
        "\n".join(f"{i + 1} {INSULIN[i : i + 10]}" for i in range(0, 110, 10)),
        INSULIN[:50] + "*" + INSULIN[50:],
        "-".join([INSULIN[:40], INSULIN[40:]]),
    ],
)
def test_a_dirty_sequence_is_recognised_and_a_clean_up_offered(dirty) -> None:
    found = read_draft(dirty, is_known)
    assert found.kind == "sequence"
    assert found.offer == INSULIN
    assert "110 residues that needs a clean-up (dropped" in found.sentence


@pytest.mark.parametrize(
    "dna",
    ["ATGGCCCTGTGGATGCGCCTCCTGCCC", ">gene\nATGGCCCTGTGG\nATGCGCCTCC", "1 atggccctgt 11 ggatgcgcct"],
)
def test_dna_is_refused_in_a_sentence(dna) -> None:
    found = read_draft(dna, is_known)
    assert (found.kind, found.offer) == ("unusable", "")
    assert "DNA" in found.sentence
    assert "Translate it first" in found.sentence


@pytest.mark.parametrize(
    "text", ["p53-dependent", "beta-1,4-glucanase 2", "enzyme; EC 3.6.4.12", "<b>kinase</b>"]
)
def test_words_with_digits_and_signs_are_no_dirty_sequence(text) -> None:
    found = read_draft(text, is_known)
    assert (found.kind, found.offer) == ("text", "")


def test_what_cannot_be_searched_says_why() -> None:
    assert read_draft("42", is_known).kind == "unusable"
    assert "at most" in read_draft("word " * 20_000, is_known).sentence
    assert "at most" in read_draft("MKVLAAGGTW" * 20_000, is_known).sentence
    two = f">a\n{INSULIN}\n>b\n{INSULIN}"
    assert "2 FASTA records" in read_draft(two, is_known).sentence


def test_other_scripts_are_told_what_the_model_reads() -> None:
    assert "English" in read_draft("белок репарации ДНК", is_known).sentence
    assert "English" not in read_draft("α-amylase", is_known).sentence


def test_errors_read_as_sentences() -> None:
    assert as_sentence("the query is empty. Give words") == "The query is empty. Give words."
    assert as_sentence("Done.") == "Done."
    assert as_sentence("variant: none") == "Variant: none."
    for name in (
        "protclip-mini has no MLM head",
        "a.pdb is no text",
        "p.Met1Xaa is no variant",
        "mmCIF is read",
    ):
        assert as_sentence(name) == f"{name}.", "a name stays as it is written"
