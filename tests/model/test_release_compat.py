"""The switches to the authors' form: off by default, each by its name."""

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
