"""The table of measurements."""

import csv

from protclip.benchmarks.results import COLUMNS, append_rows


def test_rows_carry_where_they_come_from_and_are_only_appended(tmp_path):
    path = tmp_path / "results" / "x.csv"
    append_rows(path, [{"metric": "mrr", "value": 0.123456, "n": 10}], command="first")
    append_rows(path, [{"metric": "map", "value": 0.5}], command="second")
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    assert list(rows[0]) == list(COLUMNS)
    assert [row["value"] for row in rows] == ["0.1235", "0.5"]
    assert [row["command"] for row in rows] == ["first", "second"]
    assert all(row["commit"] and row["date"] and "cores" in row["hardware"] for row in rows)
    assert rows[1]["n"] == ""
