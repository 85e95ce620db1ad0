"""What stands before and after an import: weights that fit the model, and a folder that appears whole."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor

from protclip.errors import AssetError, InputError
from protclip.model.weight_report import grouped, starred

_NUM_NAMED = 5


def refuse_wrong_shapes(state: Mapping[str, Tensor], expected: Mapping[str, torch.Size]) -> None:
    """Raise AssetError where a tensor has another shape than the model's, or belongs to a layer too many."""
    known = {starred(name) for name in expected}
    wrong = [
        f"{name} {tuple(values.shape)} instead of {tuple(expected[name])}"
        for name, values in state.items()
        if name in expected and values.shape != expected[name]
    ]
    wrong += [
        f"{name} of more layers than are stated"
        for name in state
        if name not in expected and starred(name) in known
    ]
    if wrong:
        raise AssetError(
            f"weights and configuration do not belong together: {'; '.join(wrong[:_NUM_NAMED])} "
            f"({len(wrong)} in all). Copy both again from the same source"
        )


def refuse_missing(names: Sequence[str]) -> None:
    """Raise AssetError if any names are given; they are tensors that a source should have and has not."""
    if names:
        raise AssetError(
            f"the source lacks {len(names)} tensors of what it should be: {', '.join(grouped(names)[:_NUM_NAMED])}. "
            "Copy it again from its source"
        )


def refuse_not_finite(state: Mapping[str, Tensor]) -> None:
    """Raise AssetError where a tensor has infinities or NaN."""
    for name, values in state.items():
        if not values.isfinite().all():
            raise AssetError(f"{name} has values that are not finite: the source is damaged. Get it again")


@contextmanager
def appearing_whole(folder: Path) -> Iterator[Path]:
    """A folder to write into that takes its name at the end, so that nobody finds half of it.

    Raises
    ------
    InputError
        If the folder is there already and not empty.
    """
    refuse_occupied(folder)
    beside = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    try:
        yield beside
        if folder.exists():
            folder.rmdir()
        beside.replace(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def refuse_occupied(folder: Path) -> None:
    """Raise InputError if a folder to be written is there and not empty."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is there already and not empty. Give a new folder")
