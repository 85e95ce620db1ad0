"""Reading other people's weight files: tensors come out, and no code in a file ever runs."""

import argparse
import json
import pickle
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from protclip.errors import AssetError
from protclip.model.checkpoint_files import CONFIG, WEIGHTS

_PICKLED = "pytorch_model.bin"
_ZIP_START = b"PK\x03\x04"
_NAMED_GLOBAL = re.compile(r"GLOBAL ([\w.]+)")


def read_config(folder: Path) -> dict[str, Any]:
    """The config.json of a folder in Hugging Face's layout.

    Raises
    ------
    AssetError
        If the file is missing or no JSON object.
    """
    path = folder / CONFIG
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise AssetError(
            f"{folder} has no {CONFIG}. Copy the {CONFIG} that belongs to the weights into it"
        ) from error
    except ValueError as error:
        raise AssetError(f"{path} is damaged ({error}). Copy it again from its source") from error
    if not isinstance(found, dict):
        raise AssetError(f"{path} holds no JSON object. Copy it again from its source")
    return found


def read_folder(folder: Path) -> dict[str, Tensor]:
    """All tensors of a folder in Hugging Face's layout, in one file or several.

    Safetensors are preferred; ``pytorch_model.bin`` is read as `read_pickle` reads.

    Raises
    ------
    AssetError
        If there are no weights, a part of them is missing, or a file is damaged.
    """
    for name, read in ((WEIGHTS, _read_safetensors), (_PICKLED, _read_pickled_tensors)):
        if (folder / name).is_file():
            return read(folder / name)
        index = folder / f"{name}.index.json"
        if index.is_file():
            return {key: value for part in _parts(index) for key, value in read(part).items()}
    raise AssetError(
        f"{folder} has no weights. Accepted are {WEIGHTS} and {_PICKLED}, in one file or in parts with an index"
    )


def read_pickle(path: Path) -> Any:
    """What a file of `torch.save` holds, as far as it is tensors, plain containers and numbers.

    The unpickler is torch's restricted one (``weights_only``); it may also make an `argparse.Namespace`,
    which holds values and runs nothing: fair-esm stores a model's shape in one.

    Raises
    ------
    AssetError
        If the file is damaged, or asks for anything else; then nothing of it was run.
    """
    with path.open("rb") as file:
        zip_expected = file.read(len(_ZIP_START)) == _ZIP_START
    is_zip = zipfile.is_zipfile(path)
    if zip_expected and not is_zip:  # the directory of a zip file stands at its end
        raise AssetError(f"{path} is cut short. Copy or download it again")
    try:
        with torch.serialization.safe_globals([argparse.Namespace]):
            # Mapped, not read: a model of gigabytes is in memory once, not twice.
            return torch.load(path, map_location="cpu", weights_only=True, mmap=is_zip)
    except pickle.UnpicklingError as error:
        raise AssetError(_refusal(path, str(error))) from error
    except (RuntimeError, EOFError, ValueError, KeyError, OSError) as error:
        raise AssetError(f"{path} is damaged ({_first_line(error)}). Copy or download it again") from error


def tensors_of(found: object, path: Path) -> dict[str, Tensor]:
    """A state dict, checked to be one.

    Raises
    ------
    AssetError
        If it is no mapping of names to tensors.
    """
    if not isinstance(found, Mapping) or not found or not all(isinstance(v, Tensor) for v in found.values()):
        raise AssetError(f"{path} holds no state dict (names with tensors). Give a file of weights")
    return {str(name): value for name, value in found.items()}


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise AssetError(f"{path} is damaged ({_first_line(error)}). Copy or download it again") from error


def _read_pickled_tensors(path: Path) -> dict[str, Tensor]:
    return tensors_of(read_pickle(path), path)


def _parts(index: Path) -> list[Path]:
    try:
        names = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise AssetError(f"{index} is damaged ({error!r}). Copy it again from its source") from error
    # A name is a name: an index does not lead out of its folder.
    parts = [index.parent / Path(str(name)).name for name in names]
    missing = [part.name for part in parts if not part.is_file()]
    if missing:
        raise AssetError(
            f"{index.parent} lacks {', '.join(missing)}, which {index.name} names. Copy them too"
        )
    return parts


def _refusal(path: Path, complaint: str) -> str:
    named = _NAMED_GLOBAL.search(complaint)
    asked = f"it asks for {named[1]}" if named else "it is no plain file of weights"
    return (
        f"{path} is refused: {asked}. Only tensors, numbers, texts, plain containers and argparse.Namespace "
        "are read, and nothing of the file was run. Get the weights as safetensors, or from a source you trust"
    )


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
