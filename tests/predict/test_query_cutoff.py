"""The cut-off of queries: conformal coverage, what it says, and files that cannot be used."""

import numpy as np
import pytest

from protclip.errors import AssetError, FingerprintError, InputError
from protclip.predict.query_cutoff import fit_cut_off, read_cut_off, write_cut_off


def fitted(cosines, coverage=0.95):
    return fit_cut_off(cosines, coverage=coverage, fitted_on="a test", fingerprint="f00dcafe")


@pytest.mark.parametrize("coverage", [0.8, 0.95])
def test_new_questions_pass_as_often_as_promised(coverage) -> None:
    """Over many draws of 89 questions the mean share of new ones that pass is the coverage, or a little more."""
    rng = np.random.default_rng(3)
    passed = [
        (rng.beta(8, 3, 400) >= fitted(rng.beta(8, 3, 89).tolist(), coverage).least_cosine).mean()
        for _ in range(400)
    ]
    assert coverage - 0.005 <= np.mean(passed) < coverage + 0.03


def test_the_cut_off_is_the_kth_least_cosine() -> None:
    assert fitted([i / 100 for i in range(99)]).least_cosine == 0.04  # k = floor(.05 * 100) = 5


def test_too_few_questions_are_refused() -> None:
    with pytest.raises(InputError, match=r"18 questions are too few for a coverage of 0\.95"):
        fitted([0.5] * 18)
    assert fitted([0.5] * 19).least_cosine == 0.5


def test_what_passes_is_not_remarked_upon() -> None:
    cut_off = fitted([0.6] * 19)
    assert cut_off.remark(0.6) == ""
    told = cut_off.remark(0.41)
    assert told.startswith("No confident match")
    assert "0.41" in told
    assert "0.60" in told
    assert "95%" in told


def test_of_another_checkpoint_it_is_refused() -> None:
    fitted([0.6] * 19).check("f00dcafe")
    with pytest.raises(FingerprintError, match="checkpoint f00dcafe, the model is beef"):
        fitted([0.6] * 19).check("beef")


def test_written_and_read(tmp_path) -> None:
    path = tmp_path / "cut.json"
    write_cut_off(fitted([0.6] * 19), path)
    assert read_cut_off(path) == fitted([0.6] * 19)
    for damage in ("{", "[]", '{"least_cosine": "x"}', '{"unknown": 1}'):
        path.write_text(damage)
        with pytest.raises(AssetError, match=r"cut\.json is missing or damaged"):
            read_cut_off(path)
