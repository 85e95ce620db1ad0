"""Function prediction measured on a planted family: evidence beats frequency, and strata are told apart."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from protclip.data.atlas import Atlas
from protclip.data.ontology import ASPECTS
from protclip.data.term_vectors import TermVectors
from protclip.predict.function_benchmark import (
    gather,
    measured,
    methods_of,
    scored,
    strata_by,
    term_precisions,
)
from protclip.predict.neighbours import AtlasSource
from protclip.predict.term_evidence import STRATA, TermColumns, TermRows, stratum_of

FAMILY = runpy.run_path(str(Path(__file__).with_name("tiny_family.py")))
HELICASE, KINASE, known, helicases = (FAMILY[name] for name in ("HELICASE", "KINASE", "known", "helicases"))
QUERIES = (
    known("sp|Q1|A_B", HELICASE.replace("WW", "FF"), "GO:0004386", "GO:0005634"),
    known("Q2", KINASE.replace("WW", "FF"), "GO:0004672"),
)


@pytest.fixture(scope="module")
def study() -> SimpleNamespace:
    encoder, ontology = FAMILY["CompositionEncoder"](), FAMILY["make_ontology"]()
    proteins = (known("K1", KINASE, "GO:0004672"), *helicases("GO:0004386", "GO:0005634"))
    vectors = encoder.proteins([p.sequence for p in proteins])
    atlas = Atlas(proteins=proteins, protein_vectors=vectors, biotext_vectors=vectors, fingerprint="tiny")
    ids = ("GO:0004386", "GO:0004672", "GO:0005634")
    columns = TermColumns.counted(ontology, proteins)
    rows = TermRows(
        TermVectors(ids=ids, vectors=np.eye(3, 20, dtype=np.float32), fingerprint="tiny"), columns
    )
    held = gather(QUERIES, encoder, AtlasSource(atlas, "tiny"), columns, rows)
    return SimpleNamespace(held=held, columns=columns, proteins=proteins)


def table(study: SimpleNamespace) -> dict[tuple[str, str], float]:
    methods = methods_of(study.held, study.columns, FAMILY["make_calibration"]())
    stratum = np.array([e.stratum for e in study.held.evidence])
    found = measured(methods, study.held, study.columns, stratum)
    return {(str(row["benchmark"]), str(row["metric"])): float(str(row["value"])) for row in found}


def test_evidence_beats_frequency(study: SimpleNamespace) -> None:
    told = table(study)
    for method in ("fused", "homologues"):
        assert told["all", f"{method}/MF/fmax"] == pytest.approx(1)
        assert told["all", f"{method}/MF/aupr"] > told["all", "frequency/MF/aupr"]
    assert {part for part, _ in told} == {"all", STRATA[4]}
    assert 0 <= told["all", "fused/MF/ece"] <= 1


def test_terms_are_counted_in_their_own_aspect(study: SimpleNamespace) -> None:
    methods = methods_of(study.held, study.columns, FAMILY["make_calibration"]())
    told = [methods["frequency"](number) for number in range(2)]
    counts = [scored(study.held, study.columns, aspect, told).num_true.tolist() for aspect in ASPECTS]
    assert counts == [[2, 2], [0, 0], [1, 0]]
    assert sum(len(scored(study.held, study.columns, a, told).score) for a in ASPECTS) == 2 * len(
        study.columns
    )


@pytest.mark.parametrize(
    ("identity", "place"), [(None, 0), (0.0, 1), (0.3, 2), (0.49, 2), (0.5, 3), (0.9, 4)]
)
def test_strata_have_one_set_of_bounds(study: SimpleNamespace, identity: float | None, place: int) -> None:
    assert stratum_of(identity) == place
    given = {} if identity is None else {"Q2": identity}
    assert strata_by(given, study.held).tolist() == [0, place]


def test_a_term_is_a_query_that_the_right_proteins_answer(study: SimpleNamespace) -> None:
    """Six proteins, three with a term: the average precision of each method's ranking, by hand."""
    column = study.columns.column("GO:0004386")
    terms = [np.array([column])] * 3 + [np.array([], dtype=np.int64)] * 12
    held = SimpleNamespace(proteins=[None] * 15, terms=terms)
    nothing = np.array([], dtype=np.int64), np.array([])
    told = [(np.array([column]), np.array([score])) for score in (0.9, 0.7, 0.5)]
    assert term_precisions(held, [*told, *[nothing] * 12]).tolist() == [1.0]
    wrong_first = [*told[:2], nothing, (np.array([column]), np.array([0.8])), *[nothing] * 11]
    # Right at ranks 1 and 3; the one without a score comes after them, before proteins that come later.
    assert term_precisions(held, wrong_first) == pytest.approx([(1 + 2 / 3 + 3 / 4) / 3])


def test_the_curve_of_the_calibration_adds_up_to_its_error(study: SimpleNamespace) -> None:
    told = list(
        measured(
            methods_of(study.held, study.columns, FAMILY["make_calibration"]()),
            study.held,
            study.columns,
            np.zeros(2, dtype=np.int64),
        )
    )
    curve = [row for row in told if "/MF/came_true/" in str(row["metric"])]
    error = next(row for row in told if row["metric"] == "fused/MF/ece")
    gaps = [abs(float(str(r["metric"]).rsplit("/", 1)[1]) - r["value"]) * r["n"] for r in curve]
    assert sum(r["n"] for r in curve) == error["n"]
    assert sum(gaps) / error["n"] == pytest.approx(error["value"], abs=1e-3)
