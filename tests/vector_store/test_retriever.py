from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from protclip.data.atlas import Atlas
from protclip.data.ontology import Ontology
from protclip.data.term_vectors import TermVectors
from protclip.errors import FingerprintError, InputError
from protclip.records import Protein
from vector_store.build_index import build_index
from vector_store.fuse import example_vector
from vector_store.opening import open_store
from vector_store.query_plan import HYBRID_WEIGHTS
from vector_store.retriever import FacetCount, Retriever, SearchQuery, SearchResult
from vector_store.store import ProteinStore, SearchFilter, StoreQuery

HELICASES = ["P12954", "P38398", "Q9BX63"]


@pytest.fixture(scope="module")
def store(
    tmp_path_factory: pytest.TempPathFactory, atlas: Atlas, ontology: Ontology
) -> Iterator[ProteinStore]:
    store = open_store(str(tmp_path_factory.mktemp("index")), "0123456789abcdef", 16, "write")
    build_index(atlas, ontology, store)
    yield store
    store.close()


@pytest.fixture
def retriever(store: ProteinStore, encoder: Any, ontology: Ontology, terms: TermVectors) -> Retriever:
    return Retriever(store, encoder, ontology, terms=terms)


def ids(result: SearchResult) -> list[str]:
    return [hit.protein.accession for hit in result.hits]


def test_semantic_is_the_protein_leg_alone(retriever: Retriever, encoder: Any, atlas: Atlas) -> None:
    result = retriever.search(SearchQuery(text="DNA helicase", mode="semantic", top=4))
    cosines = atlas.protein_vectors @ encoder.texts(["DNA helicase"])[0]
    order = np.argsort(-cosines)[:4]
    assert ids(result) == [atlas.proteins[i].accession for i in order]
    assert [h.rank for h in result.hits] == [1, 2, 3, 4]
    assert [h.leg_ranks for h in result.hits] == [(("protein", n),) for n in range(1, 5)]
    for hit, i in zip(result.hits, order, strict=True):
        assert hit.score == pytest.approx(cosines[i], abs=1e-5)
        assert hit.cosine == pytest.approx(cosines[i], abs=1e-5)
        assert hit.percentile == pytest.approx(100 * np.mean(cosines < cosines[i] - 1e-5))


def test_lexical_has_no_cosine_and_asks_no_model(retriever: Retriever, encoder: Any) -> None:
    result = retriever.search(SearchQuery(text="helicases", mode="lexical"))
    assert sorted(ids(result)) == HELICASES
    assert {(h.cosine, h.percentile, h.leg_ranks[0][0]) for h in result.hits} == {(None, None, "lexical")}
    assert (result.num_background, result.vector, encoder.num_texts) == (0, None, 0)


def test_hybrid_fuses_the_weighed_legs_with_one_query_vector(
    retriever: Retriever, store: ProteinStore, encoder: Any, atlas: Atlas, terms: TermVectors
) -> None:
    text = "DNA helicase repair"
    result = retriever.search(SearchQuery(text=text, top=5))
    assert encoder.num_texts == 1
    assert result.terms == terms.nearest(encoder.texts([text])[0])
    vector = encoder.texts([text])[0]
    expected = store.query(
        StoreQuery(
            limit=5,
            protein_vector=vector,
            lexical_text=text,
            terms=terms.nearest(vector),
            weights=HYBRID_WEIGHTS,
        )
    )
    assert [(h.protein, h.score, h.leg_ranks) for h in result.hits] == [
        (p.protein, p.score, p.leg_ranks) for p in expected
    ]
    # A hit has its cosine whichever legs found it.
    row = {p.accession: v for p, v in zip(atlas.proteins, atlas.protein_vectors, strict=True)}
    assert [h.cosine for h in result.hits] == pytest.approx(
        [float(row[a] @ vector) for a in ids(result)], abs=1e-5
    )
    assert result.num_background == result.num_indexed == 10


def test_a_hit_tells_first_the_annotation_that_the_query_was_read_as(retriever: Retriever) -> None:
    # The fake encoder gives equal texts equal vectors: the term's own name is read as that term.
    result = retriever.search(SearchQuery(text="protein kinase activity", top=5))
    assert result.terms[0][0] == "GO:0004672"
    hit = next(h for h in result.hits if h.protein.accession == "P00533")
    assert hit.matched[0].id == "GO:0004672"
    assert dict(hit.leg_ranks)["terms"] <= 2


