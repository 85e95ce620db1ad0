"""The held-out measurement of a run: the right proteins, the vectors that the Encoder gives, the right mode."""

import numpy as np
import pytest
import torch

from protclip.benchmarks.held_out import MAX_SHARE, MIN_POSITIVES
from protclip.data.biotext import describe
from protclip.encode import Encoder
from protclip.errors import InputError
from train.corpus import build_corpus
from train.residue_inputs import ResidueDraw
from train.run_sections import ObjectivesSection
from train.validation import held_out


@pytest.fixture
def splits(tiny):
    return tiny.make_splits(tiny.make_proteins())


@pytest.fixture
def encoder(tiny):
    return Encoder(tiny.make_model(), tiny.make_processor(), name="tiny", fingerprint="0")


@pytest.fixture
def valid(corpus, splits, encoder):
    features = encoder.text_features(corpus.texts).astype(np.float16)
    return held_out(corpus, splits, "valid", features, limit=100, seed=1)


def test_proteins_are_of_the_split_and_in_an_order_of_the_seed(corpus, splits, features):
    found = held_out(corpus, splits, "valid", features, limit=100, seed=1)
    accessions = [corpus.accessions[i] for i in found.index]
    assert sorted(accessions) == sorted(a for a, split in splits.by_accession.items() if split == "valid")
    again, other = (held_out(corpus, splits, "valid", features, limit=100, seed=s) for s in (1, 2))
    assert found.index.tolist() == again.index.tolist() != other.index.tolist()
    assert (
        held_out(corpus, splits, "valid", features, limit=3, seed=1).index.tolist()
        == found.index[:3].tolist()
    )
    test = held_out(corpus, splits, "test", features, limit=100, seed=1)
    assert not set(test.index.tolist()) & set(found.index.tolist())


def test_one_protein_of_each_cluster(tiny, corpus, splits, features):
    pairs = {a: f"cluster {int(a[1:]) // 10}" for a in splits.by_accession}
    clustered = tiny.Splits(
        by_accession=dict.fromkeys(pairs, "valid"), cluster_of=pairs, num_proteins=splits.num_proteins
    )
    found = held_out(corpus, clustered, "valid", features, limit=100, seed=1)
    assert len(found.index) == len({pairs[corpus.accessions[i]] for i in found.index}) == 4


def test_a_split_without_proteins_is_refused(tiny, corpus, features):
    nothing = tiny.Splits(by_accession={}, cluster_of={}, num_proteins=40)
    with pytest.raises(InputError, match=r"no annotated protein of the split 'valid'.*num_proteins = 0"):
        held_out(corpus, nothing, "valid", features, limit=10, seed=1)


def test_a_run_measures_the_vectors_that_the_encoder_gives(valid, encoder, tiny, ontology):
    proteins = [tiny.make_proteins()[i] for i in valid.index]
    with torch.inference_mode():
        protein_rows, text_rows = valid._proteins(encoder.model), valid._texts(encoder.model)
    np.testing.assert_allclose(protein_rows, encoder.proteins([p.sequence for p in proteins]), atol=1e-5)
    biotexts = encoder.biotexts([describe(p, ontology) for p in proteins])
    assert (text_rows * biotexts).sum(1).min() > 0.9999  # the cache keeps half precision


def test_metrics_are_named_and_the_mode_is_left_alone(valid, encoder):
    for mode in (True, False):
        encoder.model.train(mode)
        first, again = valid.metrics(encoder.model), valid.metrics(encoder.model)
        assert encoder.model.training == mode
        assert first == again
    names = [f"{d}/{m}" for d in ("text_to_protein", "protein_to_text") for m in ("mrr", "recall_at_1")]
    assert {*names, "term_retrieval/map", "term_retrieval/num_terms"} <= first.keys()
    assert all(np.isfinite(value) for value in first.values())


def test_a_model_that_is_nan_scores_worse_than_an_untrained_one(valid, encoder):
    untrained = valid.metrics(encoder.model)
    encoder.model.protein_projection[-1].weight.data.fill_(torch.nan)
    assert valid.metrics(encoder.model)["text_to_protein/mrr"] < untrained["text_to_protein/mrr"]


def test_terms_that_are_searched_for_are_neither_rare_nor_common(tiny, ontology, encoder):
    proteins = tiny.make_proteins(40)
    # Every protein is of family 2 but three of family 0 and one of family 3: three carry protein kinase,
    # four carry kinase, and nearly all carry membrane.
    chosen = [proteins[4 * k + 2] for k in range(9)] * 2 + proteins[0:12:4] + [proteins[3]]
    named = [
        tiny.Protein(accession=f"Q{i}", sequence=p.sequence, annotations=p.annotations)
        for i, p in enumerate(chosen)
    ]
    corpus = build_corpus(named, ontology)
    everyone = dict.fromkeys(corpus.accessions, "valid")
    splits = tiny.Splits(by_accession=everyone, cluster_of={a: a for a in everyone}, num_proteins=len(named))
    features = encoder.text_features(corpus.texts).astype(np.float16)
    found = held_out(corpus, splits, "valid", features, limit=100, seed=1)
    counts = np.asarray(corpus.has_term[found.index].sum(0)).ravel()
    wanted = [n for n in counts if MIN_POSITIVES <= n <= MAX_SHARE * len(named)]
    assert 0 < len(wanted) < len(counts)
    with torch.inference_mode():
        rows, has_term = found._terms(encoder.model)
    assert sorted(has_term.sum(1).tolist()) == sorted(wanted)
    assert len(rows) == len(wanted)
    assert found.metrics(encoder.model)["term_retrieval/num_terms"] == len(wanted)


def test_the_control_of_reconstruction_is_the_same_every_time(tiny, corpus, splits, encoder):
    features = encoder.text_features(corpus.texts).astype(np.float16)
    draw = ResidueDraw(corpus, features, tiny.random_states(corpus), ObjectivesSection(), 12)
    encoder.model.add_residue_parts()
    plain = held_out(corpus, splits, "valid", features, limit=100, seed=1)
    found = plain.with_text_control(draw, 30, seed=1)
    before = found.metrics(encoder.model)
    assert before == found.metrics(encoder.model)
    added = {f"bsr/{k}_{m}" for k in ("matched", "shuffled", "no_text") for m in ("loss", "accuracy")}
    assert before.keys() - plain.metrics(encoder.model).keys() == added | {"bsr/num_residues"}
    assert before["bsr/matched_loss"] != before["bsr/shuffled_loss"]
    real = sum(min(len(corpus.sequence_tokens(int(i))), 30) for i in found.index)
    assert 0.15 * real <= before["bsr/num_residues"] < 0.15 * real + 10 * len(found.index)
