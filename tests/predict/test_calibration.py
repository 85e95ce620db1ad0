"""A calibration fitted to planted evidence: better than chance, true on new proteins, equal after reading."""

from pathlib import Path

import numpy as np
import pytest

from protclip.benchmarks.function_metrics import expected_calibration_error
from protclip.errors import AssetError
from protclip.predict.calibration import Calibration, fit_calibration, read_calibration
from protclip.predict.term_evidence import TermEvidence

NUM_TERMS = 40


def planted(number: int, seed: int) -> tuple[list[TermEvidence], list[np.ndarray], list[np.ndarray]]:
    """Homologues tell the truth in one stratum and nothing in the other."""
    rng = np.random.default_rng(seed)
    evidence, aspects, right = [], [], []
    for _ in range(number):
        truth = rng.random(NUM_TERMS) < 0.2
        near = bool(rng.random() < 0.5)
        share = np.clip(np.where(truth, 0.7, 0.2) + rng.normal(0, 0.2, NUM_TERMS), 0.01, 0.99)
        noise = rng.random(NUM_TERMS)
        evidence.append(
            TermEvidence(
                columns=np.arange(NUM_TERMS),
                homologues=share if near else np.full(NUM_TERMS, 0.2),
                neighbours=noise,
                text=truth + rng.normal(0, 1, NUM_TERMS),
                frequency=np.full(NUM_TERMS, 0.2),
                identity=0.6 if near else 0.0,
                num_homologues=int(near),
            )
        )
        aspects.append(np.array(["MF", "CC"])[np.arange(NUM_TERMS) % 2])
        right.append(truth)
    return evidence, aspects, right


@pytest.fixture(scope="module")
def fitted() -> Calibration:
    return fit_calibration(*planted(400, 1), fingerprint="f", source="planted", fitted_on="400 proteins")


def told(calibration: Calibration, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    evidence, aspects, right = planted(300, seed)
    pairs = [calibration.probabilities(e, a) for e, a in zip(evidence, aspects, strict=True)]
    near = np.repeat([e.num_homologues > 0 for e in evidence], NUM_TERMS)
    return np.concatenate(pairs), np.concatenate(right), near


def test_probabilities_come_true_on_new_proteins(fitted: Calibration) -> None:
    probability, right, _ = told(fitted, 2)
    assert expected_calibration_error(probability, right) < 0.03


def test_strata_have_weights_of_their_own(fitted: Calibration) -> None:
    probability, right, near = told(fitted, 3)
    spread = {flag: probability[near == flag][right[near == flag]].mean() for flag in (True, False)}
    assert spread[True] > spread[False] + 0.2


def test_labels_in_disorder_teach_nothing() -> None:
    evidence, aspects, right = planted(300, 1)
    rng = np.random.default_rng(0)
    shuffled = [rng.permutation(r) for r in right]
    calibration = fit_calibration(evidence, aspects, shuffled, fingerprint="f", source="s", fitted_on="x")
    probability, truth, _ = told(calibration, 4)
    assert abs(probability[truth].mean() - probability[~truth].mean()) < 0.03


def test_read_equals_written(fitted: Calibration, tmp_path: Path) -> None:
    fitted.write(tmp_path / "c.json")
    assert read_calibration(tmp_path / "c.json") == fitted


@pytest.mark.parametrize("content", ["", "{}", '{"features": ["x"], "strata": []}'])
def test_a_damaged_file_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text(content)
    with pytest.raises(AssetError, match=r"c\.json"):
        read_calibration(tmp_path / "c.json")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"none\.json"):
        read_calibration(tmp_path / "none.json")
