"""The random generators of a process as plain values and tensors, so that a run can go on bit by bit."""

import random
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch


def capture_rng(device: torch.device) -> dict[str, Any]:
    """State of this process's random generators: Python, numpy (the global one), torch, and CUDA if used."""
    numpy_state: Any = np.random.get_state(legacy=False)
    state = {
        "python": random.getstate(),
        "numpy_key": torch.from_numpy(numpy_state["state"]["key"].astype(np.int64)),
        "numpy_rest": [
            int(numpy_state["state"]["pos"]),
            int(numpy_state["has_gauss"]),
            float(numpy_state["gauss"]),
        ],
        "torch": torch.get_rng_state(),
    }
    return state | ({"cuda": torch.cuda.get_rng_state(device)} if device.type == "cuda" else {})


def restore_rng(states: Sequence[Mapping[str, Any]], rank: int, size: int, device: torch.device) -> bool:
    """Set this process's generators to what they were.

    Parameters
    ----------
    states
        ``Snapshot.rng``.
    rank, size
        This process, and how many there are now.
    device
        Where it computes.

    Returns
    -------
    False, with a warning, where the snapshot is of another number of processes; nothing is set then.
    """
    if len(states) != size:
        warnings.warn(
            f"the snapshot is of {len(states)} processes and this run has {size}: the random generators "
            "start from the seed again, so the run will not be the one it would have been.",
            stacklevel=2,
        )
        return False
    state = states[rank]
    random.setstate(state["python"])
    position, has_gauss, gauss = state["numpy_rest"]
    key = state["numpy_key"].numpy().astype(np.uint32)
    np.random.set_state(("MT19937", key, position, has_gauss, gauss))
    torch.set_rng_state(state["torch"])
    if "cuda" in state and device.type == "cuda":
        torch.cuda.set_rng_state(state["cuda"], device)
    return True
