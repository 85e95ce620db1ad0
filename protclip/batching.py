"""How records of unlike length are put into batches."""

from collections.abc import Sequence


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
