"""FASTA from visitors: unpacked within bounds, every record accounted for, cleaned up on request."""

import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protclip.errors import InputError
from streamlit_app import fasta_input
from streamlit_app.fasta_input import MAX_PROTEINS, clean_up, survey, unpacked

DIRTY = (
    ">a first\nMKV1LAAGG--TW*K\n>b\nMKVLAAGG*\n>\nMKVLAAGGTW\n>c\n\n>dna\n"
    + "ACGT" * 10
    + "\n>b again\nMKVVV\n>e\nMK?V\n"
)


def test_every_record_is_usable_or_named_with_its_reason() -> None:
    found = survey(DIRTY)
    assert (found.num_records, found.num_usable, found.longest) == (7, 1, 8)
    reasons = [(r.accession, r.line, r.reason) for r in found.left_out]
    assert [(a, line) for a, line, _ in reasons] == [
        ("a", 2),
        ("", 5),
        ("c", 7),
        ("dna", 9),
        ("b", 11),
        ("e", 14),
    ]
    assert "'1' at position 4" in reasons[0][2]
    assert "looks like DNA" in reasons[3][2]
    assert "already used on line 3" in reasons[4][2]


def test_the_clean_up_saves_what_can_be_saved_and_says_how() -> None:
    cleaned = clean_up(DIRTY)
    assert dict(cleaned.changes) == {
        "a": "dropped 1 digits, dropped 2 gap characters, dropped 1 stop characters (*)",
        "sequence_3": "named sequence_3",
        "b_2": "renamed b_2",
    }
    assert survey(DIRTY).num_cleanable == 3
    found = survey(cleaned.text)
    assert found.num_usable == 4
    assert [r.accession for r in found.left_out] == ["c", "dna", "e"]
    assert ">a first\nMKVLAAGGTWK\n" in cleaned.text
    assert clean_up(cleaned.text).changes == ()


def test_a_bare_sequence_in_numbered_blocks_becomes_a_record() -> None:
    assert clean_up("  1 MKVLAAGGTW\n 11 MKVLAAGG").text == ">sequence_1\nMKVLAAGGTWMKVLAAGG\n"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.text("MKVL\n", min_size=1, max_size=30)), min_size=1, max_size=8
    )
)
def test_cleaning_up_loses_no_residue_and_no_record(records) -> None:
    text = "".join(f">{name}\n{body}\n" for name, body in records)
    cleaned = clean_up(text).text
    assert cleaned.count(">") == len(records)
    residues = "".join("".join(body.split()) for _, body in records)
    assert "".join(line for line in cleaned.splitlines() if not line.startswith(">")) == residues


def test_packed_and_plain_give_the_same_text() -> None:
    assert unpacked(gzip.compress(DIRTY.encode())) == unpacked(DIRTY.encode()) == DIRTY.rstrip("\n")
    assert unpacked("\ufeff>a\r\nMKV\r".encode()) == ">a\nMKV"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (gzip.compress(b">a\nMKV", mtime=0)[:-5], "gzip file is damaged"),
        (b"PK\x03\x04rest", "zip archive"),
        (b">a\n\xff\xfe", "not UTF-8"),
    ],
)
def test_what_is_no_text_is_a_sentence(content, words) -> None:
    with pytest.raises(InputError, match=words):
        unpacked(content)


def test_an_archive_made_to_fill_the_memory_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(fasta_input, "MAX_MEGABYTES", 1)
    with pytest.raises(InputError, match=r"larger than 1 MB.*protclip annotate"):
        unpacked(gzip.compress(b"A" * 1_000_001))
    assert len(unpacked(gzip.compress(b"A" * 1_000_000))) == 1_000_000


def test_too_many_and_none_are_sentences_with_a_way_out() -> None:
    with pytest.raises(InputError, match=r"5,001 sequences.*at most 5,000.*protclip annotate"):
        survey("".join(f">p{n}\nMKV\n" for n in range(MAX_PROTEINS + 1)))
    with pytest.raises(InputError, match="no sequence"):
        survey(" \n")
