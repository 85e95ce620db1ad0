"""The measurement of explanations: features of both forms of flat file, and a planted track that must win."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from protclip.predict import explain_benchmark
from protclip.predict.explain_benchmark import auprc, auroc, functional_places, measure
from protclip.predict.segments import Track
from protclip.records import Protein

FLAT = """ID   A_HUMAN   Reviewed;   30 AA.
AC   P1; P9;
FT   ACT_SITE     5      5       Proton acceptor.
FT   BINDING      8     10       ATP.
FT   HELIX       12     20
//
ID   B_HUMAN   Reviewed;   30 AA.
AC   P2;
FT   BINDING         12..14
FT                   /ligand="ATP"
FT   ACT_SITE        7
FT   SITE            <1..3
FT   CHAIN           1..30
//
"""


def test_features_of_both_forms_are_read_and_unsure_ends_left_out(tmp_path):
    (tmp_path / "a.dat").write_text(FLAT)
    assert functional_places(tmp_path / "a.dat") == {"P1": [(5, 5), (8, 10)], "P2": [(12, 14), (7, 7)]}


def test_auroc_is_the_share_of_pairs_in_order():
    rng = np.random.default_rng(2)
    values, true = rng.integers(0, 6, 40).astype(np.float32), rng.random(40) < 0.3
    pairs = [(a > b) + (a == b) / 2 for a in values[true] for b in values[~true]]
    assert auroc(values, true) == pytest.approx(np.mean(pairs))
    assert auprc(true.astype(np.float32), true) == 1


def test_a_sentence_that_points_at_the_right_residues_beats_its_controls(monkeypatch):
    """Contributions are planted: only a protein's own sentence marks its functional residues."""
    rng = np.random.default_rng(3)
    entries = []
    for number in range(12):
        true = np.zeros(60, dtype=np.bool_)
        true[number * 4 : number * 4 + 6] = True
        entries.append((Protein(accession=f"P{number}", sequence="MKVLA" * 12), true))
    sentences = [f"binds ligand {number}" for number in range(len(entries))]
    places = dict(zip(sentences, (true for _, true in entries), strict=True))

    def contributions(encoder, sequence, sentence, seed):
        values = places.get(sentence, np.zeros(60)) - 0.1 + rng.normal(0, 0.01, 60)
        return (Track(name="contribution", values=values.astype(np.float32), threshold=0.0),)

    monkeypatch.setattr(explain_benchmark, "read_texts", lambda encoder, text: text)
    monkeypatch.setattr(explain_benchmark, "tracks_of", contributions)
    found = {m.metric: m for m in measure(None, entries, sentences, seed=1)}
    assert found["auroc/signed/right"].value > 0.99
    assert found["auroc/signed/right-shuffled"].low > 0.2
    assert found["auroc/signed/right-other"].low > 0
    assert 0.35 < found["auroc/signed/random"].value < 0.65
    assert found["auprc/size/right"].n == 12


def test_a_checkpoint_with_the_parts_is_measured_by_pda_and_bsr_too():
    tiny = runpy.run_path(str(Path(__file__).with_name("tiny_encoder.py")))["tiny_encoder"]
    true = np.zeros(30, dtype=np.bool_)
    true[4:9] = True
    entries = [(Protein(accession=f"P{n}", sequence="MKVLAGHTRE" * 3), true) for n in range(2)]
    for blocks, objectives in ((0, False), (1, True)):
        encoder = tiny(blocks=blocks, residue_objectives=objectives)
        found = {m.metric: m for m in measure(encoder, entries, ["kinase", "atp binding"], seed=1)}
        assert all(
            0 <= found[f"auroc/size/{kind}"].value <= 1 for kind in ("right", "shuffled", "other", "random")
        )
        assert ("auroc/pda_weight/right" in found) == ("auprc/bsr_gain/right-random" in found) == objectives
