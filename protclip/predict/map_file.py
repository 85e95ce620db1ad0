"""A map as one file: safetensors with the numbers, accessions packed, and JSON with all else in its metadata."""

import json
import zlib
from dataclasses import asdict
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from protclip.data.files import replacing
from protclip.errors import AssetError
from protclip.predict.map_measures import MapMeasures
from protclip.predict.protein_map import MapSettings, ProteinMap, Rows

_FACTS, _PLACES, _LOWEST, _STEP, _ACCESSIONS = "map", "places", "lowest", "step", "accessions.zlib"
_STEPS = 65_535
_LONGEST_ACCESSION = 64


def write_map(made: ProteinMap, path: Path) -> None:
    """Write a map; a coordinate keeps one part in 65,535 of its axis."""
    lowest = made.coordinates.min(axis=0)
    step = np.maximum(np.ptp(made.coordinates, axis=0) / _STEPS, np.finfo(np.float32).tiny)
    packed = zlib.compress("\n".join(made.accessions).encode(), level=9)
    tensors = {
        _PLACES: np.rint((made.coordinates - lowest) / step).astype(np.uint16),
        _LOWEST: lowest,
        _STEP: step.astype(np.float32),
        _ACCESSIONS: np.frombuffer(packed, dtype=np.uint8),
    }
    facts = {
        "fingerprint": made.fingerprint,
        "settings": asdict(made.settings),
        "measures": asdict(made.measures),
    }
    with replacing(path) as unfinished:
        # One entry: safetensors writes several in a random order, and the file would not be reproducible.
        save_file(tensors, unfinished, metadata={_FACTS: json.dumps(facts, separators=(",", ":"))})


def read_map(path: Path) -> ProteinMap:
    """Read what `write_map` wrote.

    Raises
    ------
    AssetError
        If the file is missing or damaged.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            facts = json.loads((file.metadata() or {})[_FACTS])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  not a dict
        coordinates: Rows = (tensors[_LOWEST] + tensors[_PLACES] * tensors[_STEP]).astype(np.float32)
        return ProteinMap(
            accessions=_unpacked(tensors[_ACCESSIONS], len(coordinates)),
            coordinates=coordinates,
            fingerprint=facts["fingerprint"],
            settings=MapSettings(**facts["settings"]),
            measures=MapMeasures(**facts["measures"]),
        )
    except (SafetensorError, OSError, KeyError, TypeError, ValueError, zlib.error) as error:
        raise AssetError(
            f"{path} is no map, or a damaged one ({error}). Make one with protclip map fit, or restore it"
        ) from error


def _unpacked(packed: np.ndarray, number: int) -> tuple[str, ...]:
    """The accessions; never more memory than so many can take, whatever a file was made to unpack to."""
    most = number * (_LONGEST_ACCESSION + 1)
    stream = zlib.decompressobj()
    text = stream.decompress(packed.tobytes(), most)
    if stream.unconsumed_tail:
        raise ValueError(f"its accessions are longer than {number} can be")
    return tuple(text.decode().split("\n"))
