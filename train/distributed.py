"""One process or many: the only module that imports torch.distributed.

A ``World`` of one process needs no process group: each of its methods is then the identity. Everything
else in train/ is written against ``World`` and does not ask how many processes there are.
"""

import inspect
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar, cast

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed import PrefixStore, TCPStore  # type: ignore[attr-defined]
from torch.nn.parallel import DistributedDataParallel

from protclip.errors import InputError
from train.device import resolve_device

T = TypeVar("T")
_MAX_DIMS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The processes of a run as one of them sees it. ``backend`` is "" for a world of one."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    backend: str = ""

    @property
    def is_main(self) -> bool:
        """Whether this process writes files and talks to the user."""
        return self.rank == 0

    def gather_rows(self, rows: Tensor) -> Tensor:
        """Rows of all processes, in the order of their ranks, with the gradient of the whole.

        A loss over (local rows) x (gathered columns), mean over the local rows, gives under the mean that
        DDP takes of the gradients exactly the gradient of one process with the whole batch. Every process
        must gather the same tensors in the same order, in the backward pass too.

        Parameters
        ----------
        rows
            (B, ...), the same shape on every process; floats, or integers such as group numbers.

        Returns
        -------
        (size * B, ...), the same on every process.

        Raises
        ------
        InputError
            On every process, where the shapes differ.
        """
        if self.size == 1:
            return rows
        _check_equal_shapes(rows, self.size)
        return cast(Tensor, _GatherRows.apply(rows))

    def gather_objects(self, value: T) -> list[T]:
        """The value of every process (anything picklable), in the order of their ranks."""
        if self.size == 1:
            return [value]
        gathered: list[Any] = [None] * self.size
        dist.all_gather_object(gathered, value)
        return gathered

    def broadcast(self, value: T) -> T:
        """The main process's value (anything picklable), on every process."""
        if self.size == 1:
            return value
        box: list[Any] = [value]
        dist.broadcast_object_list(box, src=0)
        return cast(T, box[0])

    def mean(self, metrics: Mapping[str, float]) -> dict[str, float]:
        """Mean of each metric over the processes that have it."""
        gathered = self.gather_objects({key: float(value) for key, value in metrics.items()})
        keys = dict.fromkeys(key for each in gathered for key in each)
        values = {key: [each[key] for each in gathered if key in each] for key in keys}
        return {key: sum(found) / len(found) for key, found in values.items()}

    def any(self, flag: bool) -> bool:
        """Whether any process raised the flag: the same answer everywhere, so that all stop at one step."""
        if self.size == 1:
            return flag
        raised = torch.tensor(int(flag))
        dist.all_reduce(raised, op=dist.ReduceOp.MAX)
        return bool(raised)

    def barrier(self) -> None:
        """Wait for all processes."""
        if self.size > 1:
            # A barrier proper would need the GPU under NCCL; a sum on the CPU waits just as well.
            self.any(False)

    def wrap_ddp(self, model: nn.Module, *, find_unused: bool = False) -> nn.Module:
        """The model with its gradients averaged over the processes; of one process, the model itself.

        Call the wrapped model for the forward pass, and ``unwrap`` it to save it. With ``find_unused``
        every parameter that takes part in the loss must take part in what ``forward`` returns.
        """
        if self.size == 1:
            return model
        # Buffers are constants here, and to broadcast them between two forward passes of one step would
        # change tensors that the first pass saved for its backward. The switch has a new name in torch 2.13.
        names = inspect.signature(DistributedDataParallel).parameters
        buffers = "forward_sync_buffers" if "forward_sync_buffers" in names else "broadcast_buffers"
        # Gradients that live in the buckets themselves save a copy of them all, 4 bytes a weight.
        switches: dict[str, Any] = {
            buffers: False,
            "find_unused_parameters": find_unused,
            "gradient_as_bucket_view": True,
        }
        ids = [self.device] if self.device.type == "cuda" else None
        return DistributedDataParallel(model, device_ids=ids, **switches)

    def shard_adamw(self, groups: Sequence[Mapping[str, Any]], **settings: Any) -> torch.optim.Optimizer:
        """AdamW whose state is dealt out to the processes (ZeRO stage 1); of one process, AdamW itself.

        Each process updates its share of the weights and sends it to the others: the weights are those
        that AdamW on every process would give, for 1/size of its memory (Rajbhandari et al. 2020, sec. 5.1).
        """
        listed = [dict(group) for group in groups]
        if self.size == 1:
            return torch.optim.AdamW(listed, **settings)
        # Here, because it imports much, and says a hundred times that torch.jit is going away.
        from torch.distributed.optim import ZeroRedundancyOptimizer

        return ZeroRedundancyOptimizer(listed, torch.optim.AdamW, **settings)

    def optimizer_state(self, optimizer: torch.optim.Optimizer) -> dict[str, Any]:
        """The optimizer's whole state, as AdamW of one process would give it; on other processes than the
        main one it is empty where it is dealt out. Every process must call this.
        """
        consolidate = getattr(optimizer, "consolidate_state_dict", None)
        if consolidate is None:
            return optimizer.state_dict()
        consolidate(to=0)
        return optimizer.state_dict() if self.is_main else {}

    def no_sync(self, model: nn.Module) -> AbstractContextManager[None]:
        """Hold back the averaging while micro-batches accumulate; leave it before the last one."""
        return model.no_sync() if isinstance(model, DistributedDataParallel) else nullcontext()