def test_term_vectors_of_another_model_are_refused(
    store: ProteinStore, encoder: Any, ontology: Ontology, terms: TermVectors
) -> None:
    other = replace(terms, fingerprint="fedcba9876543210")
    with pytest.raises(FingerprintError, match=r"fedcba9876543210.*0123456789abcdef"):
        Retriever(store, encoder, ontology, terms=other)


def test_the_biotext_leg_runs_where_it_has_weight(
    store: ProteinStore, encoder: Any, ontology: Ontology
) -> None:
    weighed = Retriever(store, encoder, ontology, weights=(1.0, 1.0, 1.0, 1.0))
    legs = {leg for hit in weighed.search(SearchQuery(text="helicase")).hits for leg, _ in hit.leg_ranks}
    assert legs == {"protein", "biotext", "lexical"}


def test_weights_leave_a_leg_out(store: ProteinStore, encoder: Any, ontology: Ontology) -> None:
    only_words = Retriever(store, encoder, ontology, weights=(0.0, 0.0, 1.0, 0.0))
    hits = only_words.search(SearchQuery(text="helicase", top=3)).hits
    assert sorted(h.protein.accession for h in hits) == HELICASES


def test_a_query_is_encoded_once(retriever: Retriever, encoder: Any) -> None:
    for mode in ("hybrid", "semantic", "hybrid"):
        retriever.search(SearchQuery(text="kinase", mode=mode))  # type: ignore[arg-type]
    assert encoder.num_texts == 1


def test_a_sequence_finds_itself(retriever: Retriever, proteins: tuple[Protein, ...]) -> None:
    for text in (proteins[4].sequence, f">mine\n{proteins[4].sequence.lower()}\n"):
        result = retriever.search(SearchQuery(text=text, top=3))
        assert result.kind == "sequence"
        assert result.hits[0].protein == proteins[4]
        assert result.hits[0].score == pytest.approx(1, abs=1e-5)
        assert result.hits[0].percentile == pytest.approx(90)
    with pytest.raises(InputError, match="no words"):
        retriever.search(SearchQuery(text=proteins[4].sequence, mode="lexical"))


def test_an_accession_finds_others(retriever: Retriever, atlas: Atlas) -> None:
    result = retriever.search(SearchQuery(text="p38398", top=50))
    assert result.kind == "accession"
    order = np.argsort(-(atlas.protein_vectors @ atlas.protein_vectors[0]))
    assert ids(result) == [atlas.proteins[i].accession for i in order[1:]]
    assert ids(retriever.search(SearchQuery(text="P38398", mode="lexical"))) == ["P38398"]


def test_an_unknown_accession_names_near_ones(retriever: Retriever) -> None:
    for call in (
        lambda: retriever.search(SearchQuery(text="P38399")),
        lambda: retriever.protein("P38399"),
        lambda: retriever.search(SearchQuery(more_like=("P38399",))),
        lambda: retriever.search(SearchQuery(more_like=("P38398",), less_like=("P38399",))),
    ):
        with pytest.raises(InputError, match=r"no protein 'P38399'\. Nearest: P38398"):
            call()
    assert retriever.protein("p38398").gene == "BRCA1"


def test_more_like_these(retriever: Retriever, atlas: Atlas) -> None:
    result = retriever.search(SearchQuery(more_like=("P38398", "Q9BX63"), less_like=("P00533",), top=50))
    rows = atlas.protein_vectors
    vector = example_vector([rows[0], rows[1]], [rows[3]])
    assert result.kind == "examples"
    assert result.vector == pytest.approx(vector, abs=1e-6)
    assert set(ids(result)).isdisjoint({"P38398", "Q9BX63", "P00533"})
    assert [h.cosine for h in result.hits] == sorted((h.cosine for h in result.hits), key=lambda c: -(c or 0))
    assert [h.score for h in result.hits] == pytest.approx([h.cosine for h in result.hits], abs=1e-5)
    told = retriever.search(SearchQuery(text="kinase", more_like=("P38398",))).warnings
    assert told == ("the text is not used in a search by examples",)


