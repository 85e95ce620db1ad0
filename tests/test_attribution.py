"""Contributions against what they say they are: sums, sums over k-mers, and the cosine lost by masking."""

import runpy
from pathlib import Path

import numpy as np
import pytest
import torch

from protclip import encode
from protclip.attribution import residue_contributions
from protclip.errors import InputError
from protclip.model.modeling import MASK_TOKEN
from protclip.model.processing import collate_residues, residue_tokens

TINY = runpy.run_path(str(Path(__file__).parent / "test_encode.py"))
SEQUENCES = TINY["SEQUENCES"]
LONG = SEQUENCES[0] + SEQUENCES[3]  # two windows of the tiny model, which overlap


@pytest.fixture(params=["esm", "kmers", "kmers-under-esm"])
def encoder(request, monkeypatch):
    monkeypatch.setattr(encode, "fast_dtype", lambda device: torch.float32)
    return made(request.param)


def made(kind: str):
    made = TINY["make_encoder"](TINY["TINY"]["SHAPES"][kind], seed=5)
    with torch.no_grad():
        for table in made.model.kmers.tables if made.model.kmers is not None else ():
            table.normal_(std=1.0)  # their first values are too small for differences to be seen
    return made


@pytest.fixture
def query(encoder):
    return encoder.texts(["protein kinase"])[0]


def gradient_at(encoder, mean: np.ndarray, query: np.ndarray) -> np.ndarray:
    """The gradient of the cosine by central differences, in double precision."""
    project = encoder.model.double().project_protein
    step, base = 1e-5, torch.tensor(mean, dtype=torch.float64)
    moved = base + step * torch.eye(len(mean), dtype=torch.float64)
    back = base - step * torch.eye(len(mean), dtype=torch.float64)
    with torch.no_grad():
        change = (project(moved) - project(back)) @ torch.tensor(query, dtype=torch.float64)
    encoder.model.float()
    return (change / (2 * step)).numpy()


def test_residue_features_average_to_what_is_projected(encoder) -> None:
    for sequence, rows in zip(SEQUENCES, encoder.residue_features(SEQUENCES), strict=True):
        assert rows.shape == (len(sequence), 16)
        np.testing.assert_allclose(rows, encoder.residue_features([sequence])[0], atol=1e-5)
        with torch.no_grad():
            unit = encoder.model.project_protein(torch.from_numpy(rows.mean(0))).numpy()
        np.testing.assert_allclose(unit, encoder.proteins([sequence])[0], atol=1e-5)


def test_a_long_protein_has_the_features_of_its_windows_and_their_mean_where_they_overlap(encoder) -> None:
    (rows,), size = encoder.residue_features([LONG]), TINY["MAX_RESIDUES"]
    first, last = encoder.residue_features([LONG[:size], LONG[-size:]])
    start = len(LONG) - size
    assert 0 < start < size < len(LONG)
    np.testing.assert_allclose(rows[:start], first[:start], atol=1e-5)
    np.testing.assert_allclose(rows[size:], last[size - start :], atol=1e-5)
    np.testing.assert_allclose(rows[start:size], (first[start:] + last[: size - start]) / 2, atol=1e-5)


def test_contributions_are_gradient_times_feature_and_sum_to_gradient_times_mean(encoder, query) -> None:
    sequences = [*SEQUENCES, LONG]
    found = residue_contributions(encoder, sequences, query)
    for sequence, contributions in zip(sequences, found, strict=True):
        rows = encoder.residue_features([sequence])[0]
        gradient = gradient_at(encoder, rows.mean(0), query)
        assert contributions.shape == (len(sequence),)
        np.testing.assert_allclose(contributions, rows @ gradient / len(rows), atol=1e-5)
        assert contributions.sum() == pytest.approx(rows.mean(0) @ gradient, abs=1e-5)
        if encoder.config.projection_norm:
            assert abs(contributions.sum()) < 1e-3 * np.abs(contributions).sum() + 1e-6


def test_a_vanishing_feature_costs_the_cosine_its_contribution(encoder, query) -> None:
    """To first order: a thousandth of a residue's feature is taken away, and the cosine measured again."""
    (contributions,), (rows,) = (
        residue_contributions(encoder, [SEQUENCES[0]], query),
        encoder.residue_features([SEQUENCES[0]]),
    )
    project, share = encoder.model.double().project_protein, 1e-3
    mean = torch.tensor(rows, dtype=torch.float64).mean(0)
    target = torch.tensor(query, dtype=torch.float64)
    with torch.no_grad():
        whole = project(mean) @ target
        less = project(mean - share * torch.tensor(rows, dtype=torch.float64) / len(rows)) @ target
    np.testing.assert_allclose(((whole - less) / share).numpy(), contributions, atol=1e-4)


def occluded(encoder, sequence: str, query: np.ndarray) -> np.ndarray:
    """The cosine lost when each residue is masked: one pass a residue."""
    tokens = residue_tokens(sequence)
    lost = []
    with torch.no_grad():
        whole = encoder.proteins([sequence])[0] @ query
        for place in range(len(tokens)):
            masked = tokens.copy()
            masked[place] = MASK_TOKEN
            batch = collate_residues([masked])
            features = encoder.model.protein_features(batch.input_ids, batch.attention_mask)
            lost.append(whole - encoder.model.project_protein(features)[0].numpy() @ query)
    return np.array(lost)


def test_in_a_kmer_tower_contributions_follow_slow_occlusion_in_sign_and_size(monkeypatch) -> None:
    encoder = made("kmers")
    query = encoder.texts(["protein kinase"])[0]
    for sequence in (SEQUENCES[0], SEQUENCES[3]):
        slow = occluded(encoder, sequence, query)
        (fast,) = residue_contributions(encoder, [sequence], query)
        # Masking a residue removes whole k-mers: what it loses is shared by the residues around it.
        spread = np.convolve(fast, np.ones(3), mode="same")
        assert np.corrcoef(spread, slow)[0, 1] > 0.8
        strong = np.abs(slow) > np.quantile(np.abs(slow), 0.75)
        assert (np.sign(spread) == np.sign(slow))[strong].mean() > 0.8


def test_in_a_kmer_tower_contributions_are_shares_of_kmers_exactly() -> None:
    encoder = made("kmers")
    query = encoder.texts(["kinase"])[0]
    sequence = SEQUENCES[1] + SEQUENCES[3]
    (fast,) = residue_contributions(encoder, [sequence], query)
    model, length = encoder.model, len(sequence)
    gradient = gradient_at(encoder, encoder.residue_features([sequence])[0].mean(0), query)
    ids = collate_residues([residue_tokens(sequence)]).input_ids
    expected = np.zeros(length)
    for kind, table in zip(model.kmers.kinds, model.kmers.tables, strict=True):
        rows, valid = model.kmers.rows(ids, kind)
        for start in range(length - kind.places[-1]):
            assert valid[0, start + 1]
            word = table[rows[0, start + 1]].detach().numpy() @ gradient / length
            expected[[start + place for place in kind.places]] += word / len(kind.places)
    np.testing.assert_allclose(fast, expected, atol=1e-5)


def test_the_order_is_kept_and_a_wrong_vector_is_a_sentence(encoder, query) -> None:
    forth = residue_contributions(encoder, SEQUENCES, query)
    back = residue_contributions(encoder, SEQUENCES[::-1], query)[::-1]
    for one, other in zip(forth, back, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    assert residue_contributions(encoder, [], query) == []
    with pytest.raises(InputError, match=r"shape \(3,\) was given; this model takes \(8,\)"):
        residue_contributions(encoder, ["MKV"], np.ones(3))
