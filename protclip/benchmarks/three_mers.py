"""The 3-mers of a sequence: the simplest features by which proteins are told apart."""

import numpy as np
import numpy.typing as npt

from protclip.residues import RESIDUES

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
