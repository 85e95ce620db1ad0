"""Both ways give the same rows, and a row that is another protein's is seen."""

import numpy as np
import pytest
import torch

from protclip.benchmarks import encoding_speed
from protclip.benchmarks.encoding_speed import (
    LEAST_COSINE,
    compare,
    every_kth,
    least_cosines,
    measurements,
    plain_rows,
    random_model,
)
from protclip.data.shards import write_shards
from protclip.records import Protein

SEQUENCES = [
    "MKTAYIAKQRQISFVKSHFSRQ",
    "MKV",
    "ACDEFGHIKLMNPQRSTVWYX" * 3,
    "GGGGGGGG",
    "MSDNEKRSTVVLLGKGSFGKVY",
]


@pytest.fixture(scope="module")
def models():
    return random_model(2, 32, heads=2)


@pytest.mark.parametrize("half", [torch.float32, torch.bfloat16])
def test_both_ways_give_the_same_rows_in_every_precision(models, half, monkeypatch):
    monkeypatch.setattr(encoding_speed, "fast_dtype", lambda device: half)
    runs = compare(*models, SEQUENCES, batch_size=2)
    kinds = ["fp32"] if half == torch.float32 else ["fp32", "bfloat16"]
    assert [run.name for run in runs] == [f"{way}_{kind}" for kind in kinds for way in ("plain", "encoder")]
    np.testing.assert_allclose(runs[1].rows, runs[0].rows, atol=1e-5)
    found = measurements(runs)
    for run in runs[1:]:
        assert found[f"{run.name}/least_cosine"] >= LEAST_COSINE
        assert found[f"{run.name}/times_faster"] == pytest.approx(runs[0].cpu_s / run.cpu_s)


def test_the_plain_loop_does_not_depend_on_its_batches(models):
    one, many = (
        plain_rows(*models, SEQUENCES, batch_size=size, dtype=torch.float32) for size in (1, len(SEQUENCES))
    )
    np.testing.assert_allclose(one, many, atol=1e-5)


def test_rows_of_other_proteins_are_seen_once_the_mean_is_off():
    rng = np.random.default_rng(1)
    rows = rng.normal(size=32) + 0.05 * rng.normal(size=(40, 32))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    plain, centred = least_cosines(rows[::-1], rows)
    assert centred < 0.5 < 0.9 < plain
    assert least_cosines(rows, rows) == (pytest.approx(1), pytest.approx(1))


def test_sequences_are_spaced_over_the_shards_and_cut(tmp_path):
    proteins = [Protein(accession=f"P{n:05d}", sequence="M" + "ACDEFGHIKL"[n % 10] * n) for n in range(1, 41)]
    write_shards(proteins, tmp_path, {"source": "test"}, shard_size=15)
    assert [len(s) for s in every_kth(tmp_path, 4, 30)] == [7, 17, 27, 30]
