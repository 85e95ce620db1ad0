"""Pickles of plain data are read as numpy and Python wrote them; anything else is refused, and nothing of it runs."""

import collections
import os
import pickle
import pickletools

import numpy as np
import pytest

from protclip.benchmarks.formats.plain_pickle import load_plain
from protclip.errors import AssetError

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
VALUES = [
    np.array([3.71], dtype=np.float32),
    np.array([[1, 2, 3], [4, 5, 6]], dtype=np.int64),
    np.asfortranarray([[1.5, 2], [3, 4], [5, 6]]),
    np.array([1.0, 2.0], dtype=">f8"),
    np.array(["MKT", "M"]),
    np.array([True, False]),
    np.zeros((0, 3)),
]


class Runs:
    """Makes a folder when it is unpickled by Python's own unpickler."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_arrays_come_back_as_they_were(protocol):
    for value in VALUES:
        found = load_plain(pickle.dumps(value, protocol), "a test")
        np.testing.assert_array_equal(found, value)
        assert found.dtype == value.dtype


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_records_as_peer_and_tape_write_them(protocol):
    record = {
        "primary": "MKT",
        "scaled_effect1": np.float32(0.5),
        "id": b"7",
        "tags": [(1, None, {"a": True})],
    }
    assert load_plain(pickle.dumps(record, protocol), "a test") == {**record, "scaled_effect1": 0.5}


def test_both_names_of_numpys_core_are_known():
    data = pickle.dumps(np.array([2.5]), 2)
    old = data.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    new = data.replace(b"numpy.core.multiarray", b"numpy._core.multiarray")
    assert load_plain(old, "a test") == load_plain(new, "a test") == np.array([2.5])


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_hostile_pickle_does_not_run(tmp_path, protocol):
    data = pickle.dumps({"primary": "MKT", "localization": Runs(tmp_path / "made")}, protocol)
    with pytest.raises(AssetError, match=r"asks for \w+\.mkdir.*not loaded"):
        load_plain(data, "a test")
    assert not (tmp_path / "made").exists()
    pickle.loads(data)
    assert (tmp_path / "made").exists()  # it would have run


def test_a_pickle_sets_no_attributes_of_what_it_names():
    sets_defaults = b"c_codecs\nencode\n(N}V__defaults__\n(Vx\ntstb."
    with pytest.raises(AssetError, match="a state for something"):
        load_plain(sets_defaults, "a test")


@pytest.mark.parametrize(
    "value", [print, {1, 2}, collections.OrderedDict(a=1), np.dtype("f8"), np.float64, Runs]
)
def test_functions_types_and_other_objects_are_refused(value):
    with pytest.raises(AssetError, match=r"asks for|no whole pickle"):
        load_plain(pickle.dumps(value), "a test")


@pytest.mark.parametrize(
    "value", [np.array([{}], dtype=object), np.array([(1, 2)], dtype="i4,f8"), np.datetime64("2020")]
)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_arrays_of_anything_but_numbers_and_text_are_refused(value, protocol):
    with pytest.raises(AssetError, match="asks for"):
        load_plain(pickle.dumps(value, protocol), "a test")


def test_an_array_that_claims_more_than_it_has_is_refused():
    data = pickle.dumps(np.arange(4, dtype=np.int64), 2)
    assert b"K\x04" in data  # the length, as pickle writes a small number
    with pytest.raises(AssetError, match="no whole pickle"):
        load_plain(data.replace(b"K\x04\x85", b"K\x40\x85"), "a test")


def test_a_few_bytes_do_not_fill_the_memory():
    far_memo = (
        b"\x80\x02K\x01r" + (2**31 - 1).to_bytes(4, "little") + b"."
    )  # put 1 at place two thousand million
    assert load_plain(far_memo, "a test") == 1
    long_bytes = b"\x80\x05\x96" + (2**62).to_bytes(8, "little") + b"few"  # a bytearray of 2 ** 62
    with pytest.raises(AssetError, match="no whole pickle"):
        load_plain(long_bytes, "a test")
    nested = ["x"]
    for _ in range(60):
        nested = [nested, nested]  # 2 ** 60 places of one text
    found = load_plain(pickle.dumps(nested), "a test")
    while len(found) == 2:
        assert found[0] is found[1]
        found = found[0]
    assert found == ["x"]


def test_a_pickle_that_was_cut_off_is_damaged_at_every_place():
    data = pickle.dumps({"primary": "MKT", "label": np.array([1.0])})
    ends = [position for _, _, position in pickletools.genops(data)]
    for end in ends:
        with pytest.raises(AssetError, match="a test is no whole pickle"):
            load_plain(data[:end], "a test")
