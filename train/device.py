"""Which device a process computes on, and what that device can compute in."""

import re

import torch

from protclip.devices import fast_dtype
from protclip.errors import InputError
from train.config import Precision

DTYPES: dict[Precision, torch.dtype] = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
"""What a precision is to torch; "auto" is one of these once the device is known."""


def resolve_device(device: str, *, local_rank: int, size: int) -> torch.device:
    """The device of one process.

    Raises
    ------
    InputError
        For a GPU that is not there, or one GPU named for several processes.
    """
    if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", device):
        raise InputError(f"the device {device!r} is not known. Give auto, cpu, cuda or cuda:N.")
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if device == "cpu" or (device == "auto" and not count):
        return torch.device("cpu")
    named = device.removeprefix("cuda:") if ":" in device else ""
    if named and size > 1:
        raise InputError(
            f"{size} processes cannot share {device}. Write cuda: each process takes its own GPU."
        )
    index = int(named) if named else local_rank
    if index >= count:
        raise InputError(
            f"GPU number {index} was asked for, but {count} can be seen here. Start fewer processes, "
            "or set run.device to cpu."
        )
    return torch.device("cuda", index)


def usable_precision(precision: Precision, device: torch.device) -> Precision:
    """The precision itself, or what "auto" is on a device: bf16 where it is multiplied, fp16 on older GPUs, or fp32.

    Raises
    ------
    InputError
        Where bf16 is asked of a GPU that would only emulate it (before compute capability 8.0, such as V100).
    """
    if precision == "auto":
        fastest = fast_dtype(device)
        return next(name for name, dtype in DTYPES.items() if dtype == fastest)
    if precision == "bf16" and device.type == "cuda" and torch.cuda.get_device_capability(device)[0] < 8:
        name = torch.cuda.get_device_name(device)
        raise InputError(
            f'precision = "bf16", but {name} has none. Set precision to "fp16", "fp32" or "auto".'
        )
    return precision
