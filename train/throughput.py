"""How fast a run is: residue tokens a second, and the share of the measured peak of matrix products."""

import time
from dataclasses import dataclass, field

import torch

from protclip.model.configuration import ProtCLIPConfig
from train.cost import Batch, step_flops
from train.loader import PairBatch
from train.run_sections import ObjectivesSection

_SIZE = {"cpu": 512, "cuda": 8192}


def matmul_peak(device: torch.device, dtype: torch.dtype, *, seconds: float = 0.1) -> float:
    """Operations a second of one large matrix product on this device, with the threads of this process.

    Parameters
    ----------
    seconds
        How long to measure; the best of all products in that time counts.
    """
    size = _SIZE.get(device.type, 512)
    # Ones, not random numbers: a draw would move the generator that a resumed run has just set.
    left, right = (torch.ones(size, size, device=device, dtype=dtype) for _ in range(2))
    best, until = float("inf"), time.perf_counter() + seconds
    torch.mm(left, right)  # the first call chooses its kernel
    while True:
        _wait(device)
        began = time.perf_counter()
        torch.mm(left, right)
        _wait(device)
        now = time.perf_counter()
        best = min(best, now - began)
        if now >= until:
            return 2.0 * size**3 / best


def measured_peak(device: torch.device, dtype: torch.dtype) -> tuple[float, str]:
    """The peak in the run's precision or in fp32, whichever is higher, and a warning where that is fp32.

    A CPU without instructions for half precision multiplies it a hundred times more slowly.
    """
    full = matmul_peak(device, torch.float32)
    half = full if dtype == torch.float32 else matmul_peak(device, dtype)
    if half >= full:
        return half, ""
    name = str(dtype).removeprefix("torch.")
    return full, (
        f"{name} makes this run slower: a matrix product reaches {half / 1e9:.3g} GFLOP/s in it here and "
        f'{full / 1e9:.3g} in fp32. Consider precision = "auto".'
    )


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


@dataclass(slots=True, kw_only=True)
class Throughput:
    """Adds up what the steps since the last report did; other processes are taken to do as much.

    ``peak`` is one process's, in operations a second; 0 leaves the share out.
    """

    config: ProtCLIPConfig
    objectives: ObjectivesSection
    peak: float
    processes: int = 1
    _tokens: int = field(default=0, init=False)
    _flops: float = field(default=0.0, init=False)
    _since: float = field(default=0.0, init=False)

    def start(self, seconds: float) -> None:
        """Begin at this many seconds of training time."""
        self._tokens, self._flops, self._since = 0, 0.0, seconds

    def add(self, batch: PairBatch) -> None:
        """Count one micro-batch: real tokens, without padding."""
        lengths = batch.tokens.attention_mask.sum(1).tolist()
        self._tokens += sum(lengths)
        self._flops += step_flops(self.config, self.objectives, Batch(lengths=lengths))

    def report(self, seconds: float) -> dict[str, float]:
        """Rates since the last report, with its time now; empty where no time has passed."""
        passed = seconds - self._since
        tokens, flops = self._tokens, self._flops
        self.start(seconds)
        if passed <= 0:
            return {}
        found = {"tokens_per_s": tokens * self.processes / passed}
        return found | ({"share_of_peak": flops / passed / self.peak} if self.peak else {})
