"""Enrichment: fast equals slow, ancestors count, chance finds nothing, five thousand proteins take no time."""

import math
import time

import numpy as np
import pytest

from protclip.data.ontology import Ontology
from protclip.data.ontology_io import Term, TermTable
from protclip.predict.enrichment import LEAST_CHANCE, MIN_PROTEINS, as_many_or_more, enriched_terms, term_sets

ROOTS = {"MF": "GO:0003674", "BP": "GO:0008150"}


def term(number: int, aspect: str, *parents: str) -> Term:
    return Term(id=f"GO:{number:07d}", name=f"term {number}", aspect=aspect, parents=parents)


@pytest.fixture(scope="module")
def ontology() -> Ontology:
    """Two aspects; below each root a chain and leaves."""
    mf = [
        term(3674, "MF"),
        term(1, "MF", ROOTS["MF"]),
        term(2, "MF", "GO:0000001"),
        term(3, "MF", "GO:0000002"),
    ]
    bp = [term(8150, "BP"), *(term(100 + n, "BP", ROOTS["BP"]) for n in range(20))]
    return Ontology(TermTable(terms=(*mf, *bp), version=""))


def slow(go_ids, selected, ontology):
    """(k, n, K, N, p) of each term, by counting sets and adding up chances one by one."""
    closed = [ontology.closure(ids) - set(ontology.roots) for ids in go_ids]
    found = {}
    for go_id in set().union(*closed):
        aspect = ontology.term(go_id).aspect
        of_aspect = [
            n for n, terms in enumerate(closed) if any(ontology.term(t).aspect == aspect for t in terms)
        ]
        n = len([p for p in of_aspect if p in selected])
        k = len([p for p in selected if go_id in closed[p]])
        known = len([p for p in of_aspect if go_id in closed[p]])
        total = len(of_aspect)
        ways = sum(math.comb(known, j) * math.comb(total - known, n - j) for j in range(k, min(known, n) + 1))
        found[go_id] = (k, n, known, total, ways / math.comb(total, n))
    return found


def test_counts_and_chances_are_those_of_the_obvious_way(ontology) -> None:
    rng = np.random.default_rng(5)
    leaves = ["GO:0000003", "GO:0000002", *(f"GO:{100 + n:07d}" for n in range(20))]
    go_ids = [tuple(rng.choice(leaves, rng.integers(0, 5), replace=False)) for _ in range(120)]
    selected = np.sort(rng.permutation(120)[:25])
    expected = slow(go_ids, set(selected.tolist()), ontology)
    tested = {g: e for g, e in expected.items() if e[2] >= MIN_PROTEINS}
    found = enriched_terms(term_sets(go_ids, ontology), selected, ontology)
    assert {e.go_id for e in found} == {g for g, (k, n, m, t, _) in tested.items() if k * t > n * m}
    for e in found:
        k, n, known, total, p = tested[e.go_id]
        assert (e.num_selected, e.of_selected, e.num_known, e.of_known) == (k, n, known, total)
        assert e.p == pytest.approx(p, rel=1e-9)
        assert e.fold == pytest.approx(k / n / (known / total))
    ordered = sorted(tested.values(), key=lambda each: each[4])
    ranks = [each[4] * len(ordered) / (rank + 1) for rank, each in enumerate(ordered)]
    assert found[0].fdr == pytest.approx(min(1.0, min(ranks)), rel=1e-9)
    assert [e.p for e in found] == sorted(e.p for e in found)


def test_ancestors_of_a_term_are_counted_and_roots_and_unknown_ids_are_not(ontology) -> None:
    go_ids = [("GO:0000003", "GO:9999999")] * 6 + [("GO:0000100",)] * 20
    found = enriched_terms(term_sets(go_ids, ontology), np.arange(26), ontology)
    assert found == []  # everything is selected: nothing is more frequent
    sets = term_sets(go_ids, ontology)
    assert set(sets.ids) == {"GO:0000001", "GO:0000002", "GO:0000003", "GO:0000100"}
    assert sets.terms[:, sets.ids.index("GO:0000001")].sum() == 6


def test_a_planted_term_is_found_and_a_random_selection_finds_none(ontology) -> None:
    rng = np.random.default_rng(7)
    go_ids = [(f"GO:{100 + rng.integers(20):07d}",) for _ in range(2_000)]
    owners = np.array([n for n, ids in enumerate(go_ids) if ids == ("GO:0000105",)])
    sets = term_sets(go_ids, ontology)
    (best, *rest) = enriched_terms(sets, owners[:40], ontology)
    assert (best.go_id, best.num_selected) == ("GO:0000105", 40)
    assert best.fdr < 1e-30
    assert enriched_terms(sets, owners, ontology)[0].p >= LEAST_CHANCE
    assert not [e for e in rest if e.fdr < 0.05]
    random = enriched_terms(sets, rng.permutation(2_000)[:300], ontology)
    assert not [e for e in random if e.fdr < 0.05]


def test_nothing_selected_or_nothing_known_is_nothing(ontology) -> None:
    sets = term_sets([("GO:0000003",)] * 10, ontology)
    assert enriched_terms(sets, np.array([], dtype=np.int64), ontology) == []
    assert enriched_terms(term_sets([()] * 10, ontology), np.arange(5), ontology) == []


def test_tails_are_those_of_scipy() -> None:
    from scipy.stats import hypergeom

    rng = np.random.default_rng(1)
    total = rng.integers(10, 40_000, 300)
    good, drawn = (np.array([rng.integers(0, n + 1) for n in total]) for _ in range(2))
    low, high = np.maximum(0, good + drawn - total), np.minimum(good, drawn)
    middle = np.clip(np.rint(good * drawn / total + rng.normal(0, 5, 300)).astype(np.int64), low, high)
    for inside in (low, middle, high):
        expected = hypergeom.sf(inside - 1, total, good, drawn)
        assert as_many_or_more(inside, total, good, drawn) == pytest.approx(expected, rel=1e-7, abs=1e-9)


def test_five_thousand_of_fifty_thousand_proteins_take_under_two_seconds() -> None:
    leaves = [term(10_000 + n, "BP", ROOTS["BP"]) for n in range(8_000)]
    wide = Ontology(TermTable(terms=(term(8150, "BP"), *leaves), version=""))
    rng = np.random.default_rng(3)
    kinds = [tuple(leaf.id for leaf in rng.choice(leaves, 40)) for _ in range(2_000)]
    sets = term_sets([kinds[n] for n in rng.integers(0, 2_000, 50_000)], wide)
    start = time.process_time()
    found = enriched_terms(sets, rng.permutation(50_000)[:5_000], wide)
    assert time.process_time() - start < 2
    assert len(found) > 1_000
