"""A predictor fitted to a tiny network: what it tells, writes and refuses."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from protclip.data.ppi_pairs import TYPES, ProteinPairs
from protclip.errors import AssetError, FingerprintError, InputError
from protclip.predict.interaction import HeadOrigin, InteractionPredictor
from protclip.predict.interaction_file import read_predictor, write_predictor
from protclip.predict.interaction_fit import fit_predictor, micro_f1
from protclip.predict.known_proteins import KnownProteins
from protclip.predict.pair_head import HeadSettings

ORIGIN = HeadOrigin(fingerprint="f" * 16, data="tiny", sha256="0" * 64, num_pairs=300, seed=1)
NUM, WIDTH = 80, 16


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    return unit(np.random.default_rng(0).normal(size=(NUM, WIDTH)))


@pytest.fixture(scope="module")
def data(rows: np.ndarray) -> ProteinPairs:
    """The 300 pairs of least cosine; the type is the sign of the product in one direction."""
    first, second = np.triu_indices(NUM, 1)
    nearest = np.argsort((rows[first] * rows[second]).sum(1))[:300]
    pairs = np.stack([first[nearest], second[nearest]], axis=1)
    labels = np.zeros((300, 7), dtype=bool)
    labels[:, 1] = rows[pairs[:, 0], 0] * rows[pairs[:, 1], 0] > 0
    labels[:, 4] = ~labels[:, 1]
    return ProteinPairs(
        accessions=tuple(f"P{k}" for k in range(NUM)), sequences=("MKV",) * NUM, pairs=pairs, labels=labels
    )


@pytest.fixture(scope="module")
def predictor(rows: np.ndarray, data: ProteinPairs) -> InteractionPredictor:
    return fit_predictor(
        data, rows, ORIGIN, HeadSettings(hidden=32, epochs=15, batch_size=64, learning_rate=3e-3), seed=1
    )


def test_what_was_planted_is_told(
    predictor: InteractionPredictor, rows: np.ndarray, data: ProteinPairs
) -> None:
    found = predictor.probabilities(rows[data.pairs[:, 0]], rows[data.pairs[:, 1]])
    near = unit(rows + np.random.default_rng(1).normal(0, 0.05, rows.shape))
    others = predictor.probabilities(rows, near)
    assert np.median(found[:, 0]) > 0.6 > 0.4 > np.median(others[:, 0])
    assert micro_f1(found[:, 1:] >= predictor.type_threshold, data.labels) > 0.7


def test_a_pair_is_told_alike_in_either_order(predictor: InteractionPredictor, rows: np.ndarray) -> None:
    (one,) = predictor.predict([("A", "B")], rows[:1], rows[1:2])
    (other,) = predictor.predict([("B", "A")], rows[1:2], rows[:1])
    assert one == replace(
        other,
        first="A",
        second="B",
        first_nearest=other.second_nearest,
        second_nearest=other.first_nearest,
        warnings=one.warnings,
    )
    assert [name for name, _ in one.types] == list(TYPES)
    assert one.likely == tuple(name for name, p in one.types if p >= predictor.type_threshold)


def test_one_against_many_equals_pair_by_pair(predictor: InteractionPredictor, rows: np.ndarray) -> None:
    many = predictor.one_against_many(rows[0], rows)
    single = [predictor.probabilities(rows[:1], row[None])[0] for row in rows]
    assert many == pytest.approx(np.array(single), abs=1e-6)


def test_distance_is_the_cosine_to_the_nearest(predictor: InteractionPredictor, rows: np.ndarray) -> None:
    known = KnownProteins.of([f"P{k}" for k in range(NUM)], rows, num_directions=WIDTH)
    asked = unit(rows[:5] + 0.1)
    cosines = asked @ rows.T
    assert [n.accession for n in known.nearest(asked)] == [f"P{k}" for k in cosines.argmax(1)]
    assert [n.cosine for n in known.nearest(asked)] == pytest.approx(cosines.max(1), abs=1e-5)


def test_fewer_directions_come_near_the_cosine(rows: np.ndarray) -> None:
    flat = unit(rows * np.where(np.arange(WIDTH) < 8, 1, 0.1))
    known = KnownProteins.of([f"P{k}" for k in range(NUM)], flat, num_directions=8)
    assert [n.cosine for n in known.nearest(flat)] == pytest.approx([1.0] * NUM, abs=0.05)


def test_a_protein_far_from_training_is_warned_of(rows: np.ndarray, data: ProteinPairs) -> None:
    settings = HeadSettings(hidden=8, epochs=1)
    flat = unit(rows * (np.arange(WIDTH) < WIDTH - 1))
    predictor = fit_predictor(data, flat, ORIGIN, settings, seed=1)
    outside = np.eye(WIDTH, dtype=np.float32)[-1:]
    (told,) = predictor.predict([("P0", "new")], flat[:1], outside)
    assert [warning.split()[0] for warning in told.warnings] == ["new"]
    assert "lies far from every protein" in told.warnings[0]
    assert told.first_nearest.cosine > 0.99 > 0.5 > told.second_nearest.cosine
    assert predictor.predict([("P0", "P1")], flat[:1], flat[1:2])[0].warnings == ()


def test_what_is_read_predicts_as_what_was_written(
    predictor: InteractionPredictor, rows: np.ndarray, tmp_path: Path
) -> None:
    write_predictor(predictor, tmp_path / "head.safetensors")
    again = read_predictor(tmp_path / "head.safetensors")
    given = predictor.probabilities(rows[:40], rows[40:])
    assert again.probabilities(rows[:40], rows[40:]) == pytest.approx(given, abs=5e-3)
    assert (again.origin, again.calibration) == (predictor.origin, predictor.calibration)
    assert again.type_threshold == predictor.type_threshold
    assert again.known.nearest(rows[:1])[0].accession == "P0"
    write_predictor(again, tmp_path / "again.safetensors")
    third = read_predictor(tmp_path / "again.safetensors")
    assert np.array_equal(
        third.probabilities(rows[:40], rows[40:]), again.probabilities(rows[:40], rows[40:])
    )


def test_another_checkpoint_is_refused(predictor: InteractionPredictor) -> None:
    predictor.check(ORIGIN.fingerprint)
    with pytest.raises(FingerprintError, match="ffffffffffffffff, the model is eeee"):
        predictor.check("eeee")


def test_rows_that_are_no_pairs_are_refused(predictor: InteractionPredictor, rows: np.ndarray) -> None:
    for first, second in ((rows[:3], rows[:2]), (rows[:3, :8], rows[:3, :8])):
        with pytest.raises(InputError, match=rf"Give two arrays \(N, {WIDTH}\)"):
            predictor.probabilities(first, second)


def test_damaged_files_are_told(predictor: InteractionPredictor, tmp_path: Path) -> None:
    path = tmp_path / "head.safetensors"
    write_predictor(predictor, path)
    whole, tensors = path.read_bytes(), load_file(path)
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(AssetError, match="damaged"):
        read_predictor(path)
    save_file(tensors, path, metadata={"interaction": json.dumps({"types": ["binding"]})})
    with pytest.raises(AssetError, match="it has the types binding"):
        read_predictor(path)
    with pytest.raises(AssetError, match=r"gone\.safetensors is no interaction head"):
        read_predictor(tmp_path / "gone.safetensors")
