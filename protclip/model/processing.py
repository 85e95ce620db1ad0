"""Sequences and texts to token batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Self

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from protclip.model.configuration import ESM_TOKENS, ProtCLIPConfig
from protclip.model.text_tower import MINILM, load_tokenizer, minilm_folder

_CLS, _PAD, _EOS = (ESM_TOKENS.index(token) for token in ("<cls>", "<pad>", "<eos>"))
_TOKEN_OF_BYTE = np.full(256, ESM_TOKENS.index("X"), dtype=np.uint8)
for _letter in (token for token in ESM_TOKENS if len(token) == 1):
    _TOKEN_OF_BYTE[ord(_letter)] = ESM_TOKENS.index(_letter)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenBatch:
    """Token ids and their attention mask, both int64 (B, L)."""

    input_ids: Tensor
    attention_mask: Tensor


def residue_tokens(sequence: str) -> np.ndarray:
    """Ids of the residues alone (uint8, no specials); letters the alphabet lacks (J) become X.

    Unlike the transformers tokenizer it never merges neighbouring unknown letters into one token.
    """
    return _TOKEN_OF_BYTE[np.frombuffer(sequence.encode("latin-1", "replace"), dtype=np.uint8)]


def collate_residues(
    rows: Sequence[np.ndarray], specials: tuple[int, int, int] = (_CLS, _EOS, _PAD)
) -> TokenBatch:
    """Add <cls> and <eos> and pad to the longest: the ids EsmTokenizer gives.

    ``specials`` are the ids of beginning, end and padding in another alphabet.
    """
    begin, end, pad = specials
    ids = np.full((len(rows), max(map(len, rows), default=0) + 2), pad, dtype=np.int64)
    ids[:, 0] = begin
    for number, row in enumerate(rows):
        ids[number, 1 : len(row) + 1] = row
        ids[number, len(row) + 1] = end
    input_ids = torch.from_numpy(ids)
    return TokenBatch(input_ids=input_ids, attention_mask=(input_ids != pad).long())


class ProtCLIPProcessor:
    """Turns sequences and texts into what a `ProtCLIPModel` takes."""

    def __init__(self, text_tokenizer: PreTrainedTokenizerBase, text_max_tokens: int) -> None:
        self.text_tokenizer, self.text_max_tokens = text_tokenizer, text_max_tokens

    @classmethod
    def from_pretrained(cls, folder: str | PathLike[str]) -> Self:
        """The processor of a checkpoint: its own text tokenizer, or the text package's."""
        config = ProtCLIPConfig.from_pretrained(folder, local_files_only=True)
        source = minilm_folder() if config.text_source == MINILM else Path(folder)
        return cls(load_tokenizer(source), config.text_max_tokens)

    def save_pretrained(self, folder: str | PathLike[str]) -> None:
        """Save the text tokenizer beside the model."""
        self.text_tokenizer.save_pretrained(folder)

    def proteins(self, sequences: Sequence[str]) -> TokenBatch:
        """Tokens of cleaned sequences (see `protclip.sequence.clean_sequence`), padded to the longest."""
        return collate_residues([residue_tokens(sequence) for sequence in sequences])

    def texts(self, texts: Sequence[str]) -> TokenBatch:
        """Tokens of texts, cut at ``text_max_tokens``, padded to the longest."""
        encoded = self.text_tokenizer(
            list(texts), padding=True, truncation=True, max_length=self.text_max_tokens, return_tensors="pt"
        )
        return TokenBatch(input_ids=encoded["input_ids"], attention_mask=encoded["attention_mask"])
