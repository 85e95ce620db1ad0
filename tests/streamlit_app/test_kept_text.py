"""Long texts kept for a page, lists of pairs read line by line, and the types of a downloaded column."""

import io

import pytest

from protclip.errors import InputError
from protclip.records import Protein
from streamlit_app.downloads import Origin, Table, to_csv, to_parquet
from streamlit_app.pair_list import MAX_PAIRS, named, pair_lines, reader_of


def said(done, total):
    assert done <= total


def read(text):
    if text == "bad":
        raise InputError("no protein bad")
    return Protein(accession=text, sequence="MKV")


def test_columns_are_parted_by_any_of_the_usual_separators() -> None:
    lines = pair_lines("A\tB\n\nA , B\nA;B\n  A  B  \nA,B,\n")
    assert {line.cells for line in lines} == {("A", "B")}
    assert [line.number for line in lines] == [1, 3, 4, 5, 6]
    with pytest.raises(InputError, match=f"at most {MAX_PAIRS} are taken"):
        pair_lines("A B\n" * (MAX_PAIRS + 1))


def test_a_line_that_cannot_be_used_is_named_by_its_number() -> None:
    pairs, errors = reader_of(pair_lines("A B\n\nA bad\nA\nA B C"), read)(said)
    assert [(a.accession, b.accession) for a, b in pairs] == [("A", "B")]
    assert [error.split(":")[0] for error in errors] == ["line 3", "line 4", "line 5"]
    assert "there are 3 columns" in errors[2]


def test_a_bare_sequence_gets_a_name_that_tells_it_from_others() -> None:
    bare = Protein(accession="query", sequence="MKVLAAGITGHHKKLAW")
    assert named(bare).accession == "MKVLAAGITGHH...[17]"
    assert named(read("A")).accession == "A"


def test_a_column_of_numbers_is_one_of_numbers_in_parquet() -> None:
    import pyarrow.parquet as pq

    lines = (
        {"a": 1, "b": 1.5, "c": None, "d": True, "e": "x", "f": 1, "rank": 1},
        {"a": None, "b": 2.5, "c": None, "d": False, "e": "y", "f": 0.5, "rank": 2},
    )
    origin = Origin(model="m", fingerprint="f", index="i", date="2026-01-01", query="q")
    table = pq.read_table(io.BytesIO(to_parquet(Table(names=tuple(lines[0]), lines=lines), origin)))
    types = {field.name: str(field.type) for field in table.schema}
    assert [types[name] for name in "abcdef"] == ["int64", "double", "string", "bool", "string", "double"]
    assert types["rank"] == "int32"
    assert table.column("f").to_pylist() == [1.0, 0.5]


def test_a_name_from_a_file_is_no_formula_in_a_spreadsheet() -> None:
    origin = Origin(model="m", fingerprint="f", index="i", date="2026-01-01", query="q")
    table = Table(names=("first", "value"), lines=({"first": "=HYPERLINK(1)", "value": -1.5},))
    assert to_csv(table, origin).decode().splitlines()[1].startswith("'=HYPERLINK(1),-1.5,")
