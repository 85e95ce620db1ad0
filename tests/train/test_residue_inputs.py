"""What MLM, BSR and PDA read of a batch: the protein's own text and properties, and what is hidden."""

from dataclasses import fields

import numpy as np
import pytest
import torch

from protclip.data.biotext import describe
from protclip.records import PROPERTIES
from train.corpus import build_corpus
from train.loader import PairLoader, Position
from train.residue_inputs import ResidueDraw
from train.run_sections import ObjectivesSection
from train.text_control import other_texts

EVERY = np.arange(40, dtype=np.int64)


@pytest.fixture
def draw(tiny, corpus, features):
    def make(max_text_tokens=12, **weights):
        return ResidueDraw(
            corpus, features, tiny.random_states(corpus), ObjectivesSection(**weights), max_text_tokens
        )

    return make


@pytest.fixture
def batch(corpus, features, draw):
    def make(position=None, seed=1, **weights):
        loader = PairLoader(
            corpus, EVERY, features, batch_size=8, max_residues=40, seed=seed, residues=draw(**weights)
        )
        return loader.batch(position or Position())

    return make


def test_only_what_is_on_is_drawn(batch):
    kinds = {
        "mlm": {"mlm_hidden"},
        "bsr": {"bsr_hidden", "text"},
        "pda": {"property_features", "property_present"},
    }
    for name, expected in kinds.items():
        weights = {"gc": 0.0, "bsr": 0.0, "pda": 0.0, "mlm": 0.0} | {name: 1.0}
        inputs = batch(**weights).residues
        assert {f.name for f in fields(inputs) if getattr(inputs, f.name) is not None} == expected


def test_a_batch_is_drawn_again_bit_by_bit(batch):
    one, again, other = batch().residues, batch().residues, batch(Position(batch=1)).residues
    for name in ("mlm_hidden", "bsr_hidden", "property_features", "property_present"):
        assert torch.equal(getattr(one, name), getattr(again, name))
    assert torch.equal(one.text.states, again.text.states)
    assert one.mlm_hidden.shape != other.mlm_hidden.shape or not torch.equal(one.mlm_hidden, other.mlm_hidden)
    assert not torch.equal(one.mlm_hidden, one.bsr_hidden)


def test_the_other_draws_of_a_batch_are_as_without_objectives_over_residues(batch, corpus, features):
    """A run that gains an objective pairs the same proteins with the same texts."""
    plain = PairLoader(corpus, EVERY, features, batch_size=8, max_residues=40, seed=1).batch(Position())
    ours = batch()
    for name in ("text_features", "index", "text_key", "is_term"):
        assert torch.equal(getattr(plain, name), getattr(ours, name))


def test_text_tokens_are_those_of_the_proteins_clauses_in_order(tiny, corpus, draw):
    states = tiny.random_states(corpus)
    for limit in (1, 5, 100):
        text = draw(max_text_tokens=limit).texts(EVERY)
        assert text.states.shape[1] <= limit
        for i in EVERY:
            every = np.concatenate([states.of(np.array([row]), 100) for row in corpus.clauses_of(int(i))])
            found = text.states[i][text.mask[i]].numpy()
            np.testing.assert_array_equal(found, every[:limit])
            assert not text.states[i][~text.mask[i]].any()


def test_property_features_are_the_means_over_their_clauses(tiny, ontology, corpus, features, draw):
    found, present = draw().properties(EVERY)
    for i, protein in enumerate(tiny.make_proteins()):
        properties = dict(describe(protein, ontology).properties)
        assert [PROPERTIES[k] for k in np.flatnonzero(present[i])] == list(properties)
        for k, label in enumerate(PROPERTIES):
            rows = corpus.properties_of(i)[k]
            expected = features[rows].mean(0, dtype=np.float32) if len(rows) else np.zeros(16)
            np.testing.assert_array_equal(found[i, k].numpy(), expected)
            assert bool(len(rows)) == (label in properties)
    assert 0 < present.sum() < present.numel()


def test_the_release_gives_an_absent_property_its_bare_label(corpus, features, draw):
    plain, present = draw().properties(EVERY)
    labelled, every = draw(release_compat=("labels_for_absent",)).properties(EVERY)
    assert every.all()
    assert torch.equal(plain[present], labelled[present])
    row = {text: number for number, text in enumerate(corpus.texts)}["SIMILARITY:"]
    absent = ~present[:, PROPERTIES.index("SIMILARITY")]
    assert absent.any()
    for found in labelled[absent, PROPERTIES.index("SIMILARITY")]:
        np.testing.assert_array_equal(found.numpy(), features[row].astype(np.float32))


def test_on_a_device_states_are_in_full_precision(batch):
    moved = batch().residues.to(torch.device("cpu"))
    assert moved.text.states.dtype == torch.float32
    assert batch().residues.text.states.dtype == torch.float16


@pytest.fixture
def whole(tiny, ontology):
    return build_corpus(tiny.make_proteins(), ontology, "whole")


def test_whole_texts_are_the_biotext_and_its_properties_with_labels(tiny, ontology, whole):
    for i, protein in enumerate(tiny.make_proteins()):
        biotext = describe(protein, ontology)
        assert [whole.texts[row] for row in whole.clauses_of(i)] == [biotext.text]
        parts = [[whole.texts[row] for row in rows] for rows in whole.properties_of(i)]
        known = dict(biotext.properties)
        assert parts == [[f"{k}: {known[k]}"] if k in known else [] for k in PROPERTIES]


def test_whole_texts_are_what_a_protein_is_paired_with(tiny, whole):
    features = tiny.random_features(whole)
    loader = PairLoader(whole, EVERY, features, batch_size=8, max_residues=40, seed=1)
    for number in range(loader.batches_per_epoch):
        found = loader.batch(Position(batch=number))
        assert not found.is_term.any()
        for row, key, i in zip(found.text_features, found.text_key, found.index.tolist(), strict=True):
            np.testing.assert_array_equal(row.numpy(), features[whole.clauses_of(i)[0]].astype(np.float32))
            assert key == whole.text_keys[i, 0]


def test_both_units_tell_the_same_texts_apart(corpus, whole):
    one, other = corpus.text_keys[:, 0], whole.text_keys[:, 0]
    assert np.array_equal(one[:, None] == one, other[:, None] == other)


def test_another_text_is_the_next_that_differs():
    keys = np.array([5, 5, 7, 5, 9])
    assert other_texts(keys).tolist() == [2, 2, 3, 4, 0]
    assert other_texts(np.array([3, 3])).tolist() == [0, 1]
