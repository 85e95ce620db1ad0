"""What `ProteinStore` promises, for every engine."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from protclip.errors import FingerprintError, InputError, StoreError
from protclip.records import Protein
from vector_store.fuse import example_vector, fuse
from vector_store.manifest import SCHEMA_VERSION
from vector_store.store import ProteinStore, SearchFilter, StorePoint, StoreQuery

HELICASES = {"P38398", "Q9BX63", "P12954"}


def found(store: ProteinStore, **query: Any) -> list[str]:
    return [hit.protein.accession for hit in store.query(StoreQuery(**{"limit": 50} | query))]


def test_a_protein_comes_back_exactly(loaded: ProteinStore, proteins: tuple[Protein, ...]) -> None:
    asked = [p.accession for p in reversed(proteins)]
    assert loaded.get([*asked, "P99999", asked[0]]) == [*reversed(proteins), None, proteins[-1]]


def test_info_before_and_after_finish(open_engine: Any, points: list[StorePoint]) -> None:
    store = open_engine()
    assert store.upsert(points) == len(points)
    assert (store.info().num_points, store.info().complete) == (len(points), False)
    store.finish()
    info = store.info()
    assert (info.complete, info.schema_version, info.dimension) == (True, SCHEMA_VERSION, 16)
    assert info.fingerprint == "0123456789abcdef"
    store.close()


def test_the_protein_leg_ranks_by_cosine(loaded: ProteinStore, points: list[StorePoint]) -> None:
    query = points[3].protein_vector
    hits = loaded.query(StoreQuery(limit=5, protein_vector=query))
    cosines = {p.protein.accession: float(p.protein_vector @ query) for p in points}
    expected = sorted(cosines, key=lambda a: -cosines[a])[:5]
    assert [h.protein.accession for h in hits] == expected
    assert [h.score for h in hits] == pytest.approx([cosines[a] for a in expected], abs=1e-5)
    assert [h.leg_ranks for h in hits] == [(("protein", n),) for n in range(1, 6)]


def test_the_biotext_leg_leaves_out_what_has_none(loaded: ProteinStore, points: list[StorePoint]) -> None:
    without = {p.protein.accession for p in points if p.biotext_vector is None}
    assert without == {"P44444", "MYPROT_1"}
    assert set(found(loaded, biotext_vector=points[0].biotext_vector)).isdisjoint(without)


def test_bm25_stems_and_finds_names_genes_accessions(loaded: ProteinStore) -> None:
    assert set(found(loaded, lexical_text="helicases")) == HELICASES
    assert found(loaded, lexical_text="egfr") == ["P00533"]
    assert found(loaded, lexical_text="P44444") == ["P44444"]
    assert found(loaded, lexical_text="the of and") == []
    assert found(loaded, lexical_text="unheardof") == []


def test_rare_words_weigh_more(loaded: ProteinStore) -> None:
    # "SRS2" stands in one protein, "kinase" and "activity" in several.
    assert found(loaded, lexical_text="activity kinase SRS2")[0] == "P12954"


def test_ties_are_broken_by_accession(loaded: ProteinStore) -> None:
    hits = loaded.query(StoreQuery(limit=50, lexical_text="nucleus helicase kinase membrane transport"))
    keys = [(-h.score, h.protein.accession) for h in hits]
    assert keys == sorted(keys)


def test_equal_points_come_in_order_of_accession_even_at_the_cut(
    open_engine: Any, points: list[StorePoint]
) -> None:
    store = open_engine()
    names = [f"T{n:03d}" for n in range(60)]
    twins = [replace(points[0], protein=replace(points[0].protein, accession=a)) for a in reversed(names)]
    store.upsert(twins)
    store.finish()
    assert found(store, protein_vector=points[0].protein_vector, limit=7) == names[:7]
    assert found(store, lexical_text="helicase", limit=7) == names[:7]
    store.close()


def test_the_terms_leg_ranks_by_the_weights_of_terms_had_or_implied(loaded: ProteinStore) -> None:
    # GO:0004386 is implied by GO:0003678; GO:0006281 (DNA repair) is had by two of the three helicases.
    hits = loaded.query(StoreQuery(limit=50, terms=(("GO:0004386", 0.7), ("GO:0006281", 0.3))))
    assert {h.protein.accession for h in hits} == HELICASES
    assert hits[-1].protein.accession == "P12954"
    assert [h.leg_ranks for h in hits] == [(("terms", n),) for n in range(1, 4)]
    assert found(loaded, terms=(("GO:0004386", 0.0), ("GO:9999999", 1.0))) == []


def test_of_equals_the_protein_with_fewer_terms_comes_first(
    open_engine: Any, points: list[StorePoint]
) -> None:
    store = open_engine()
    few = replace(points[0], go_closure=("GO:0004386", "GO:0003824"))
    many = replace(
        points[1], go_closure=("GO:0004386", "GO:0003824", "GO:0006281", "GO:0005634", "GO:0008150")
    )
    store.upsert([many, few])
    store.finish()
    assert found(store, terms=(("GO:0004386", 1.0),)) == [few.protein.accession, many.protein.accession]
    store.close()


def test_hybrid_is_the_fusion_of_its_legs(loaded: ProteinStore, points: list[StorePoint]) -> None:
    legs: dict[str, Any] = {
        "protein_vector": points[1].protein_vector,
        "biotext_vector": points[4].biotext_vector,
        "lexical_text": "DNA helicase repair",
        "terms": (("GO:0003678", 0.6), ("GO:0016020", 0.4)),
    }
    names = ("protein", "biotext", "lexical", "terms")
    ranked = {n: found(loaded, **{k: v}) for n, (k, v) in zip(names, legs.items(), strict=True)}
    expected = fuse(ranked, dict.fromkeys(names, 1.0))  # type: ignore[arg-type]
    hits = loaded.query(StoreQuery(limit=50, **legs))
    assert [h.protein.accession for h in hits] == [f.accession for f in expected]
    assert [h.leg_ranks for h in hits] == [f.leg_ranks for f in expected]
    assert [h.score for h in hits] == pytest.approx([f.score for f in expected])
    assert {len(h.leg_ranks) for h in hits} >= {1, 2, 4}


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (SearchFilter(go=("GO:0004386",)), HELICASES),
        (SearchFilter(go=("GO:0003678",)), {"P38398", "Q9BX63"}),
        (SearchFilter(go=("GO:0004672", "GO:0003678")), {"P38398", "Q9BX63", "P00533", "P06241"}),
        (SearchFilter(ec=("3.6.4",)), {"P38398", "Q9BX63"}),
        (SearchFilter(ec=("3.6.4.12",)), {"P38398"}),
        (SearchFilter(ec=("2",), organism=("Homo sapiens (Human)",)), {"P00533", "P06241"}),
        (SearchFilter(location=("GO:0005634",)), HELICASES),
        (SearchFilter(organism=("Saccharomyces cerevisiae (Baker's yeast)",)), {"P12954", "P22222"}),
        (SearchFilter(length_min=92, length_max=94), {"P33333", "P44444", "MYPROT_1"}),
        (SearchFilter(length_min=360), {"P12954", "P00533"}),
        (SearchFilter(named=False), {"P11111", "P22222", "P33333", "P44444"}),
        (SearchFilter(named=True, length_max=94), {"MYPROT_1"}),
        (SearchFilter(go=("GO:0004386",), exclude=("P38398",)), HELICASES - {"P38398"}),
        (SearchFilter(go=("GO:0000000",)), set()),
        (SearchFilter(evidence=("experimental",)), {"P38398", "Q9BX63", "P00533", "P06241"}),
        (SearchFilter(evidence=("unknown", "curated")), {"P44444", "MYPROT_1"}),
    ],
)
def test_filters(
    loaded: ProteinStore, points: list[StorePoint], where: SearchFilter, expected: set[str]
) -> None:
    assert set(found(loaded, protein_vector=points[0].protein_vector, filter=where)) == expected


def test_facets_count_what_passes_the_filter(loaded: ProteinStore) -> None:
    assert loaded.facet("organism", SearchFilter(), 5) == [
        ("Homo sapiens (Human)", 4),
        ("Saccharomyces cerevisiae (Baker's yeast)", 2),
    ]
    assert loaded.facet("named", SearchFilter(), 5) == [("yes", 6), ("no", 4)]
    assert loaded.facet("named", SearchFilter(go=("GO:0004386",)), 5) == [("yes", 3)]
    assert loaded.facet("ec_class", SearchFilter(), 5) == [("2", 2), ("3", 2)]
    evidence = [("computational", 4), ("experimental", 4), ("unknown", 2)]
    assert loaded.facet("evidence", SearchFilter(), 5) == evidence
    assert dict(loaded.facet("location", SearchFilter(), 5))["GO:0005634"] == 3
    assert loaded.facet("go", SearchFilter(ec=("3",)), 2) == [("GO:0003674", 2), ("GO:0003678", 2)]


def test_more_like_these_less_like_those(loaded: ProteinStore, points: list[StorePoint]) -> None:
    by_name = {p.protein.accession: p.protein_vector for p in points}
    vector = example_vector([by_name["P38398"], by_name["Q9BX63"]], [by_name["P00533"]])
    hits = loaded.query(StoreQuery(limit=50, positive=("P38398", "Q9BX63"), negative=("P00533",)))
    expected = sorted(
        set(by_name) - {"P38398", "Q9BX63", "P00533"}, key=lambda a: -float(by_name[a] @ vector)
    )
    assert [h.protein.accession for h in hits] == expected
    with pytest.raises(InputError, match="P99999"):
        loaded.query(StoreQuery(limit=5, positive=("P38398", "P99999")))
    with pytest.raises(InputError, match="stands alone"):
        loaded.query(StoreQuery(limit=5, positive=("P38398",), lexical_text="kinase"))
    with pytest.raises(InputError, match="at least one protein"):
        loaded.query(StoreQuery(limit=5, negative=("P38398",)))


def test_loading_twice_changes_nothing(loaded: ProteinStore, points: list[StorePoint]) -> None:
    query = StoreQuery(limit=50, protein_vector=points[2].protein_vector, lexical_text="DNA helicase")
    before = loaded.query(query)
    loaded.upsert(points)
    loaded.finish()
    assert loaded.info().num_points == len(points)
    assert loaded.query(query) == before


def test_vectors_and_sample(loaded: ProteinStore, points: list[StorePoint]) -> None:
    got = loaded.vectors(["P12954", "P99999", "P38398"], "protein")
    assert got[1] is None
    np.testing.assert_allclose(
        np.stack([got[0], got[2]]), [points[2].protein_vector, points[0].protein_vector], atol=1e-6
    )
    assert loaded.vectors(["P44444"], "biotext") == [None]
    everything = loaded.sample(1_000, "protein")
    stored = np.stack([p.protein_vector for p in points])
    np.testing.assert_allclose(sorted(everything.tolist()), sorted(stored.tolist()), atol=1e-6)
    assert everything.dtype == np.float32
    np.testing.assert_array_equal(loaded.sample(3, "protein"), everything[:3])
    assert loaded.sample(1_000, "biotext").shape == (8, 16)


def test_accessions(loaded: ProteinStore, proteins: tuple[Protein, ...]) -> None:
    assert loaded.accessions() == {p.accession for p in proteins}


@pytest.mark.parametrize(
    ("vector", "problem"),
    [
        (np.full(16, np.nan), "NaN"),
        (np.full(16, np.inf), "infinity"),
        (np.zeros(16), "zeros"),
        (np.ones(15), "16 numbers"),
        (np.ones((2, 8)), "16 numbers"),
    ],
)
def test_a_vector_no_engine_may_see_is_refused(
    loaded: ProteinStore, points: list[StorePoint], vector: Any, problem: str
) -> None:
    bad = replace(points[0], protein_vector=vector.astype(np.float32))
    for point in (bad, replace(points[0], biotext_vector=bad.protein_vector)):
        with pytest.raises(InputError, match=problem) as caught:
            loaded.upsert([point])
        assert "P38398" in str(caught.value)
    with pytest.raises(InputError, match=problem):
        loaded.query(StoreQuery(limit=5, protein_vector=bad.protein_vector))
    np.testing.assert_allclose(loaded.vectors(["P38398"], "protein")[0], points[0].protein_vector, atol=1e-6)


def test_a_query_without_legs_finds_nothing_and_a_limit_below_one_is_refused(loaded: ProteinStore) -> None:
    assert loaded.query(StoreQuery(limit=5)) == []
    with pytest.raises(InputError, match="1 or more"):
        loaded.query(StoreQuery(limit=0, lexical_text="kinase"))


def test_another_checkpoint_is_refused_with_both_fingerprints(fresh: ProteinStore, open_engine: Any) -> None:
    fresh.close()
    for kwargs in ({"fingerprint": "feedfacefeedface"}, {"dimension": 32}):
        with pytest.raises(FingerprintError, match="protclip index --rebuild") as caught:
            open_engine("read", **kwargs)
        assert "0123456789abcdef" in str(caught.value)
    with pytest.raises(FingerprintError, match="feedface"):
        open_engine("read", fingerprint="feedfacefeedface")


def test_reopened_it_is_the_same(fresh: ProteinStore, open_engine: Any, points: list[StorePoint]) -> None:
    query = StoreQuery(limit=50, protein_vector=points[2].protein_vector, lexical_text="DNA helicase")
    before, info = fresh.query(query), fresh.info()
    fresh.close()
    again = open_engine("read")
    assert again.query(query) == before
    assert again.info() == info
    again.close()


def test_an_interrupted_load_goes_on(open_engine: Any, points: list[StorePoint]) -> None:
    store = open_engine()
    store.upsert(points[:4])
    store.close()
    store = open_engine()
    assert store.accessions() == {p.protein.accession for p in points[:4]}
    assert not store.info().complete
    store.upsert(points[4:])
    store.finish()
    assert (store.info().num_points, store.info().complete) == (len(points), True)
    store.close()


def test_rebuilding_starts_empty(fresh: ProteinStore, open_engine: Any) -> None:
    fresh.close()
    store = open_engine("rebuild")
    assert (store.info().num_points, store.info().complete) == (0, False)
    store.close()


def test_a_closed_store_says_so(fresh: ProteinStore) -> None:
    fresh.close()
    fresh.close()
    for call in (fresh.info, fresh.accessions, fresh.finish, lambda: fresh.get(["P38398"])):
        with pytest.raises(StoreError, match="closed"):
            call()


def test_nothing_there_is_a_sentence(open_engine: Any) -> None:
    with pytest.raises(StoreError, match="Build it: protclip index"):
        open_engine("read")
