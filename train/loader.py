"""Batches of pairs: which proteins, which of their texts, and which other pairs are no negatives.

Every draw is a function of (seed, epoch, batch number, rank), so a resumed run sees what it would have seen
and no state but the position needs saving.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from protclip.errors import InputError
from protclip.model.processing import TokenBatch, collate_residues
from train.corpus import NO_TERM, Corpus, Ints
from train.residue_inputs import ResidueDraw, ResidueInputs
from train.stream_order import StreamPosition

T = TypeVar("T")

TERM_SHARE, PROPERTY_SHARE = 0.5, 0.2
"""How often a protein meets the name of one of its terms, and one of its properties; else its whole text."""
PARAPHRASE_SHARE = 0.3
"""How often a term is given by a synonym or its definition instead of its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairBatch:
    """B local pairs.

    ``index`` is each protein's place in the corpus, ``text_key`` says what its text is (a term's place in
    the vocabulary, or a corpus text key), ``text_features`` (B, D_text) is the frozen tower's output, and
    ``is_term`` tells the two kinds of key apart. ``residues`` is what the objectives over residues read.
    """

    tokens: TokenBatch
    text_features: Tensor
    index: Tensor
    text_key: Tensor
    is_term: Tensor
    residues: ResidueInputs | None = None

    def __len__(self) -> int:
        return len(self.index)


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where in the data a run stands: batches of this epoch already seen by each process."""

    epoch: int = 0
    batch: int = 0


Place = Position | StreamPosition
"""Where a run stands: a StreamPosition where data.streaming is on."""


class PairLoader:
    """Endless batches of one process; all processes together see each protein once an epoch.

    Parameters
    ----------
    train_index
        Places of the training proteins in the corpus.
    text_features, max_residues, residues
        See PairCollator.

    Raises
    ------
    InputError
        If the training proteins do not fill one batch of all processes.
    """

    def __init__(
        self,
        corpus: Corpus,
        train_index: Ints,
        text_features: npt.NDArray[np.float16],
        *,
        batch_size: int,
        max_residues: int,
        seed: int,
        rank: int = 0,
        size: int = 1,
        residues: ResidueDraw | None = None,
    ) -> None:
        if len(train_index) < batch_size * size:
            raise InputError(
                f"{len(train_index)} training proteins do not fill one batch of {batch_size} for each of "
                f"{size} processes. Lower data.batch_size, or give data.shards with more annotated proteins."
            )
        self.collate = PairCollator(corpus, text_features, max_residues, residues)
        self.train_index, self.batch_size = train_index, batch_size
        self.seed, self.rank, self.size = seed, rank, size
        self._shuffled: tuple[int, Ints] | None = None

    @property
    def batches_per_epoch(self) -> int:
        """Whole batches of each process in an epoch; the remainder is left to the next epoch's shuffle."""
        return len(self.train_index) // (self.batch_size * self.size)

    def batch(self, position: Position) -> PairBatch:
        """The batch at one place: always the same for the same seed, rank and size."""
        order = self._order(position.epoch)
        first = (position.batch * self.size + self.rank) * self.batch_size
        rng = np.random.default_rng([self.seed, position.epoch, position.batch, self.rank])
        index = order[first : first + self.batch_size]
        return self.collate(index, [self.collate.corpus.sequence_tokens(int(i)) for i in index], rng)

    def epochs(self, position: Place) -> float:
        """Passes over the training proteins that are done at a place."""
        assert isinstance(position, Position)
        return position.epoch + position.batch / self.batches_per_epoch

    def stream(self, position: Place) -> Iterator[tuple[PairBatch, Position]]:
        """Batches from a place on, each with the place that follows it; the next one is made meanwhile."""
        assert isinstance(position, Position)
        if position.batch >= self.batches_per_epoch:
            # Resumed with larger batches or more processes than the place was counted in.
            position = Position(epoch=position.epoch + 1, batch=0)
        return one_ahead(self._batches(position))

    def _batches(self, position: Position) -> Iterator[tuple[PairBatch, Position]]:
        while True:
            following = self._after(position)
            yield self.batch(position), following
            position = following

    def _order(self, epoch: int) -> Ints:
        if self._shuffled is None or self._shuffled[0] != epoch:
            rng = np.random.default_rng([self.seed, epoch])
            self._shuffled = epoch, rng.permutation(self.train_index)
        return self._shuffled[1]

    def _after(self, position: Position) -> Position:
        if position.batch + 1 < self.batches_per_epoch:
            return Position(epoch=position.epoch, batch=position.batch + 1)
        return Position(epoch=position.epoch + 1, batch=0)


