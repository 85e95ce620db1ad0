"""Heads on measured variants: better than shuffled labels, judged on unseen variants, the same after a file."""

import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from protclip.errors import AssetError, FingerprintError, InputError
from protclip.predict.mutation import MutationScanner
from protclip.predict.mutation_network import (
    KINDS,
    Features,
    cross_validate,
    fit_network,
    spearman,
    spearman_by_fold,
)
from protclip.predict.profile import HomologueSearch
from protclip.predict.supervised_mutation import (
    baselines,
    changed_positions,
    features_of,
    fit_head,
    load_head,
    save_head,
)
from protclip.predict.variants import all_substitutions, parse_variant
from protclip.records import Protein

tiny_encoder = runpy.run_path(str(Path(__file__).with_name("tiny_encoder.py")))["tiny_encoder"]
WILD = "MKVLAAGITGHHKKLA"


@pytest.fixture(scope="module")
def scanner():
    return MutationScanner(tiny_encoder(blocks=0), HomologueSearch([Protein(accession="H", sequence="PPGG")]))


@pytest.fixture(scope="module")
def scan(scanner):
    return scanner.scan(WILD)


@pytest.fixture(scope="module")
def measured():
    """Effects that depend on the position and on whether the new residue is hydrophobic, with noise."""
    variants = tuple(all_substitutions(WILD))
    rng = np.random.default_rng(4)
    of_position = rng.normal(size=len(WILD))
    values = [
        of_position[v.substitutions[0].position - 1] + (v.substitutions[0].mutant in "AVILMFW")
        for v in variants
    ]
    return variants, np.array(values) * 50 + rng.normal(size=len(variants)) * 10 + 300


def test_a_head_beats_shuffled_labels_on_variants_it_has_not_seen(scanner, scan, measured):
    variants, values = measured
    features = features_of(scanner, scan, variants, changed_positions(variants))
    true = cross_validate(features, values, "ridge")
    shuffled = cross_validate(features, np.random.default_rng(0).permutation(values), "ridge")
    assert true.spearman > 0.7
    assert abs(shuffled.spearman) < 0.25
    assert len(true.folds) == 5
    # Predictions are in the unit of the measurements, not standardised.
    assert np.mean(true.predicted) == pytest.approx(values.mean(), rel=0.05)


def test_a_network_beats_shuffled_labels_on_the_other_half(scanner, scan, measured):
    variants, values = measured
    features = features_of(scanner, scan, variants, changed_positions(variants))
    train, test = np.arange(0, len(values), 4), np.arange(1, len(values), 4)
    scores = [
        spearman(fit_network(features.rows(train), given, "mlp").predict(features.rows(test)), values[test])
        for given in (values[train], np.random.default_rng(0).permutation(values[train]))
    ]
    assert scores[0] > 0.6
    assert abs(scores[1]) < 0.35


def test_no_fold_is_predicted_by_what_saw_it():
    """With one column a variant, a value can only be known by who has seen it."""
    identity = np.eye(60, dtype=np.float32)
    nothing = identity[:, :0]
    features = Features(residues=identity, combined=nothing, exchanged=nothing, embedding=nothing)
    values = np.random.default_rng(2).normal(size=60)
    assert abs(cross_validate(features, values, "ridge").spearman) < 0.2
    assert spearman(fit_network(features, values, "ridge").predict(features), values) > 0.9


@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_head_predicts_the_same(scanner, scan, measured, kind, tmp_path):
    variants, values = (part[::6] for part in measured)
    head, validation = fit_head(scanner, scan, variants, values)
    if kind == "mlp":
        network = fit_network(features_of(scanner, scan, variants, head.positions), values, kind)
        head = replace(head, kind=kind, network=network)
    asked = [parse_variant(text) for text in ("M1A", "K2G:L4A", "A16V")]
    save_head(head, tmp_path / "head.safetensors")
    read = load_head(tmp_path / "head.safetensors")
    assert (read.kind, read.sequence, read.positions, read.folds) == (
        kind, WILD, tuple(range(1, 17)), validation.folds,
    )  # fmt: skip
    np.testing.assert_array_equal(read.predict(scanner, scan, asked), head.predict(scanner, scan, asked))


def test_the_unit_of_the_measurement_does_not_matter(scanner, scan, measured):
    variants, values = (part[::3] for part in measured)
    heads = [fit_head(scanner, scan, variants, v)[0] for v in (values, values * 1e-3 - 7)]
    asked = list(all_substitutions(WILD))[::11]
    first, second = (head.predict(scanner, scan, asked) for head in heads)
    np.testing.assert_allclose(first * 1e-3 - 7, second, atol=1e-3)


def test_a_head_refuses_another_sequence_and_another_checkpoint(scanner, scan, measured):
    variants, values = (part[::10] for part in measured)
    head, _ = fit_head(scanner, scan, variants, values)
    with pytest.raises(InputError, match="another sequence"):
        head.predict(scanner, scanner.scan(WILD + "K"), variants)
    other = tiny_encoder(blocks=0)
    other.fingerprint = "fedcba9876543210"
    foreign = MutationScanner(other, HomologueSearch([Protein(accession="H", sequence="PPGG")]))
    with pytest.raises(FingerprintError, match=r"0123456789abcdef.*fedcba9876543210"):
        head.predict(foreign, foreign.scan(WILD), variants)


@pytest.mark.parametrize(
    ("number", "value", "told"),
    [
        (19, None, "19 variants with 19 values; at least 20"),
        (30, np.nan, "finite numbers"),
        (30, 1.0, "that differ"),
    ],
)
def test_measurements_that_cannot_be_fitted_are_told(scanner, scan, measured, number, value, told):
    variants, values = (part[:number] for part in measured)
    values = values if value is None else np.where(np.isnan(value), np.append(values[1:], value), value)
    with pytest.raises(InputError, match=told):
        fit_head(scanner, scan, variants, values)


@pytest.mark.parametrize("content", [None, b"", b"not safetensors at all"])
def test_a_file_that_is_no_head_is_told(tmp_path, content):
    path = tmp_path / "head.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(AssetError, match=r"head\.safetensors is no head for mutations"):
        load_head(path)


def test_a_head_is_held_against_its_baselines_on_the_same_folds(scanner, scan, measured):
    variants, values = measured
    told = []
    _, validation = fit_head(scanner, scan, variants, values, progress=lambda *done: told.append(done))
    found = baselines(scanner, scan, variants, values)
    assert told == [(done, 5) for done in range(5)]
    assert len(found.zero_shot) == len(found.one_hot) == 5
    # What is measured depends on the position: residues at it tell more than a score that knows no measurement.
    assert np.mean(found.one_hot) > np.mean(found.zero_shot) + 0.2
    assert validation.spearman > np.mean(found.zero_shot) + 0.2
    combined = np.array([score.combined for score in scanner.score(scan, variants)])
    assert spearman_by_fold(combined, values) == found.zero_shot
