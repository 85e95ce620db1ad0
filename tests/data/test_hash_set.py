from hypothesis import given
from hypothesis import strategies as st

from protclip.data.hash_set import HashSet, hash64


@given(st.lists(st.text(max_size=3)))
def test_it_is_a_set(texts):
    slow, fast = set(), HashSet()
    for text in texts:
        assert (text in fast) == (text in slow)
        assert fast.add(text) == (text not in slow)
        slow.add(text)
    assert len(fast) == len(slow)


def test_it_grows_and_forgets_nothing():
    fast = HashSet()
    assert all(fast.add(str(i)) for i in range(20_000))
    assert not any(fast.add(str(i)) for i in range(20_000))
    assert "20000" not in fast
    assert fast.num_bytes <= 32 * len(fast)


def test_equal_low_bits_do_not_hide_each_other():
    alike = [str(i) for i in range(200_000) if hash64(str(i)) % 1024 == 1023][:150]
    fast = HashSet()
    assert all(fast.add(text) for text in alike)
    assert all(text in fast for text in alike)
    assert len(fast) == 150
