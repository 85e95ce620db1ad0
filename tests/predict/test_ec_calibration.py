"""EC numbers get a probability that comes true, fitted to proteins that have one; without it they say so."""

import json
import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from protclip.benchmarks.function_metrics import expected_calibration_error
from protclip.data.atlas import Atlas
from protclip.data.term_vectors import TermVectors
from protclip.errors import AssetError
from protclip.predict.annotation_rows import document
from protclip.predict.calibration import read_calibration
from protclip.predict.ec_benchmark import gather_enzymes, measured_enzymes
from protclip.predict.ec_numbers import (
    LEAST_CANDIDATES,
    ECCalibration,
    ECEvidence,
    fit_ec_calibration,
    is_right,
)
from protclip.predict.function import FunctionPrediction, FunctionPredictor
from protclip.predict.neighbours import AtlasSource
from protclip.predict.statements import Wanted
from protclip.predict.term_evidence import TermColumns

FAMILY = runpy.run_path(str(Path(__file__).with_name("tiny_family.py")))
HELICASE, KINASE, known, helicases = (FAMILY[name] for name in ("HELICASE", "KINASE", "known", "helicases"))
CERTAIN = ECCalibration(weights=(2.0, 0.0, 0.0, 0.0), fitted_on="a test")
Planted = tuple[list[list[ECEvidence]], list[set[str]]]


def planted(number: int, seed: int) -> Planted:
    """A number is right as often as its share; identity says nothing."""
    rng = np.random.default_rng(seed)
    evidence, true = [], []
    for _ in range(number):
        share = float(rng.uniform(0.2, 1))
        one = ECEvidence(
            ec="3.6.4.12", share=share, identity=float(rng.random()), num_any=3, supporters=("A",)
        )
        evidence.append([one])
        true.append({"3.6.4.12" if rng.random() < share else "2.7.11.1"})
    return evidence, true


def test_probabilities_come_true_on_new_proteins() -> None:
    fitted = fit_ec_calibration(*planted(600, 1))
    assert fitted is not None
    evidence, true = planted(2000, 2)
    told = np.concatenate([fitted.probabilities(found) for found in evidence])
    right = np.array(["3.6.4.12" in own for own in true])
    assert expected_calibration_error(told, right) < 0.06
    assert told[right].mean() > told[~right].mean() + 0.1


def test_too_little_is_not_fitted_to() -> None:
    evidence, true = planted(LEAST_CANDIDATES - 1, 1)
    assert fit_ec_calibration(evidence, true) is None
    evidence, _ = planted(LEAST_CANDIDATES, 1)
    assert fit_ec_calibration(evidence, [{"3.6.4.12"}] * LEAST_CANDIDATES) is None, "all of them right"
    assert fit_ec_calibration([], []) is None


@pytest.mark.parametrize(
    ("ec", "true", "right"),
    [
        ("3.6.4.12", {"3.6.4.12"}, True),
        ("3.6.4.-", {"3.6.4.12"}, True),
        ("3.6.4.1", {"3.6.4.12"}, False),
        ("3.6.4.12", {"3.6.4.-"}, False),
        ("3.6.-.-", {"3.60.1.1"}, False),
    ],
)
def test_a_beginning_is_right_of_what_it_begins(ec: str, true: set[str], right: bool) -> None:
    assert is_right(ec, true) is right


def test_written_and_read_again_and_files_of_before_have_none(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    calibration = FAMILY["make_calibration"]()
    replace(calibration, ec=CERTAIN).write(path)
    assert read_calibration(path).ec == CERTAIN
    facts = json.loads(path.read_text())
    path.write_text(json.dumps({name: value for name, value in facts.items() if name != "ec"}))
    assert read_calibration(path) == calibration
    facts["ec"]["features"] = ["luck"]
    path.write_text(json.dumps(facts))
    with pytest.raises(AssetError, match=r"EC numbers was fitted to \['luck'\].*protclip calibrate"):
        read_calibration(path)


def predicted(ec: ECCalibration | None) -> FunctionPrediction:
    encoder, ontology = FAMILY["CompositionEncoder"](), FAMILY["make_ontology"]()
    proteins = (known("K1", KINASE, "GO:0004672", ec="2.7.11.1"), *helicases("GO:0004386"))
    rows = encoder.proteins([p.sequence for p in proteins])
    atlas = Atlas(proteins=proteins, protein_vectors=rows, biotext_vectors=rows, fingerprint="tiny")
    terms = TermVectors(ids=("GO:0004386",), vectors=np.eye(1, 20, dtype=np.float32), fingerprint="tiny")
    calibration = replace(FAMILY["make_calibration"](), ec=ec)
    columns = TermColumns.counted(ontology, proteins)
    predictor = FunctionPredictor(encoder, AtlasSource(atlas, "tiny"), columns, terms, calibration)
    return predictor.predict([HELICASE.replace("WW", "FF")])[0]


def test_a_prediction_says_whether_its_ec_numbers_have_a_probability() -> None:
    ontology = FAMILY["make_ontology"]()
    for ec, expected in ((None, None), (CERTAIN, pytest.approx(0.8808, abs=1e-4))):
        made = document(predicted(ec), ontology)
        (statement,) = (s for s in made["statements"] if s["kind"] == "EC")
        assert made["ec_calibrated"] is (ec is not None)
        assert (statement["id"], statement["probability"]) == ("3.6.4.12", expected)


def test_a_probability_that_is_too_small_is_left_out() -> None:
    ontology, high = FAMILY["make_ontology"](), Wanted(min_probability=0.9)
    kinds = [s["kind"] for s in document(predicted(CERTAIN), ontology, high)["statements"]]
    assert "EC" not in kinds
    assert "EC" in [s["kind"] for s in document(predicted(None), ontology, high)["statements"]]


def test_held_out_enzymes_are_measured_by_share_and_by_probability() -> None:
    encoder = FAMILY["CompositionEncoder"]()
    proteins = (known("K1", KINASE, "GO:0004672", ec="2.7.11.1"), *helicases("GO:0004386"))
    rows = encoder.proteins([p.sequence for p in proteins])
    atlas = Atlas(proteins=proteins, protein_vectors=rows, biotext_vectors=rows, fingerprint="tiny")
    queries = [
        known("Q1", HELICASE.replace("WW", "FF"), "GO:0004386", ec="3.6.4.12"),
        known("Q2", KINASE.replace("WW", "FF"), "GO:0004672", ec="2.7.11.2"),
        known("Q3", KINASE, "GO:0004672"),
    ]
    held = gather_enzymes(queries, encoder, AtlasSource(atlas, "tiny"))
    assert held.true == ({"3.6.4.12"}, {"2.7.11.2"}), "a protein without an EC number says nothing"
    assert [one.ec for found in held.evidence for one in found] == ["3.6.4.12", "2.7.11.1"]
    assert held.fit() is None
    told = {row["metric"]: row["value"] for row in measured_enzymes(held, CERTAIN)}
    assert told["homologues/EC/ece"] == pytest.approx(0.5)  # both shares are 1, one is right
    assert told["fused/EC/ece"] == pytest.approx(0.3808, abs=1e-4)
    assert [row["metric"] for row in measured_enzymes(held, None)] == [
        f"homologues/EC/{metric}" for metric in ("fmax", "aupr", "ece")
    ]
