"""A loss that is no number: which proteins of the batch it comes from."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from protclip.errors import ProtCLIPError

_NAMED = 5


class TrainingDivergedError(ProtCLIPError):
    """The loss is no number any more; the last snapshot is good."""


def bad_rows(tensors: Iterable[Tensor | None], num_rows: int) -> list[int]:
    """Rows of a batch in which any of the tensors, each with a row for every pair, is not finite."""
    bad = torch.zeros(num_rows, dtype=torch.bool)
    for tensor in tensors:
        if tensor is not None:
            bad |= ~torch.isfinite(tensor.detach()).reshape(num_rows, -1).all(1).cpu()
    return bad.nonzero().flatten().tolist()


def where_from(bad: Sequence[str], batch: Sequence[str]) -> str:
    """What to tell of the batch: the accessions that spoil it, or those it begins with.

    Parameters
    ----------
    bad
        Accessions whose embedding is no number. Where it is all of the batch, the weights are spoilt, not a
        protein; where it is none, a loss is.
    batch
        All accessions of the batch.
    """
    if 0 < len(bad) < len(batch):
        more = ", ..." if len(bad) > _NAMED else ""
        return f"no number comes of {', '.join(bad[:_NAMED])}{more}"
    return f"batch of {', '.join(batch[:_NAMED])}, ..."
