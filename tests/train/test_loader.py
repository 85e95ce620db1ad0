"""The loader: who sees what and when, which texts, and which pairs are no negatives."""

from itertools import islice

import numpy as np
import pytest
import torch

from protclip.errors import InputError
from protclip.model.configuration import ESM_TOKENS
from train.corpus import NO_TERM
from train.loader import PROPERTY_SHARE, TERM_SHARE, PairLoader, Position, positive_mask

TRAIN = np.array([i for i in range(40) if i % 5 < 3], dtype=np.int64)  # 24 of the 40
SPECIAL = len(["<cls>", "<eos>"])


@pytest.fixture
def loader(corpus, features):
    def make(train_index=TRAIN, **options):
        settings = {"batch_size": 5, "max_residues": 30, "seed": 17} | options
        return PairLoader(corpus, train_index, features, **settings)

    return make


def same(one, other):
    tensors = [
        (
            batch.tokens.input_ids,
            batch.tokens.attention_mask,
            batch.text_features,
            batch.index,
            batch.text_key,
        )
        for batch in (one, other)
    ]
    return all(torch.equal(a, b) for a, b in zip(*tensors, strict=True)) and torch.equal(
        one.is_term, other.is_term
    )


def epoch_of(loader, epoch):
    return [loader.batch(Position(epoch=epoch, batch=b)) for b in range(loader.batches_per_epoch)]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_all_processes_together_see_each_protein_once_an_epoch(loader, size):
    for epoch in range(3):
        seen = [
            int(i)
            for rank in range(size)
            for batch in epoch_of(loader(rank=rank, size=size), epoch)
            for i in batch.index
        ]
        assert len(seen) == len(set(seen)) == len(TRAIN) // (5 * size) * 5 * size
        assert set(seen) <= set(TRAIN.tolist())


def test_what_an_epoch_drops_comes_in_a_later_one(loader):
    seen = [{int(i) for batch in epoch_of(loader(), epoch) for i in batch.index} for epoch in range(6)]
    assert all(len(each) == 20 for each in seen)
    assert set().union(*seen) == set(TRAIN.tolist())
    assert len({frozenset(each) for each in seen}) > 1


def test_held_out_proteins_are_never_in_a_batch(loader):
    stream = loader().stream(Position())
    seen = {int(i) for batch, _ in islice(stream, 60) for i in batch.index}
    assert seen == set(TRAIN.tolist())


def test_batches_follow_from_seed_epoch_batch_and_rank_alone(loader):
    one, other = loader(), loader()
    other.batch(Position(epoch=3, batch=1))  # what was asked before leaves no trace
    for position in (Position(), Position(epoch=2, batch=3)):
        assert same(one.batch(position), other.batch(position))
        assert not same(one.batch(position), loader(seed=18).batch(position))
    assert not same(one.batch(Position()), one.batch(Position(epoch=1)))
    assert not same(loader(size=2).batch(Position()), loader(rank=1, size=2).batch(Position()))


def test_a_resumed_stream_goes_on_bit_by_bit(loader):
    unbroken = list(islice(loader().stream(Position()), 11))
    for stop in (1, 3, 4, 5, 8):  # an epoch has 4 batches
        _, position = unbroken[stop - 1]
        resumed = list(islice(loader().stream(position), 11 - stop))
        for (batch, following), (expected, place) in zip(resumed, unbroken[stop:], strict=True):
            assert same(batch, expected)
            assert following == place
    assert unbroken[3][1] == Position(epoch=1, batch=0)
    assert unbroken[10][1] == Position(epoch=2, batch=3)


def test_the_stream_gives_what_batch_gives(loader):
    plain, position = loader(), Position(epoch=0, batch=2)
    for batch, following in islice(loader().stream(position), 5):
        assert same(batch, plain.batch(position))
        position = following


def test_a_place_beyond_the_epoch_goes_to_the_next_one(loader):
    """A run resumed with larger batches: its place was counted in smaller ones."""
    large = loader(batch_size=12)
    batch, following = next(large.stream(Position(epoch=1, batch=3)))
    assert same(batch, large.batch(Position(epoch=2)))
    assert following == Position(epoch=2, batch=1)


def test_epochs_are_counted_in_batches(loader):
    places = [Position(), Position(batch=1), Position(epoch=2, batch=2)]
    assert [loader().epochs(place) for place in places] == [0, 0.25, 2.5]


def test_the_order_is_the_slow_obvious_one(loader):
    shuffled = np.random.default_rng([17, 3]).permutation(TRAIN)
    got = [batch.index.tolist() for batch in epoch_of(loader(rank=1, size=2), 3)]
    assert got == [shuffled[5:10].tolist(), shuffled[15:20].tolist()]


def test_too_few_proteins_for_a_batch_are_refused(loader):
    with pytest.raises(InputError, match=r"24 training proteins do not fill .* Lower data\.batch_size"):
        loader(batch_size=13, size=2)
    assert loader(batch_size=12, size=2).batches_per_epoch == 1


@pytest.mark.parametrize("max_residues", [1, 10, 1000])
def test_crops_are_stretches_of_the_protein_within_the_limit(loader, corpus, max_residues):
    starts = set()
    for epoch in range(8):
        for batch in epoch_of(loader(max_residues=max_residues), epoch):
            for row, index in zip(batch.tokens.input_ids, batch.index, strict=True):
                whole = bytes(corpus.sequence_tokens(int(index)))
                crop = bytes(row[(row != ESM_TOKENS.index("<pad>"))].tolist()[1:-1])
                assert len(crop) == min(len(whole), max_residues)
                assert crop in whole
                starts.add(whole.index(crop) if max_residues == 10 else 0)
            assert batch.tokens.input_ids.shape[1] <= max_residues + SPECIAL
    assert len(starts) > 10 or max_residues != 10  # from anywhere, not the beginning alone


