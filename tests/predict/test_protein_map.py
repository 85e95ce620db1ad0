"""A map keeps neighbours together, says how well, is kept in a file, and gives new proteins their place."""

import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from protclip.errors import AssetError, FingerprintError, InputError
from protclip.predict.map_file import read_map, write_map
from protclip.predict.map_measures import measure_map
from protclip.predict.map_sources import KnownRows, check_same_space, place_all
from protclip.predict.protein_map import MapSettings, ProteinMap, fit_map

K = 5


def clusters(number: int = 4, each: int = 30, width: int = 16) -> np.ndarray:
    rng = np.random.default_rng(1)
    centres = np.repeat(np.eye(width)[:number], each, axis=0)
    rows = (centres + rng.normal(0, 0.08, (number * each, width))).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def names(number: int) -> tuple[str, ...]:
    return tuple(f"P{n:05d}" for n in range(number))


def flat_map(rows: np.ndarray, coordinates: np.ndarray) -> ProteinMap:
    measures = measure_map(rows, coordinates, np.arange(len(rows)), K)
    return ProteinMap(
        accessions=names(len(rows)),
        coordinates=coordinates.astype(np.float32),
        fingerprint="f00d",
        settings=MapSettings(num_neighbours=K),
        measures=measures,
    )


@pytest.fixture
def made() -> ProteinMap:
    rows = clusters()
    return flat_map(rows, (rows[:, :2] * 10).astype(np.float32))


def test_measures_are_those_of_scikit_learn_and_of_counting() -> None:
    from sklearn.manifold import trustworthiness

    rows = clusters()
    coordinates = np.random.default_rng(2).normal(size=(len(rows), 2)).astype(np.float32)
    coordinates[:60] = rows[:60, :2] * 20  # half is faithful, half is not
    found = measure_map(rows, coordinates, np.arange(len(rows)), K)
    assert found.trustworthiness == pytest.approx(trustworthiness(rows, coordinates, n_neighbors=K), abs=1e-6)
    shared = []
    for n in range(len(rows)):
        far = np.linalg.norm(rows - rows[n], axis=1)
        away = np.linalg.norm(coordinates - coordinates[n], axis=1)
        far[n] = away[n] = np.inf
        shared.append(len(set(np.argsort(far)[:K]) & set(np.argsort(away)[:K])) / K)
    assert found.overlap == pytest.approx(np.mean(shared), abs=1e-6)


def test_a_shuffled_map_is_measured_as_worse() -> None:
    rows = clusters()
    own = rows @ np.linalg.svd(rows, full_matrices=False)[2][:2].T
    good = measure_map(rows, own, np.arange(len(rows)), K)
    bad = measure_map(rows, np.random.default_rng(3).permutation(own), np.arange(len(rows)), K)
    assert good.trustworthiness > bad.trustworthiness + 0.1
    assert good.overlap > bad.overlap
    assert good.placing_error < bad.placing_error


@pytest.mark.slow
def test_a_fitted_map_keeps_clusters_apart_and_is_the_same_each_time() -> None:
    pytest.importorskip("umap")
    rows = clusters()
    made, again = (fit_map(names(len(rows)), rows, "f00d", MapSettings(num_neighbours=K)) for _ in range(2))
    assert np.array_equal(made.coordinates, again.coordinates)
    assert made.measures.trustworthiness > 0.9
    centres = made.coordinates.reshape(4, 30, 2).mean(axis=1)
    within = np.linalg.norm(made.coordinates.reshape(4, 30, 2) - centres[:, None], axis=2).max()
    between = min(np.linalg.norm(centres[a] - centres[b]) for a in range(4) for b in range(a))
    assert within < between


@pytest.mark.parametrize(
    ("number", "settings", "words"),
    [
        (10, MapSettings(), "10 proteins make no map; give 20 or more"),
        (30, MapSettings(num_neighbours=40), "30 proteins make no map; give 42 or more"),
    ],
)
def test_too_few_proteins_are_refused(number, settings, words) -> None:
    with pytest.raises(InputError, match=words):
        fit_map(names(number), clusters()[:number], "f00d", settings)


