"""What is shipped: checkpoint, atlas, term vectors, interaction head, map, ontology, split; and their checksums."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from protclip.data.files import sha256_of, write_json
from protclip.errors import AssetError

MANIFEST = "MANIFEST.json"
_RESTORE = "Restore it with git checkout, or install protclip again"
CHECKPOINT, ATLAS, ONTOLOGY, SPLITS = "protclip-mini", "atlas", "ontology.parquet", "splits.parquet"
TERMS, CALIBRATION = "terms.safetensors", "calibration.json"
INTERACTION, CUT_OFF = "interaction.safetensors", "query_cutoff.json"
MAP = "map.safetensors"


def folder() -> Path:
    """The folder of the shipped files."""
    return Path(str(files(__name__)))


def checkpoint_path() -> Path:
    """The shipped checkpoint, protclip-mini."""
    return _existing(CHECKPOINT)


def atlas_path() -> Path:
    """The shipped starter atlas."""
    return _existing(ATLAS)


def ontology_path() -> Path:
    """The shipped Gene Ontology: names, synonyms and graph, without definitions."""
    return _existing(ONTOLOGY)


def terms_path() -> Path:
    """The shipped vectors of the GO terms that proteins of the atlas have."""
    return _existing(TERMS)


def calibration_path() -> Path:
    """The shipped calibration of function prediction with protclip-mini and the starter atlas."""
    return _existing(CALIBRATION)


def interaction_path() -> Path:
    """The shipped interaction head."""
    return _existing(INTERACTION)


def cut_off_path() -> Path:
    """The shipped cut-off below which a text reads like no known function."""
    return _existing(CUT_OFF)


def map_path() -> Path:
    """The shipped map of the starter atlas."""
    return _existing(MAP)


def splits_path() -> Path:
    """The shipped split assignment of the Swiss-Prot proteins."""
    return _existing(SPLITS)


def manifest() -> dict[str, dict[str, object]]:
    """What the manifest says of each shipped file: path relative to `folder` -> size, sha256, provenance.

    Raises
    ------
    AssetError
        If the manifest is missing or damaged.
    """
    listed: dict[str, dict[str, object]] = _told("files")
    return listed


def fingerprint() -> str:
    """The fingerprint of the shipped checkpoint, without reading its weights; raises as `manifest`."""
    return str(_told("fingerprint"))


def _told(name: str) -> Any:
    path = _existing(MANIFEST)
    try:
        return json.loads(path.read_text(encoding="utf-8"))[name]
    except (ValueError, KeyError, TypeError) as error:
        raise AssetError(f"{path} is damaged ({error}). {_RESTORE}") from error


def list_file(name: str, provenance: str) -> None:
    """Write size and checksum of one shipped file, made anew, and where it comes from, into the manifest.

    Raises
    ------
    AssetError
        If file or manifest are missing, or the manifest is damaged.
    """
    path, listed = _existing(name), manifest()
    listed[name] = {"bytes": path.stat().st_size, "sha256": sha256_of(path), "provenance": provenance}
    whole = json.loads(_existing(MANIFEST).read_text(encoding="utf-8"))
    write_json(folder() / MANIFEST, whole | {"files": listed})


def problems() -> list[str]:
    """A sentence for each shipped file that is missing or does not have its checksum; [] when all is well.

    Raises
    ------
    AssetError
        If there is no manifest to compare with.
    """
    found = []
    for name, facts in manifest().items():
        path = folder() / name
        if not path.is_file():
            found.append(f"{name} is missing. {_RESTORE}")
        elif sha256_of(path) != facts["sha256"]:
            found.append(f"{name} is damaged (its checksum differs). {_RESTORE}")
    return found


def _existing(name: str) -> Path:
    path = folder() / name
    if not path.exists():
        raise AssetError(f"the shipped {name} is missing from {folder()}. {_RESTORE}")
    return path
