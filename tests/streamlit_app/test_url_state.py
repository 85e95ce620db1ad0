"""A search as an address and back, and addresses nobody should have written."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from protclip.errors import InputError
from streamlit_app.url_state import MODES, TOPS, SearchState, belongs_in_upload, read_state, write_state
from vector_store.store import SearchFilter

PROTEIN = "MALWMRLLPLLALLALWGPDPAAAFVNQHLCGSHLVEALYLVCGERGFFYTPKTRREAEDLQVGQVELGGG"


def no_upload(name: str) -> str:
    raise InputError(f"nothing is stored as {name}")


def round_trip(state: SearchState) -> SearchState:
    kept: dict[str, str] = {}

    def save(text: str) -> str:
        kept["0" * 32] = text
        return "0" * 32

    back, notices = read_state(write_state(state, save), kept.__getitem__)
    assert notices == ()
    return back


def test_empty_state_is_an_empty_address() -> None:
    assert write_state(SearchState(), no_upload) == {}
    assert read_state({}, no_upload) == (SearchState(), ())


accession_lists = some.lists(
    some.from_regex(r"[A-Z][0-9A-Z]{5}", fullmatch=True), unique=True, max_size=5
).map(tuple)


@given(
    text=some.text(some.characters(exclude_categories=["Cs"]), max_size=300).filter(
        lambda t: t == "" or t.strip()
    ),
    mode=some.sampled_from(MODES),
    top=some.sampled_from(TOPS),
    low=some.none() | some.integers(1, 500),
    high=some.none() | some.integers(500, 40_000),
    named=some.sampled_from([None, True, False]),
    lists=some.tuples(accession_lists, accession_lists, accession_lists),
    versus=some.lists(some.sampled_from(["kinase", "P38398", "a b; c&d", "ä"]), unique=True, max_size=3),
)
def test_every_state_survives_the_address(text, mode, top, low, high, named, lists, versus) -> None:
    where = SearchFilter(
        go=("GO:0004386",),
        ec=("3.6.4", "1"),
        location=("GO:0005634",),
        organism=("Homo sapiens (Human)",),
        length_min=low,
        length_max=high,
        named=named,
        evidence=("experimental", "unknown"),
    )
    like, unlike, selected = lists
    state = SearchState(
        text=text, mode=mode, top=top, filter=where, more_like=like, less_like=unlike, selected=selected
    )
    state = replace(state, versus=() if state.is_empty else tuple(versus))
    assert round_trip(state) == state


def test_sequence_and_long_text_never_stand_in_the_address() -> None:
    for text in (PROTEIN, f">my protein\n{PROTEIN}", "word " * 200):
        params = write_state(SearchState(text=text), lambda _: "a" * 32)
        assert params == {"seq": ["a" * 32]}
        assert round_trip(SearchState(text=text)).text == text
    assert not belongs_in_upload("ATP-dependent DNA helicase involved in repair")


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"mode": ["psychic"]}, "mode"),
        ({"top": ["-1"]}, "top"),
        ({"top": ["1e9"]}, "top"),
        ({"go": ["<script>alert(1)</script>"]}, "go"),
        ({"go": ["GO:0004386"] * 21}, "go"),
        ({"min": ["banana"]}, "min"),
        ({"min": ["900"], "max": ["100"]}, "min"),
        ({"named": ["perhaps"]}, "named"),
        ({"sel": ["P12345 OR 1=1"]}, "sel"),
        ({"seq": ["../../etc/passwd"]}, "seq"),
        ({"q": ["a" * 1_000_000]}, "q"),
        ({"org": ["x" * 300]}, "org"),
        ({"ec": ["9.9.9.9"]}, "ec"),
        ({"ev": ["hearsay"]}, "ev"),
        ({"vs": ["kinase"]}, "vs"),
    ],
)
def test_hostile_values_are_ignored_and_said(params, field) -> None:
    state, notices = read_state(params, no_upload)
    assert len(notices) == 1
    assert f"“{field}”" in notices[0]
    assert "script" not in notices[0]
    assert "passwd" not in notices[0]
    if params.get("go") != ["GO:0004386"] * 21:
        assert state == SearchState()


def test_good_values_beside_a_bad_one_are_kept() -> None:
    state, notices = read_state({"q": ["heme"], "go": ["GO:0020037", "nonsense"], "top": ["25"]}, no_upload)
    assert (state.text, state.filter.go, state.top) == ("heme", ("GO:0020037",), 25)
    assert len(notices) == 1


def test_a_lost_upload_is_said_and_the_rest_is_kept() -> None:
    state, notices = read_state({"seq": ["b" * 32], "mode": ["semantic"]}, no_upload)
    assert (state.text, state.mode) == ("", "semantic")
    assert notices == (f"nothing is stored as {'b' * 32}",)
