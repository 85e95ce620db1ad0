"""What a practitioner tries first finds a planted family, whatever its accessions look like."""

import runpy
import shutil
from pathlib import Path

import numpy as np
import pytest

from protclip.benchmarks.three_mers import NUM_THREE_MERS, three_mers
from protclip.errors import AssetError
from protclip.predict import transfer_baselines
from protclip.predict.search_programs import PROGRAMS, ProgramHit
from protclip.predict.term_evidence import TermColumns
from protclip.predict.transfer_baselines import kmer_transfer, program_transfer

FAMILY = runpy.run_path(str(Path(__file__).with_name("tiny_family.py")))
HELICASE, KINASE, known, helicases = (FAMILY[name] for name in ("HELICASE", "KINASE", "known", "helicases"))
QUERY = known("sp|Q1|A_B", HELICASE.replace("WW", "FF"), "GO:0004386")
HELICASE_TERM, KINASE_TERM = "GO:0004386", "GO:0004672"


@pytest.fixture(scope="module")
def proteins():
    # Random sequence beside, or a program has too little to estimate from.
    rng = np.random.default_rng(1)
    strangers = [known(f"S{n}", "".join(rng.permutation(list(HELICASE * 3)))) for n in range(50)]
    return [known("K1", KINASE, KINASE_TERM), *helicases(HELICASE_TERM, "GO:0005634"), *strangers]


@pytest.fixture(scope="module")
def columns(proteins):
    return TermColumns.counted(FAMILY["make_ontology"](), proteins)


def share_of(columns, scored, go_id) -> float:
    places, shares = scored
    found = dict(zip(places.tolist(), shares.tolist(), strict=True))
    return found.get(columns.column(go_id), 0.0)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_finds_the_family(name, proteins, columns) -> None:
    missing = [c[0] for c in PROGRAMS[name].commands if shutil.which(c[0]) is None]
    if missing:
        pytest.skip(f"the program {missing[0]} is not installed")
    scores, identity = program_transfer(name, [QUERY], proteins, columns, 1)
    if PROGRAMS[name].columns[2] is None:
        assert set(identity.values()) == {0.0}
    else:
        assert 0.9 < identity["sp|Q1|A_B"] <= 1
    assert share_of(columns, scores(0), HELICASE_TERM) == pytest.approx(1)
    assert share_of(columns, scores(0), KINASE_TERM) == 0


def test_common_three_mers_find_the_family(proteins, columns) -> None:
    scored = kmer_transfer([QUERY], proteins, columns)(0)
    assert share_of(columns, scored, HELICASE_TERM) > 0.9
    assert share_of(columns, scored, KINASE_TERM) < 0.1


def test_a_protein_without_hits_is_told_nothing(monkeypatch, proteins, columns) -> None:
    monkeypatch.setattr(transfer_baselines, "program_hits", lambda *_: iter(()))
    scores, identity = program_transfer("mmseqs2", [QUERY], proteins, columns)
    assert (len(scores(0)[0]), identity) == (0, {})


def test_the_better_of_two_alignments_of_a_pair_counts_once(monkeypatch, proteins, columns) -> None:
    hits = [
        ProgramHit(query="sp|Q1|A_B", target=target, identity=share, bits=bits)
        for target, share, bits in (("H0", 0.5, 10.0), ("H0", 0.9, 30.0), ("K1", 0.2, 10.0))
    ]
    monkeypatch.setattr(transfer_baselines, "program_hits", lambda *_: iter(hits))
    scores, identity = program_transfer("mmseqs2", [QUERY], proteins, columns)
    assert identity == {"sp|Q1|A_B": 0.9}
    assert share_of(columns, scores(0), HELICASE_TERM) == pytest.approx(0.75)


def test_a_missing_program_is_named_with_its_package(monkeypatch, proteins, columns) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(AssetError, match=r"program diamond \(Debian: apt install diamond-aligner\)"):
        program_transfer("diamond", [QUERY], proteins, columns)


def test_three_mers_are_numbered_by_their_residues() -> None:
    assert three_mers("AAACAA").tolist() == [0, 400, 20, 1]
    assert three_mers("AAXAAA").tolist() == [0]
    assert three_mers("AA").tolist() == []
    assert three_mers("YYY").tolist() == [NUM_THREE_MERS - 1]
