"""Long queries under their content hash."""

import os

import pytest

from protclip.errors import InputError
from streamlit_app.uploads import UploadStore


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
    store = UploadStore(folder=tmp_path, max_folder_bytes=25)
    names = []
    for number, letter in enumerate("ACD"):
        names.append(store.save(letter * 10))
        os.utime(tmp_path / names[-1], (number, number))
    store.load(names[1])
    newest = store.save("E" * 10)
    kept = {p.name for p in tmp_path.iterdir()}
    assert kept == {names[2], newest}
