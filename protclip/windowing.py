"""Proteins longer than a model takes: their windows, and one row of features from those of the windows."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from protclip.sequence import windows

WINDOW_OVERLAP = 0


def mean_of_windows(
    tokens: Sequence[np.ndarray], size: int, features: Callable[[list[np.ndarray]], Tensor]
) -> Tensor:
    """Features (N, D) of proteins: the mean of those of their windows, weighed by the residues of each.

    Parameters
    ----------
    tokens
        Residue tokens of N proteins.
    size
        Residues of a window at most.
    features
        Gives features (W, D) on the CPU for W windows.
    """
    places = [
        (number, start, end)
        for number, row in enumerate(tokens)
        for start, end in windows(len(row), size, WINDOW_OVERLAP)
    ]
    features_WD = features([tokens[number][start:end] for number, start, end in places])
    owners_W = torch.tensor([number for number, _, _ in places], dtype=torch.long)
    weights_W = torch.tensor([end - start for _, start, end in places], dtype=torch.float32)
    sums_ND = torch.zeros(len(tokens), features_WD.shape[1]).index_add_(
        0, owners_W, features_WD * weights_W[:, None]
    )
    return sums_ND / torch.zeros(len(tokens)).index_add_(0, owners_W, weights_W)[:, None]
