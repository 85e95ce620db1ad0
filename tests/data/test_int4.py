"""Four-bit rows: within half a scale, every code comes back, zero stays zero, odd widths are refused."""

import numpy as np
import pytest

from protclip.data.int4 import dequantize_pairs, quantize_pairs


def test_every_code_comes_back_exactly():
    rows = np.array([[*range(-7, 8), 0], [*range(7, -8, -1), 3]], dtype=np.float32)
    pairs, scales = quantize_pairs(rows)
    assert (pairs.dtype, pairs.shape, scales.dtype) == (np.uint8, (2, 8), np.float16)
    np.testing.assert_allclose(dequantize_pairs(pairs, scales), rows, rtol=2e-3)


def test_every_entry_comes_back_within_half_a_scale_and_the_range_is_used():
    rows = np.random.default_rng(0).normal(size=(200, 64)).astype(np.float32)
    rows *= np.logspace(-3, 3, 200, dtype=np.float32)[:, None]
    pairs, scales = quantize_pairs(rows)
    back, wide = dequantize_pairs(pairs, scales), scales[:, None].astype(np.float32)
    assert (np.abs(back - rows) <= wide * 0.5001).all()
    np.testing.assert_array_equal(np.rint(np.abs(back / wide)).max(axis=1), 7)


def test_the_sum_of_many_rows_keeps_its_direction():
    rows = np.random.default_rng(1).normal(size=(300, 64)).astype(np.float32) + 0.2
    total, back = rows.sum(0), dequantize_pairs(*quantize_pairs(rows)).sum(0)
    assert total @ back / np.linalg.norm(total) / np.linalg.norm(back) > 0.995


def test_zeros_stay_zeros_and_no_rows_are_no_rows():
    assert not dequantize_pairs(*quantize_pairs(np.zeros((3, 4), np.float32))).any()
    assert dequantize_pairs(*quantize_pairs(np.zeros((0, 4), np.float32))).shape == (0, 4)


def test_an_odd_width_is_refused():
    with pytest.raises(ValueError, match="rows of 5 entries"):
        quantize_pairs(np.ones((2, 5), np.float32))
