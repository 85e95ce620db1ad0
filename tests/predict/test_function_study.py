"""The whole study of function prediction on a planted family: what is fitted, what is measured, EC numbers too."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from protclip.data.atlas import Atlas
from protclip.data.term_vectors import TermVectors
from protclip.predict import function_study
from protclip.predict.calibration import read_calibration
from protclip.predict.ec_numbers import ECEvidence
from protclip.predict.function_study import Outcome, Study, study
from protclip.records import Protein

FAMILY = runpy.run_path(str(Path(__file__).with_name("tiny_family.py")))
HELICASE, KINASE, known = (FAMILY[name] for name in ("HELICASE", "KINASE", "known"))


def mutants(letter: str, sequence: str, number: int, *go_ids: str, ec: str) -> list[Protein]:
    """Each with three residues changed."""
    rng, found = np.random.default_rng(number), []
    for n in range(number):
        residues = list(sequence)
        for place in rng.choice(len(residues), 3, replace=False):
            residues[place] = "ACDEFGHIKL"[rng.integers(10)]
        found.append(known(f"{letter}{n:03}", "".join(residues), *go_ids, ec=ec))
    return found


TRAIN = [
    known("T1", HELICASE, "GO:0004386", "GO:0006281", "GO:0005634", ec="3.6.4.12"),
    known("T2", KINASE, "GO:0004672", "GO:0005634", ec="2.7.11.1"),
]
VALID = [
    # Homologues tell the truth of helicases, and the EC number of kinases wrong.
    *mutants("H", HELICASE, 220, "GO:0004386", "GO:0006281", "GO:0005634", ec="3.6.4.12"),
    *mutants("K", KINASE, 60, "GO:0004672", "GO:0005634", ec="2.7.10.2"),
]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch):
    """The study with model, data and shipped files stood in for."""
    encoder = FAMILY["CompositionEncoder"]()
    encoder.name = "stand-in"
    vectors = encoder.proteins([p.sequence for p in TRAIN])
    atlas = Atlas(proteins=tuple(TRAIN), protein_vectors=vectors, biotext_vectors=vectors, fingerprint="tiny")
    terms = TermVectors(
        ids=("GO:0004386", "GO:0006281"), vectors=np.eye(2, 20, dtype="f4"), fingerprint="tiny"
    )
    splits = SimpleNamespace(
        of=lambda accession: "train" if accession.startswith("T") else "valid",
        cluster_of={p.accession: p.accession for p in (*TRAIN, *VALID)},
        fingerprint="s" * 16,
    )
    stood_in = {
        "Encoder": SimpleNamespace(from_pretrained=lambda model: encoder),
        "Ontology": SimpleNamespace(read_parquet=lambda path: FAMILY["make_ontology"]()),
        "Splits": SimpleNamespace(read=lambda path: splits),
        "read_atlas": lambda path: atlas,
        "read_term_vectors": lambda path: terms,
    }
    for name, value in stood_in.items():
        monkeypatch.setattr(function_study, name, value)

    def go(proteins: list[Protein]) -> tuple[Outcome, list[str]]:
        monkeypatch.setattr(function_study, "read_shards", lambda data: iter(proteins))
        said: list[str] = []
        return study(Study(data=Path("data")), said.append), said

    return go


def evidence(share: float) -> ECEvidence:
    return ECEvidence(ec="1.1.1.1", share=share, identity=0.953, num_any=1, supporters=("A",))


def test_go_terms_and_ec_numbers_are_fitted_measured_and_written(run, tmp_path: Path) -> None:
    outcome, said = run([*TRAIN, *VALID])
    fitted = outcome.calibration
    assert set(fitted.weights) == {"MF", "BP", "CC"}
    assert fitted.ec is not None
    assert fitted.ec.fitted_on == "280 candidates of 280 proteins with an EC number, 220 right"
    assert "280 valid proteins with an EC number" in said
    # All candidates look much alike, and 220 of 280 were right.
    assert fitted.ec.probabilities([evidence(1.0)])[0] == pytest.approx(220 / 280, abs=0.1)
    fitted.write(tmp_path / "c.json")
    assert read_calibration(tmp_path / "c.json") == fitted
    told = {str(row["metric"]): row for row in outcome.rows if str(row["benchmark"]).endswith("/all")}
    assert float(str(told["fused/MF/fmax"]["value"])) == pytest.approx(1)
    assert float(str(told["fused/EC/ece"]["value"])) < float(str(told["homologues/EC/ece"]["value"]))
    assert told["fused/EC/fmax"]["n"] == 140, "fitted to one half, measured on the other"
    assert {row["model"] for row in outcome.rows} == {"stand-in"}


def test_terms_of_another_checkpoint_are_made_and_not_mixed(run, monkeypatch) -> None:
    encoder = SimpleNamespace(fingerprint="other", texts=lambda texts: np.eye(len(texts), 5, dtype="f4"))
    terms = function_study._terms(encoder, FAMILY["make_ontology"](), TRAIN)
    assert (terms.fingerprint, terms.vectors.shape[1]) == ("other", 5)
    assert {"GO:0004386", "GO:0003824"} <= set(terms.ids), "what the proteins have, and what that implies"


def test_without_ec_numbers_they_stay_uncalibrated(run) -> None:
    without = [known(p.accession, p.sequence, *(a.id for a in p.of_kind("go"))) for p in VALID]
    outcome, said = run([*TRAIN, *without])
    assert outcome.calibration.ec is None
    assert any("stay uncalibrated" in line for line in said)
    assert not any("fused/EC" in str(row["metric"]) for row in outcome.rows)
