"""Embeddings of a sequence's short words: residue features from tables, and their mean without ever unfolding them.

A word is a k-mer of residues, or letters at the places of a pattern, each a class of residues alike.

Shapes: B proteins, L tokens (with specials and padding), D channels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from protclip.residues import CLASS_OF, RESIDUES

NO_DIGIT = -1
"""Marks a token that is no standard residue (special, padding, mask, X): no word may touch it."""

_HASH_MULTIPLIER = 0x9E3779B1


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One kind of word: the places of its letters, counted from where it begins, and each residue's letter."""

    places: tuple[int, ...]
    letter_of_residue: tuple[int, ...] = tuple(range(len(RESIDUES)))

    @classmethod
    def kmers(cls, size: int) -> Self:
        """All words of ``size`` residues in a row."""
        return cls(places=tuple(range(size)))

    @classmethod
    def spaced(cls, pattern: str) -> Self:
        """Words over the twelve classes of residues, with a letter at each 1 of a pattern such as "1110101".

        Raises
        ------
        ValueError
            Unless the pattern is made of 0 and 1 and begins and ends with 1.
        """
        if (
            not pattern
            or set(pattern) - {"0", "1"}
            or not pattern.startswith("1")
            or not pattern.endswith("1")
        ):
            raise ValueError(
                f"the word pattern {pattern!r} is not of 0 and 1 with a 1 at both ends, as 1110101"
            )
        return cls(
            places=tuple(place for place, mark in enumerate(pattern) if mark == "1"),
            letter_of_residue=tuple(CLASS_OF[residue] for residue in RESIDUES),
        )

    @property
    def num_letters(self) -> int:
        """Size of the alphabet: 20, or 12 where classes are the letters."""
        return max(self.letter_of_residue) + 1

    def num_rows(self, max_rows: int) -> int:
        """Rows of the table: one a word, or ``max_rows`` hashed ones where that is fewer."""
        return min(self.num_letters ** len(self.places), max_rows)


def word_rows(letters_BL: Tensor, words: Words, max_rows: int) -> tuple[Tensor, Tensor]:
    """The table row of the word that starts at each token.

    Parameters
    ----------
    letters_BL
        Letters of these words' alphabet (int64), `NO_DIGIT` where there is no standard residue.
    max_rows
        Above this many possible words they share rows by a multiplicative hash.

    Returns
    -------
    rows_BL, valid_BL
        Row of the word starting here, and whether its letters are all standard residues of one protein.
    """
    codes = torch.zeros_like(letters_BL)
    valid = torch.zeros_like(letters_BL, dtype=torch.bool)
    usable = letters_BL.shape[1] - words.places[-1]
    if usable < 1:
        return codes, valid
    window_codes, window_valid = codes[:, :usable], torch.ones_like(valid[:, :usable])
    for place in words.places:
        letter = letters_BL[:, place : place + usable]
        window_codes = window_codes * words.num_letters + letter
        window_valid = window_valid & (letter != NO_DIGIT)
    if words.num_letters ** len(words.places) > max_rows:
        window_codes = (window_codes * _HASH_MULTIPLIER % 2**32) * max_rows >> 32
    codes[:, :usable] = window_codes.masked_fill(~window_valid, 0)
    valid[:, :usable] = window_valid
    return codes, valid


class KmerEmbedding(nn.Module):
    """Sums the embeddings of all words with a letter at a residue, each weighed 1/(number of its letters).

    With these weights the mean over residues is the sum over words divided by the number of residues,
    so that `pooled` (an EmbeddingBag, no per-residue tensor) equals the masked mean of `forward`.
    Words with a letter at a masked, special or non-standard token do not exist, so masking a residue
    hides it from every feature.

    Parameters
    ----------
    kinds
        Kinds of words, K of them.
    dim
        Channels D of the features.
    max_rows
        See `word_rows`.
    digit_of_token
        Residue number of each token of the vocabulary.
    own_channels
        Whether each kind has D/K channels of its own: at the same size and cost, K times as many rows as
        where all kinds are summed over all channels.

    Raises
    ------
    ValueError
        If each kind has its own channels and D is no multiple of K.
    """

    def __init__(
        self,
        kinds: Sequence[Words],
        dim: int,
        max_rows: int,
        digit_of_token: Sequence[int],
        *,
        own_channels: bool = False,
    ) -> None:
        super().__init__()
        if own_channels and dim % len(kinds):
            raise ValueError(f"{dim} channels cannot be shared out evenly to {len(kinds)} kinds of words")
        self.kinds, self.dim, self.max_rows = tuple(kinds), dim, max_rows
        self.own_channels = own_channels
        width = dim // len(kinds) if own_channels else dim
        self.tables = nn.ParameterList(0.02 * torch.randn(kind.num_rows(max_rows), width) for kind in kinds)
        self.digit_of_token = tuple(digit_of_token)

    def rows(self, input_ids_BL: Tensor, kind: Words) -> tuple[Tensor, Tensor]:
        """`word_rows` of tokens."""
        letters = [
            NO_DIGIT if digit == NO_DIGIT else kind.letter_of_residue[digit] for digit in self.digit_of_token
        ]
        return word_rows(torch.tensor(letters, device=input_ids_BL.device)[input_ids_BL], kind, self.max_rows)

    def forward(self, input_ids_BL: Tensor) -> Tensor:
        """Residue features, shape (B, L, D); zero at tokens that are in no word."""
        num_tokens = input_ids_BL.shape[1]
        parts = []
        for kind, table in zip(self.kinds, self.tables, strict=True):
            rows_BL, valid_BL = self.rows(input_ids_BL, kind)
            words_BLC = F.embedding(rows_BL, table) * (valid_BL[..., None] / len(kind.places))
            features_BLC = torch.zeros_like(words_BLC)
            for place in kind.places:
                if place < num_tokens:
                    features_BLC[:, place:] += words_BLC[:, : num_tokens - place]
            parts.append(features_BLC)
        return self._joined(parts)

    def pooled(self, input_ids_BL: Tensor, num_residues_B: Tensor, keep_share: float = 1.0) -> Tensor:
        """Mean of the residue features of each protein, shape (B, D).

        ``keep_share`` below 1 keeps that share of the words at random (training noise) and scales up.
        """
        sums = []
        for kind, table in zip(self.kinds, self.tables, strict=True):
            rows_BL, valid_BL = self.rows(input_ids_BL, kind)
            if keep_share < 1.0:
                valid_BL = valid_BL & (torch.rand(valid_BL.shape, device=valid_BL.device) < keep_share)
            counts_B = valid_BL.sum(1)
            offsets_B = counts_B.cumsum(0) - counts_B
            sums.append(F.embedding_bag(rows_BL[valid_BL], table, offsets_B, mode="sum"))
        return self._joined(sums) / (num_residues_B.clamp(min=1)[:, None] * keep_share)

    def _joined(self, parts: Sequence[Tensor]) -> Tensor:
        return torch.cat(list(parts), dim=-1) if self.own_channels else torch.stack(list(parts)).sum(0)
