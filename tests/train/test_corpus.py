"""The corpus: proteins as arrays, texts once each, keys that are equal exactly where texts are."""

from dataclasses import replace

import numpy as np
import pytest

from protclip.data.biotext import clauses, describe
from protclip.model.processing import residue_tokens
from protclip.records import Annotation, Protein
from train.corpus import NO_TERM, build_corpus


def go_protein(accession, *go_ids, **fields):
    annotations = tuple(Annotation(kind="go", id=go_id) for go_id in go_ids)
    return Protein(accession=accession, sequence="MKV", annotations=annotations, **fields)


def keys_of(ontology, *proteins):
    return build_corpus(proteins, ontology).text_keys


def test_sequences_and_clauses_come_back_by_place(tiny, ontology, corpus):
    proteins = tiny.make_proteins()
    assert corpus.accessions == tuple(p.accession for p in proteins)
    for i, protein in enumerate(proteins):
        np.testing.assert_array_equal(corpus.sequence_tokens(i), residue_tokens(protein.sequence))
        found = [corpus.texts[row] for row in corpus.clauses_of(i)]
        assert found == list(clauses(describe(protein, ontology)))


def test_every_text_is_there_once(tiny, corpus):
    assert len(set(corpus.texts)) == len(corpus.texts)
    wanted = {t.name for t in tiny.TERMS} - {"molecular function", "biological process", "cellular component"}
    assert wanted <= set(corpus.texts)


def test_terms_are_closed_upward_without_the_roots(tiny, ontology, corpus):
    ids = corpus.vocabulary.ids
    assert not {tiny.MF, tiny.BP, tiny.CC} & set(ids)
    for i, protein in enumerate(tiny.make_proteins()):
        row = corpus.has_term[i].toarray().ravel()
        expected = ontology.closure(a.id for a in protein.annotations) - set(ontology.roots)
        assert {ids[k] for k in np.flatnonzero(row)} == expected
        leaves = {ids[k] for k in corpus.leaf_terms[i]}
        assert leaves == set(ontology.leaves(a.id for a in protein.annotations))
        assert leaves <= expected
    first = {ids[k] for k in np.flatnonzero(corpus.has_term[0].toarray().ravel())}
    assert {tiny.PROTEIN_KINASE, tiny.KINASE, tiny.CATALYSIS} <= first  # given by its secondary id
    third = {ids[k] for k in corpus.leaf_terms[2]}
    assert third == {tiny.PLASMA_MEMBRANE}  # annotated with membrane too, which it implies


def test_a_term_has_its_name_first_and_then_its_other_texts(tiny, corpus):
    terms, by_id = corpus.vocabulary, {t.id: t for t in tiny.TERMS}
    for place, go_id in enumerate(terms.ids):
        texts = [corpus.texts[row] for row in terms.texts_of[place]]
        term = by_id[go_id]
        assert texts == [term.name, *term.synonyms, *([term.definition] if term.definition else [])]
        assert corpus.texts[terms.name_rows[place]] == term.name
        assert terms.aspects[place] == term.aspect


def test_a_synonym_that_repeats_the_name_counts_once(tiny):
    terms = tuple(
        replace(t, synonyms=("nucleus", "cell nucleus")) if t.id == tiny.NUCLEUS else t for t in tiny.TERMS
    )
    ontology = tiny.Ontology(tiny.TermTable(terms=terms))
    vocabulary = build_corpus([go_protein("A", tiny.NUCLEUS)], ontology).vocabulary
    assert [len(rows) for rows in vocabulary.texts_of] == [2]


def test_equal_texts_have_equal_keys_whatever_the_order(tiny, ontology):
    one, other = keys_of(
        ontology,
        go_protein("A", tiny.PHOSPHORYLATION, tiny.PROTEOLYSIS, tiny.NUCLEUS),
        go_protein("B", tiny.NUCLEUS, tiny.PROTEOLYSIS, tiny.PHOSPHORYLATION),
    )
    np.testing.assert_array_equal(one, other)


def test_an_aspect_can_be_equal_where_the_whole_is_not(tiny, ontology):
    one, other = keys_of(
        ontology, go_protein("A", tiny.KINASE, tiny.NUCLEUS), go_protein("B", tiny.PEPTIDASE, tiny.NUCLEUS)
    )
    assert (one == other).tolist() == [False, False, True, True]  # whole, MF, BP (missing in both), CC
    assert (one[2], other[2]) == (NO_TERM, NO_TERM)


def test_an_ancestor_that_a_leaf_implies_makes_no_other_text(tiny, ontology):
    one, other = keys_of(
        ontology, go_protein("A", tiny.PROTEIN_KINASE), go_protein("B", tiny.PROTEIN_KINASE, tiny.KINASE)
    )
    np.testing.assert_array_equal(one, other)


def test_names_tell_whole_texts_apart(tiny, ontology):
    one, other, third = keys_of(
        ontology,
        go_protein("A", tiny.KINASE, name="First"),
        go_protein("B", tiny.KINASE, name="Second"),
        go_protein("C", tiny.KINASE, name="Second"),
    )
    assert one[0] != other[0] == third[0]
    assert one[1] == other[1]


def test_keys_are_no_accidents_of_numbering(tiny, ontology):
    """Text rows and term places are both small numbers: their keys must not meet, nor be a missing text's."""
    keys = keys_of(ontology, *(go_protein(f"A{k}", t.id) for k, t in enumerate(tiny.TERMS) if t.parents))
    named = keys[keys != NO_TERM]
    assert len(set(named.tolist())) == len(named)
    assert named.min() >= 0


def test_a_protein_of_which_nothing_is_known_is_left_out(tiny, ontology):
    corpus = build_corpus(
        [
            Protein(accession="A", sequence="MKV"),
            go_protein("B", tiny.MF),  # the root says nothing
            go_protein("C", "GO:9999999"),  # an id that the ontology does not have
            go_protein("D", tiny.KINASE, "GO:9999999"),
            Protein(accession="E", sequence="MMM", name="named alone"),
        ],
        ontology,
    )
    assert corpus.accessions == ("D", "E")
    assert len(corpus) == 2
    assert [len(leaves) for leaves in corpus.leaf_terms] == [1, 0]
    assert corpus.text_keys[1, 1:].tolist() == [NO_TERM] * 3


@pytest.mark.parametrize("proteins", [[], [Protein(accession="E", sequence="MMM", name="named alone")]])
def test_a_corpus_without_any_term_can_be_built(ontology, proteins):
    corpus = build_corpus(proteins, ontology)
    assert len(corpus) == len(proteins)
    assert corpus.has_term.shape == (len(proteins), 0)
    assert corpus.text_keys.shape == (len(proteins), 4)


def test_building_twice_gives_the_same(tiny, ontology, corpus):
    again = build_corpus(tiny.make_proteins(), ontology)
    assert again.texts == corpus.texts
    assert again.vocabulary.ids == corpus.vocabulary.ids
    np.testing.assert_array_equal(again.text_keys, corpus.text_keys)
