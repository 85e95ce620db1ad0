"""An index gives predictors the same neighbours as its atlas in memory."""

import numpy as np
import pytest

from protclip.data.atlas import Atlas
from protclip.predict.neighbours import AtlasSource
from vector_store.neighbours import StoreSource
from vector_store.store import ProteinStore


def test_index_and_atlas_agree(loaded: ProteinStore, atlas: Atlas) -> None:
    by_store, by_atlas = StoreSource(loaded), AtlasSource(atlas, "atlas")
    assert by_store.fingerprint == by_atlas.fingerprint
    queries = np.asarray(atlas.protein_vectors[:3])
    without = [{atlas.proteins[1].accession}, set(), {"P00533", "P06241"}]
    for exclude in ((), without):
        found = by_store.nearest(queries, 4, exclude), by_atlas.nearest(queries, 4, exclude)
        for left, right in zip(*found, strict=True):
            assert [n.protein for n in left] == [n.protein for n in right]
            assert [n.cosine for n in left] == pytest.approx([n.cosine for n in right], abs=1e-3)


def test_index_and_atlas_find_the_same_relatives(loaded: ProteinStore, atlas: Atlas) -> None:
    by_store, by_atlas = StoreSource(loaded), AtlasSource(atlas, "atlas")
    query, row = atlas.proteins[0].sequence, np.asarray(atlas.protein_vectors[0])
    for exclude in ((), {atlas.proteins[0].accession}):
        left, right = (source.sharing_words(query, row, 3, exclude) for source in (by_store, by_atlas))
        assert {n.protein for n in left} == {n.protein for n in right}
        assert not {n.protein.accession for n in left} & set(exclude)
