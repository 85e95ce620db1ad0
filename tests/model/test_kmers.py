"""K-mer embeddings: the fast pooled path against a slow definition, and what masking hides."""

import pytest
import torch

from protclip.model.configuration import ESM_TOKENS
from protclip.model.kmers import NO_DIGIT, KmerEmbedding, Words, word_rows
from protclip.model.modeling import is_residue, masked_mean
from protclip.model.processing import collate_residues, residue_tokens
from protclip.residues import CLASSES, RESIDUES

DIGITS = [RESIDUES.find(t) if len(t) == 1 else NO_DIGIT for t in ESM_TOKENS]
SEQUENCES = ["MKTAYIAKQR", "M", "ACX", "ACDEFGHIKLMNPQRSTVWYXACD", "WW"]


KINDS = (Words.kmers(1), Words.kmers(3), Words.kmers(4), Words.spaced("1101"), Words.spaced("101"))


def embedding(max_rows=160_000, dim=10, own_channels=False):
    torch.manual_seed(0)
    kmers = KmerEmbedding(KINDS, dim, max_rows, DIGITS, own_channels=own_channels)
    for table in kmers.tables:
        torch.nn.init.normal_(table)
    return kmers


def tokens(sequences):
    return collate_residues([residue_tokens(s) for s in sequences]).input_ids


def slow_pooled(kmers, sequence):
    """Sum over all words of standard residues, divided by the number of residues."""
    parts = []
    alphabets = [RESIDUES] * 3 + [CLASSES] * 2
    for places, alphabet, table in zip(
        ((0,), (0, 1, 2), (0, 1, 2, 3), (0, 1, 3), (0, 2)), alphabets, kmers.tables, strict=True
    ):
        total = torch.zeros(table.shape[1])
        for start in range(len(sequence) - places[-1]):
            word = [sequence[start + place] for place in places]
            if all(letter in RESIDUES for letter in word):
                row = 0
                for letter in word:
                    row = row * len(alphabet) + next(k for k, c in enumerate(alphabet) if letter in c)
                total += table[row]
        parts.append(total / len(sequence))
    return torch.cat(parts) if kmers.own_channels else sum(parts)


@pytest.mark.parametrize("own_channels", [False, True])
def test_pooled_equals_the_slow_definition(own_channels):
    kmers = embedding(own_channels=own_channels)
    ids = tokens(SEQUENCES)
    pooled = kmers.pooled(ids, is_residue(ids).sum(1))
    expected = torch.stack([slow_pooled(kmers, s) for s in SEQUENCES])
    torch.testing.assert_close(pooled, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("max_rows", "own_channels"), [(160_000, False), (97, False), (97, True)])
def test_pooled_equals_the_mean_of_residue_features_and_so_do_gradients(max_rows, own_channels):
    ids = tokens(SEQUENCES)
    residues = is_residue(ids)
    fast, slow = (embedding(max_rows=max_rows, own_channels=own_channels) for _ in range(2))
    one = fast.pooled(ids, residues.sum(1))
    other = masked_mean(slow(ids), residues)
    torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-5)
    weights = torch.randn_like(one)
    (one * weights).sum().backward()
    (other * weights).sum().backward()
    for a, b in zip(fast.tables, slow.tables, strict=True):
        torch.testing.assert_close(a.grad, b.grad, atol=1e-5, rtol=1e-5)


def test_specials_have_no_features():
    kmers, ids = embedding(), tokens(SEQUENCES)
    features = kmers(ids)
    assert features[~is_residue(ids)].abs().max() == 0


def test_a_masked_residue_leaves_no_trace():
    kmers = embedding()
    mask = ESM_TOKENS.index("<mask>")
    ids = tokens(["MKTAYIAKQR", "MKTACIAKQR"])
    ids[:, 5] = mask
    features = kmers(ids)
    torch.testing.assert_close(features[0], features[1])
    assert features[0, 5].abs().max() == 0


def test_hashed_rows_stay_within_the_table_and_spread():
    digits = torch.randint(0, 20, (1, 5000))
    rows, valid = word_rows(digits, Words.kmers(5), max_rows=1000)
    used = rows[valid]
    assert used.min() >= 0
    assert used.max() < 1000
    assert len(used.unique()) > 950  # 4,996 random 5-mers over 1,000 rows leave about 7 empty


def test_a_table_has_a_row_for_each_kmer_up_to_its_limit():
    assert Words.kmers(3).num_rows(160_000) == 8000
    assert Words.kmers(4).num_rows(160_000) == 160_000
    assert Words.kmers(5).num_rows(160_000) == 160_000
    assert Words.spaced("11011").num_rows(160_000) == 12**4


@pytest.mark.parametrize("pattern", ["", "0", "0110", "110", "1x1", "121"])
def test_a_pattern_without_ends_or_of_other_marks_is_refused(pattern):
    with pytest.raises(ValueError, match="with a 1 at both ends"):
        Words.spaced(pattern)


def test_a_word_does_not_see_what_its_pattern_leaves_out():
    kmers = KmerEmbedding([Words.spaced("1101")], 6, 160_000, DIGITS)
    ids = tokens(["MKTA", "MKWA", "MKXA", "MRTA"])
    features = kmers(ids)
    for other in (1, 2, 3):  # another residue or an unknown one at the gap; K and R are of one class
        torch.testing.assert_close(features[0, [1, 2, 4]], features[other, [1, 2, 4]])
    assert features[0, 3].abs().max() == 0


def test_channels_that_cannot_be_shared_out_are_refused():
    with pytest.raises(ValueError, match="9 channels cannot be shared out evenly to 5 kinds"):
        embedding(dim=9, own_channels=True)


def test_kept_share_keeps_the_expectation():
    kmers, ids = embedding(), tokens(["MKTAYIAKQRQISFVKSHFSRQ" * 5])
    count = is_residue(ids).sum(1)
    torch.manual_seed(1)
    draws = torch.stack([kmers.pooled(ids, count, 0.5) for _ in range(400)]).mean(0)
    torch.testing.assert_close(draws, kmers.pooled(ids, count), atol=0.15, rtol=0)
