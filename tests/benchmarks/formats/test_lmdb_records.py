"""LMDB folders as PEER and TAPE write them."""

import builtins
import runpy
from pathlib import Path

import numpy as np
import pytest

from protclip.benchmarks.formats.lmdb_records import read_lmdb
from protclip.errors import AssetError

write = runpy.run_path(str(Path(__file__).parents[1] / "synthetic_sets.py"))["write_lmdb"]


@pytest.mark.parametrize("subdir", [True, False])
def test_records_come_in_the_order_of_their_numbers(tmp_path, subdir):
    records = [{"primary": "M" * (place + 1), "localization": place % 10, "id": place} for place in range(12)]
    write(tmp_path / "x_train.lmdb", records, subdir=subdir)
    rows = read_lmdb(tmp_path / "x_train.lmdb", "localization")
    assert [(row.sequence, row.label) for row in rows] == [(r["primary"], r["localization"]) for r in records]


@pytest.mark.parametrize("label", [0.25, [0.25], np.array([0.25], dtype=np.float32), np.float64(0.25)])
def test_a_label_may_be_a_number_or_a_list_or_array_of_one(tmp_path, label):
    write(tmp_path / "x.lmdb", [{"primary": b"MKT", "scaled_effect1": label}])
    (row,) = read_lmdb(tmp_path / "x.lmdb", "scaled_effect1")
    assert (row.sequence, row.label) == ("MKT", 0.25)


@pytest.mark.parametrize(
    ("records", "count", "says"),
    [
        ([{"primary": "MKT"}], None, "fields primary and localization"),
        ([{"primary": "MKT", "localization": [1, 2]}], None, "not one number"),
        ([{"primary": "MKT", "localization": 1}], 2, "no record 1 of 2"),
        ([{"primary": "MKT", "localization": print}], None, "asks for builtins.print"),
        ([], None, "no num_examples"),
    ],
)
def test_a_set_that_is_not_as_expected_is_named(tmp_path, records, count, says):
    write(tmp_path / "x.lmdb", records, count=count)
    with pytest.raises(AssetError, match=says):
        read_lmdb(tmp_path / "x.lmdb", "localization")


def test_a_damaged_folder_is_named(tmp_path):
    pytest.importorskip("lmdb")
    (tmp_path / "x.lmdb").mkdir()
    (tmp_path / "x.lmdb/data.mdb").write_bytes(b"not LMDB" * 2000)
    with pytest.raises(AssetError, match=r"x\.lmdb is no whole LMDB file"):
        read_lmdb(tmp_path / "x.lmdb", "localization")


def test_without_the_package_the_error_says_what_to_install(tmp_path, monkeypatch):
    usual = builtins.__import__

    def without_lmdb(name, *rest):
        if name == "lmdb":
            raise ImportError(name)
        return usual(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_lmdb)
    with pytest.raises(AssetError, match=r"pip install 'protclip\[benchmarks\]'"):
        read_lmdb(tmp_path / "x.lmdb", "localization")
