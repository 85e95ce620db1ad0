"""Token states on disk: what the tower gives, bit for bit, in the order and to the length that is asked for."""

import numpy as np
import pytest

from protclip.encode import Encoder
from train import text_cache, token_states
from train.token_states import cached_token_states

ROWS = np.arange(0, 12, dtype=np.int64)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(token_states, "CHUNK", 4)


@pytest.fixture
def texts(tiny):
    names = [t.name for t in tiny.TERMS]
    return (*names, "kinase of the cell membrane", "nucleus")


@pytest.fixture
def encoder(tiny):
    return Encoder(tiny.make_model(), tiny.make_processor(), name="tiny", fingerprint="0")


def never(texts):
    raise AssertionError(f"the tower was asked for {texts}")


def test_cached_states_are_the_fresh_ones_bit_for_bit(encoder, texts, tmp_path):
    fresh = cached_token_states(texts, ROWS, encoder.text_token_states, "a", None)
    cached_token_states(texts, ROWS, encoder.text_token_states, "a", tmp_path)
    cached = cached_token_states(texts, ROWS, never, "a", tmp_path)
    assert isinstance(cached.chunks[0], np.memmap)
    for row in ROWS:
        one, other = (found.of(np.array([row]), 99) for found in (fresh, cached))
        assert one.dtype == other.dtype == np.float16
        np.testing.assert_array_equal(one, other)


def test_states_are_those_of_the_tower_for_the_text_alone(encoder, texts):
    """To half precision: what else is in the batch may move the last bit."""
    found = cached_token_states(texts, ROWS, encoder.text_token_states, "a", None)
    for row in ROWS:
        tokens = encoder.processor.texts([texts[row]])
        expected = encoder.model.text_states(tokens.input_ids, tokens.attention_mask)[0].detach().numpy()
        np.testing.assert_allclose(found.of(np.array([row]), 99), expected, atol=4e-3)


def test_their_mean_is_the_pooled_feature(encoder, texts):
    found = cached_token_states(texts, ROWS, encoder.text_token_states, "a", None)
    pooled = encoder.text_features(texts)
    for row in ROWS:
        mean = found.of(np.array([row]), 99).mean(0, dtype=np.float32)
        np.testing.assert_allclose(mean / np.linalg.norm(mean), pooled[row], atol=2e-3)


def test_texts_come_one_after_the_other_and_are_cut(encoder, texts):
    found = cached_token_states(texts, ROWS, encoder.text_token_states, "a", None)
    rows = np.array([7, 2, 11, 2])
    every = np.concatenate([found.of(rows[i : i + 1], 99) for i in range(4)])
    for limit in (0, 1, 3, len(every) - 1, len(every), 99):
        np.testing.assert_array_equal(found.of(rows, limit), every[:limit])
    assert found.of(rows[:0], 9).shape == (0, 16)


def test_only_the_texts_asked_for_are_encoded(encoder, texts):
    asked = []

    def encode(chunk):
        asked.extend(chunk)
        return encoder.text_token_states(chunk)

    rows = np.array([3, 8])
    found = cached_token_states(texts, rows, encode, "a", None)
    assert asked == [texts[3], texts[8]]
    with pytest.raises(AssertionError, match="not asked for"):
        found.of(np.array([4]), 9)


@pytest.mark.parametrize("keep", [0, 40, -2])
def test_a_damaged_file_is_made_anew(encoder, texts, tmp_path, keep):
    first = cached_token_states(texts, ROWS, encoder.text_token_states, "a", tmp_path)
    before = [np.array(chunk) for chunk in first.chunks]
    for path in list(tmp_path.glob("*.npy"))[:3]:
        path.write_bytes(path.read_bytes()[:keep])
    again = cached_token_states(texts, ROWS, encoder.text_token_states, "a", tmp_path)
    for chunk, expected in zip(again.chunks, before, strict=True):
        np.testing.assert_array_equal(chunk, expected)


def test_another_tower_gets_other_files(encoder, texts, tmp_path):
    cached_token_states(texts, ROWS, encoder.text_token_states, "a", tmp_path)
    with pytest.raises(AssertionError, match="the tower was asked"):
        cached_token_states(texts, ROWS, never, "b", tmp_path)
    assert not list(tmp_path.glob(".*"))
    assert text_cache.CHUNK > 4


def test_no_text_at_all(encoder):
    found = cached_token_states((), np.zeros(0, np.int64), encoder.text_token_states, "a", None)
    assert found.of(np.zeros(0, np.int64), 5).shape[0] == 0
