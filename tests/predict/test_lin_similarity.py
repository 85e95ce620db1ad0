"""Lin's similarity against its definition written out, and the similarities of embeddings."""

import itertools
import math
from functools import cache

import numpy as np
import pytest

from protclip.data.ontology import Ontology
from protclip.data.ontology_io import Term, TermTable
from protclip.errors import InputError
from protclip.predict.similarity import (
    LinSimilarity,
    compare,
    cosine_similarity,
    manhattan_similarity,
)
from protclip.records import Annotation, Protein

ROOT, BP = "GO:0003674", "GO:0008150"
# Two parents for some, one branch of BP, one withdrawn term, one that no protein has.
PARENTS = {
    ROOT: (),
    "GO:0000001": (ROOT,),
    "GO:0000002": (ROOT,),
    "GO:0000003": ("GO:0000001",),
    "GO:0000004": ("GO:0000001", "GO:0000002"),
    "GO:0000005": ("GO:0000003", "GO:0000004"),
    "GO:0000006": ("GO:0000005",),
    BP: (),
    "GO:0000007": (BP,),
}
CORPUS = [
    {"GO:0000003"},
    {"GO:0000004"},
    {"GO:0000005", "GO:0000007"},
    {"GO:0000002"},
    {"GO:0000001", "GO:0000002"},
    {"GO:0000003", BP},
    {ROOT},
]


@pytest.fixture(scope="module")
def ontology() -> Ontology:
    bp = {BP, "GO:0000007"}
    terms = [Term(id=i, name=i, aspect="BP" if i in bp else "MF", parents=p) for i, p in PARENTS.items()]
    gone = Term(id="GO:0000009", name="gone", aspect="MF", obsolete=True)
    return Ontology(TermTable(terms=tuple(sorted([*terms, gone], key=lambda t: t.id)), version=""))


@pytest.fixture(scope="module")
def lin(ontology: Ontology) -> LinSimilarity:
    return LinSimilarity(ontology, CORPUS)


@cache
def slow_ancestors(term: str) -> set[str]:
    return {term}.union(*(slow_ancestors(parent) for parent in PARENTS[term]))


@cache
def slow_bits(term: str) -> float:
    """-log2 of the share of the proteins with any MF term that have this one or a descendant."""
    closed = [set().union(*(slow_ancestors(t) for t in terms)) for terms in CORPUS]
    return -math.log2(sum(term in c for c in closed) / sum(ROOT in c for c in closed))


def slow_lin(first: str, second: str) -> float:
    common = slow_ancestors(first) & slow_ancestors(second)
    return 2 * max(map(slow_bits, common)) / (slow_bits(first) + slow_bits(second))


def slow_average(first: set[str], second: set[str]) -> float:
    best = [max(slow_lin(a, b) for b in second) for a in first]
    best += [max(slow_lin(a, b) for a in first) for b in second]
    return sum(best) / len(best)


TERMS = ["GO:0000001", "GO:0000002", "GO:0000003", "GO:0000004", "GO:0000005"]


def test_terms_are_as_alike_as_the_definition_says(lin: LinSimilarity) -> None:
    for first, second in itertools.product(TERMS, repeat=2):
        assert lin.of_terms(first, second) == pytest.approx(slow_lin(first, second))
    assert lin.of_terms("GO:0000005", "GO:0000005") == pytest.approx(1)


def test_proteins_are_as_alike_as_the_definition_says(lin: LinSimilarity) -> None:
    sets = [set(s) for k in (1, 2) for s in itertools.combinations(TERMS, k)]
    for first, second in itertools.product(sets, repeat=2):
        assert lin.of_proteins(first, second, "MF") == pytest.approx(slow_average(first, second))


def test_all_proteins_at_once_are_as_alike_as_two_by_two(lin: LinSimilarity) -> None:
    proteins = [set(s) for k in (1, 2, 3) for s in itertools.combinations([*PARENTS, "GO:0000009"], k)]
    table = lin.of_all(proteins, "MF")
    for (i, first), (j, second) in itertools.product(enumerate(proteins), repeat=2):
        told = lin.of_proteins(first, second, "MF")
        assert table[i, j] == pytest.approx(math.nan if told is None else told, nan_ok=True, abs=1e-6)
    assert np.isnan(table).any()


def test_aspects_do_not_mix(lin: LinSimilarity) -> None:
    both = ["GO:0000005", "GO:0000007"]
    assert lin.of_proteins(both, ["GO:0000005"], "MF") == pytest.approx(1)
    assert lin.of_proteins(both, ["GO:0000005"], "BP") is None
    assert lin.of_proteins(both, both, "BP") == pytest.approx(1)
    assert lin.of_proteins([], both, "MF") is None


def test_what_says_nothing_is_left_out(lin: LinSimilarity) -> None:
    assert lin.of_proteins([ROOT], ["GO:0000005"], "MF") is None
    assert lin.of_proteins(["GO:0000009", "GO:0000003"], ["GO:0000003"], "MF") == pytest.approx(1)


def test_a_term_the_corpus_lacks_counts_as_its_parent(lin: LinSimilarity) -> None:
    for other in TERMS:
        wanted = lin.of_proteins(["GO:0000005"], [other], "MF")
        assert lin.of_proteins(["GO:0000006"], [other], "MF") == wanted


def test_terms_that_cannot_be_compared_are_told(lin: LinSimilarity) -> None:
    with pytest.raises(InputError, match="how rare GO:0000006 is cannot be told"):
        lin.of_terms("GO:0000006", "GO:0000005")
    with pytest.raises(InputError, match="unknown GO id"):
        lin.of_proteins(["GO:7777777"], ["GO:0000005"], "MF")


def test_similarities_of_embeddings_are_probes() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 20, 8)).astype(np.float32)
    cosine, manhattan = cosine_similarity(first, second), manhattan_similarity(first, second)
    for a, b, c, m in zip(first, second, cosine, manhattan, strict=True):
        assert c == pytest.approx(a @ b / np.sqrt((a @ a) * (b @ b)), abs=1e-6)
        assert m == pytest.approx(1 - sum(abs(a - b)) / (sum(abs(a)) + sum(abs(b))), abs=1e-6)
    assert cosine_similarity(first, first) == pytest.approx(1)
    assert manhattan_similarity(first, first) == pytest.approx(1)
    assert manhattan_similarity(first, -first) == pytest.approx(0)


def test_rows_that_do_not_match_are_told() -> None:
    with pytest.raises(InputError, match=r"give two arrays \(n, E\) alike"):
        cosine_similarity(np.ones((2, 3), np.float32), np.ones((2, 4), np.float32))


def test_two_proteins_compared(lin: LinSimilarity) -> None:
    known = tuple(Annotation(kind="go", id=i) for i in ("GO:0000005", "GO:0000007"))
    a = Protein(accession="A", sequence="MKV", annotations=known)
    b = Protein(accession="B", sequence="MKV", annotations=known[:1])
    row = np.array([0.6, 0.8], dtype=np.float32)
    found = compare((a, b), (row, row), lin)
    assert (found.cosine, found.manhattan) == pytest.approx((1, 1))
    assert dict(found.lin) == {"MF": pytest.approx(1), "BP": None, "CC": None}
