"""The everyday questions: what is shipped, and what counts as right."""

import numpy as np

from protclip import starter
from protclip.data.ontology import Ontology
from vector_store.question_benchmark import (
    TOP,
    EverydayQuestion,
    ask_questions,
    everyday_questions,
    leg_queries,
)
from vector_store.retriever import Retriever
from vector_store.store import StoreQuery


def test_forty_questions_and_none_of_them_was_for_tuning():
    test, dev = everyday_questions("test"), everyday_questions("dev")
    assert len(test) == 40
    assert not {q.go_id for q in test} & {q.go_id for q in dev}
    assert not {q.text for q in test} & {q.text for q in dev}
    blind = everyday_questions("blind")
    assert len(blind) == 60
    assert not {q.text for q in blind} & {q.text for q in [*test, *dev]}


def test_every_question_names_a_current_term():
    ontology = Ontology.read_parquet(starter.ontology_path())
    for split in ("test", "dev", "blind"):
        for question in everyday_questions(split):
            assert ontology.term(question.go_id).id == question.go_id
            assert not ontology.term(question.go_id).obsolete


def test_descendants_count_as_right_and_missing_hits_as_wrong(edge_loaded, encoder, ontology, terms):
    asked = [EverydayQuestion(text="helicase", go_id="GO:0004386")]
    retriever = Retriever(edge_loaded, encoder, ontology, terms=terms)
    (score,) = ask_questions(asked, edge_loaded, encoder, ontology, retriever)
    # Three of the ten proteins are helicases, two of them by a descendant term; all ten are hits.
    assert score.precision["semantic"] == 3 / TOP
    # Words find the helicases by name or by the name of their term, and nothing else.
    assert score.precision["lexical"] == 3 / TOP


def test_each_leg_is_asked_alone():
    read_as = (("GO:0004386", 1.0),)
    queries = leg_queries("text", np.ones(4, np.float32), read_as, (1.0, 2.0, 3.0, 4.0))
    assert queries["semantic"].biotext_vector is None
    assert queries["biotext"].protein_vector is None
    assert queries["lexical"].protein_vector is None
    assert queries["terms"] == StoreQuery(limit=TOP, terms=read_as)
    assert queries["hybrid"].weights == (1.0, 2.0, 3.0, 4.0)
    assert queries["hybrid"].terms == read_as
