"""Features without weights: what they count, and one row a protein in input order."""

import numpy as np
import pytest

from protclip.benchmarks.models.features import Composition, OneHot, Remembered, ThreeMers, of_splits
from protclip.benchmarks.three_mers import NUM_THREE_MERS, three_mers

SEQUENCES = ("MKTAYIMKTA", "GGSXGGSGGS", "ACDEFGHIKL")


@pytest.mark.parametrize("source", [ThreeMers(), Composition(), OneHot()], ids=lambda source: source.name)
def test_a_row_depends_on_its_protein_alone(source):
    rows = source.features(SEQUENCES)
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(source.features(SEQUENCES[::-1]), rows[::-1])
    np.testing.assert_array_equal(source.features(SEQUENCES[1:2])[0], rows[1])
    if hasattr(source, "sparse"):
        np.testing.assert_array_equal(source.sparse(SEQUENCES).toarray().astype(np.float32), rows)


def test_three_mers_are_counted_and_brought_to_length_one():
    rows = ThreeMers().features([*SEQUENCES, "MK"])
    assert rows.shape == (4, NUM_THREE_MERS)
    twice, once = three_mers("MKT")[0], three_mers("AYI")[0]
    assert rows[0, twice] == pytest.approx(2 * rows[0, once])
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), [1, 1, 1, 0], atol=1e-6)


def test_composition_is_shares_of_residues():
    rows = Composition().features(SEQUENCES)
    assert rows[1].max() == pytest.approx(0.6)  # six G of ten letters
    np.testing.assert_allclose(rows.sum(1), [1, 0.9, 1], atol=1e-6)


def test_one_hot_has_one_residue_at_a_position_and_none_for_other_letters():
    rows = OneHot().features(SEQUENCES).reshape(3, 10, 20)
    np.testing.assert_array_equal(rows.sum(2), [[1] * 10, [1, 1, 1, 0, 1, 1, 1, 1, 1, 1], [1] * 10])
    np.testing.assert_array_equal(rows[2].argmax(1), np.arange(10))


def test_one_hot_rows_of_shorter_sequences_end_early():
    rows = OneHot().features(["MKT", "MK", ""]).reshape(3, 3, 20)
    np.testing.assert_array_equal(rows.sum(2), [[1, 1, 1], [1, 1, 0], [0, 0, 0]])
    np.testing.assert_array_equal(rows[0, :2], rows[1, :2])


class Counting:
    name, fingerprint = "counting", "f"

    def __init__(self):
        self.asked = []

    def features(self, sequences):
        self.asked += sequences
        return np.array([[len(sequence)] for sequence in sequences], dtype=np.float32)


def test_a_protein_is_asked_for_once(planted):
    task = planted.planted_task("single-label")
    source = Counting()
    remembered = Remembered(source)
    assert (remembered.name, remembered.fingerprint) == ("counting", "f")
    rows = of_splits(remembered.features, task)
    again = of_splits(remembered.features, task)
    assert len(source.asked) == sum(map(len, task.splits.values()))
    for split, examples in task.splits.items():
        np.testing.assert_array_equal(rows[split][:, 0], [len(sequence) for sequence in examples.sequences])
        np.testing.assert_array_equal(again[split], rows[split])
