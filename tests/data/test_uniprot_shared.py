"""The pieces the three UniProt readers share."""

import pytest

from protclip.data.uniprot import (
    Where,
    assemble_name,
    ec_in_name,
    existence_level,
    go_annotation,
    join_wrapped,
    split_comments,
    without_evidence,
)
from protclip.errors import RecordError

HERE = Where(source="in.dat", line=7)


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        (["one two", "three"], "one two three"),
        (["ECO:0000255|HAMAP-", "Rule:MF_1"], "ECO:0000255|HAMAP-Rule:MF_1"),
        (["alpha-", "and beta-sites"], "alpha- and beta-sites"),
        (["alpha-", "androgen"], "alpha-androgen"),
        (["a dash -", "and more"], "a dash - and more"),
        ([" padded ", "", "x"], "padded x"),
    ],
)
def test_wrapped_lines(lines, joined):
    assert join_wrapped(lines) == joined


def test_name_cells():
    assert assemble_name(["A"]) == "A"
    assert assemble_name([]) == ""
    assert assemble_name(["A", "EC 1.1.1.1"], [["B", "b"], ["C"]], [["D"]], "Fragments") == (
        "A (EC 1.1.1.1) [Includes: B (b); C] [Cleaved into: D] (Fragments)"
    )


def test_ec_numbers_in_names_are_told_from_other_brackets():
    name = "NAD(+) hydrolase (EC 3.2.2.-) (EC-like) (EC 3.2.2.6) (EC 3.2.2.-) (EC 3.5.1.n3)"
    assert ec_in_name(name) == ("3.2.2.-", "3.2.2.6", "3.5.1.n3")


def test_evidence_tags_go_and_other_braces_stay():
    assert without_evidence("Cutinase {ECO:0000255|X:Y, ECO:0000305}") == "Cutinase"
    assert without_evidence("poly{A} binding {EI1,EA2}") == "poly{A} binding"  # before 2014


def test_comments_of_a_cell():
    assert split_comments("FUNCTION: A.; FUNCTION: B; c.", "FUNCTION") == ["A.", "B; c."]
    assert split_comments("no label", "FUNCTION") == ["no label"]
    assert split_comments("  ", "FUNCTION") == []


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("1: Evidence at protein level;", 1),
        ("Uncertain", 5),
        ("inferred from homology", 3),
        ("4", 4),
        ("", None),
    ],
)
def test_existence(text, level):
    assert existence_level(text, HERE) == level


@pytest.mark.parametrize("text", ["0", "6: More", "maybe"])
def test_unknown_existence(text):
    with pytest.raises(RecordError, match=r"in\.dat, line 7: protein existence"):
        existence_level(text, HERE)


@pytest.mark.parametrize(
    ("evidence", "code"),
    [("IDA:UniProtKB", "IDA"), ("ECO:0000314", "IDA"), ("ECO:0009999", "ECO:0009999"), ("", "")],
)
def test_go_evidence(evidence, code):
    annotation = go_annotation("GO:0005634", "C:nucleus", evidence, HERE)
    assert (annotation.id, annotation.text, annotation.evidence) == ("GO:0005634", "nucleus", code)
