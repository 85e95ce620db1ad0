"""The switches to the authors' form: off by default, each by its name."""

from pathlib import Path

import pytest

from protclip.errors import InputError
from protclip.model.release_compat import PAPER, ReleaseCompat


def test_everything_is_off_by_default_and_on_in_all():
    assert not any(getattr(PAPER, name) for name in ReleaseCompat.names())
    assert all(getattr(ReleaseCompat.all(), name) for name in ReleaseCompat.names())
    assert ReleaseCompat.of(["no_epsilon", "all"]) == ReleaseCompat.all()


def test_names_switch_one_by_one():
    found = ReleaseCompat.of(["one_way_alignment", "no_epsilon"])
    assert found == ReleaseCompat(one_way_alignment=True, no_epsilon=True)
    assert ReleaseCompat.of([]) == PAPER


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(InputError, match='no switch "pool_paddings"; the nearest is "pool_padding"'):
        ReleaseCompat.of(["pool_paddings"])


def test_the_page_on_objectives_tells_of_every_switch_and_no_other():
    page = (Path(__file__).parents[2] / "docs" / "objectives.md").read_text(encoding="utf-8")
    table = page.split("| switch | in the release |")[1].split("\n\n")[0]
    told = [line.split("`")[1] for line in table.splitlines() if line.startswith("| `")]
    assert tuple(told) == ReleaseCompat.names()
