"""What a benchmark asks: labelled proteins in three splits, the interface of what answers, and what came out.

Shapes: N proteins, C classes (1 for a number), D features.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from protclip.benchmarks.results import Measurement

Floats = npt.NDArray[np.float32]
TaskKind = Literal["regression", "single-label", "multi-label"]
"""What a label is: a number, one class, or a set of classes."""
SplitName = Literal["train", "valid", "test"]
SPLITS: tuple[SplitName, ...] = ("train", "valid", "test")


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """N proteins of one split.

    ``targets`` (N, C) are numbers (C = 1), or 1 at each class a protein has and 0 elsewhere.
    """

    sequences: tuple[str, ...]
    targets: Floats

    def __post_init__(self) -> None:
        if self.targets.ndim != 2 or len(self.targets) != len(self.sequences):
            raise ValueError(
                f"{len(self.sequences)} sequences with targets of shape {self.targets.shape}: give a row for each"
            )

    def __len__(self) -> int:
        return len(self.sequences)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledTask:
    """A supervised benchmark.

    ``classes`` name the columns of the targets. ``subsets`` are masks (N,) over the test split, by name: identity
    cut-offs. ``note`` says in what the data differ from the published set, and is empty where they are that set.
    """

    name: str
    kind: TaskKind
    classes: tuple[str, ...]
    splits: Mapping[SplitName, Examples]
    subsets: Mapping[str, npt.NDArray[np.bool_]] = field(default_factory=dict)
    note: str = ""

    def __post_init__(self) -> None:
        if set(self.splits) != set(SPLITS):
            raise ValueError(f"a task has the splits {', '.join(SPLITS)}, not {', '.join(self.splits)}")
        widths = {part.targets.shape[1] for part in self.splits.values()}
        if widths != {len(self.classes)}:
            raise ValueError(f"{len(self.classes)} classes, but targets of {sorted(widths)} columns")

    @property
    def sha256(self) -> str:
        """Hash of all sequences and targets: the same wherever the same data were read from."""
        found = hashlib.sha256()
        for piece in self._pieces():
            found.update(piece)
        return found.hexdigest()

    def _pieces(self) -> Iterator[bytes]:
        for split in SPLITS:
            examples = self.splits[split]
            yield "\n".join((split, *examples.sequences)).encode()
            yield np.ascontiguousarray(examples.targets).tobytes()


class Named(Protocol):
    """What is told of a model in the table of results."""

    @property
    def name(self) -> str:
        """As in the table of results."""
        ...

    @property
    def fingerprint(self) -> str:
        """Of the weights that it begins with; empty where there are none."""
        ...


class FeatureSource(Named, Protocol):
    """What makes a row of numbers of a protein: a checkpoint's protein tower, counts of 3-mers, composition."""

    def features(self, sequences: Sequence[str]) -> Floats:
        """Features (N, D) in input order, the same whatever else is in the batch."""
        ...


class TaskModel(Named, Protocol):
    """What can be trained on a task: a tower with a head, a network from scratch, a search for homologues."""

    def predict(self, task: LabelledTask, *, seed: int) -> Floats:
        """Learn from train, choose by valid, and score the test split.

        Returns
        -------
        (N, C): predicted numbers, scores of classes of which the greatest wins, or for sets of classes
        probabilities between 0 and 1.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkRun:
    """What one model did on one benchmark with one seed.

    ``data`` names the data with the first 12 digits of their hash. ``note`` says in what they differ from the
    published set, and is empty where they are that set (for interactions: its pairs, in a split drawn anew).
    """

    model: str
    fingerprint: str
    seed: int
    data: str
    measured: tuple[Measurement, ...]
    note: str = ""
