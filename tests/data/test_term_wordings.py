"""What stands for a term: its formal wordings as one mean, its everyday ones each by itself."""

import numpy as np
import pytest

from protclip import starter
from protclip.data.everyday_names import everyday_names
from protclip.data.ontology import Ontology
from protclip.data.term_wordings import formal_wordings, make_term_vectors


@pytest.fixture(scope="module")
def ontology() -> Ontology:
    return Ontology.read_parquet(starter.ontology_path())


def encode(texts):
    rows = np.stack(
        [np.random.default_rng(sum(map(ord, text)) * 31 + len(text)).normal(size=16) for text in texts]
    )
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_everyday_names_are_current_terms_in_words_of_their_own(ontology):
    names = everyday_names()
    assert len(names) == 2400
    for go_id, said in names.items():
        assert ontology.resolve(go_id) == go_id
        assert len(said) == len(set(said)) == 4
        assert all(text.strip() == text and 2 <= len(text.split()) <= 14 for text in said), said
        assert ontology.term(go_id).name not in said


def test_rows_are_a_mean_for_each_term_and_its_everyday_wordings(ontology):
    with_names, without = "GO:0000155", "GO:0045893"
    assert with_names in everyday_names()
    assert without not in everyday_names()
    made = make_term_vectors([with_names, without], ontology, encode, "f")
    assert made.ids == (with_names, without, *[with_names] * 4)
    np.testing.assert_allclose(np.linalg.norm(made.vectors, axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(made.vectors[2:], encode(everyday_names()[with_names]))
    formal = encode(formal_wordings(ontology.term(without))).sum(0)
    np.testing.assert_allclose(made.vectors[1], formal / np.linalg.norm(formal), rtol=1e-4, atol=1e-6)


def test_names_only_leaves_the_other_formal_wordings_out(ontology):
    go_id = "GO:0045893"
    made = make_term_vectors([go_id], ontology, encode, "f", names_only=True)
    np.testing.assert_allclose(made.vectors, encode([ontology.term(go_id).name]), rtol=1e-5)
    assert len(formal_wordings(ontology.term(go_id))) > 1


def test_no_terms_give_no_rows(ontology):
    assert make_term_vectors([], ontology, lambda texts: np.zeros((0, 16), np.float32), "f").ids == ()
