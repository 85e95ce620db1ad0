"""What predicts interactions without a model: label frequencies, how often a protein was seen, the most alike pair.

A head that does not beat these has learned who is studied much, or copies from relatives.
Shapes: n proteins, m training pairs, h held-out pairs, T labels.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from protclip.benchmarks.three_mers import NUM_THREE_MERS, three_mers
from protclip.data.ppi_pairs import Labels, Places

Floats = npt.NDArray[np.float64]
Similarities = npt.NDArray[np.float32]
_BLOCK = 512
"""Held-out pairs that are compared with all training pairs at once."""
_PRIOR = 3.0
"""A protein's label frequencies count as much as the overall ones once it is in three training pairs."""


def by_majority(train_labels: Labels, number: int) -> Floats:
    """Frequencies (number, T) of the labels in training, for every pair alike."""
    return np.tile(train_labels.mean(axis=0), (number, 1))


def by_protein(train: Places, train_labels: Labels, held_out: Places, num_proteins: int) -> Floats:
    """The two proteins' label frequencies in training (h, T), averaged.

    Of a protein in few training pairs, or none, they are drawn to the overall frequencies. With labels (m, 1) of
    pairs that interact or not, this is the baseline by degree alone: who was seen to interact, interacts.
    """
    overall = train_labels.mean(axis=0)
    sums = np.tile(_PRIOR * overall, (num_proteins, 1))
    counts = np.full(num_proteins, _PRIOR)
    for ends in train.T:
        np.add.at(sums, ends, train_labels)
        np.add.at(counts, ends, 1)
    frequencies = sums / counts[:, None]
    return frequencies[held_out].mean(axis=1)


def kmer_rows(sequences: Sequence[str]) -> Similarities:
    """Which 3-mers of standard residues each sequence has, as rows (n, 8000) of length 1."""
    has = np.zeros((len(sequences), NUM_THREE_MERS), dtype=np.float32)
    for row, sequence in zip(has, sequences, strict=True):
        row[three_mers(sequence)] = 1
    has /= np.maximum(np.linalg.norm(has, axis=1, keepdims=True), 1)
    return has


def kmer_similarity(sequences: Sequence[str]) -> Similarities:
    """Cosines (n, n), 0 to 1, of which 3-mers of standard residues the sequences have."""
    has = kmer_rows(sequences)
    return has @ has.T


def nearest_pairs(similarity: Similarities, train: Places, held_out: Places) -> tuple[Places, Floats]:
    """For each held-out pair the training pair most alike (h,), and how alike (h,), 0 to 1.

    Two pairs are as alike as the product of their proteins' similarities, in the better of the two orders.
    """
    found = [_nearest(similarity, train, held_out[i : i + _BLOCK]) for i in range(0, len(held_out), _BLOCK)]
    places, alike = (np.concatenate(column) for column in zip(*found, strict=True))
    return places, alike


def _nearest(similarity: Similarities, train: Places, block: Places) -> tuple[Places, Floats]:
    (a, b), (c, d) = block.T, train.T
    straight = similarity[np.ix_(a, c)] * similarity[np.ix_(b, d)]
    crossed = similarity[np.ix_(a, d)] * similarity[np.ix_(b, c)]
    alike = np.maximum(straight, crossed)
    return alike.argmax(axis=1), alike.max(axis=1).astype(np.float64)


def by_nearest_pair(similarity: Similarities, train: Places, interacts: Labels, held_out: Places) -> Floats:
    """How much nearer (h,) the most alike pair that interacts is than the most alike that does not; above 0 it is."""
    positive = nearest_pairs(similarity, train[interacts], held_out)[1]
    return positive - nearest_pairs(similarity, train[~interacts], held_out)[1]
