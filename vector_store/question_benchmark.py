"""Everyday questions against an index: how many of the first ten hits are right, by each leg and fused."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

import numpy as np

from protclip.data.ontology import Ontology
from protclip.data.term_vectors import TermVectors
from protclip.records import Protein
from vector_store.retriever import Retriever
from vector_store.search_records import QueryEncoder
from vector_store.store import ProteinStore, StoreQuery, Weights

QuestionSplit = Literal["dev", "test", "blind"]
TOP = 10
Terms = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EverydayQuestion:
    """A sentence a biologist would type, and the GO term that makes a protein a right answer."""

    text: str
    go_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionScore:
    """Precision among the first ten hits of one question, 0 to 1, by leg ("hybrid" is all fused)."""

    question: EverydayQuestion
    precision: Mapping[str, float]


def everyday_questions(split: QuestionSplit = "test") -> list[EverydayQuestion]:
    """The shipped questions.

    Weights and wordings are chosen on "dev". On "test" nothing was chosen, but who wrote the plain wordings of
    GO names had read it; "blind" was written by somebody who knew neither them nor the other questions.
    """
    rows = _shipped_rows("everyday_questions.tsv", split)
    return [EverydayQuestion(text=row["question"], go_id=row["go"]) for row in rows]


def off_topic_sentences(split: Literal["dev", "test"] = "test") -> list[str]:
    """Shipped sentences that no protein answers; the "dev" ones were looked at, the "test" ones were not."""
    return [row["sentence"] for row in _shipped_rows("off_topic_sentences.tsv", split)]


def _shipped_rows(name: str, split: str) -> list[dict[str, str]]:
    text = (files("protclip.benchmarks") / name).read_text(encoding="utf-8")
    return [row for row in csv.DictReader(text.splitlines(), delimiter="\t") if row["split"] == split]


def leg_queries(
    text: str, vector: np.ndarray, terms: Terms, weights: Weights, limit: int = TOP
) -> dict[str, StoreQuery]:
    """The store queries of a text by each leg alone and by all together."""
    return {
        "semantic": StoreQuery(limit=limit, protein_vector=vector),
        "biotext": StoreQuery(limit=limit, biotext_vector=vector),
        "lexical": StoreQuery(limit=limit, lexical_text=text),
        "terms": StoreQuery(limit=limit, terms=terms),
        "hybrid": StoreQuery(
            limit=limit,
            protein_vector=vector,
            biotext_vector=vector,
            lexical_text=text,
            terms=terms,
            weights=weights,
        ),
    }


def ask_questions(
    questions: Sequence[EverydayQuestion],
    store: ProteinStore,
    encoder: QueryEncoder,
    ontology: Ontology,
    retriever: Retriever,
) -> list[QuestionScore]:
    """Ask every question of a store and score the answers.

    A hit is right if it is annotated with the question's term or a descendant. Fewer than ten hits
    count as if the missing ones were wrong.
    """
    vectors = encoder.texts([question.text for question in questions])
    scores = []
    for question, vector in zip(questions, vectors, strict=True):
        right = ontology.descendants(question.go_id) | {question.go_id}
        precision = {
            leg: sum(_has(point.protein, right) for point in store.query(query)) / TOP
            for leg, query in leg_queries(
                question.text, vector, retriever.terms_of(question.text), retriever.weights
            ).items()
        }
        scores.append(QuestionScore(question=question, precision=precision))
    return scores


def closeness_of(texts: Sequence[str], encoder: QueryEncoder, terms: TermVectors) -> list[float]:
    """The cosine of each text with the nearest wording of a GO term: what the cut-off of queries judges by."""
    return [terms.closeness(vector) for vector in encoder.texts(texts)]


def _has(protein: Protein, right: frozenset[str]) -> bool:
    return any(annotation.id in right for annotation in protein.of_kind("go"))