def what_texts(corpus, batch):
    """For each pair of a batch: the term, or the column of the text keys, that its text is."""
    for index, key, is_term in zip(
        batch.index.tolist(), batch.text_key.tolist(), batch.is_term.tolist(), strict=True
    ):
        if is_term:
            yield "term", key
        else:
            columns = np.flatnonzero(corpus.text_keys[index] == key)
            assert len(columns) == 1
            yield "column", int(columns[0])


def test_a_text_is_one_of_the_proteins_own_and_its_features_are_the_means(loader, corpus, features):
    vocabulary = corpus.vocabulary
    for epoch in range(5):
        for batch in epoch_of(loader(), epoch):
            for row, index, (kind, which) in zip(
                batch.text_features, batch.index.tolist(), what_texts(corpus, batch), strict=True
            ):
                leaves = corpus.leaf_terms[index]
                if kind == "term":
                    assert which in leaves
                    choices = [features[r : r + 1] for r in vocabulary.texts_of[which]]
                elif which == 0:
                    choices = [features[corpus.clauses_of(index)]]
                else:
                    of_aspect = leaves[vocabulary.aspects[leaves] == ("MF", "BP", "CC")[which - 1]]
                    choices = [features[vocabulary.name_rows[of_aspect]]]
                means = [rows.mean(0, dtype=np.float32) for rows in choices]
                assert any(np.array_equal(row.numpy(), mean) for mean in means)


def test_each_kind_of_text_comes_with_its_share(loader, corpus):
    kinds = [w for epoch in range(60) for b in epoch_of(loader(), epoch) for w in what_texts(corpus, b)]
    terms = sum(kind == "term" for kind, _ in kinds) / len(kinds)
    properties = sum(kind == "column" and which > 0 for kind, which in kinds) / len(kinds)
    assert abs(terms - TERM_SHARE) < 0.05
    assert abs(properties - PROPERTY_SHARE) < 0.05


def slow_fits(corpus, ontology, records, protein, owner, text):
    """Whether the text that ``owner`` brought fits ``protein``, from the records themselves."""
    kind, which = text

    def leaves(i, aspect):
        ids = ontology.leaves(a.id for a in records[i].annotations)
        return {go_id for go_id in ids if ontology.term(go_id).aspect == aspect}

    if kind == "term":
        return corpus.vocabulary.ids[which] in ontology.closure(a.id for a in records[protein].annotations)
    if which == 0:
        texts = [{corpus.texts[row] for row in corpus.clauses_of(i)} for i in (protein, owner)]
        return texts[0] == texts[1]
    aspect = ("MF", "BP", "CC")[which - 1]
    return leaves(protein, aspect) == leaves(owner, aspect) != set()


def test_positives_equal_the_slow_definition(loader, corpus, ontology, tiny):
    everyone, records = torch.arange(40), tiny.make_proteins()
    counts = {"term": 0, "column": 0}
    for batch in epoch_of(loader(batch_size=8), 1) + epoch_of(loader(batch_size=8), 2):
        fits = positive_mask(corpus, everyone, batch.text_key, batch.is_term)
        assert fits.shape == (40, 8)
        texts = what_texts(corpus, batch)
        for column, (owner, text) in enumerate(zip(batch.index.tolist(), texts, strict=True)):
            expected = [slow_fits(corpus, ontology, records, i, owner, text) for i in range(40)]
            assert fits[:, column].tolist() == expected, text
            assert fits[owner, column]
            counts[text[0]] += 1
    assert min(counts.values()) > 10


def test_a_term_fits_what_is_annotated_with_a_descendant(corpus, tiny):
    place = corpus.vocabulary.ids.index(tiny.KINASE)
    fits = positive_mask(corpus, torch.arange(4), torch.tensor([place]), torch.tensor([True]))
    assert fits[:, 0].tolist() == [True, False, False, True]  # protein kinase; kinase itself
    place = corpus.vocabulary.ids.index(tiny.PROTEIN_KINASE)
    fits = positive_mask(corpus, torch.arange(4), torch.tensor([place]), torch.tensor([True]))
    assert fits[:, 0].tolist() == [True, False, False, False]  # and not the other way round


def test_a_missing_aspect_never_fits(corpus):
    assert (corpus.text_keys[2] == NO_TERM).sum() == 2  # a protein of membranes alone
    fits = positive_mask(corpus, torch.arange(40), torch.tensor([NO_TERM]), torch.tensor([False]))
    assert not fits.any()


def test_a_key_of_one_kind_is_never_taken_for_the_other(corpus):
    whole = torch.tensor([int(corpus.text_keys[0, 0])])
    place = torch.tensor([int(corpus.leaf_terms[0][0])])
    both = positive_mask(corpus, torch.arange(40), torch.cat([place, whole]), torch.tensor([True, False]))
    assert torch.equal(both[:, :1], positive_mask(corpus, torch.arange(40), place, torch.tensor([True])))
    assert torch.equal(both[:, 1:], positive_mask(corpus, torch.arange(40), whole, torch.tensor([False])))
    assert not positive_mask(corpus, torch.arange(40), place, torch.tensor([False])).any()


def test_a_loader_writes_to_none_of_its_arrays(loader, corpus, features):
    before = corpus.residues.copy(), corpus.clause_rows.copy(), features.copy(), TRAIN.copy()
    plain = loader()
    batch = plain.batch(Position())
    batch.index.add_(1)
    batch.text_features.zero_()
    after = corpus.residues, corpus.clause_rows, features, TRAIN
    assert all(map(np.array_equal, before, after))
    assert same(plain.batch(Position()), loader().batch(Position()))
