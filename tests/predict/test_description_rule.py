"""The line about a protein leads with what tells most: probability times information, and changes neither."""

import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from protclip.data.atlas import Atlas
from protclip.data.ontology import Ontology
from protclip.data.term_vectors import TermVectors
from protclip.predict.annotation_rows import document
from protclip.predict.function import FunctionPrediction, FunctionPredictor, TermPrediction
from protclip.predict.neighbours import AtlasSource
from protclip.predict.statements import statements
from protclip.predict.term_evidence import TermColumns

FAMILY = runpy.run_path(str(Path(__file__).with_name("tiny_family.py")))
HELICASE, KINASE, known, helicases = (FAMILY[name] for name in ("HELICASE", "KINASE", "known", "helicases"))
BLAND, TELLING = "GO:0004672", "GO:0004386"
"""Kinase activity stands for what most proteins have, helicase activity for what few have."""


@pytest.fixture
def ontology() -> Ontology:
    return FAMILY["make_ontology"]()


def prediction(*terms: tuple[str, float, float], **more: object) -> FunctionPrediction:
    """Of (id, probability, bits), as they are told: the most probable first."""
    names = {i: n for i, n, *_ in FAMILY["_TERMS"]}
    told = tuple(
        TermPrediction(
            go_id=i, name=names[i], aspect="MF", probability=p, homologues=0.5, neighbours=0.5, text=0.0,
            supporters=(), information=bits,
        )
        for i, p, bits in sorted(terms, key=lambda term: -term[1])
    )  # fmt: skip
    return FunctionPrediction(
        label="query", length=60, terms=told, ec=(), locations=(), homologues=(), stratum="no hit", known=None,
        fingerprint="tiny", source="tiny", **more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("bland", "telling", "leads"),
    [
        ((0.95, 1.0), (0.6, 8.0), "helicase activity"),
        ((0.95, 8.0), (0.6, 8.0), "protein kinase activity"),
        ((0.95, 6.0), (0.55, 8.0), "protein kinase activity"),
        ((0.95, 1.0), (0.45, 8.0), "protein kinase activity"),  # less probable than is asked for
        ((0.95, 0.0), (0.6, 0.0), "protein kinase activity"),  # nothing known of either: the more probable
    ],
)
def test_probability_times_information_leads(
    ontology: Ontology, bland: tuple[float, float], telling: tuple[float, float], leads: str
) -> None:
    found = prediction((BLAND, *bland), (TELLING, *telling))
    made = document(found, ontology)
    assert made["predicted_function"] == leads
    assert made["description"] == f"Predicted: {leads}"
    assert made["confidence_score"] == (bland if "kinase" in leads else telling)[0]


def test_a_term_that_another_implies_does_not_lead(ontology: Ontology) -> None:
    found = prediction(("GO:0003824", 0.9, 9.0), (TELLING, 0.6, 2.0))
    assert document(found, ontology)["predicted_function"] == "helicase activity"


def test_order_and_probabilities_of_the_statements_stay(ontology: Ontology) -> None:
    found = prediction((BLAND, 0.95, 1.0), (TELLING, 0.6, 8.0))
    plain = replace(found, terms=tuple(replace(t, information=0.0) for t in found.terms))
    assert statements(found, ontology)[1:] == statements(plain, ontology)[1:]
    assert statements(found, ontology)[0].probability == 0.6


def test_a_curated_line_leads_with_what_is_rare_too(ontology: Ontology) -> None:
    itself = known("P1", HELICASE, BLAND, TELLING)
    found = prediction((BLAND, 0.95, 1.0), (TELLING, 0.9, 8.0))
    line = statements(replace(found, known=itself), ontology)[0]
    assert line.name == "Curated: helicase activity; same sequence as P1"


def test_information_is_how_rare_a_term_is_among_the_known(ontology: Ontology) -> None:
    """One kinase and three helicases with one sequence family: the predictor counts its known proteins."""
    encoder = FAMILY["CompositionEncoder"]()
    proteins = (known("K1", KINASE, BLAND), *helicases(TELLING))
    rows = encoder.proteins([p.sequence for p in proteins])
    atlas = Atlas(proteins=proteins, protein_vectors=rows, biotext_vectors=rows, fingerprint="tiny")
    terms = TermVectors(ids=(BLAND, TELLING), vectors=np.eye(2, 20, dtype=np.float32), fingerprint="tiny")
    columns = TermColumns.counted(ontology, proteins)
    predictor = FunctionPredictor(
        encoder, AtlasSource(atlas, "tiny"), columns, terms, FAMILY["make_calibration"]()
    )
    (found,) = predictor.predict([HELICASE.replace("WW", "FF")])
    bits = {t.go_id: t.information for t in found.terms}
    assert bits[TELLING] == pytest.approx(np.log2(4 / 3))
    assert bits["GO:0003824"] == pytest.approx(0)  # all of them have it
