"""The gradient of a contrast over a batch too large to embed at once (Gao et al. 2021, "GradCache").

The contrast needs every embedding, but not every activation: the batch is embedded in chunks without a graph,
the loss gives the gradient of each embedding, and each chunk is then embedded again with a graph that takes its
share of that gradient back to the weights. Two forward passes, and the activations of one chunk.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple, TypeVar

import torch
from torch import Tensor

from train.rng_state import same_draws

Embedded = TypeVar("Embedded", bound=NamedTuple)


def cached_backward(
    embed: Callable[[slice], Embedded],
    loss_of: Callable[[Embedded], Tensor],
    num_rows: int,
    chunk: int,
    hold_back: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Tensor:
    """Add the gradient of ``loss_of(embed(all rows))`` to the weights, at most ``chunk`` rows at once.

    Parameters
    ----------
    embed
        Embeds some rows of the batch. Its fields are tensors with a row for each, or scalars such as the
        scale, which are the same for every chunk, or no tensors at all. Rows may not depend on each other.
    loss_of
        The loss, already scaled, of the embedded batch; nothing in it may reach a weight but through
        the embeddings.
    hold_back
        Context in which DDP does not yet average: every chunk but the last goes backward in it.

    Returns
    -------
    The loss, without a graph.
    """
    chunks = [slice(first, min(first + chunk, num_rows)) for first in range(0, num_rows, chunk)]
    draws = same_draws(len(chunks))
    with torch.no_grad():
        parts = [_embed(embed, rows, draw) for rows, draw in zip(chunks, draws, strict=True)]
    leaves = [_leaf(fields) for fields in zip(*parts, strict=True)]
    # Built again as what the model returns, so that the loss cannot tell.
    loss = loss_of(type(parts[0])(*leaves))
    loss.backward()
    for rows, draw in zip(chunks, draws, strict=True):
        last = rows is chunks[-1]
        with nullcontext() if last else hold_back():
            _backward(_embed(embed, rows, draw), leaves, rows, with_scalars=last)
    return loss.detach()


def _embed(embed: Callable[[slice], Any], rows: slice, draw: AbstractContextManager[None]) -> Any:
    with draw:
        return embed(rows)


def _leaf(fields: tuple[Any, ...]) -> Any:
    """One field of the whole batch, to take its gradient: rows in a row, a scalar from the first chunk."""
    if not isinstance(fields[0], Tensor):
        return fields[0]
    whole = torch.cat(fields) if fields[0].ndim else fields[0].clone()
    return whole.requires_grad_(whole.is_floating_point())


def _backward(part: tuple[Any, ...], leaves: list[Any], rows: slice, *, with_scalars: bool) -> None:
    pairs = list(_gradients(part, leaves, rows, with_scalars))
    torch.autograd.backward([t for t, _ in pairs], [gradient for _, gradient in pairs])


def _gradients(
    part: tuple[Any, ...], leaves: list[Any], rows: slice, with_scalars: bool
) -> Iterator[tuple[Tensor, Tensor]]:
    """Each field of a chunk with its gradient; the scalars count once, with the last chunk."""
    for field, leaf in zip(part, leaves, strict=True):
        if not isinstance(field, Tensor) or not field.requires_grad:
            continue
        gradient = torch.zeros_like(leaf) if leaf.grad is None else leaf.grad
        if field.ndim:
            yield field, gradient[rows]
        elif with_scalars:
            yield field, gradient
