"""What is hidden from an objective: shares, lengths, and never a special or padding token."""

import numpy as np
import pytest

from protclip.model.masking import LONGEST, MASK_SHARE, SHORTEST, independent_mask, segment_mask
from protclip.model.release_compat import ReleaseCompat

COLLAPSING = ReleaseCompat(collapsing_segments=True)


def residues(*lengths):
    """True at residues of proteins of these lengths, behind <cls>, padded to the longest."""
    places = np.arange(max(lengths) + 2)
    return np.array([(places >= 1) & (places <= length) for length in lengths])


def runs(mask):
    """Lengths of the unbroken stretches of a mask."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(int), [0]])))
    return edges[1::2] - edges[::2]


@pytest.mark.parametrize("draw", [independent_mask, segment_mask])
def test_only_residues_are_hidden_and_the_same_generator_hides_the_same(draw):
    real = residues(1, 4, 40, 300)
    for seed in range(30):
        mask = draw(real, np.random.default_rng(seed))
        assert not (mask & ~real).any()
        assert np.array_equal(mask, draw(real, np.random.default_rng(seed)))
    assert not np.array_equal(mask, draw(real, np.random.default_rng(99)))
    assert np.array_equal(real, residues(1, 4, 40, 300))


def test_independent_masks_hide_their_share_of_every_place():
    masks = np.mean(
        [independent_mask(residues(50, 50), np.random.default_rng(s)) for s in range(800)], axis=0
    )
    assert abs(masks[:, 1:51].mean() - MASK_SHARE) < 0.005
    assert masks[:, 1:51].min() > 0.1
    assert masks[:, 1:51].max() < 0.2


def test_segments_cover_their_share_and_stop_there():
    real = residues(400, 100, 20)
    for seed in range(50):
        covered = segment_mask(real, np.random.default_rng(seed)).sum(1)
        for count, length in zip(covered, (400, 100, 20), strict=True):
            assert MASK_SHARE * length <= count < MASK_SHARE * length + LONGEST


def test_segments_are_stretches_of_five_to_ten():
    """Of 60 residues two at most are drawn: a stretch is shorter only at the end, longer only by overlap."""
    seen = []
    for seed in range(300):
        mask = segment_mask(residues(60), np.random.default_rng(seed))[0]
        if not mask[-1 - LONGEST :].any():
            seen += runs(mask).tolist()
    assert min(seen) == SHORTEST
    alone = np.bincount([n for n in seen if n <= LONGEST], minlength=LONGEST + 1)
    assert (alone[SHORTEST:] > 0).all()
    assert np.mean(np.array(seen) <= LONGEST) > 0.8


def test_starts_are_uniform_over_the_protein():
    """Of six residues one segment is enough: it starts at any of them alike."""
    draws = [segment_mask(residues(6), np.random.default_rng(s))[0] for s in range(3000)]
    counts = np.bincount([np.flatnonzero(mask)[0] for mask in draws], minlength=7)[1:7]
    assert abs(counts - 500).max() < 100  # five standard deviations


@pytest.mark.parametrize("length", [1, 2, 5])
def test_a_short_protein_has_a_hidden_residue_and_no_more_than_it_has(length):
    for seed in range(20):
        assert 1 <= segment_mask(residues(length), np.random.default_rng(seed)).sum() <= length


def test_the_releases_segments_collapse_to_single_residues():
    """Method notes 3.7, item 1: about a tenth of the first protein's segments are long, none of the others."""
    mask = segment_mask(residues(*[400] * 16), np.random.default_rng(0), COLLAPSING)
    assert np.median(runs(mask[0])) <= 2
    later = np.concatenate([runs(row) for row in mask[1:]])
    assert np.mean(later == 1) > 0.8  # two neighbours by chance are a run of two
    assert np.mean(later >= SHORTEST) < 0.01
    assert (mask.sum(1) >= MASK_SHARE * 400).all()


def test_the_releases_quota_counts_padding():
    """Item 8: in a mixed batch a short protein has as few hidden residues as fall on it by chance."""
    compat, real = ReleaseCompat(padded_quota=True), residues(400, 20)
    counts = np.array([segment_mask(real, np.random.default_rng(s), compat).sum(1) for s in range(200)])
    assert (counts[:, 1] == 0).any()
    assert abs(counts[:, 1].mean() / 20 - MASK_SHARE) < 0.05
    assert (
        np.array([segment_mask(real, np.random.default_rng(s)).sum(1) for s in range(50)])[:, 1] > 0
    ).all()
