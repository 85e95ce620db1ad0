"""A text is told "no confident match" where it is far from all terms, unless it names a protein."""

from dataclasses import replace

import pytest

from protclip.errors import FingerprintError
from protclip.predict.query_cutoff import QueryCutOff
from vector_store.question_benchmark import everyday_questions, off_topic_sentences
from vector_store.retriever import Retriever
from vector_store.search_records import SearchQuery
from vector_store.search_rows import document

CUT_OFF = QueryCutOff(least_cosine=0.6, coverage=0.95, fitted_on="a test", fingerprint="0123456789abcdef")


@pytest.fixture
def retriever(edge_loaded, encoder, ontology, terms):
    return Retriever(edge_loaded, encoder, ontology, terms=terms, cut_off=CUT_OFF)


@pytest.fixture
def known_words(terms, ontology):
    return ontology.term(terms.ids[0]).name


def test_the_words_of_a_term_are_a_confident_match_and_others_are_not(retriever, known_words) -> None:
    assert retriever.search(SearchQuery(text=known_words)).confident is True
    told = retriever.search(SearchQuery(text="zzyzx quux blorb"))
    assert told.confident is False
    assert told.warnings[-1].startswith("No confident match")
    assert told.hits, "what is nearest is shown all the same"
    assert document(told, [], "zzyzx")["confident_match"] is False


def test_what_is_not_a_text_for_the_model_is_not_judged(
    retriever, edge_loaded, encoder, ontology, terms
) -> None:
    accession = sorted(edge_loaded.accessions())[0]
    gene = edge_loaded.get(["P38398"])[0].gene
    for query in (
        SearchQuery(text="zzyzx helicase", mode="lexical"),
        SearchQuery(text=accession),
        SearchQuery(text=gene),
        SearchQuery(more_like=(accession,)),
    ):
        assert retriever.search(query).confident is None, query
    without = Retriever(edge_loaded, encoder, ontology, terms=terms)
    assert without.search(SearchQuery(text="zzyzx quux blorb")).confident is None


def test_a_cut_off_of_another_checkpoint_is_refused(edge_loaded, encoder, ontology, terms) -> None:
    other = replace(CUT_OFF, fingerprint="f00dcafe")
    with pytest.raises(FingerprintError, match="cut-off of queries is of the checkpoint f00dcafe"):
        Retriever(edge_loaded, encoder, ontology, terms=terms, cut_off=other)


def test_shipped_sentences_are_told_apart_and_none_is_a_question() -> None:
    dev, test = off_topic_sentences("dev"), off_topic_sentences()
    assert (len(dev), len(test)) == (30, 60)
    questions = {q.text for split in ("dev", "test", "blind") for q in everyday_questions(split)}
    assert len({*dev, *test}) == 90
    assert not questions & {*dev, *test}
