"""Function prediction measured on a planted family: evidence beats frequency, and strata are told apart."""

import runpy
import shutil
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
    mmseqs_transfer,
    scored,
    strata_by,
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


@pytest.mark.skipif(shutil.which("mmseqs") is None, reason="the program mmseqs is not installed")
def test_mmseqs_finds_the_family_whatever_its_accessions(study: SimpleNamespace, tmp_path: Path) -> None:
    # Random sequence beside, or mmseqs has too little to estimate from.
    rng = np.random.default_rng(1)
    strangers = [known(f"S{n}", "".join(rng.permutation(list(HELICASE * 3)))) for n in range(50)]
    scores, identity = mmseqs_transfer(study.held, [*study.proteins, *strangers], study.columns, tmp_path, 1)
    assert identity["sp|Q1|A_B"] > 0.9
    places, told = scores(0)
    best = study.columns.column("GO:0004386")
    assert told[places.tolist().index(best)] == pytest.approx(1)
