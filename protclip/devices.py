"""Where a model runs: on which device, in what precision, and batch after batch there."""

from collections.abc import Callable

import torch
from torch import Tensor

from protclip.model.processing import TokenBatch

Progress = Callable[[int, int], None]
"""Called with (done, total) after each batch; whatever it raises ends the encoding (cancellation)."""


def default_device() -> torch.device:
    """The GPU where there is one, the CPU otherwise."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def fast_dtype(device: torch.device) -> torch.dtype:
    """What a transformer runs in: bf16 where the hardware multiplies it, fp16 on older GPUs, else fp32."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    return torch.bfloat16 if torch.cpu._is_avx512_bf16_supported() else torch.float32


def autocast(device: torch.device, dtype: torch.dtype) -> torch.autocast:
    """What runs a model in a precision; fp32 is that of its weights."""
    return torch.autocast(device.type, dtype, enabled=dtype != torch.float32)


def on_device(batch: TokenBatch, device: torch.device) -> TokenBatch:
    """A batch whose tensors are there."""
    ids, mask = batch.input_ids.to(device), batch.attention_mask.to(device)
    return TokenBatch(input_ids=ids, attention_mask=mask)


def run_batches(
    batches: list[list[int]],
    run: Callable[[list[int]], None],
    *,
    device: torch.device,
    dtype: torch.dtype,
    progress: Progress | None,
) -> None:
    """Call ``run`` with the numbers of each batch's records, without gradients."""
    done, total = 0, sum(map(len, batches))
    with torch.inference_mode(), autocast(device, dtype):
        for chosen in batches:
            run(chosen)
            done += len(chosen)
            if progress is not None:
                progress(done, total)


def rows_of_batches(
    batches: list[list[int]],
    width: int,
    run: Callable[[list[int]], Tensor],
    *,
    device: torch.device,
    dtype: torch.dtype,
    progress: Progress | None,
) -> Tensor:
    """Rows (N, D) on the CPU in the records' order, of what ``run`` makes of each batch; D is ``width``."""
    out_ND = torch.zeros(sum(map(len, batches)), width)

    def keep(chosen: list[int]) -> None:
        out_ND[chosen] = run(chosen).float().cpu()

    run_batches(batches, keep, device=device, dtype=dtype, progress=progress)
    return out_ND
