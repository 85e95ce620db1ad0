"""A gene or a protein's name as a query: who is named comes first, whatever the ranks say."""

import pytest

from protclip.records import Protein
from vector_store.name_queries import is_exactly, named_first, names
from vector_store.schema import Lexicon
from vector_store.store import ScoredPoint

STEMS = Lexicon(1.0).stems


def protein(accession: str, gene: str, name: str) -> Protein:
    return Protein(accession=accession, sequence="MKV", gene=gene, name=name)


P53 = protein("P04637", "TP53", "tumor protein p53")
TARGET = protein("Q9ULZ0", "TP53TG3", "TP53 target 3")
ALPHA = protein("P69905", "HBA1", "Hemoglobin subunit alpha 1")


@pytest.mark.parametrize("text", ["TP53", "tp53", " Tumor  protein p53 "])
def test_a_gene_or_name_is_named_exactly_in_any_case(text):
    assert is_exactly(text, P53)
    assert not is_exactly(text, TARGET)


def test_nothing_is_the_name_of_a_protein_without_one():
    assert not is_exactly("", protein("A0A000", "", ""))
    assert not names("the of", P53, STEMS)


def test_all_words_of_a_query_must_stand_in_gene_and_name():
    assert names("hemoglobin alpha", ALPHA, STEMS)
    assert not names("hemoglobin alpha that carries oxygen", ALPHA, STEMS)


def test_who_is_named_comes_first_and_scores_stay_in_order():
    points = [
        ScoredPoint(protein=p, score=s, leg_ranks=()) for p, s in ((ALPHA, 0.9), (TARGET, 0.5), (P53, 0.1))
    ]
    found = named_first("TP53", points, STEMS)
    assert [p.protein.accession for p in found] == ["P04637", "Q9ULZ0", "P69905"]
    assert [p.score for p in found] == pytest.approx([2.1, 1.5, 0.9])