def test_filters_hold_in_every_mode(retriever: Retriever) -> None:
    where = SearchFilter(go=("GO:0004386",))
    for mode in ("hybrid", "semantic", "lexical"):
        found = retriever.search(SearchQuery(text="kinase helicase", mode=mode, filter=where))  # type: ignore[arg-type]
        assert sorted(ids(found)) == HELICASES
    assert sorted(ids(retriever.search(SearchQuery(text="P38398", filter=where)))) == ["P12954", "Q9BX63"]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (SearchQuery(text=""), "empty"),
        (SearchQuery(text="x", top=0), "1 to 1,000"),
        (SearchQuery(text="x", top=1001), "1 to 1,000"),
        (SearchQuery(text="x", mode="magic"), "hybrid"),  # type: ignore[arg-type]
        (SearchQuery(text="kinase", filter=SearchFilter(go=("GO:9999999",))), "unknown GO id"),
        (SearchQuery(text="kinase", filter=SearchFilter(location=("GO:0006281",))), "DNA repair.*nucleus"),
        (SearchQuery(text="kinase", filter=SearchFilter(length_min=9, length_max=8)), "first number"),
        (SearchQuery(less_like=("P38398",)), "at least one protein"),
    ],
)
def test_what_cannot_be_searched(retriever: Retriever, query: SearchQuery, told: str) -> None:
    with pytest.raises(InputError, match=told):
        retriever.search(query)


def test_what_is_noticed_is_told(retriever: Retriever) -> None:
    assert "English" in retriever.search(SearchQuery(text="解旋酶")).warnings[0]
    assert "no word" in retriever.search(SearchQuery(text="the of", mode="lexical")).warnings[0]
    result = retriever.search(SearchQuery(text="go:0003678", mode="lexical"))
    assert "DNA helicase activity" in result.warnings[0]
    assert set(HELICASES) <= set(ids(result))


def test_matched_annotations_come_with_the_hit(retriever: Retriever) -> None:
    hits = {
        h.protein.accession: h for h in retriever.search(SearchQuery(text="helicase activity", top=50)).hits
    }
    assert [a.id for a in hits["Q9BX63"].matched] == ["GO:0003678"]
    assert hits["P22222"].matched == ()


def test_facets_have_names_and_no_roots(retriever: Retriever) -> None:
    assert retriever.facets("go", limit=2) == (
        FacetCount(value="GO:0003824", label="catalytic activity", count=5),
        FacetCount(value="GO:0004386", label="helicase activity", count=3),
    )
    location = retriever.facets("location", SearchFilter(named=True))
    assert [(f.label, f.count) for f in location] == [("nucleus", 3), ("nucleolus", 1), ("membrane", 1)]


def test_titles_and_kinds(retriever: Retriever) -> None:
    assert retriever.title(retriever.protein("P38398")) == "Breast cancer type 1 helicase"
    assert retriever.title(retriever.protein("P11111")) == "DNA binding"
    assert retriever.title(retriever.protein("P44444")) == "Uncharacterized protein"
    assert [retriever.kind_of(t) for t in ("P38398", "kinase", "MKTAYIAKQRQISFVKSHFSRQ")] == [
        "accession",
        "text",
        "sequence",
    ]


def test_the_result_says_what_it_is_of(retriever: Retriever, store: ProteinStore) -> None:
    result = retriever.search(SearchQuery(text="kinase"))
    assert (result.fingerprint, result.num_indexed) == ("0123456789abcdef", 10)
    assert result.index == store.info().location
    assert Path(result.index).is_dir()
    assert result.seconds > 0


def test_percentiles_are_the_share_of_the_index_below(
    retriever: Retriever, encoder: Any, atlas: Atlas
) -> None:
    hits = retriever.search(SearchQuery(text="a question", top=10)).hits
    cosines = atlas.protein_vectors @ encoder.texts(["a question"])[0]
    for hit in hits:
        assert hit.cosine is not None
        assert hit.percentile == pytest.approx(100 * np.mean(cosines < hit.cosine - 1e-5))
    assert sorted(h.percentile or 0.0 for h in hits) == pytest.approx(list(range(0, 100, 10)))


def test_a_gene_as_the_query_puts_its_protein_first(
    retriever: Retriever, proteins: tuple[Protein, ...]
) -> None:
    with_gene = next(p for p in proteins if p.gene)
    same = {p.accession for p in proteins if p.gene.casefold() == with_gene.gene.casefold()}
    for text in (with_gene.gene, with_gene.gene.lower()):
        found = retriever.search(SearchQuery(text=text, kind="text"))
        assert found.hits[0].protein.accession in same
        assert [h.score for h in found.hits] == sorted((h.score for h in found.hits), reverse=True)
    lexical = retriever.search(SearchQuery(text=with_gene.gene, kind="text", mode="lexical"))
    assert all(set(dict(h.leg_ranks)) == {"lexical"} for h in lexical.hits)
