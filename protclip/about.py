"""What `protclip info` tells: version, shipped checkpoint, atlas, splits, and where the data come from."""

import json
from importlib.metadata import version
from math import prod
from pathlib import Path
from typing import Any

Facts = dict[str, dict[str, Any]]


def facts() -> Facts:
    """Everything the shipped files say of themselves, by section; values are strings and whole numbers.

    Raises
    ------
    AssetError
        If a shipped file is missing or damaged.
    """
    return {
        "protclip": {"version": version("protclip"), "licence": "Apache-2.0"},
        "checkpoint": _checkpoint(),
        "atlas": _atlas(),
        "splits": _splits(),
        "data": _provenance(),
    }


def _checkpoint() -> dict[str, Any]:
    from protclip import starter
    from protclip.model.checkpoint_files import CONFIG, fingerprint

    folder = starter.checkpoint_path()
    found = fingerprint(folder)
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    return {
        "name": folder.name,
        "fingerprint": found,
        "dimension": int(config["projection_dim"]),
        "stored values": sum(_num_values(path) for path in sorted(folder.glob("*.safetensors"))),
        "bytes": _num_bytes(folder),
        "folder": str(folder),
    }


def _atlas() -> dict[str, Any]:
    from protclip import starter
    from protclip.data.atlas import read_atlas

    path = starter.atlas_path()
    atlas = read_atlas(path)
    return {
        "proteins": len(atlas.proteins),
        "named": sum(bool(protein.name) for protein in atlas.proteins),
        "annotations": sum(len(protein.annotations) for protein in atlas.proteins),
        "fingerprint": atlas.fingerprint,
        "dimension": atlas.dimension,
        "bytes": _num_bytes(path),
        "folder": str(path),
    }


def _splits() -> dict[str, Any]:
    from protclip import starter
    from protclip.data.splits import Splits

    splits = Splits.read(starter.splits_path())
    facts: dict[str, Any] = {str(name): number for name, number in splits.counts().items()}
    return facts | {"fingerprint": splits.fingerprint} | dict(splits.provenance)


def _provenance() -> dict[str, Any]:
    """Where each shipped file comes from, as the manifest tells it."""
    from protclip import starter

    return {name: _told(facts.get("provenance", "not stated")) for name, facts in starter.manifest().items()}


def _told(provenance: object) -> str:
    if isinstance(provenance, dict):
        return "; ".join(f"{key}: {value}" for key, value in provenance.items())
    return str(provenance)


def _num_values(weights: Path) -> int:
    """How many numbers a weight file holds, from its header alone."""
    from safetensors import safe_open

    with safe_open(weights, framework="numpy") as file:
        return sum(prod(file.get_slice(name).get_shape()) for name in file.keys())  # noqa: SIM118


def _num_bytes(path: Path) -> int:
    files = [path] if path.is_file() else [found for found in path.rglob("*") if found.is_file()]
    return sum(file.stat().st_size for file in files)
