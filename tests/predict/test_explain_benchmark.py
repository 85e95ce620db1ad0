"""The measurement of explanations: features of both forms of flat file, and a planted track that must win."""

import numpy as np
import pytest

from protclip.predict import explain_benchmark
from protclip.predict.explain_benchmark import auprc, auroc, functional_places, measure
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

    class Texts:
        def texts(self, texts):
            return list(texts)

    def contributions(encoder, sequences, sentence):
        return [places.get(sentence, np.zeros(60)) - 0.1 + rng.normal(0, 0.01, 60).astype(np.float32)]

    monkeypatch.setattr(explain_benchmark, "residue_contributions", contributions)
    found = {m.metric: m for m in measure(Texts(), entries, sentences, seed=1)}
    assert found["auroc/signed/right"].value > 0.99
    assert found["auroc/signed/right-shuffled"].low > 0.2
    assert found["auroc/signed/right-other"].low > 0
    assert 0.35 < found["auroc/signed/random"].value < 0.65
    assert found["auprc/size/right"].n == 12
