"""TAPE's raw data (Rao et al. 2019): a JSON list of records for each split."""

import json
from pathlib import Path

from protclip.benchmarks.formats.lmdb_records import number_of
from protclip.benchmarks.formats.rows import Row
from protclip.errors import AssetError


def read_tape_json(path: Path, label: str) -> list[Row]:
    """The rows of one split; ``label`` names the field of the label, a number or a list of one.

    Raises
    ------
    AssetError
        If the file is no list of records with ``primary`` and the label.
    """
    try:
        records = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise AssetError(f"{path} is no whole JSON file ({error}). Copy or download it again") from error
    if not isinstance(records, list) or not all(
        isinstance(record, dict) and {"primary", label} <= set(record) for record in records
    ):
        raise AssetError(
            f"{path} is no list of records with primary and {label}. Give TAPE's file of this benchmark"
        )
    return [
        Row(sequence=str(record["primary"]), label=number_of(record[label], f"{path}, record {number}"))
        for number, record in enumerate(records)
    ]
