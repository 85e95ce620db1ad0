"""Function prediction end to end on a planted family: consistent with the graph, by evidence, never by itself."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from protclip.data.atlas import Atlas
from protclip.data.ontology import Ontology
from protclip.data.term_vectors import TermVectors
from protclip.errors import FingerprintError
from protclip.predict.ec_numbers import ec_evidence
from protclip.predict.function import FunctionPredictor, implied_too
from protclip.predict.neighbours import AtlasSource, Neighbour, aligned
from protclip.predict.term_evidence import STRATA, TermColumns
from protclip.records import Protein

FAMILY = runpy.run_path(str(Path(__file__).with_name("tiny_family.py")))
HELICASE, KINASE, known, helicases = (FAMILY[name] for name in ("HELICASE", "KINASE", "known", "helicases"))


@pytest.fixture
def ontology() -> Ontology:
    return FAMILY["make_ontology"]()


@pytest.fixture
def proteins() -> tuple[Protein, ...]:
    kinase = known("K1", KINASE, "GO:0004672", ec="2.7.11.1")
    return kinase, *helicases("GO:0004386", "GO:0005634")


def predictor(
    ontology: Ontology, proteins: tuple[Protein, ...], fingerprint: str = "tiny"
) -> FunctionPredictor:
    encoder = FAMILY["CompositionEncoder"]()
    rows = encoder.proteins([p.sequence for p in proteins])
    atlas = Atlas(proteins=proteins, protein_vectors=rows, biotext_vectors=rows, fingerprint="tiny")
    ids = ("GO:0004386", "GO:0004672", "GO:0005634")
    terms = TermVectors(ids=ids, vectors=np.eye(3, 20, dtype=np.float32), fingerprint="tiny")
    columns = TermColumns.counted(ontology, proteins)
    calibration = FAMILY["make_calibration"](fingerprint)
    return FunctionPredictor(encoder, AtlasSource(atlas, "tiny"), columns, terms, calibration)


def test_a_family_gives_its_function(ontology: Ontology, proteins: tuple[Protein, ...]) -> None:
    mutant = HELICASE.replace("WW", "FF")
    found = predictor(ontology, proteins).predict([mutant, KINASE], ["mutant", "kinase"])
    best = [next(t.go_id for t in f.of_aspect("MF") if t.go_id != "GO:0003824") for f in found]
    assert best == ["GO:0004386", "GO:0004672"]
    assert [f.label for f in found] == ["mutant", "kinase"]
    helicase = next(t for t in found[0].terms if t.go_id == "GO:0004386")
    assert set(helicase.supporters) == {"H0", "H1", "H2"}
    assert [e.ec for e in found[0].ec] == ["3.6.4.12"]
    assert [t.go_id for t in found[0].locations] == ["GO:0005634"]
    assert found[0].stratum == STRATA[4]


def test_an_ancestor_is_never_less_probable(ontology: Ontology, proteins: tuple[Protein, ...]) -> None:
    found = predictor(ontology, proteins).predict([HELICASE])[0]
    told = {t.go_id: t.probability for t in found.terms}
    assert all(
        told[implied] >= p
        for go_id, p in told.items()
        for implied in ontology.ancestors(go_id)
        if implied not in ontology.roots
    )
    assert not set(told) & set(ontology.roots)


def test_what_is_known_is_told_and_can_be_left_out(ontology: Ontology, proteins: tuple[Protein, ...]) -> None:
    predict = predictor(ontology, proteins).predict
    assert predict([KINASE])[0].known == proteins[0]
    without = predict([KINASE], exclude=[{"K1"}])[0]
    assert without.known is None
    assert "K1" not in [n.protein.accession for n in without.homologues]
    assert any("no known protein aligns" in w for w in without.warnings)


def test_a_protein_does_not_depend_on_its_batch(ontology: Ontology, proteins: tuple[Protein, ...]) -> None:
    predict = predictor(ontology, proteins).predict
    alone = predict([HELICASE], ["a"])[0].terms
    batch = predict([KINASE, HELICASE, KINASE[:40]], ["b", "a", "c"])[1].terms
    assert [(t.go_id, pytest.approx(t.probability)) for t in batch] == [
        (t.go_id, t.probability) for t in alone
    ]


def test_long_and_short_proteins_are_warned_of(ontology: Ontology, proteins: tuple[Protein, ...]) -> None:
    long, short = predictor(ontology, proteins).predict([HELICASE * 10, HELICASE[:15]])
    assert any("windows" in w for w in long.warnings)
    assert any("peptides" in w for w in short.warnings)


def test_parts_of_another_checkpoint_are_refused(ontology: Ontology, proteins: tuple[Protein, ...]) -> None:
    with pytest.raises(FingerprintError, match="calibration"):
        predictor(ontology, proteins, fingerprint="other")


def test_implied_terms_take_the_greatest(ontology: Ontology) -> None:
    told = implied_too({"GO:0004386": 0.3, "GO:0004672": 0.6, "GO:0003824": 0.1}, ontology)
    assert told == {"GO:0004386": 0.3, "GO:0004672": 0.6, "GO:0003824": 0.6}


def test_ec_shares_are_of_homologues_that_have_any(proteins: tuple[Protein, ...]) -> None:
    near = [Neighbour(protein=p, cosine=0.5) for p in (*proteins, known("X", HELICASE))]
    shares = ec_evidence(aligned(HELICASE, near))
    assert shares[0].ec == "3.6.4.12"
    assert shares[0].share > 0.8
