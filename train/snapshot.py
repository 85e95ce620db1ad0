"""The state of a run on disk: whole or not there, checked when read, exact enough to go on bit by bit.

A snapshot is one file, ``step-000001200-0123456789abcdef.pt``: the step, and the checksum of the content.
It is written under another name, flushed to the disk and then renamed, so a run killed at any moment leaves
the snapshots it had. It holds tensors and plain values alone, which ``torch.load(weights_only=True)`` reads
without running anything: the generators' states are stored as tensors (numpy, torch, CUDA) and as tuples
of whole numbers (Python).
"""

import hashlib
import os
import re
import shutil
import warnings
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch

from protclip.errors import AssetError, InputError

_FORMAT = 1
_NAME = re.compile(r"(step|best)-(\d{9})-([0-9a-f]{16})\.pt")
_PART = ".part"
_PLAIN = (str, int, float, bool, type(None), torch.Tensor, torch.nn.Parameter, torch.Size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything a run needs to go on as if it had not stopped."""

    step: int
    """Number of optimizer steps done."""
    epoch: int
    """Number of passes over the data done."""
    model: Mapping[str, Any]
    """State of the model, without DDP's prefix."""
    optimizers: Mapping[str, Any]
    """State of each optimizer by name."""
    schedule: Mapping[str, Any]
    """State of the learning-rate schedule, with the minutes spent so far where it follows the clock."""
    scaler: Mapping[str, Any]
    """State of the loss scaling; empty where there is none."""
    sampler: Mapping[str, Any]
    """Where in the data the run stands."""
    rng: Sequence[Mapping[str, Any]]
    """State of the random generators of each process, in the order of their ranks (``train.rng_state``)."""
    config: Mapping[str, Any]
    """The run's configuration as plain values."""
    best: float | None = None
    """Best value so far of the metric that picks the best snapshot; None before the first evaluation."""

    def __post_init__(self) -> None:
        if self.step < 0 or self.step >= 10**9 or self.epoch < 0:
            raise InputError(
                f"a snapshot of step {self.step}, epoch {self.epoch} cannot be: give 0 to 999999999."
            )


def save_snapshot(snapshot: Snapshot, folder: Path, *, keep: int, best: bool = False) -> Path:
    """Write a snapshot into ``folder`` and remove the oldest beyond ``keep``; one process only calls this.

    With ``best`` the snapshot is also kept as the best one, in the place of the former best.

    Raises
    ------
    AssetError
        Where the disk does not take it. The snapshots before it are as they were.
    InputError
        For content that is neither a tensor nor a plain value: it could be written, but not read again.
    """
    content = {"format": _FORMAT} | {f.name: getattr(snapshot, f.name) for f in fields(snapshot)}
    _check_plain(content, "snapshot")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = _write(content, folder, f"step-{snapshot.step:09d}")
        if best:
            _keep_as_best(path, folder)
        _sync_folder(folder)
        _prune(folder, snapshot.step, keep)
    except OSError as error:
        raise AssetError(
            f"the snapshot of step {snapshot.step} could not be written to {folder} "
            f"({error.strerror or error}). The snapshots before it are intact: make room there "
            "(or lower snapshot.keep) and use --resume."
        ) from error
    return path


def load_snapshot(path: Path) -> Snapshot:
    """Read one snapshot, its tensors on the CPU.

    Raises
    ------
    AssetError
        Where the file is missing, its content does not have the checksum in its name, or it is no snapshot.
    """
    remedy = "Delete it and use --resume, which takes the one before."
    try:
        _check_digest(path, remedy)
        content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise AssetError(f"the snapshot {path} cannot be read ({error.strerror or error}).") from error
    except AssetError:
        raise
    except Exception as error:  # torch.load raises many kinds, RuntimeError and UnpicklingError among them
        raise AssetError(f"{path} is damaged or no snapshot ({error}). {remedy}") from error
    if not isinstance(content, dict) or content.pop("format", None) != _FORMAT:
        raise AssetError(
            f"{path} is no snapshot of format {_FORMAT}. Give one that this version of train/ wrote."
        )
    return Snapshot(**content)


def latest(folder: Path) -> Snapshot | None:
    """The latest whole snapshot in ``folder``, or None; of damaged ones a warning tells."""
    for path in snapshots(folder):
        try:
            return load_snapshot(path)
        except AssetError as error:
            warnings.warn(f"{error} Trying the snapshot before it.", stacklevel=2)
    return None


def snapshots(folder: Path) -> list[Path]:
    """The snapshots in ``folder``, the best one among them, latest step first."""
    there = [path for path in folder.glob("*.pt") if _NAME.fullmatch(path.name)]
    return sorted(
        there, key=lambda path: (_step_of(path), path.name.startswith("step-"), path.name), reverse=True
    )


def _step_of(path: Path) -> int:
    return int(path.name.split("-")[1])


def best_snapshot(folder: Path) -> Path | None:
    """The snapshot kept as the best, or None."""
    return next((path for path in snapshots(folder) if path.name.startswith("best-")), None)


def refuse_used_folder(folder: Path) -> None:
    """Guard of a run that starts anew: it must not mix its snapshots with those of an earlier one.

    Raises
    ------
    InputError
        Where ``folder`` holds snapshots.
    """
    there = snapshots(folder)
    if there:
        raise InputError(
            f"{folder} holds snapshots of an earlier run ({there[0].name} is the latest). "
            "Use --resume to continue it, or give another run.name or run.output."
        )


class _CheckedFile:
    """A file to write to that keeps the checksum of what went in, and the error that stopped it."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.error: OSError | None = None
        self._hash = hashlib.blake2b(digest_size=8)

    def write(self, data: bytes | memoryview) -> int:
        left = memoryview(data).cast("B")
        total = len(left)
        self._hash.update(left)
        while left:
            try:
                left = left[os.write(self.descriptor, left) :]
            except OSError as error:
                # torch.save, interrupted, raises a RuntimeError of its own in the place of this one.
                self.error = error
                raise
        return total

    def flush(self) -> None:
        """Nothing waits here: what was written is with the system, and ``_write`` sends it to the disk."""

    def digest(self) -> str:
        return self._hash.hexdigest()


def _write(content: Mapping[str, Any], folder: Path, stem: str) -> Path:
    part = folder / f".{stem}-{os.getpid()}{_PART}"
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            file = _CheckedFile(descriptor)
            try:
                torch.save(dict(content), file)  # type: ignore[arg-type]
            except RuntimeError:
                raise file.error or OSError("torch.save failed") from None
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        path = folder / f"{stem}-{file.digest()}.pt"
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return path


def _keep_as_best(path: Path, folder: Path) -> None:
    """The same file under a second name, which takes no room; a copy where the file system has no links."""
    target = folder / path.name.replace("step-", "best-", 1)
    part = folder / f".{target.name}{_PART}"
    part.unlink(missing_ok=True)
    try:
        os.link(path, part)
    except OSError:
        shutil.copyfile(path, part)
    os.replace(part, target)
    for former in folder.glob("best-*.pt"):
        if former != target:
            former.unlink()


def _prune(folder: Path, step: int, keep: int) -> None:
    # Snapshots of later steps are left alone: they are of a run that was taken up again before them,
    # and must not push out the ones that this run writes now.
    steps = [path for path in snapshots(folder) if path.name.startswith("step-") and _step_of(path) <= step]
    # Parts are what a killed run left behind; only one process writes here.
    for path in [*steps[keep:], *folder.glob(f".*{_PART}")]:
        path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check_digest(path: Path, remedy: str) -> None:
    match = _NAME.fullmatch(path.name)
    if not match:
        return
    with path.open("rb") as file:
        found = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=8)).hexdigest()
    if found != match[3]:
        raise AssetError(f"{path} is damaged: its checksum is {found}, expected is {match[3]}. {remedy}")


def _check_plain(value: Any, place: str) -> None:
    # By exact type: numpy's float64 is a float too, yet its pickle is refused when it is read.
    if type(value) in (dict, OrderedDict):
        for key, item in value.items():
            _check_plain(key, f"a key of {place}")
            _check_plain(item, f"{place}.{key}")
    elif type(value) in (list, tuple):
        for i, item in enumerate(value):
            _check_plain(item, f"{place}[{i}]")
    elif type(value) not in _PLAIN:
        raise InputError(
            f"{place} is a {type(value).__module__}.{type(value).__name__}, which a snapshot cannot hold. "
            "Store tensors, numbers, strings, lists and dicts (float(x) for a numpy number)."
        )
