"""Nearest proteins of an atlas, against sorting everything."""

import numpy as np
import pytest

from protclip.data.atlas import Atlas
from protclip.errors import FingerprintError
from protclip.predict.neighbours import AtlasSource, aligned
from protclip.records import Protein


@pytest.fixture
def atlas() -> Atlas:
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(50, 8)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    proteins = tuple(Protein(accession=f"P{i}", sequence="MKVLAAG" + "A" * (i + 1)) for i in range(50))
    return Atlas(proteins=proteins, protein_vectors=rows, biotext_vectors=rows, fingerprint="f")


def test_nearest_equals_sorting_everything(atlas: Atlas) -> None:
    source = AtlasSource(atlas, "tiny", "f")
    queries = atlas.protein_vectors[:3]
    for row, found in zip(queries, source.nearest(queries, 5), strict=True):
        cosines = atlas.protein_vectors @ row
        assert [n.protein.accession for n in found] == [f"P{i}" for i in np.argsort(-cosines)[:5]]
        assert [n.cosine for n in found] == pytest.approx(sorted(cosines, reverse=True)[:5], abs=1e-6)


def test_excluded_proteins_make_room_for_others(atlas: Atlas) -> None:
    source = AtlasSource(atlas, "tiny")
    plain = source.nearest(atlas.protein_vectors[:1], 6)[0]
    without = source.nearest(atlas.protein_vectors[:1], 5, [{"P0"}])[0]
    assert [n.protein.accession for n in without] == [n.protein.accession for n in plain[1:]]


def test_more_than_there_are(atlas: Atlas) -> None:
    assert len(AtlasSource(atlas, "tiny").nearest(atlas.protein_vectors[:1], 500)[0]) == 50


def test_another_checkpoints_atlas_is_refused(atlas: Atlas) -> None:
    with pytest.raises(FingerprintError, match="other"):
        AtlasSource(atlas, "tiny", "other")


def test_alignments_stand_beside_their_proteins(atlas: Atlas) -> None:
    near = AtlasSource(atlas, "tiny").nearest(atlas.protein_vectors[:1], 4)[0]
    told = aligned("MKVLAAG", near)
    assert [n.protein for n in told] == [n.protein for n in near]
    assert all(n.alignment is not None and n.alignment.identity == 1 for n in told)
