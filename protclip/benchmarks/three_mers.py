"""The 3-mers of a sequence: the simplest features by which proteins are told apart."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from protclip.residues import RESIDUES

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

NUM_THREE_MERS = len(RESIDUES) ** 3
_NO_RESIDUE = 255
_CODES = np.full(256, _NO_RESIDUE, dtype=np.int64)
_CODES[np.frombuffer(RESIDUES.encode(), dtype=np.uint8)] = np.arange(len(RESIDUES))


def three_mers(sequence: str) -> npt.NDArray[np.int64]:
    """The 3-mers of standard residues, in order and as often as they occur, numbered below `NUM_THREE_MERS`."""
    codes = _CODES[np.frombuffer(sequence.encode(), dtype=np.uint8)]
    if len(codes) < 3:
        return codes[:0]
    triples = np.lib.stride_tricks.sliding_window_view(codes, 3)
    standard = triples[(triples != _NO_RESIDUE).all(axis=1)]
    return standard @ (len(RESIDUES) ** np.arange(3))


def three_mer_rows(sequences: Sequence[str]) -> "csr_matrix":
    """How often each 3-mer occurs, rows (N, `NUM_THREE_MERS`) of length 1; zero where a protein has none."""
    from scipy.sparse import csr_matrix

    counts = [np.unique(three_mers(sequence), return_counts=True) for sequence in sequences]
    values = np.concatenate([np.zeros(0), *(n / max(float(np.linalg.norm(n)), 1.0) for _, n in counts)])
    places = np.concatenate([np.zeros(0, dtype=np.int64), *(found for found, _ in counts)])
    ends = np.cumsum([0, *(len(n) for _, n in counts)])
    return csr_matrix((values, places, ends), shape=(len(sequences), NUM_THREE_MERS))