def _check_equal_shapes(rows: Tensor, size: int) -> None:
    # On the CPU whatever the device: gloo compares the shapes without waiting for the GPU.
    mine = torch.tensor([*rows.shape, *[-1] * (_MAX_DIMS - rows.ndim)])
    gathered = [torch.empty_like(mine) for _ in range(size)]
    dist.all_gather(gathered, mine)
    shapes = [tuple(length for length in each.tolist() if length >= 0) for each in gathered]
    if len(set(shapes)) > 1:
        given = ", ".join(f"process {rank} has {shape}" for rank, shape in enumerate(shapes))
        raise InputError(
            f"the processes hold batches of different shapes ({given}), but a gather needs equal ones. "
            "Drop the last incomplete batch, or give every process equally many records."
        )


class _GatherRows(torch.autograd.Function):
    """all_gather whose backward adds up what every process has to say about the local rows."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor) -> Tensor:
        gathered = [
            torch.empty_like(rows, memory_format=torch.contiguous_format)
            for _ in range(dist.get_world_size())
        ]
        dist.all_gather(gathered, rows.contiguous())
        return torch.cat(gathered)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        # A copy: the incoming gradient may be shared with other nodes of the graph.
        gradient = gradients[0].clone(memory_format=torch.contiguous_format)
        dist.all_reduce(gradient)
        return gradient.chunk(dist.get_world_size())[dist.get_rank()]


def unwrap(model: nn.Module) -> nn.Module:
    """The model inside ``wrap_ddp``'s."""
    return cast(nn.Module, model.module) if isinstance(model, DistributedDataParallel) else model


@contextmanager
def start(device: str = "auto", *, timeout_s: float = 300.0) -> Iterator[World]:
    """The world this process belongs to, from torchrun's environment; plain python is a world of one.

    Parameters
    ----------
    device
        "auto" (a GPU where there is one), "cpu", "cuda" (one GPU per process) or, for one process, "cuda:N".
    timeout_s
        Seconds to wait for the other processes before giving up.

    Raises
    ------
    InputError
        For a device that is not there, or an environment that torchrun did not make.
    """
    size = _from_environment("WORLD_SIZE", 1)
    if size > 1 and not {"RANK", "LOCAL_RANK"} <= os.environ.keys():
        raise InputError(f"WORLD_SIZE is {size}, but RANK or LOCAL_RANK is not set. Start with torchrun.")
    rank, local_rank = _from_environment("RANK", 0), _from_environment("LOCAL_RANK", 0)
    place = resolve_device(device, local_rank=local_rank, size=size)
    if place.type == "cuda":
        torch.cuda.set_device(place)
    if size == 1:
        yield World(device=place)
        return
    # With gloo beside NCCL, small messages between processes do not wait for the GPU.
    backend = "cpu:gloo,cuda:nccl" if place.type == "cuda" else "gloo"
    _join(backend, rank, size, timedelta(seconds=timeout_s))
    try:
        yield World(rank=rank, size=size, local_rank=local_rank, device=place, backend=backend)
    except BaseException:
        # NCCL would wait here for peers that wait for us; let the process end and torchrun end the others.
        if place.type == "cpu":
            dist.destroy_process_group()
        raise
    dist.destroy_process_group()


def _from_environment(key: str, default: int) -> int:
    text = os.environ.get(key, str(default))
    if not text.isdecimal():
        raise InputError(
            f"the environment variable {key} is {text!r}, not a whole number. Start with torchrun."
        )
    return int(text)


def _join(backend: str, rank: int, size: int, timeout: timedelta) -> None:
    if os.environ.get("TORCHELASTIC_USE_AGENT_STORE") != "True":
        dist.init_process_group(backend, timeout=timeout, rank=rank, world_size=size)
        return
    # After a restart the agent's store still holds the addresses of the dead attempt. A prefix for each
    # attempt keeps them apart; without it gloo restarts fail about as often as they succeed.
    port, attempt = int(os.environ["MASTER_PORT"]), os.environ["TORCHELASTIC_RESTART_COUNT"]
    agent = TCPStore(os.environ["MASTER_ADDR"], port, size, is_master=False, timeout=timeout)
    store = PrefixStore(f"attempt{attempt}", agent)
    dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=timeout)
