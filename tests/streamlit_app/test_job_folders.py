"""Folders of jobs: found by their key alone, kept for days and within a size, never dropped while busy."""

import pytest

from protclip.errors import InputError
from streamlit_app.job_folders import INPUT, JobFolders

A, B, C = ("a" * 32, "b" * 32, "c" * 32)
DAY = 86_400


class Clock:
    now = 1_000_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def folders(tmp_path, clock):
    return JobFolders(folder=tmp_path / "jobs", max_bytes=1_000, clock=clock)


def test_an_input_and_its_request_are_found_by_the_key(folders) -> None:
    begun = folders.begin(A, b">a\nMKV\n", {"top": None})
    assert folders.find(A) == begun
    assert (begun / INPUT).read_bytes() == b">a\nMKV\n"
    assert folders.request(A) == {"top": None}


@pytest.mark.parametrize("key", [B, "", "..", "../jobs", "A" * 32, "a" * 33, f"{A}/parts"])
def test_another_key_finds_nothing_and_drops_nothing(folders, key) -> None:
    folders.begin(A, b"x", {})
    with pytest.raises(InputError, match="does not hold"):
        folders.find(key)
    folders.drop(key)
    assert folders.find(A)


def test_the_same_job_twice_keeps_its_parts(folders) -> None:
    part = folders.begin(A, b"x", {}) / "part"
    part.write_text("done")
    assert (folders.begin(A, b"x", {}) / "part").read_text() == "done"


def test_what_nobody_opened_for_a_week_goes_when_a_new_one_begins(folders, clock) -> None:
    folders.begin(A, b"x", {})
    folders.begin(B, b"x", {})
    clock.now += 6 * DAY
    folders.find(A)
    clock.now += 2 * DAY
    folders.begin(C, b"x", {})
    assert folders.find(A)
    with pytest.raises(InputError):
        folders.find(B)


def test_what_was_opened_longest_ago_makes_room_but_not_while_it_is_busy(folders, clock) -> None:
    for key in (A, B):
        folders.begin(key, b"x" * 400, {})
        clock.now += 10
    folders.find(A)
    clock.now += 10
    folders.begin(C, b"x" * 400, {}, is_busy=lambda key: key == B)
    assert folders.find(B)
    with pytest.raises(InputError):
        folders.find(A)
    assert folders.find(C)


def test_other_files_in_the_folder_are_left_alone(folders, clock) -> None:
    folders.begin(A, b"x", {})
    other = folders.folder / "notes.txt"
    other.write_text("mine")
    clock.now += 30 * DAY
    folders.begin(B, b"x", {})
    assert other.read_text() == "mine"


def test_a_deleted_job_is_gone(folders) -> None:
    folder = folders.begin(A, b"x", {})
    folders.drop(A)
    assert not folder.exists()
