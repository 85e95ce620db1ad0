"""Downloads say what the screen says, and where it comes from."""

import csv
import io
import json

import pyarrow.parquet as pq
import pytest

from protclip.records import Annotation, Hit, Protein
from protclip.sequence import parse_fasta
from streamlit_app.downloads import (
    COLUMNS,
    FORMATS,
    TABLE_FORMATS,
    Origin,
    Table,
    protein_fasta,
    to_csv,
    to_fasta,
    to_json,
    to_parquet,
    to_tsv,
)
from streamlit_app.rows import rows_of

ORIGIN = Origin(
    model="mini", fingerprint="ab12cd", index="starter", date="2026-11-23", query="=HYPERLINK(1)\nx"
)
HELICASE = Annotation(kind="go", id="GO:0004386", text="helicase activity")
NAMED = Protein(accession="P1", sequence="MK" * 50, name='The "quoted", named', organism="Mus musculus")
BARE = Protein(accession="P2", sequence="MKV")
ROWS = rows_of(
    [
        Hit(
            rank=1,
            protein=NAMED,
            score=0.0325,
            cosine=0.512345,
            percentile=99.97,
            leg_ranks=(("protein", 2), ("lexical", 1)),
            matched=(HELICASE,),
        ),
        Hit(rank=2, protein=BARE, score=0.01),
    ],
    lambda protein: protein.name or "helicase activity",
)


def test_rows_hold_what_a_visitor_reads() -> None:
    first, second = ROWS
    assert first.found_by == "sequence #2, words #1"
    assert first.matched == "helicase activity (GO:0004386)"
    assert (second.named, second.title, second.cosine) == (False, "helicase activity", None)


@pytest.mark.parametrize(("write", "delimiter"), [(to_csv, ","), (to_tsv, "\t")])
def test_delimited_files_read_back(write, delimiter) -> None:
    lines = list(csv.DictReader(io.StringIO(write(ROWS, ORIGIN).decode()), delimiter=delimiter))
    assert list(lines[0]) == [*COLUMNS, "model", "fingerprint", "index", "date", "query"]
    assert [line["accession"] for line in lines] == ["P1", "P2"]
    assert lines[0]["title"] == 'The "quoted", named'
    assert float(lines[0]["cosine"]) == 0.512345
    assert lines[1]["cosine"] == ""
    assert {line["fingerprint"] for line in lines} == {"ab12cd"}


def test_a_query_is_no_formula_in_a_spreadsheet() -> None:
    lines = list(csv.DictReader(io.StringIO(to_csv(ROWS, ORIGIN).decode())))
    assert lines[0]["query"] == "'=HYPERLINK(1) x"


def test_json_and_parquet_hold_the_same_values() -> None:
    content = json.loads(to_json(ROWS, ORIGIN))
    table = pq.read_table(io.BytesIO(to_parquet(ROWS, ORIGIN)))
    assert content["index"] == "starter"
    assert content["query"] == ORIGIN.query
    lines = table.select(list(COLUMNS)).to_pylist()
    assert lines == content["rows"]
    assert table.schema.metadata[b"fingerprint"] == b"ab12cd"


@pytest.mark.parametrize("form", TABLE_FORMATS, ids=lambda form: form.name)
def test_a_column_named_like_one_of_the_origins_keeps_its_values(form) -> None:
    names = ("model", "value", "fingerprint", "date")
    lines = (
        {"model": "older", "value": 0.5, "fingerprint": "ff00", "date": "2025-01-01"},
        {"model": "pair head", "value": 0.25, "fingerprint": "", "date": "2026-02-02"},
    )
    made = form.write(Table(names=names, lines=lines), ORIGIN)
    told = {f"origin_{name}": getattr(ORIGIN, name) for name in ("model", "fingerprint", "date")}
    if form.ending == "json":
        content = json.loads(made)
        assert content.pop("rows") == list(lines)
        assert content == ORIGIN.as_dict()
        return
    if form.ending == "parquet":
        table = pq.read_table(io.BytesIO(made))
        read, columns = table.to_pylist(), table.schema.names
        assert table.schema.metadata[b"model"] == ORIGIN.model.encode()
    else:
        delimiter = "," if form.ending == "csv" else "\t"
        reader = csv.DictReader(io.StringIO(made.decode()), delimiter=delimiter)
        read = [line | {"value": float(line["value"])} for line in reader]
        columns = list(reader.fieldnames or ())
    assert columns == [*names, "origin_model", "origin_fingerprint", "index", "origin_date", "query"]
    assert [{name: line[name] for name in names} for line in read] == list(lines)
    assert all(line[name] == value for line in read for name, value in told.items())


def test_parquet_takes_the_type_of_a_column_from_its_values() -> None:
    names = ("share", "count", "curated", "note", "rank", "score_2")
    lines = (
        {"share": 1, "count": 3, "curated": True, "note": None, "rank": 1, "score_2": None},
        {"share": 0.5, "count": None, "curated": None, "note": None, "rank": 2, "score_2": None},
    )
    for given in (lines, ()):
        made = to_parquet(Table(names=names, lines=given), ORIGIN)
        schema = pq.read_table(io.BytesIO(made)).schema
        assert schema.names == [*names, *ORIGIN.as_dict()]
        told = [str(schema.field(name).type) for name in names]
        unknown = ["double", "int64", "bool"] if given else ["string"] * 3
        assert told == [*unknown, "string", "int32", "double"]


def test_fasta_reads_back_and_names_its_origin() -> None:
    text = to_fasta(ROWS, ORIGIN).decode()
    proteins = list(parse_fasta(text.splitlines(), "download"))
    assert [(p.accession, p.sequence) for p in proteins] == [("P1", "MK" * 50), ("P2", "MKV")]
    assert (
        "rank=1 score=0.0325 cosine=0.5123 model=mini fingerprint=ab12cd index=starter date=2026-11-23"
        in text
    )
    assert (
        next(iter(parse_fasta(protein_fasta(NAMED).decode().splitlines(), "one"))).sequence == NAMED.sequence
    )


def test_no_rows_is_a_valid_file_in_every_format() -> None:
    for form in FORMATS:
        assert isinstance(form.write((), ORIGIN), bytes)
    assert to_csv((), ORIGIN).decode().startswith("rank,title,")
