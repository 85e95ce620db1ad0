"""Plain wordings: the grammar of GO names, said as people say it, the same way every time."""

import numpy as np
import pytest

from protclip.data.ontology_io import Term
from protclip.data.plain_words import plain_names, plainly


def said(name: str, tries: int = 40) -> set[str]:
    rng = np.random.default_rng(0)
    return {plainly(name, rng) for _ in range(tries)}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("heme biosynthetic process", "makes heme"),
        ("chitin catabolic process", "breaks down chitin"),
        ("choline kinase activity", "adds phosphate to choline"),
        ("histone deacetylation", "takes acetyl off histones"),
        ("mannose transmembrane transport", "carries mannose"),
        ("DNA helicase activity", "unwinds DNA"),
        ("negative regulation of chitin catabolic process", "stops breaks down chitin"),
        ("cysteine-type endopeptidase activity", "cuts proteins"),
    ],
)
def test_a_pattern_is_said_plainly(name, expected):
    assert expected in said(name)


def test_technical_words_become_plain_ones_as_whole_words_only():
    assert any("nerve cell" in text for text in said("neuron migration"))
    assert said("neuronectin binding") == {
        f"{way} neuronectin" for way in ("binds", "holds on to", "sticks to", "attaches to")
    }


def test_what_no_pattern_fits_stays_as_it_is():
    assert said("luminal surveillance") == {"luminal surveillance"}


def test_making_and_breaking_down_are_never_said_alike():
    assert not said("heme biosynthetic process", 200) & said("heme catabolic process", 200)


def test_wordings_of_a_term_are_few_different_and_always_the_same():
    term = Term(id="GO:0006783", name="heme biosynthetic process", aspect="BP", parents=(), synonyms=())
    found = plain_names(term, 3)
    assert found == plain_names(term, 3)
    assert len(set(found)) == len(found) == 3
    assert term.name not in found
    assert plain_names(term, 0) == ()
