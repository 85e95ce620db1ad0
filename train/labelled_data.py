"""Downstream data: sequences with labels from JSON Lines or tables, as arrays that a head can be trained on."""

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from protclip.benchmarks.tasks import SPLITS, Examples, Floats, LabelledTask, TaskKind
from protclip.errors import AssetError, InputError, RecordError
from protclip.sequence import clean_sequence

_SUFFIXES = (".json", ".jsonl", ".csv", ".tsv")
_SEQUENCE_COLUMNS = ("seq", "sequence")


Rows = list[tuple[str, Any]]


def read_labelled(folder: Path, task: TaskKind) -> LabelledTask:
    """Read train, valid and test of a folder.

    A class is any text or whole number; a set of classes is an array of them, in a table separated by ";", or
    an array of 0 and 1 with one for each class (all of equal length).

    Raises
    ------
    AssetError
        Where a split is missing.
    InputError
        Where a record is malformed (file, line and remedy), or a split is empty.
    """
    rows = {split: _read_split(folder, split) for split in SPLITS}
    labels = [label for split in SPLITS for _, label in rows[split]]
    multi_hot = task == "multi-label" and _is_multi_hot(labels)
    classes = () if task == "regression" else _classes(labels, multi_hot)
    if multi_hot:
        rows = {split: [(seq, _set_of(hot)) for seq, hot in each] for split, each in rows.items()}
    targets = {split: _targets(each, task, classes) for split, each in rows.items()}
    return LabelledTask(
        splits={
            split: Examples(sequences=tuple(seq for seq, _ in each), targets=targets[split])
            for split, each in rows.items()
        },
        classes=classes or (task,),
        name=folder.name,
        kind=task,
    )


def _read_split(folder: Path, split: str) -> Rows:
    """Rows with cleaned sequences, from the one file of the split."""
    paths = [path for suffix in _SUFFIXES if (path := folder / f"{split}{suffix}").is_file()]
    if len(paths) != 1:
        found = ", ".join(path.name for path in paths) or "none"
        raise AssetError(
            f"{folder} needs one file of the split {split!r}, with one of the endings {', '.join(_SUFFIXES)}; "
            f"found: {found}."
        )
    rows = [(_sequence(seq, paths[0], line), label) for line, seq, label in _records(paths[0])]
    if not rows:
        raise InputError(f"{paths[0]} has no record. Give at least one protein with its label.")
    return rows


def _sequence(text: Any, path: Path, line: int) -> str:
    try:
        return clean_sequence(str(text))
    except InputError as error:
        raise RecordError(path, line, str(error), "Correct the sequence, or remove the record.") from error


def _records(path: Path) -> Iterator[tuple[int, Any, Any]]:
    """Line, sequence and label of each record."""
    with path.open(encoding="utf-8", newline="") as file:
        if path.suffix in {".json", ".jsonl"}:
            for line, text in enumerate(file, 1):
                if text.strip():
                    yield line, *_json_record(text, path, line)
            return
        reader = csv.DictReader(file, delimiter="\t" if path.suffix == ".tsv" else ",")
        column = next((c for c in _SEQUENCE_COLUMNS if c in (reader.fieldnames or ())), "")
        if not column or "label" not in (reader.fieldnames or ()):
            raise RecordError(path, 1, "the columns are not seq and label", "Name them in the first line.")
        for record in reader:
            yield reader.line_num, record[column], _cell(record["label"])


def _json_record(text: str, path: Path, line: int) -> tuple[Any, Any]:
    try:
        record = json.loads(text)
        return record["seq"], record["label"]
    except (ValueError, KeyError, TypeError) as error:
        remedy = 'Write one object a line: {"seq": "MKV...", "label": ...}.'
        raise RecordError(path, line, f"this is no record ({error})", remedy) from error


def _cell(text: str | None) -> Any:
    return text.split(";") if text and ";" in text else text


def _items(label: Any) -> list[str]:
    items = label if isinstance(label, list) else [label]
    return [str(item) for item in items if str(item) != ""]


def _is_multi_hot(labels: Sequence[Any]) -> bool:
    lengths = {len(label) if isinstance(label, list) else 0 for label in labels}
    return (
        len(lengths) == 1
        and min(lengths) > 1
        and all(item in (0, 1) and not isinstance(item, str) for label in labels for item in label)
    )


def _set_of(hot: Sequence[int]) -> list[int]:
    return [place for place, on in enumerate(hot) if on]


def _classes(labels: Sequence[Any], multi_hot: bool) -> tuple[str, ...]:
    """Names of all classes: whole numbers in their order, other names in the alphabet's."""
    if multi_hot:
        return tuple(str(place) for place in range(len(labels[0])))
    names = {item for label in labels for item in _items(label)}
    if all(name.isdecimal() for name in names):
        return tuple(sorted(names, key=int))
    return tuple(sorted(names))


def _targets(rows: Rows, task: TaskKind, classes: tuple[str, ...]) -> Floats:
    labels = [label for _, label in rows]
    if task == "regression":
        return np.array([[_number(label)] for label in labels], dtype=np.float32)
    place = {name: number for number, name in enumerate(classes)}
    targets = np.zeros((len(rows), len(classes)), dtype=np.float32)
    for row, label in enumerate(labels):
        items = _items(label)
        if task == "single-label" and len(items) != 1:
            raise InputError(f"the label {label!r} is not one class: set task to multi-label.")
        targets[row, [place[item] for item in items]] = 1
    return targets


def _number(label: Any) -> float:
    value = label[0] if isinstance(label, list) and len(label) == 1 else label
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"the label {label!r} is no number: set task to single-label or multi-label."
        ) from error
    if not np.isfinite(number):
        raise InputError(f"the label {label!r} is not finite: remove that record.")
    return number