class PairCollator:
    """Makes a batch of proteins of the corpus, every draw from the generator that is given.

    Parameters
    ----------
    text_features
        Features (num_texts, D_text) of ``corpus.texts``, float16 to save memory.
    residues
        Draws what the objectives over residues read; None where none is on.
    """

    def __init__(
        self,
        corpus: Corpus,
        text_features: npt.NDArray[np.float16],
        max_residues: int,
        residues: ResidueDraw | None = None,
    ) -> None:
        self.corpus, self.text_features = corpus, text_features
        self.max_residues, self.residues = max_residues, residues

    def __call__(
        self, index: Ints, sequences: Sequence[npt.NDArray[np.uint8]], rng: np.random.Generator
    ) -> PairBatch:
        """The proteins at these places of the corpus, whose residue tokens are ``sequences``."""
        texts = [self._choose_text(int(i), rng) for i in index]
        means = np.stack([self.text_features[rows].mean(0, dtype=np.float32) for rows, _, _ in texts])
        tokens = collate_residues([self._crop(sequence, rng) for sequence in sequences])
        return PairBatch(
            tokens=tokens,
            text_features=torch.from_numpy(means),
            index=torch.from_numpy(index.copy()),
            text_key=torch.tensor([key for _, key, _ in texts]),
            is_term=torch.tensor([is_term for _, _, is_term in texts]),
            residues=None if self.residues is None else self.residues.draw(index, tokens, rng),
        )

    def _crop(self, tokens: npt.NDArray[np.uint8], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
        spare = len(tokens) - self.max_residues
        start = int(rng.integers(spare + 1)) if spare > 0 else 0
        return tokens[start : start + self.max_residues]

    def _choose_text(self, index: int, rng: np.random.Generator) -> tuple[Ints, int, bool]:
        """Rows of the text table to average, the key of that text, and whether it is one term.

        Where texts are kept whole, a protein meets its whole biotext alone, as in the paper.
        """
        if self.corpus.units == "whole":
            return self.corpus.clauses_of(index), int(self.corpus.text_keys[index, 0]), False
        leaves, draw = self.corpus.leaf_terms[index], rng.random()
        vocabulary = self.corpus.vocabulary
        if draw < TERM_SHARE and len(leaves):
            term = int(rng.choice(leaves))
            rows = vocabulary.texts_of[term]
            other = len(rows) > 1 and rng.random() < PARAPHRASE_SHARE
            return rows[[int(rng.integers(1, len(rows)))] if other else [0]], term, True
        if draw < TERM_SHARE + PROPERTY_SHARE and len(leaves):
            aspect = vocabulary.aspects[rng.choice(leaves)]
            chosen = leaves[vocabulary.aspects[leaves] == aspect]
            column = 1 + ("MF", "BP", "CC").index(str(aspect))
            return vocabulary.name_rows[chosen], int(self.corpus.text_keys[index, column]), False
        return self.corpus.clauses_of(index), int(self.corpus.text_keys[index, 0]), False


def one_ahead(endless: Iterator[T]) -> Iterator[T]:
    """What an iterator without end gives, the next made in a thread while one is in use."""
    with ThreadPoolExecutor(max_workers=1) as background:
        coming = background.submit(next, endless)
        while True:
            made, coming = coming.result(), background.submit(next, endless)
            yield made


def positive_mask(corpus: Corpus, protein_index: Tensor, text_key: Tensor, is_term: Tensor) -> Tensor:
    """Which texts fit which proteins: bool (num_proteins, num_texts).

    A term fits every protein annotated with it or a descendant; a longer text fits every protein that has
    the same one. What fits is never a negative.
    """
    index, keys, terms = protein_index.numpy(), text_key.numpy(), is_term.numpy().astype(bool)
    fits = np.zeros((len(index), len(keys)), dtype=bool)
    fits[:, terms] = corpus.has_term[index][:, keys[terms]].toarray()
    known = corpus.text_keys[index]
    fits[:, ~terms] = ((known[:, :, None] == keys[~terms]) & (known[:, :, None] != NO_TERM)).any(1)
    return torch.from_numpy(fits)
