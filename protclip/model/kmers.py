"""K-mer embeddings: residue features from indexed tables, and their mean without ever unfolding them.

Shapes: B proteins, L tokens (with specials and padding), D channels, N k-mers of a batch.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from protclip.sequence import RESIDUES

NO_DIGIT = -1
"""Marks a token that is no standard residue (special, padding, mask, X): no k-mer may touch it."""

_HASH_MULTIPLIER = 0x9E3779B1


def num_rows(size: int, max_rows: int) -> int:
    """Rows of the table for k-mers of one size: 20^size, or ``max_rows`` hashed ones where that is fewer."""
    return min(len(RESIDUES) ** size, max_rows)


def kmer_rows(digits_BL: Tensor, size: int, max_rows: int) -> tuple[Tensor, Tensor]:
    """The table row of the k-mer that starts at each token.

    Parameters
    ----------
    digits_BL
        Residue numbers 0 to 19 (int64), `NO_DIGIT` where there is none.
    size
        Residues in a k-mer, at least 1.
    max_rows
        Above this many possible k-mers they share rows by a multiplicative hash.

    Returns
    -------
    rows_BL, valid_BL
        Row of the k-mer starting here, and whether it lies wholly on standard residues of one protein.
    """
    num_letters = len(RESIDUES)
    codes = torch.zeros_like(digits_BL)
    valid = torch.zeros_like(digits_BL, dtype=torch.bool)
    usable = digits_BL.shape[1] - size + 1
    if usable < 1:
        return codes, valid
    window_codes, window_valid = codes[:, :usable], torch.ones_like(valid[:, :usable])
    for offset in range(size):
        digit = digits_BL[:, offset : offset + usable]
        window_codes = window_codes * num_letters + digit
        window_valid = window_valid & (digit != NO_DIGIT)
    if num_letters**size > max_rows:
        window_codes = (window_codes * _HASH_MULTIPLIER % 2**32) * max_rows >> 32
    codes[:, :usable] = window_codes.masked_fill(~window_valid, 0)
    valid[:, :usable] = window_valid
    return codes, valid


class KmerEmbedding(nn.Module):
    """Sums the embeddings of all k-mers that cover a residue, each weighed 1/k.

    With these weights the mean over residues is the sum over k-mers divided by the number of residues,
    so that `pooled` (an EmbeddingBag, no per-residue tensor) equals the masked mean of `forward`.
    K-mers that touch a masked, special or non-standard token do not exist, so masking a residue
    hides it from every feature.
    """

    def __init__(self, sizes: Sequence[int], dim: int, max_rows: int, digit_of_token: Sequence[int]) -> None:
        super().__init__()
        self.sizes, self.dim, self.max_rows = tuple(sizes), dim, max_rows
        self.tables = nn.ParameterList(0.02 * torch.randn(num_rows(size, max_rows), dim) for size in sizes)
        self.digit_of_token = tuple(digit_of_token)

    def _rows(self, input_ids_BL: Tensor, size: int) -> tuple[Tensor, Tensor]:
        digits = torch.tensor(self.digit_of_token, device=input_ids_BL.device)
        return kmer_rows(digits[input_ids_BL], size, self.max_rows)

    def forward(self, input_ids_BL: Tensor) -> Tensor:
        """Residue features, shape (B, L, D); zero at tokens that no k-mer covers."""
        features_BLD = self.tables[0].new_zeros(*input_ids_BL.shape, self.dim)
        for size, table in zip(self.sizes, self.tables, strict=True):
            rows_BL, valid_BL = self._rows(input_ids_BL, size)
            kmers_BLD = F.embedding(rows_BL, table) * (valid_BL[..., None] / size)
            for offset in range(min(size, input_ids_BL.shape[1])):
                features_BLD[:, offset:] += kmers_BLD[:, : input_ids_BL.shape[1] - offset]
        return features_BLD

    def pooled(self, input_ids_BL: Tensor, num_residues_B: Tensor, keep_share: float = 1.0) -> Tensor:
        """Mean of the residue features of each protein, shape (B, D).

        ``keep_share`` below 1 keeps that share of the k-mers at random (training noise) and scales up.
        """
        sums = []
        for size, table in zip(self.sizes, self.tables, strict=True):
            rows_BL, valid_BL = self._rows(input_ids_BL, size)
            if keep_share < 1.0:
                valid_BL = valid_BL & (torch.rand(valid_BL.shape, device=valid_BL.device) < keep_share)
            counts_B = valid_BL.sum(1)
            offsets_B = counts_B.cumsum(0) - counts_B
            sums.append(F.embedding_bag(rows_BL[valid_BL], table, offsets_B, mode="sum"))
        return torch.stack(sums).sum(0) / (num_residues_B.clamp(min=1)[:, None] * keep_share)
