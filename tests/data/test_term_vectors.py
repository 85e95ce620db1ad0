"""Terms as vectors: nearest by cosine, weights that compare, a file that comes back."""

import numpy as np
import pytest

from protclip.data.term_vectors import TEMPERATURE, TermVectors, read_term_vectors, write_term_vectors
from protclip.errors import AssetError


@pytest.fixture
def terms() -> TermVectors:
    rows = np.random.default_rng(3).normal(size=(50, 16)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    ids = tuple(f"GO:{7 * n:07d}" for n in range(50))
    return TermVectors(ids=ids, vectors=rows, fingerprint="0123456789abcdef")


def test_the_nearest_terms_come_in_order_with_softmax_weights(terms):
    query = terms.vectors[8]
    found = terms.nearest(query, 5)
    cosines = terms.vectors @ query
    order = sorted(range(50), key=lambda k: -cosines[k])[:5]
    assert [i for i, _ in found] == [terms.ids[k] for k in order]
    assert found[0][0] == terms.ids[8]
    expected = np.exp(cosines[order] / TEMPERATURE)
    np.testing.assert_allclose([w for _, w in found], expected / expected.sum(), rtol=1e-4)


def test_more_than_there_are_gives_all_and_none_gives_none(terms):
    assert len(terms.nearest(terms.vectors[0], 1000)) == 50
    nothing = TermVectors(ids=(), vectors=np.zeros((0, 16), np.float32), fingerprint="f")
    assert nothing.nearest(terms.vectors[0]) == ()


def test_rows_must_be_those_of_the_ids(terms):
    with pytest.raises(ValueError, match="for 3 terms"):
        TermVectors(ids=terms.ids[:3], vectors=terms.vectors, fingerprint="f")


def test_a_file_comes_back_with_unit_rows_and_the_same_nearest(terms, tmp_path):
    write_term_vectors(terms, tmp_path / "terms.safetensors")
    found = read_term_vectors(tmp_path / "terms.safetensors")
    assert (found.ids, found.fingerprint) == (terms.ids, terms.fingerprint)
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1, rtol=1e-5)
    assert (found.vectors * terms.vectors).sum(1).min() > 0.9995
    assert found.nearest(terms.vectors[30], 1)[0][0] == terms.ids[30]


def test_a_damaged_or_missing_file_is_told_with_a_remedy(terms, tmp_path):
    path = tmp_path / "terms.safetensors"
    with pytest.raises(AssetError, match=r"missing or damaged.*Restore"):
        read_term_vectors(path)
    write_term_vectors(terms, path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(AssetError, match="missing or damaged"):
        read_term_vectors(path)


def test_a_term_with_several_rows_is_as_near_as_its_nearest(terms):
    twice = TermVectors(
        ids=(*terms.ids, terms.ids[3]),
        vectors=np.concatenate([terms.vectors, terms.vectors[8:9]]),
        fingerprint="f",
    )
    found = dict(twice.nearest(terms.vectors[8], 5))
    assert found[terms.ids[3]] == pytest.approx(found[terms.ids[8]])
    assert len(found) == 5
