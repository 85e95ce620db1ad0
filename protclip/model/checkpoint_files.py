"""The weight file of a checkpoint: tables of words packed in few bits, and the fingerprint of what it computes."""

import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from protclip.data.int4 import dequantize_pairs, quantize_pairs
from protclip.data.int8 import dequantize_rows, quantize_rows
from protclip.errors import AssetError
from protclip.model.configuration import ProtCLIPConfig

WEIGHTS, CONFIG = "model.safetensors", "config.json"
TABLES = "kmers.tables."
_SCALE = ".row_scale"


def pack_tables(folder: Path, bits: int) -> None:
    """Rewrite the weight file with its tables as rows of 8 or 4 bits and every other matrix as float16."""
    quantize = {8: quantize_rows, 4: quantize_pairs}[bits]
    packed: dict[str, np.ndarray] = {}
    for name, values in load_file(folder / WEIGHTS).items():
        if name.startswith(TABLES):
            packed[name], packed[name + _SCALE] = quantize(values.astype(np.float32))
        else:
            packed[name] = values.astype(np.float16) if values.ndim == 2 else values
    save_file(packed, folder / WEIGHTS, metadata={"format": "pt"})


def unpack_tables(folder: Path) -> dict[str, torch.Tensor]:
    """The state of a weight file written by `pack_tables`, as float32 tensors.

    Raises
    ------
    AssetError
        If the file is missing or damaged.
    """
    state = {}
    stored = _load(folder / WEIGHTS)
    for name, values in stored.items():
        if name.endswith(_SCALE):
            continue
        if name + _SCALE in stored:
            dequantize = dequantize_pairs if values.dtype == np.uint8 else dequantize_rows
            values = dequantize(values, stored[name + _SCALE])
        state[name] = torch.from_numpy(values.astype(np.float32))
    return state


def _load(path: Path) -> dict[str, np.ndarray]:
    if not path.is_file():
        raise AssetError(f"the checkpoint has no {path}. Give a folder that save_pretrained wrote")
    try:
        return dict(load_file(path))
    except SafetensorError as error:
        raise AssetError(
            f"the weight file {path} is damaged ({error}). Restore it (git checkout, or copy it again)"
        ) from error


def check_folder(folder: Path) -> None:
    """Refuse a folder that is no checkpoint of this project; its weights are not read.

    Raises
    ------
    AssetError
        If configuration or weights are missing, or of another kind of model.
    """
    config = folder / CONFIG
    if not config.is_file():
        raise AssetError(
            f"{folder} is no checkpoint folder (no {CONFIG}). Give a folder with {CONFIG} and {WEIGHTS}, or leave "
            "the option out to use the shipped protclip-mini"
        )
    try:
        kind = dict(json.loads(config.read_text(encoding="utf-8"))).get("model_type")
    except (OSError, ValueError, TypeError) as error:
        raise AssetError(
            f"{config} is damaged ({error}). Copy the checkpoint again from its source"
        ) from error
    if kind != ProtCLIPConfig.model_type:
        raise AssetError(
            f"{folder} holds a model of the kind {kind!r}, no ProtCLIP checkpoint. Give a folder that "
            "train/pretrain.py or protclip import-weights wrote"
        )
    if not _weight_files(folder):
        raise AssetError(
            f"{folder} has no {WEIGHTS}: the checkpoint is incomplete. Copy it again from its source"
        )


def fingerprint(folder: Path) -> str:
    """The first 16 hex digits of the SHA-256 over weights and configuration.

    Two checkpoints with the same fingerprint embed alike; an index stores it, and vectors of another
    fingerprint are refused. The configuration's library version does not count.
    """
    config_path = folder / CONFIG
    if not config_path.is_file():
        raise AssetError(f"{folder} is no checkpoint: it has no {CONFIG}")
    config = json.loads(config_path.read_text(encoding="utf-8"))
    config.pop("transformers_version", None)
    digest = hashlib.sha256(json.dumps(config, sort_keys=True).encode())
    weights = _weight_files(folder)
    if not weights:
        raise AssetError(f"{folder} has no {WEIGHTS}: the checkpoint is incomplete")
    for path in weights:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()[:16]


def _weight_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.safetensors")) or sorted(folder.glob("pytorch_model*.bin"))
