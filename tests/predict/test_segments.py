"""Segments against a slow definition, and what ranks them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protclip.predict.segments import MAX_GAP, MIN_LENGTH, Segment, Track, standing_out


def track(values, threshold=0.5):
    return Track(name="t", values=np.array(values, dtype=np.float32), threshold=threshold)


def slow_intervals(values, threshold):
    """Grow each residue above the threshold to its neighbours above it, as far as a gap allows."""
    above = [i for i, value in enumerate(values) if value > threshold]
    groups = []
    for place in above:
        if groups and place - groups[-1][-1] <= MAX_GAP + 1:
            groups[-1].append(place)
        else:
            groups.append([place])
    return {(g[0] + 1, g[-1] + 1) for g in groups if g[-1] - g[0] + 1 >= MIN_LENGTH}


@given(st.lists(st.sampled_from([0.0, 0.25, 1.0, 2.0]), min_size=1, max_size=40))
def test_segments_are_the_slow_ones_and_ranked_by_excess(values):
    found = track(values).segments
    assert {(s.start, s.end) for s in found} == slow_intervals(values, 0.5)
    assert [s.excess for s in found] == sorted((s.excess for s in found), reverse=True)
    for segment in found:
        inside = values[segment.start - 1 : segment.end]
        assert len(inside) == segment.length
        assert segment.mean == pytest.approx(np.mean(inside))
        assert segment.excess == pytest.approx(sum(inside) - 0.5 * len(inside))


def test_a_small_gap_is_run_over_and_a_larger_one_parts():
    near = [1, 1, *[0] * MAX_GAP, 1, 1, 1]
    far = [1, 1, 1, *[0] * (MAX_GAP + 1), 1, 1, 1]
    assert [(s.start, s.end) for s in track(near).segments] == [(1, len(near))]
    assert [(s.start, s.end) for s in track(far).segments] == [(1, 3), (7, 9)]


def test_values_that_do_not_vary_stand_out_nowhere():
    flat = standing_out("t", np.full(20, 0.1, dtype=np.float32))
    assert flat.segments == ()
    assert flat.prominence == 0
    assert track(np.ones(5)).prominence == 0  # one segment, but no deviation to measure it in


def test_prominence_does_not_change_with_the_scale():
    values = np.random.default_rng(3).normal(size=50).astype(np.float32)
    values[20:26] += 2
    one, many = standing_out("t", values), standing_out("t", values * 1000)
    assert one.prominence == pytest.approx(many.prominence, rel=1e-4)
    assert one.prominence > 0


def test_a_segment_counts_from_one():
    with pytest.raises(ValueError, match="residues count from 1"):
        Segment(start=0, end=3, mean=0.0, excess=0.0)
