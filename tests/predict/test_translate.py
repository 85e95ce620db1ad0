"""Descriptions: near proteins that agree win, the protein itself is not read, confidence falls with distance."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from protclip.data.atlas import Atlas
from protclip.data.ontology import Ontology
from protclip.data.ontology_io import Term, TermTable
from protclip.data.term_vectors import TermVectors
from protclip.errors import FingerprintError, InputError
from protclip.predict import translate as translation_module
from protclip.predict.neighbours import AtlasSource
from protclip.predict.translate import Translator, rank_texts
from protclip.records import Annotation, Protein

TINY = runpy.run_path(str(Path(__file__).with_name("tiny_explainer.py")))
QUERY = Protein(accession="Q1", sequence=TINY["ENCODE"]["SEQUENCES"][0])
TERMS = (
    ("GO:0003674", "molecular_function", "MF", ()),
    ("GO:0005575", "cellular_component", "CC", ()),
    ("GO:0000001", "kinase", "MF", ("GO:0003674",)),
    ("GO:0000002", "ATP binding", "MF", ("GO:0003674",)),
    ("GO:0000003", "proteolysis in a membrane", "MF", ("GO:0003674",)),
    ("GO:0000004", "nucleus", "CC", ("GO:0005575",)),
)


@pytest.fixture(scope="module")
def encoder():
    return TINY["made"]("kmers", parts=False)


@pytest.fixture(scope="module")
def ontology():
    terms = tuple(Term(id=i, name=n, aspect=a, parents=p) for i, n, a, p in TERMS)
    return Ontology(TermTable(terms=terms, version="test"))


def protein(accession, *go_ids):
    annotations = tuple(Annotation(kind="go", id=f"GO:000000{i}") for i in go_ids)
    return Protein(accession=accession, sequence="MKV", annotations=annotations)


def source(encoder, proteins_and_cosines, fingerprint="0"):
    """Known proteins whose embeddings have these cosines with the query's."""
    row = encoder.proteins([QUERY.sequence])[0].astype(np.float64)
    aside = np.linalg.svd(row[None])[2][1]
    cosines = np.array([cosine for _, cosine in proteins_and_cosines])
    rows = cosines[:, None] * row + np.sqrt(1 - cosines**2)[:, None] * aside
    rows = rows.astype(np.float32)
    proteins = tuple(protein for protein, _ in proteins_and_cosines)
    return AtlasSource(
        Atlas(proteins=proteins, protein_vectors=rows, biotext_vectors=rows, fingerprint=fingerprint), "test"
    )


def translated(encoder, ontology, known, **options):
    (found,) = Translator(encoder, source(encoder, known), ontology).translate([QUERY], **options)
    return found


def test_what_near_proteins_agree_on_wins_over_a_nearer_loner(encoder, ontology):
    agreeing = [(protein(f"A{i}", 1, 2), 0.94) for i in range(5)]
    found = translated(encoder, ontology, [(protein("L1", 3), 0.95), *agreeing, (protein("F1", 3), 0.1)])
    assert found.predicted_text == "FUNCTION: kinase; ATP binding."
    best = found.descriptions[0]
    # Their cosines are equal but for rounding, so their order is not told.
    assert sorted(best.sources) == [f"A{i}" for i in range(5)]
    assert found.confidence_score == pytest.approx(best.support)
    loner = next(d for d in found.descriptions if "proteolysis" in d.text)
    assert loner.support < best.support
    assert loner.sources == ("L1", "F1")


def test_support_is_the_weighted_overlap_of_statements_times_the_cosine(encoder, ontology):
    cosines = np.array([0.9, 0.85, 0.5])
    known = [(protein("A", 1, 2), 0.9), (protein("B", 1), 0.85), (protein("C", 3), 0.5)]
    found = translated(encoder, ontology, known)
    shares = np.exp((cosines - 0.9) / translation_module.TEMPERATURE)
    weights = shares / shares.sum() * cosines
    by_text = {d.text: d.support for d in found.descriptions}
    assert by_text["kinase; ATP binding."] == pytest.approx(weights @ [1, 2 / 3, 0], abs=1e-4)
    assert by_text["kinase."] == pytest.approx(weights @ [2 / 3, 1, 0], abs=1e-4)