def test_settings_and_repeated_accessions_are_checked() -> None:
    with pytest.raises(InputError, match="2 neighbours or more, 1 were given"):
        MapSettings(num_neighbours=1)
    with pytest.raises(InputError, match=r"give a number from 0 to 1"):
        MapSettings(min_distance=1.5)
    with pytest.raises(InputError, match="occurs twice"):
        fit_map(("P1",) * 40, clusters()[:40], "f00d")


def test_a_file_gives_the_map_back_within_its_step_and_the_same_bytes_each_time(made, tmp_path) -> None:
    path, other = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    write_map(made, path)
    write_map(made, other)
    assert path.read_bytes() == other.read_bytes()
    back = read_map(path)
    assert (back.accessions, back.fingerprint, back.settings) == (made.accessions, "f00d", made.settings)
    assert back.measures == made.measures
    step = np.ptp(made.coordinates, axis=0) / 65_535
    assert (np.abs(back.coordinates - made.coordinates) <= step * 0.51 + 1e-5).all()


def test_damaged_files_are_named(made, tmp_path) -> None:
    path = tmp_path / "map.safetensors"
    with pytest.raises(AssetError, match="protclip map fit"):
        read_map(path)
    path.write_bytes(b"no map")
    with pytest.raises(AssetError, match="is no map"):
        read_map(path)
    write_map(made, path)
    tensors = load_file(path)
    save_file({**tensors, "places": tensors["places"][:-1].copy()}, path, metadata={"map": "{}"})
    with pytest.raises(AssetError, match="damaged"):
        read_map(path)


def test_accessions_that_unpack_to_too_much_are_refused(made, tmp_path) -> None:
    import zlib

    path = tmp_path / "map.safetensors"
    write_map(made, path)
    bomb = np.frombuffer(zlib.compress(b"A" * 50_000_000), dtype=np.uint8)
    facts = {"fingerprint": "f00d", "settings": {}, "measures": {}}
    save_file({**load_file(path), "accessions.zlib": bomb}, path, metadata={"map": json.dumps(facts)})
    with pytest.raises(AssetError, match="longer than"):
        read_map(path)


def test_a_new_protein_lies_among_its_neighbours_and_a_far_or_torn_one_is_told(made) -> None:
    rows = clusters()
    known = KnownRows(accessions=made.accessions, rows=rows, fingerprint="f00d")
    near = rows[:30].mean(axis=0) / np.linalg.norm(rows[:30].mean(axis=0))
    far = np.zeros(16, np.float32)
    far[15] = 1
    between = (rows[0] + rows[40]) / np.linalg.norm(rows[0] + rows[40])
    inside, outside, torn = place_all(
        ["in", "out", "torn"], known.near(np.stack([near, far, between]).astype(np.float32)), made
    )
    own = made.coordinates[:30]
    assert (own.min(axis=0) <= [inside.x, inside.y]).all()
    assert (own.max(axis=0) >= [inside.x, inside.y]).all()
    assert not inside.is_far
    assert int(inside.nearest[1:]) < 30
    assert outside.is_far
    assert torn.is_torn
    assert torn.spread > inside.spread


def test_neighbours_that_are_not_on_the_map_are_passed_over(made) -> None:
    near = [[("elsewhere", 0.99), ("P00003", 0.9)], [("elsewhere", 0.99)]]
    (only,) = place_all(["a", "b"], iter(near), made)
    assert (only.accession, only.nearest, round(only.distance, 6)) == ("a", "P00003", 0.1)
    assert [only.x, only.y] == pytest.approx(list(made.coordinates[3]))


def test_another_checkpoint_is_refused_by_name(made) -> None:
    check_same_space(made, ("the index is", "f00d"))
    with pytest.raises(FingerprintError, match="the map is of the checkpoint f00d, the index is of beef"):
        check_same_space(made, ("the index is", "beef"))
