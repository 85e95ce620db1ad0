"""Which held-out proteins are measured, and how sure a number is."""

import numpy as np
import pytest

from protclip.benchmarks.held_out import bootstrap, choose_held_out, membership
from protclip.data.ontology import Ontology
from protclip.data.ontology_io import Term, TermTable
from protclip.data.splits import Splits
from protclip.records import Annotation, Protein


def protein(number, go_id="GO:0000002"):
    return Protein(
        accession=f"P{number:05d}", sequence="MKV", annotations=(Annotation(kind="go", id=go_id, text="x"),)
    )


@pytest.fixture
def splits():
    test = {f"P{i:05d}": f"P{i - i % 2:05d}" for i in range(20)}
    return Splits(by_accession=dict.fromkeys(test, "test"), cluster_of=test, num_proteins=40, provenance={})


def test_one_protein_a_cluster_of_the_split_alone(splits):
    proteins = [protein(i) for i in range(40)]
    chosen = choose_held_out(proteins, splits, "test", limit=100, seed=1)
    assert len(chosen) == 10
    assert len({splits.cluster_of[p.accession] for p in chosen}) == 10


def test_the_draw_follows_the_seed_and_not_the_order(splits):
    proteins = [protein(i) for i in range(40)]
    one = choose_held_out(proteins, splits, "test", limit=5, seed=1)
    assert one == choose_held_out(proteins[::-1], splits, "test", limit=5, seed=1)
    assert one != choose_held_out(proteins, splits, "test", limit=5, seed=2)


def test_membership_counts_ancestors_and_leaves_out_rare_and_common_terms():
    def term(go_id, *parents):
        return Term(id=go_id, name=go_id, aspect="MF", parents=parents, secondary=(), synonyms=())

    terms = (term("GO:0003674"), term("GO:0000001", "GO:0003674"), term("GO:0000002", "GO:0000001"))
    ontology = Ontology(TermTable(terms=terms, version=""))
    proteins = [protein(i, "GO:0000002" if i < 3 else "GO:0003674") for i in range(20)]
    ids, has_term = membership(proteins, ontology)
    assert ids == ["GO:0000001", "GO:0000002"]
    assert has_term.sum(axis=1).tolist() == [3, 3]
    few, _ = membership(proteins[1:], ontology)
    assert few == []


def test_the_interval_covers_the_mean_and_shrinks_with_n():
    values = np.random.default_rng(0).normal(5, 1, 4000)
    small, large = bootstrap("m", values[:100], 0), bootstrap("m", values, 0)
    assert small.low < small.value < small.high
    assert (small.high - small.low) > 3 * (large.high - large.low)
    assert abs((large.high - large.low) - 2 * 1.96 / np.sqrt(4000)) < 0.01
