"""Tables with a header, whatever their columns are called; TAPE's JSON lists."""

import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from protclip.benchmarks.formats.tables import read_split_table, read_table
from protclip.benchmarks.formats.tape_json import read_tape_json
from protclip.errors import AssetError


def pairs(rows):
    return [(row.sequence, row.label) for row in rows]


@pytest.mark.parametrize(
    "text",
    [
        "sequence\tlabel\nMKT\t0\nMKV\t1\n",
        "seq,label\nMKT,0\nMKV,1\n",
        "Label,Protein\n0,MKT\n1,MKV\n",
        'prot_seq,localization\n"MKT",0\nMKV,1',
    ],
)
def test_columns_and_separator_are_told_by_the_header(tmp_path, text):
    (tmp_path / "plain.csv").write_text(text)
    with gzip.open(tmp_path / "packed.tsv.gz", "wt") as file:
        file.write(text)
    for name in ("plain.csv", "packed.tsv.gz"):
        assert pairs(read_table(tmp_path / name)) == [("MKT", "0"), ("MKV", "1")]


def test_parquet_is_read_as_the_mirror_writes_it(tmp_path):
    pq.write_table(
        pa.table({"prot_seq": ["M K T", "M"], "localization": [3, 0]}),
        tmp_path / "test-00000-of-00001.parquet",
    )
    assert pairs(read_table(tmp_path / "test-00000-of-00001.parquet")) == [("M K T", "3"), ("M", "0")]


def test_splits_are_taken_apart_and_others_ignored(tmp_path):
    lines = ["protein,label,stage", "MA,1,train", "MC,2,valid", "MD,3,test", "ME,4,spare", "MF,5,train"]
    (tmp_path / "dataset.csv").write_text("\n".join(lines))
    found = read_split_table(tmp_path / "dataset.csv")
    assert {split: pairs(rows) for split, rows in found.items()} == {
        "train": [("MA", "1"), ("MF", "5")],
        "valid": [("MC", "2")],
        "test": [("MD", "3")],
    }


def test_structure_aware_sequences_lose_their_fold(tmp_path):
    (tmp_path / "t.csv").write_text("protein,label\nMdKvTp,1\n#dKvT#,1\nMKTAYI,1\nmktayi,1\n")
    assert [row.sequence for row in read_table(tmp_path / "t.csv")] == ["MKT", "XKT", "MKTAYI", "mktayi"]


def test_rows_with_a_refused_value_are_left_out(tmp_path):
    (tmp_path / "t.tsv").write_text(
        "sequence\tlabel\torigin\nMA\tNucleus\tpeer_valid\nMC\tNucleus\tjoin:P1\n"
    )
    assert [
        row.sequence for row in read_table(tmp_path / "t.tsv", column="origin", refused=("peer_valid",))
    ] == ["MC"]


@pytest.mark.parametrize(
    ("text", "says"), [("name,label\nx,1\n", "columns name, label"), ("seq,label\nMKT\n", "line 2")]
)
def test_a_table_of_another_kind_is_refused(tmp_path, text, says):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(AssetError, match=says):
        read_table(tmp_path / "t.csv")


def test_tapes_json_has_labels_as_numbers_or_lists(tmp_path):
    records = [
        {"primary": "MKT", "stability_score": [0.5], "id": "a"},
        {"primary": "MKV", "stability_score": -1},
    ]
    (tmp_path / "stability_train.json").write_text(json.dumps(records))
    assert pairs(read_tape_json(tmp_path / "stability_train.json", "stability_score")) == [
        ("MKT", 0.5),
        ("MKV", -1.0),
    ]


def test_a_damaged_table_is_named(tmp_path):
    (tmp_path / "x.parquet").write_bytes(b"PAR1 and no more")
    (tmp_path / "x.csv").write_text(f"seq,label\n{'M' * 200_000},1\n")
    for name in ("x.parquet", "x.csv"):
        with pytest.raises(AssetError, match=f"{name} is no whole"):
            read_table(tmp_path / name)


@pytest.mark.parametrize(
    "content", ["[{", "{}", '[{"primary": "M"}]', '[{"primary": "M", "stability_score": "high"}]']
)
def test_json_that_is_not_tapes_is_refused(tmp_path, content):
    (tmp_path / "x.json").write_text(content)
    with pytest.raises(AssetError, match=r"x\.json"):
        read_tape_json(tmp_path / "x.json", "stability_score")
