"""Queries side by side: what they share, and the table of all their hits."""

import csv
import io
import json
from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from streamlit_app.compare import (
    Answered,
    also_in,
    compared_states,
    joined,
    overlap_sentence,
    queries_in_words,
)
from streamlit_app.downloads import TABLE_FORMATS, Origin
from streamlit_app.rows import Row
from streamlit_app.url_state import SearchState
from vector_store.store import SearchFilter

ORIGIN = Origin(model="mini", fingerprint="f00d", index="i", date="2026-01-01", query="=1: a; 2: b")


def row(accession: str, rank: int) -> Row:
    cosine = None if accession == "W" else 0.5 - rank / 100
    return Row(
        rank=rank, title=f"protein {accession}", named=True, accession=accession, organism="", length=9,
        score=1 / rank, cosine=cosine, percentile=99.0, found_by="", matched="", residue_track=(), sequence="MKT",
    )  # fmt: skip


def answered(letters: str, **options) -> Answered:
    return Answered(query=letters, rows=tuple(row(a, n) for n, a in enumerate(letters, start=1)), **options)


def test_every_query_is_asked_as_the_first_one_is() -> None:
    where = SearchFilter(named=True)
    state = SearchState(
        text="a",
        top=25,
        mode="semantic",
        filter=where,
        versus=("b", "c"),
        selected=("P1",),
        more_like=("P2",),
    )
    first, *others = compared_states(state)
    assert first == replace(state, versus=(), selected=())
    assert others == [SearchState(text=t, top=25, mode="semantic", filter=where) for t in ("b", "c")]
    assert queries_in_words([first, *others]) == "1: more like P2; 2: b; 3: c"


def test_shared_hits_name_the_other_queries() -> None:
    answers = [answered("ABCD"), answered("BCX"), answered("CY")]
    assert also_in(0, answers) == {"A": "", "B": "2", "C": "all", "D": ""}
    assert also_in(1, answers) == {"B": "1", "C": "all", "X": ""}
    assert also_in(0, answers[:2]) == {"A": "", "B": "2", "C": "2", "D": ""}
    failed = [*answers, Answered(query="no", rows=(), failed=True)]
    assert also_in(0, failed) == also_in(0, answers)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([answered("ABC"), answered("BCD")], "2 of 4 proteins found by both"),
        (
            [answered("ABC"), answered("BCD"), answered("CE")],
            "1 of 5 proteins found by all 3 (1 and 2: 2; 1 and 3: 1; 2 and 3: 1)",
        ),
        ([answered("AB"), answered("", failed=True), answered("B")], "1 of 2 proteins found by both"),
        ([answered("AB"), answered("", failed=True)], "only one of them could be answered"),
        ([answered("AB"), answered("")], "0 of 2 proteins found by both"),
    ],
)
def test_the_overlap_is_counted_among_those_that_were_answered(answers, said) -> None:
    assert overlap_sentence(answers) == said


def test_the_joined_table_has_each_protein_once_the_most_shared_first() -> None:
    table = joined([answered("ABC"), answered("CWB")])
    assert [(line["accession"], line["num_queries"]) for line in table.lines] == [
        ("C", 2), ("B", 2), ("A", 1), ("W", 1),
    ]  # fmt: skip
    assert {name: table.lines[0][name] for name in ("rank_1", "rank_2", "cosine_2")} == {
        "rank_1": 3, "rank_2": 1, "cosine_2": 0.49,
    }  # fmt: skip
    assert table.lines[2]["rank_2"] is None
    assert set(table.names) == set(table.lines[0])


def test_every_format_of_the_joined_table_says_the_same() -> None:
    table = joined([answered("ABC"), answered("CWB")])
    written = {form.name: form.write(table, ORIGIN) for form in TABLE_FORMATS}
    assert set(written) == {"CSV", "TSV", "JSON", "Parquet"}
    parquet = pq.read_table(io.BytesIO(written["Parquet"]))
    told = parquet.to_pylist()
    assert [{name: line[name] for name in table.names} for line in told] == list(table.lines)
    assert str(parquet.schema.field("rank_2").type) == "int32"
    assert str(parquet.schema.field("cosine_1").type) == "double"
    assert json.loads(written["JSON"])["rows"] == list(table.lines)
    for name, delimiter in (("CSV", ","), ("TSV", "\t")):
        lines = list(csv.DictReader(io.StringIO(written[name].decode()), delimiter=delimiter))
        assert [line["accession"] for line in lines] == [line["accession"] for line in table.lines]
        assert lines[2]["rank_2"] == ""
        assert lines[0]["query"] == "'=1: a; 2: b"
