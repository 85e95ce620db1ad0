"""Tables with the words of some proteins alone, in which a tower learns the same in less time and memory.

A row that no training protein reads has no gradient; Adam without decay of weights leaves it as it was, and takes as
long over it as over any other.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from protclip.model.kmers import KmerEmbedding, Words


class FewWords(KmerEmbedding):
    """A copy of a front end's tables with the rows that some batches of tokens read; others cannot be asked for.

    Parameters
    ----------
    whole
        What is copied; it stays as it is until `merged`.
    batches
        Tokens (B, L), with specials and padding.
    """

    def __init__(self, whole: KmerEmbedding, batches: Iterable[Tensor]) -> None:
        nn.Module.__init__(self)
        self._whole = (whole,)  # in a tuple it is no part of this module, whose parameters are trained
        self.kinds, self.dim, self.max_rows = whole.kinds, whole.dim, whole.max_rows
        self.own_channels, self.digit_of_token = whole.own_channels, whole.digit_of_token
        is_read = [torch.zeros(len(table), dtype=torch.bool, device=table.device) for table in whole.tables]
        for input_ids_BL in batches:
            for kind, marks in zip(whole.kinds, is_read, strict=True):
                rows_BL, valid_BL = whole.rows(input_ids_BL, kind)
                marks[rows_BL[valid_BL]] = True
        self.tables = nn.ParameterList(
            table.detach()[marks] for table, marks in zip(whole.tables, is_read, strict=True)
        )
        self._is_read = is_read
        self._new_rows = {
            kind: torch.where(marks, marks.cumsum(0) - 1, len(marks))
            for kind, marks in zip(whole.kinds, is_read, strict=True)
        }

    def rows(self, input_ids_BL: Tensor, kind: Words) -> tuple[Tensor, Tensor]:
        """Rows here; out of range for a word that was not kept."""
        rows_BL, valid_BL = super().rows(input_ids_BL, kind)
        return self._new_rows[kind][rows_BL].masked_fill(~valid_BL, 0), valid_BL

    def merged(self) -> KmerEmbedding:
        """The front end that was copied, with these rows as they are now."""
        (whole,) = self._whole
        with torch.no_grad():
            for table, few, marks in zip(whole.tables, self.tables, self._is_read, strict=True):
                table[marks] = few
        return whole
