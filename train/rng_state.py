"""The random generators of a process as plain values and tensors, so that a run can go on bit by bit."""

import random
import warnings
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
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


def same_draws(count: int) -> list[AbstractContextManager[None]]:
    """Contexts for ``count`` parts of a batch: entered again, each draws from torch what it drew before."""
    return [_SameDraws() for _ in range(count)]


class _SameDraws(AbstractContextManager[None]):
    """Notes where torch's generators stand when first entered, and takes them back there from then on."""

    def __init__(self) -> None:
        self._began: list[torch.Tensor] = []
        self._outside: list[torch.Tensor] = []

    def __enter__(self) -> None:
        if not self._began:
            self._began = _generators()
            return
        self._outside = _generators()
        _set_generators(self._began)

    def __exit__(self, *error: object) -> None:
        if self._outside:
            _set_generators(self._outside)


def _generators() -> list[torch.Tensor]:
    on_gpu = [torch.cuda.get_rng_state()] if torch.cuda.is_initialized() else []
    return [torch.get_rng_state(), *on_gpu]


def _set_generators(states: list[torch.Tensor]) -> None:
    torch.set_rng_state(states[0])
    if len(states) > 1:
        torch.cuda.set_rng_state(states[1])