def test_confidence_falls_with_distance_and_with_disagreement(encoder, ontology):
    near = translated(encoder, ontology, [(protein("A", 1), 0.95), (protein("B", 1), 0.94)])
    far = translated(encoder, ontology, [(protein("A", 1), 0.45), (protein("B", 1), 0.44)])
    split = translated(encoder, ontology, [(protein("A", 1), 0.95), (protein("B", 2), 0.94)])
    assert 1 > near.confidence_score > far.confidence_score > 0
    assert near.confidence_score > split.confidence_score


def test_one_text_a_property_in_their_order_and_none_without_support(encoder, ontology):
    found = translated(encoder, ontology, [(protein("A", 4, 1), 0.9), (protein("B", 4), 0.89)])
    assert found.predicted_text == "FUNCTION: kinase. SUBCELLULAR LOCATION: nucleus."
    nothing = translated(encoder, ontology, [(protein("A", 1), 0.05)])
    assert (nothing.predicted_text, nothing.confidence_score) == ("", 0.0)
    assert nothing.descriptions, "what was weighed is still told"


def test_excluded_proteins_lend_no_text(encoder, ontology):
    known = [(protein("Q1", 3), 0.99), (protein("A", 1), 0.8)]
    assert "proteolysis" in translated(encoder, ontology, known).predicted_text
    assert translated(encoder, ontology, known, exclude=[("Q1",)]).predicted_text == "FUNCTION: kinase."


def test_names_of_near_terms_are_candidates_with_the_cosine_of_their_text(encoder, ontology):
    row = encoder.proteins([QUERY.sequence])
    terms = TermVectors(ids=("GO:0000003",), vectors=row, fingerprint="0")
    known = source(encoder, [(protein("A", 1), 0.9)])
    (found,) = Translator(encoder, known, ontology, terms).translate([QUERY])
    term = next(d for d in found.descriptions if d.sources == ("GO:0000003",))
    assert (term.property, term.text, term.support) == ("FUNCTION", "proteolysis in a membrane.", 0.0)
    assert term.cosine == pytest.approx(
        float(row[0] @ encoder.texts(["proteolysis in a membrane"])[0]), abs=0.02
    )


def test_many_proteins_are_described_as_each_alone(encoder, ontology):
    other = Protein(accession="Q2", sequence=TINY["ENCODE"]["SEQUENCES"][3])
    translator = Translator(
        encoder, source(encoder, [(protein("A", 1), 0.9), (protein("B", 2), 0.5)]), ontology
    )
    together = translator.translate([QUERY, other])
    alone = [translator.translate([each])[0] for each in (QUERY, other)]
    assert [t.accession for t in together] == ["Q1", "Q2"]
    for one, two in zip(together, alone, strict=True):
        assert [d.text for d in one.descriptions] == [d.text for d in two.descriptions]
        np.testing.assert_allclose(
            [d.score for d in one.descriptions], [d.score for d in two.descriptions], atol=1e-5
        )


def test_another_checkpoint_is_refused(encoder, ontology):
    with pytest.raises(FingerprintError, match="test has embeddings of the checkpoint 9"):
        Translator(encoder, source(encoder, [(protein("A", 1), 0.9)], fingerprint="9"), ontology)


def test_given_texts_are_ranked_by_cosine_for_each_protein(encoder):
    texts = ["kinase", "nucleus", "ATP binding", "kinase"]
    sequences = TINY["ENCODE"]["SEQUENCES"][:2]
    cosines = encoder.proteins(sequences) @ encoder.texts(texts).T
    for row, ranked in zip(cosines, rank_texts(encoder, sequences, texts), strict=True):
        assert [match.rank for match in ranked] == [1, 2, 3, 4]
        np.testing.assert_allclose([match.cosine for match in ranked], np.sort(row)[::-1], atol=1e-6)
        assert ranked[0].text == texts[int(row.argmax())]
    with pytest.raises(InputError, match="give at least one"):
        rank_texts(encoder, sequences, [])
