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


@pytest.mark.parametrize("value", [print, collections.OrderedDict(a=1), np.dtype("f8"), np.float64, Runs])
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


def test_a_pickle_that_was_cut_off_is_damaged_at_every_place():
    data = pickle.dumps({"primary": "MKT", "label": np.array([1.0])})
    ends = [position for _, _, position in pickletools.genops(data)]
    for end in ends:
        with pytest.raises(AssetError, match="a test is no whole pickle"):
            load_plain(data[:end], "a test")
