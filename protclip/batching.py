"""How records are put into batches: as they come, or like to like."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of ``size``, the last one shorter; read a list at a time, and no further."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def token_batches(lengths: Sequence[int], max_tokens: int) -> list[list[int]]:
    """Indices in batches of similar length whose padded size stays within a token budget, longest first.

    A record longer than the budget gets a batch of its own. Longest first, so that running out of memory
    happens at once and not after an hour.
    """
    order = sorted(range(len(lengths)), key=lambda i: (-lengths[i], i))
    batches: list[list[int]] = []
    for i in order:
        if batches and (len(batches[-1]) + 1) * (lengths[batches[-1][0]] + 2) <= max_tokens:
            batches[-1].append(i)
        else:
            batches.append([i])
    return batches
