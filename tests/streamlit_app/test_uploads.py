"""Long queries under their content hash."""

import os
from pathlib import Path

import pytest

import streamlit_app
from protclip.errors import InputError
from streamlit_app.uploads import DAYS_KEPT, MAX_FOLDER_BYTES, UploadStore

DAY = 86_400


def test_what_is_saved_comes_back_and_twice_is_one_file(tmp_path) -> None:
    store = UploadStore(folder=tmp_path / "new" / "uploads")
    name = store.save(">x\nMKV\nÄ")
    assert store.save(">x\nMKV\nÄ") == name
    assert store.load(name) == ">x\nMKV\nÄ"
    assert [p.name for p in store.folder.iterdir()] == [name]


@pytest.mark.parametrize("name", ["", "../secret", "/etc/passwd", "a" * 31, "A" * 32, "f" * 32, "0" * 33])
def test_only_hashes_of_stored_texts_are_read(tmp_path, name) -> None:
    (tmp_path / "secret").write_text("no")
    folder = tmp_path / "uploads"
    folder.mkdir()
    with pytest.raises(InputError, match="Paste the sequence again"):
        UploadStore(folder=folder).load(name)


def test_a_changed_file_is_not_handed_out(tmp_path) -> None:
    store = UploadStore(folder=tmp_path)
    name = store.save("MKV")
    (tmp_path / name).write_text("MKW")
    with pytest.raises(InputError):
        store.load(name)


def test_too_long_is_refused_with_both_numbers(tmp_path) -> None:
    store = UploadStore(folder=tmp_path, max_bytes=10)
    with pytest.raises(InputError, match=r"12 bytes; at most 10"):
        store.save("é" * 6)
    assert list(tmp_path.iterdir()) == []


def test_the_folder_stays_under_its_limit_by_dropping_the_oldest(tmp_path) -> None:
    times = iter(range(100))
    store = UploadStore(folder=tmp_path, max_folder_bytes=35, clock=lambda: next(times))
    names = [store.save(letter * 10) for letter in "ACD"]
    store.load(names[0])
    newest = store.save("E" * 10)
    kept = {p.name for p in tmp_path.iterdir()}
    assert kept == {names[0], names[2], newest}


def test_what_nobody_opened_for_days_goes_when_a_new_one_comes(tmp_path) -> None:
    now = 1_000_000_000.0
    store = UploadStore(folder=tmp_path, days_kept=30, clock=lambda: now)
    forgotten, used = store.save("MKV"), store.save("MKW")
    half, other = tmp_path / ".part-x", tmp_path / "README"
    for path in (half, other):
        path.write_text("MK")
        os.utime(path, (now, now))
    now += 29 * DAY
    assert store.load(used) == "MKW"
    assert store.save("MKW") == used
    assert store.load(forgotten) == "MKV", "not yet too old"
    now += 29 * DAY
    assert store.load(used) == "MKW"
    now += 2 * DAY
    newest = store.save("MKY")
    assert {p.name for p in tmp_path.iterdir()} == {used, newest, other.name}
    with pytest.raises(InputError, match="for 30 days after it was last opened"):
        store.load(forgotten)


def test_how_long_texts_are_kept_is_documented() -> None:
    told = (Path(streamlit_app.__file__).parents[1] / "docs" / "app.md").read_text(encoding="utf-8")
    words = f"for {DAYS_KEPT} days after they were last opened, {MAX_FOLDER_BYTES // 1_000_000} MB in all"
    assert words in " ".join(told.split())
