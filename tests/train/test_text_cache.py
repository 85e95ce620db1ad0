"""The cache of text features: computed once, told apart by tower and text, whole or not there."""

import hashlib

import numpy as np
import pytest

from train import text_cache
from train.text_cache import cached_text_features

TEXTS = [f"text {i}" for i in range(10)]


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(text_cache, "CHUNK", 4)


class Tower:
    """Counts its calls; the row of a text follows from the text alone."""

    def __init__(self, name="a", *, fails_after=99):
        self.name, self.fails_after, self.calls = name, fails_after, []

    def __call__(self, texts):
        if len(self.calls) >= self.fails_after:
            raise KeyboardInterrupt
        self.calls.append(list(texts))
        digests = [hashlib.sha256((self.name + text).encode()).digest()[:8] for text in texts]
        return np.array([list(d) for d in digests], dtype=np.float32) / 255


def test_the_features_are_those_of_a_fresh_computation_in_order(tmp_path):
    tower = Tower()
    found = cached_text_features(TEXTS, tower, "a", tmp_path / "new")
    np.testing.assert_array_equal(found, Tower()(TEXTS).astype(np.float16))
    assert found.dtype == np.float16
    assert [len(call) for call in tower.calls] == [4, 4, 2]


def test_the_second_time_the_tower_is_not_asked(tmp_path):
    first = cached_text_features(TEXTS, Tower(), "a", tmp_path)
    again = Tower(fails_after=0)
    np.testing.assert_array_equal(cached_text_features(TEXTS, again, "a", tmp_path), first)
    assert again.calls == []


def test_another_tower_gets_another_file(tmp_path):
    cached_text_features(TEXTS, Tower("a"), "a", tmp_path)
    other = Tower("b")
    found = cached_text_features(TEXTS, other, "b", tmp_path)
    assert len(other.calls) == 3
    np.testing.assert_array_equal(found, Tower("b")(TEXTS).astype(np.float16))
    assert len(list(tmp_path.iterdir())) == 6


@pytest.mark.parametrize(
    ("texts", "asked"),
    [
        ([*TEXTS[:8], "new", *TEXTS[9:]], 1),
        ([*TEXTS, "more"], 1),
        (TEXTS[::-1], 3),
        (["text 0text 1", *TEXTS[2:]], 3),
    ],
    ids=["changed", "longer", "reordered", "joined"],
)
def test_only_files_whose_texts_changed_are_computed(tmp_path, texts, asked):
    cached_text_features(TEXTS, Tower(), "a", tmp_path)
    tower = Tower()
    found = cached_text_features(texts, tower, "a", tmp_path)
    np.testing.assert_array_equal(found, Tower()(texts).astype(np.float16))
    assert len(tower.calls) == asked


def test_a_kill_in_the_middle_keeps_what_is_done(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        cached_text_features(TEXTS, Tower(fails_after=2), "a", tmp_path)
    assert len(list(tmp_path.iterdir())) == 2  # whole files, and nothing half-written beside them
    tower = Tower()
    found = cached_text_features(TEXTS, tower, "a", tmp_path)
    assert tower.calls == [TEXTS[8:]]
    np.testing.assert_array_equal(found, Tower()(TEXTS).astype(np.float16))


def test_a_kill_while_a_file_is_written_leaves_none(tmp_path, monkeypatch):
    def write_half(file, rows):
        file.write(b"half")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(text_cache.np, "save", write_half)
        with pytest.raises(KeyboardInterrupt):
            cached_text_features(TEXTS, Tower(), "a", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"half", None])
def test_a_damaged_file_is_made_anew(tmp_path, content):
    first = cached_text_features(TEXTS, Tower(), "a", tmp_path)
    path = max(tmp_path.iterdir())
    path.write_bytes(path.read_bytes()[:-3] if content is None else content)
    tower = Tower()
    np.testing.assert_array_equal(cached_text_features(TEXTS, tower, "a", tmp_path), first)
    assert len(tower.calls) == 1


def test_progress_is_told_after_each_file(tmp_path):
    told = []
    cached_text_features(TEXTS, Tower(), "a", tmp_path, lambda *seen: told.append(seen))
    assert told == [(4, 10), (8, 10), (10, 10)]
