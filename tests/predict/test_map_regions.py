"""Regions of a map: as text and back, thinned, and what lies inside."""

import math

import numpy as np
import pytest

from protclip.errors import InputError
from protclip.predict.map_regions import MAX_CORNERS, box, outline, parse_region

GRID = (
    np.stack(np.meshgrid(np.arange(0, 10, 0.5), np.arange(0, 10, 0.5)), axis=-1)
    .reshape(-1, 2)
    .astype(np.float32)
)


def test_a_box_holds_what_is_between_its_sides() -> None:
    region = box(1, 3.2, 2, 8)
    inside = region.contains(GRID)
    expected = (GRID[:, 0] >= 1) & (GRID[:, 0] <= 3.2) & (GRID[:, 1] >= 2) & (GRID[:, 1] <= 8)
    assert np.array_equal(inside, expected)
    assert region.is_box


def test_an_outline_holds_what_one_would_count_by_hand() -> None:
    # A letter U: the notch between its legs is outside.
    region = outline(
        [(1.1, 1.1), (8.1, 1.1), (8.1, 8.1), (6.1, 8.1), (6.1, 4.1), (3.1, 4.1), (3.1, 8.1), (1.1, 8.1)]
    )
    x, y = GRID.T
    legs = (y < 8.1) & (((x > 1.1) & (x < 3.1)) | ((x > 6.1) & (x < 8.1)))
    expected = (y > 1.1) & (legs | ((y < 4.1) & (x > 1.1) & (x < 8.1)))
    assert np.array_equal(region.contains(GRID), expected)
    assert not region.is_box


def test_a_circle_holds_its_area() -> None:
    turn = np.linspace(0, 2 * math.pi, 500, endpoint=False)
    region = outline([(5 + 3 * math.cos(t), 5 + 3 * math.sin(t)) for t in turn])
    assert len(region.corners) == MAX_CORNERS
    points = np.random.default_rng(0).uniform(0, 10, (20_000, 2)).astype(np.float32)
    assert region.contains(points).mean() == pytest.approx(math.pi * 9 / 100, abs=0.01)


@pytest.mark.parametrize(
    "region", [box(-1.25, 3, 2, 8.5), outline([(0, 0), (2.5, -0.25), (1, 3), (0.5, 0.75)])]
)
def test_text_and_back(region) -> None:
    assert parse_region(region.text) == region


def test_corners_of_a_box_may_be_given_in_any_order() -> None:
    assert parse_region("4,6.25_1.5,2") == box(1.5, 4, 2, 6.25)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1,2",
        "a,b_c,d",
        "1,2_3",
        "nan,1_2,3",
        "1e9,2_3,4",
        "1,2_1,9",
        "0,0_0,0_0,0",
        "0,0_1,0_2,0",
        "1,2;3,4",
        "9" * 5000,
    ],
)
def test_what_is_no_region_is_refused(text) -> None:
    with pytest.raises(InputError):
        parse_region(text)


def test_too_many_corners_are_refused_with_the_limit() -> None:
    with pytest.raises(InputError, match=f"at most {MAX_CORNERS}"):
        parse_region("_".join(f"{n},{n % 7}" for n in range(100)))
