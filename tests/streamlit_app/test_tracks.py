"""Values for residues in the bins of a table cell."""

import numpy as np
import pytest

from streamlit_app.tracks import NUM_BINS, binned, for_the_eye


@pytest.mark.parametrize("length", [1, 7, NUM_BINS - 1, NUM_BINS, NUM_BINS + 1, 137, 4000])
def test_bins_are_the_sums_of_neighbouring_residues(length: int) -> None:
    values = np.random.default_rng(length).normal(size=length).astype(np.float32)
    track = binned(values)
    pieces = np.array_split(values, min(NUM_BINS, length))
    assert len(track) == len(pieces)
    assert sum(track) == pytest.approx(float(values.astype(np.float64).sum()), abs=1e-6)
    if length % NUM_BINS == 0 or length < NUM_BINS:
        assert track == pytest.approx([float(piece.sum()) for piece in pieces], abs=1e-4)
    ones = binned(np.ones(length, np.float32))
    assert max(ones) - min(ones) <= 1


def test_no_residue_has_no_bin_and_a_flat_track_stays_flat() -> None:
    assert binned(np.empty(0, np.float32)) == ()
    assert for_the_eye(()) == []
    assert for_the_eye((0.0, 0.0)) == [0.0, 0.0]


def test_the_largest_bin_fills_the_cell_and_signs_stay() -> None:
    assert for_the_eye((0.001, -0.004, 0.002)) == [0.25, -1.0, 0.5]
