"""Rows of a labelled set as its source has them, and how they become examples: clean sequences, rows of targets."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from protclip.benchmarks.registry import Benchmark
from protclip.benchmarks.tasks import SPLITS, Examples, LabelledTask, SplitName, TaskKind
from protclip.errors import AssetError, InputError
from protclip.sequence import clean_sequence

_SPLIT_NAMES: Mapping[str, SplitName] = {
    "train": "train",
    "valid": "valid",
    "validation": "valid",
    "test": "test",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A sequence as its source writes it, and its label: a number, or a class by name or by place."""

    sequence: str
    label: float | str


RowsBySplit = Mapping[SplitName, Sequence[Row]]


def renamed(rows: Sequence[Row], classes: Sequence[str]) -> list[Row]:
    """Rows whose labels are numbers of classes, with the classes' names. Raises InputError for other labels."""
    places = {_plain(name): place for place, name in enumerate(classes)}
    return [Row(sequence=row.sequence, label=classes[_place(row.label, classes, places)]) for row in rows]


class CleanUp:
    """Makes the sequences of one set clean, and counts what it changed or left out."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def sequence(self, text: str) -> str:
        """The sequence in capitals without white space and stops; empty where other characters remain.

        A stop (*) is deleted and what follows it stays, as TAPE does with the stop codons of its fluorescence set.
        """
        if "*" in text:
            self._counts["sequences had stops (*), which are deleted"] += 1
        try:
            return clean_sequence(text.replace("*", ""))
        except InputError:
            self._counts[
                "rows are left out: their sequences are empty or have other characters than residues"
            ] += 1
            return ""

    @property
    def note(self) -> str:
        """What was done, or empty where nothing was."""
        return "; ".join(f"{number:,} {what}" for what, number in self._counts.items())


def split_of(name: str) -> SplitName | None:
    """The split that a source means by a name ("validation" is valid too); None for any other."""
    return _SPLIT_NAMES.get(name.strip().lower())


def single_column_task(
    benchmark: Benchmark, rows: RowsBySplit, *, classes: Sequence[str] = (), note: str = ""
) -> LabelledTask:
    """A task of numbers, or of one class for each protein where ``classes`` are given.

    ``note`` comes first in the task's note, then sizes that differ from the published ones, then the clean-up.

    Raises
    ------
    InputError
        For a label that is no number, or none of the classes.
    AssetError
        If a split has no protein.
    """
    clean_up = CleanUp()
    splits = {split: _examples(rows[split], classes, clean_up) for split in SPLITS}
    empty = [split for split in SPLITS if not len(splits[split])]
    if empty:
        raise AssetError(
            f"The files of {benchmark.title} have no protein for {' and '.join(empty)}. Copy or download them again"
        )
    kind: TaskKind = "single-label" if classes else "regression"
    return LabelledTask(
        name=benchmark.key,
        kind=kind,
        classes=tuple(classes) or ("value",),
        splits=splits,
        note=joined(note, size_note(benchmark, splits), clean_up.note),
    )


def size_note(benchmark: Benchmark, splits: Mapping[SplitName, Examples]) -> str:
    """Sizes of the splits beside the published ones; empty where they agree or none are published."""
    sizes = tuple(len(splits[split]) for split in SPLITS)
    if not any(benchmark.published_sizes) or sizes == benchmark.published_sizes:
        return ""
    distinct = tuple(len(set(splits[split].sequences)) for split in SPLITS)
    extra = "" if distinct == sizes else f", {_sizes(distinct)} distinct sequences"
    published = _sizes(benchmark.published_sizes)
    return f"{_sizes(sizes)} proteins in {', '.join(SPLITS)}{extra}, published are {published}"


def joined(*notes: str) -> str:
    """Notes that say something, as one line."""
    return "; ".join(note for note in notes if note)


def _sizes(sizes: Sequence[int]) -> str:
    return " / ".join(f"{size:,}" for size in sizes)


def _examples(rows: Sequence[Row], classes: Sequence[str], clean_up: CleanUp) -> Examples:
    kept = [(sequence, row.label) for row in rows if (sequence := clean_up.sequence(row.sequence))]
    if classes:
        places = {_plain(name): place for place, name in enumerate(classes)}
        targets = np.zeros((len(kept), len(classes)), dtype=np.float32)
        for row, (_, label) in enumerate(kept):
            targets[row, _place(label, classes, places)] = 1
    else:
        targets = np.array([_number(label) for _, label in kept], dtype=np.float32).reshape(-1, 1)
    return Examples(sequences=tuple(sequence for sequence, _ in kept), targets=targets)


def _number(label: float | str) -> float:
    try:
        value = float(label)
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        raise InputError(f"The label {label!r} is no number. This benchmark's labels are finite numbers")
    return value


def _place(label: float | str, classes: Sequence[str], places: Mapping[str, int]) -> int:
    """The column of a class: by its name, in whatever spelling, or by its place from 0."""
    if isinstance(label, str) and _plain(label) in places:
        return places[_plain(label)]
    try:
        place = float(label)
    except ValueError:
        place = -1.0
    if place not in range(len(classes)):
        raise InputError(
            f"The label {label!r} is no class of this benchmark. Classes are {', '.join(classes)}, by name or by "
            f"number from 0 to {len(classes) - 1}"
        )
    return int(place)


def _plain(name: str) -> str:
    """Letters and digits alone: "Cell.membrane" and "Cell membrane" are the same class."""
    return "".join(character for character in name.lower() if character.isalnum())
