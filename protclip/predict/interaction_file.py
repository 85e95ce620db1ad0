"""An interaction head as one file: safetensors with the numbers, and JSON with all else in its metadata."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from protclip.data.files import replacing
from protclip.data.int8 import quantize_rows, unit_rows
from protclip.data.ppi_pairs import TYPES
from protclip.errors import AssetError
from protclip.predict.interaction import HeadOrigin, InteractionPredictor
from protclip.predict.known_proteins import KnownProteins
from protclip.predict.pair_head import HeadSettings, PairHead
from protclip.predict.platt import Platt

_FACTS = "interaction"
_HEAD, _ROWS, _SCALES, _DIRECTIONS = "head.", "known.rows", "known.row_scale", "known.directions"


def write_predictor(predictor: InteractionPredictor, path: Path) -> None:
    """Write a head with weights in half precision and the training proteins as int8 rows."""
    state = predictor.head.state_dict()
    tensors = {_HEAD + name: values.numpy().astype(np.float16) for name, values in state.items()}
    tensors[_ROWS], tensors[_SCALES] = quantize_rows(predictor.known.rows)
    tensors[_DIRECTIONS] = predictor.known.directions.astype(np.float16)
    facts = {
        "origin": asdict(predictor.origin),
        "types": TYPES,
        "calibration": [asdict(platt) for platt in predictor.calibration],
        "type_threshold": predictor.type_threshold,
        "usual_cosine": predictor.known.usual_cosine,
        "known": predictor.known.accessions,
    }
    with replacing(path) as unfinished:
        # One entry: safetensors writes several in a random order, and the file would not be reproducible.
        save_file(tensors, unfinished, metadata={_FACTS: json.dumps(facts, separators=(",", ":"))})


def read_predictor(path: Path) -> InteractionPredictor:
    """Read what `write_predictor` wrote.

    Raises
    ------
    AssetError
        If the file is missing, damaged, or of other types of interaction.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            facts = json.loads((file.metadata() or {})[_FACTS])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  not a dict
        if tuple(facts["types"]) != TYPES:
            raise ValueError(f"it has the types {', '.join(facts['types'])}")
        return InteractionPredictor(
            head=_head(tensors),
            calibration=tuple(Platt(**platt) for platt in facts["calibration"]),
            type_threshold=facts["type_threshold"],
            known=KnownProteins(
                accessions=tuple(facts["known"]),
                directions=tensors[_DIRECTIONS].astype(np.float32),
                rows=unit_rows(tensors[_ROWS], tensors[_SCALES]),
                usual_cosine=facts["usual_cosine"],
            ),
            origin=HeadOrigin(**facts["origin"]),
        )
    except (SafetensorError, OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise AssetError(
            f"{path} is no interaction head, or a damaged one ({error}). Restore it, or give another file"
        ) from error


def _head(tensors: dict[str, np.ndarray]) -> PairHead:
    state = {
        name.removeprefix(_HEAD): torch.from_numpy(values.astype(np.float32))
        for name, values in tensors.items()
        if name.startswith(_HEAD)
    }
    hidden = HeadSettings(hidden=len(state["hidden.bias"]))
    head = PairHead(state["centre"], len(TYPES), hidden)
    head.load_state_dict(state)
    return head.eval()
