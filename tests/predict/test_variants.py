"""Variants: what is read, and what somebody is told who counted otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protclip.errors import InputError
from protclip.predict.variants import (
    Substitution,
    Variant,
    all_substitutions,
    apply_variant,
    check_variant,
    parse_variant,
    variant_between,
)

SEQUENCE = "MKTAYIAKQRQISFVKSHFSRQ"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("K2G", "K2G"),
        (" k2g ", "K2G"),
        ("p.Lys2Gly", "K2G"),
        ("Lys2Gly", "K2G"),
        ("p.K2G", "K2G"),
        ("K2K", "K2K"),
        ("K2G:A4C", "K2G:A4C"),
        ("A4C:K2G", "K2G:A4C"),
        ("K2G,A4C", "K2G:A4C"),
        ("p.[Lys2Gly;Ala4Cys]", "K2G:A4C"),
        ("p.Lys2Gly:p.Ala4Cys", "K2G:A4C"),
    ],
)
def test_the_usual_spellings_are_read(text: str, shown: str) -> None:
    assert str(parse_variant(text)) == shown


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("42", "'42' is no variant"),
        ("", "is no variant"),
        ("K2", "'K2' is no variant"),
        ("K2X", "is no substitution"),
        ("Lys2G", "is no substitution"),
        ("Foo2Gly", "is no substitution"),
        ("K0G", "position from 1"),
        ("K2G:K2A", "K2G and K2A change the same position"),
        ("K2del", "insertion, a deletion or a stop"),
        ("K2*", "insertion, a deletion or a stop"),
        ("p.Lys2Ter", "insertion, a deletion or a stop"),
        ("p.Lys2_Thr3insGly", "insertion, a deletion or a stop"),
        ("K2GA4C", "write the residue"),
    ],
)
def test_what_is_no_variant_is_told_with_a_remedy(text: str, told: str) -> None:
    with pytest.raises(InputError, match="(?i)" + told.replace("*", r"\*")) as error:
        parse_variant(text)
    assert "42G" in str(error.value) or "keep one" in str(error.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("K9G", "the sequence has Q at 9, not K: ...YIAK[Q]RQIS...; the nearest K is at 8"),
        ("Q8G", "the sequence has K at 8, not Q: ...AYIA[K]QRQI...; did you count from 0? Q is at 9"),
        ("A1G", "the sequence has M at 1, not A: [M]KTAY...; the nearest A is at 4"),
        ("W22G", "the sequence has Q at 22, not W: ...HFSR[Q]. Give positions"),
        ("A42G", "the sequence has 22 residues, there is no position 42"),
    ],
)
def test_a_wrong_position_is_shown_with_its_neighbourhood(text: str, told: str) -> None:
    with pytest.raises(InputError) as error:
        check_variant(parse_variant(text), SEQUENCE)
    assert told in str(error.value)
    with pytest.raises(InputError):
        apply_variant(parse_variant(text), SEQUENCE)


def test_substitutions_are_all_there_once_and_none_where_the_residue_is_unknown() -> None:
    found = list(all_substitutions("MXK"))
    assert len({str(variant) for variant in found}) == len(found) == 38
    assert all(apply_variant(variant, "MXK") != "MXK" for variant in found)
    assert {variant.substitutions[0].position for variant in found} == {1, 3}


@given(st.permutations(range(len(SEQUENCE))), st.integers(0, 5), st.randoms())
def test_between_undoes_apply_whatever_the_order(order, number, random) -> None:
    changes = [
        Substitution(
            wild=SEQUENCE[i],
            position=i + 1,
            mutant=random.choice("ACDEFGHIKLMNPQRSTVWY".replace(SEQUENCE[i], "")),
        )
        for i in order[:number]
    ]
    variant = Variant(substitutions=tuple(changes))
    assert variant == Variant(substitutions=tuple(reversed(changes)))
    assert variant_between(SEQUENCE, apply_variant(variant, SEQUENCE)) == variant
    assert not variant.substitutions or parse_variant(str(variant)) == variant


def test_between_sequences_of_unlike_length_says_that_indels_are_not_scored() -> None:
    with pytest.raises(InputError, match=r"4 residues and the mutated one 3\. Insertions and deletions"):
        variant_between("MKTA", "MKT")


def test_an_ambiguous_residue_cannot_change() -> None:
    with pytest.raises(InputError, match="X2K is no substitution"):
        variant_between("MXT", "MKT")
