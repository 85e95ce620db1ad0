"""Int8 rows: within half a scale, zero stays zero, the largest entry fits."""

import numpy as np
import pytest

from protclip.data.int8 import dequantize_rows, quantize_rows


def rows_of(kind):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(200, 64)).astype(np.float32)
    if kind == "unit":
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    if kind == "one entry":
        rows = np.where(np.arange(64) == 3, rows, 0).astype(np.float32)
    if kind == "wide":
        rows *= np.logspace(-3, 3, 200, dtype=np.float32)[:, None]
    return rows


@pytest.mark.parametrize("kind", ["normal", "unit", "one entry", "wide"])
def test_every_entry_comes_back_within_half_a_scale(kind):
    rows = rows_of(kind)
    codes, scales = quantize_rows(rows)
    error = np.abs(dequantize_rows(codes, scales) - rows)
    assert (codes.dtype, scales.dtype) == (np.int8, np.float16)
    assert (error <= scales[:, None].astype(np.float32) * 0.5001).all()
    assert np.abs(codes.astype(int)).max() <= 127
    assert np.abs(codes.astype(int)).max(axis=1).min() > 120  # the range is used


def test_the_direction_is_kept():
    rows = rows_of("unit")
    back = dequantize_rows(*quantize_rows(rows))
    cosine = (back * rows).sum(1) / np.linalg.norm(back, axis=1)
    assert np.arccos(cosine.clip(-1, 1)).max() < 1e-2


def test_a_zero_row_stays_zero():
    rows = rows_of("unit")
    rows[[0, 7]] = 0
    back = dequantize_rows(*quantize_rows(rows))
    assert not back[[0, 7]].any()
    assert back[1].any()
    assert np.isfinite(back).all()


def test_no_rows_are_no_rows():
    codes, scales = quantize_rows(np.zeros((0, 5), np.float32))
    assert dequantize_rows(codes, scales).shape == (0, 5)


def test_the_rows_are_not_written_to():
    rows = rows_of("normal")
    before = rows.copy()
    quantize_rows(rows)
    np.testing.assert_array_equal(rows, before)
