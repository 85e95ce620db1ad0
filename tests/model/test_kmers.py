"""K-mer embeddings: the fast pooled path against a slow definition, and what masking hides."""

import pytest
import torch

from protclip.model.configuration import ESM_TOKENS
from protclip.model.kmers import NO_DIGIT, KmerEmbedding, kmer_rows, num_rows
from protclip.model.modeling import is_residue, masked_mean
from protclip.model.processing import collate_residues, residue_tokens
from protclip.sequence import RESIDUES

DIGITS = [RESIDUES.find(t) if len(t) == 1 else NO_DIGIT for t in ESM_TOKENS]
SEQUENCES = ["MKTAYIAKQR", "M", "ACX", "ACDEFGHIKLMNPQRSTVWYXACD", "WW"]


def embedding(sizes=(1, 3, 4), max_rows=160_000, dim=6):
    torch.manual_seed(0)
    kmers = KmerEmbedding(sizes, dim, max_rows, DIGITS)
    for table in kmers.tables:
        torch.nn.init.normal_(table)
    return kmers


def tokens(sequences):
    return collate_residues([residue_tokens(s) for s in sequences]).input_ids


def slow_pooled(kmers, sequence):
    """Sum over all k-mers of standard residues, divided by the number of residues."""
    total = torch.zeros(kmers.dim)
    for size, table in zip(kmers.sizes, kmers.tables, strict=True):
        for start in range(len(sequence) - size + 1):
            kmer = sequence[start : start + size]
            if all(letter in RESIDUES for letter in kmer):
                row = 0
                for letter in kmer:
                    row = row * 20 + RESIDUES.index(letter)
                total += table[row]
    return total / len(sequence)


def test_pooled_equals_the_slow_definition():
    kmers = embedding()
    ids = tokens(SEQUENCES)
    pooled = kmers.pooled(ids, is_residue(ids).sum(1))
    expected = torch.stack([slow_pooled(kmers, s) for s in SEQUENCES])
    torch.testing.assert_close(pooled, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("max_rows", [160_000, 97])
def test_pooled_equals_the_mean_of_residue_features_and_so_do_gradients(max_rows):
    ids = tokens(SEQUENCES)
    residues = is_residue(ids)
    fast, slow = embedding(max_rows=max_rows), embedding(max_rows=max_rows)
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
    rows, valid = kmer_rows(digits, 5, max_rows=1000)
    used = rows[valid]
    assert used.min() >= 0
    assert used.max() < 1000
    assert len(used.unique()) > 950  # 4,996 random 5-mers over 1,000 rows leave about 7 empty


def test_a_table_has_a_row_for_each_kmer_up_to_its_limit():
    assert num_rows(3, 160_000) == 8000
    assert num_rows(4, 160_000) == 160_000
    assert num_rows(5, 160_000) == 160_000


def test_kept_share_keeps_the_expectation():
    kmers, ids = embedding(), tokens(["MKTAYIAKQRQISFVKSHFSRQ" * 5])
    count = is_residue(ids).sum(1)
    torch.manual_seed(1)
    draws = torch.stack([kmers.pooled(ids, count, 0.5) for _ in range(400)]).mean(0)
    torch.testing.assert_close(draws, kmers.pooled(ids, count), atol=0.15, rtol=0)
