"""What makes rows of numbers of proteins: towers before projection and behind it, 3-mers, composition, one-hot."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from protclip.benchmarks.fitting import TokenRows, outputs_of
from protclip.benchmarks.models.towers import Tower
from protclip.benchmarks.tasks import SPLITS, FeatureSource, Floats, LabelledTask, SplitName
from protclip.benchmarks.three_mers import three_mer_rows
from protclip.encode import Encoder
from protclip.residues import RESIDUES
from protclip.windowing import mean_of_windows

_KIND_OF_BYTE = np.full(256, -1, dtype=np.int64)
_KIND_OF_BYTE[np.frombuffer(RESIDUES.encode(), dtype=np.uint8)] = np.arange(len(RESIDUES))
Rows = TypeVar("Rows")
"""An array or a sparse matrix (N, D)."""


@runtime_checkable
class SparseSource(Protocol):
    """A feature source most of whose numbers are zero."""

    def sparse(self, sequences: Sequence[str]) -> csr_matrix:
        """Features (N, D) in input order."""
        ...


class TowerFeatures:
    """Mean residue features of a tower before any projection; a long protein is read in windows."""

    def __init__(self, tower: Tower) -> None:
        self.name, self.fingerprint, self._tower = tower.name, tower.fingerprint, tower

    def features(self, sequences: Sequence[str]) -> Floats:
        """Features (N, D) of cleaned sequences."""
        tower = self._tower
        rows = mean_of_windows(
            [tower.tokens(sequence) for sequence in sequences],
            tower.max_residues,
            lambda pieces: outputs_of(tower, TokenRows(pieces, tower.collate), tower.dtype),
        )
        return rows.numpy()


class SharedSpace:
    """ProtCLIP's unit rows in the space that it shares with texts."""

    def __init__(self, encoder: Encoder) -> None:
        self.name, self.fingerprint, self._encoder = f"{encoder.name} shared", encoder.fingerprint, encoder

    def features(self, sequences: Sequence[str]) -> Floats:
        """Unit rows (N, E)."""
        return self._encoder.proteins(sequences)


class Remembered:
    """A source that computes a protein once and keeps the row: seeds and tasks share proteins."""

    def __init__(self, source: FeatureSource) -> None:
        self.name, self.fingerprint, self._source = source.name, source.fingerprint, source
        self._rows: dict[str, npt.NDArray[np.float32]] = {}

    def features(self, sequences: Sequence[str]) -> Floats:
        """Features (N, D) in input order."""
        new = [sequence for sequence in dict.fromkeys(sequences) if sequence not in self._rows]
        if new:
            self._rows.update(zip(new, self._source.features(new), strict=True))
        return np.stack([self._rows[sequence] for sequence in sequences])


@dataclass(frozen=True, slots=True)
class ThreeMers:
    """Counts of the 3-mers of standard residues, each protein's brought to length 1."""

    name: str = "3-mers"
    fingerprint: str = ""

    def sparse(self, sequences: Sequence[str]) -> csr_matrix:
        """Features (N, 8000)."""
        return three_mer_rows(sequences)

    def features(self, sequences: Sequence[str]) -> Floats:
        """Features (N, 8000)."""
        return _dense(self.sparse(sequences))


@dataclass(frozen=True, slots=True)
class Composition:
    """The share of each of the twenty residues."""

    name: str = "composition"
    fingerprint: str = ""

    def features(self, sequences: Sequence[str]) -> Floats:
        """Features (N, 20), rows of which add up to 1 where all residues are standard."""
        rows = [
            [sequence.count(residue) / max(len(sequence), 1) for residue in RESIDUES]
            for sequence in sequences
        ]
        return np.array(rows, dtype=np.float32).reshape(len(sequences), len(RESIDUES))


@dataclass(frozen=True, slots=True)
class OneHot:
    """Which residue stands at each position, counted from the beginning: for variants of one protein.

    Positions behind the end of a shorter sequence have none, so an insertion or a deletion moves what follows it.
    """

    name: str = "one-hot"
    fingerprint: str = ""

    def sparse(self, sequences: Sequence[str]) -> csr_matrix:
        """Features (N, 20 L), L the length of the longest; none at a position without a standard residue."""
        kinds = [_KIND_OF_BYTE[np.frombuffer(s.encode("latin-1", "replace"), np.uint8)] for s in sequences]
        positions = [np.flatnonzero(row >= 0) for row in kinds]
        columns = [place * len(RESIDUES) + row[place] for place, row in zip(positions, kinds, strict=True)]
        starts = np.cumsum([0, *map(len, columns)])
        shape = (len(sequences), max(map(len, sequences), default=0) * len(RESIDUES))
        found = np.concatenate([np.empty(0, np.int64), *columns])
        return csr_matrix((np.ones(len(found), dtype=np.float32), found, starts), shape=shape)

    def features(self, sequences: Sequence[str]) -> Floats:
        """Features (N, 20 L)."""
        return _dense(self.sparse(sequences))


def of_splits(rows_of: Callable[[Sequence[str]], Rows], task: LabelledTask) -> dict[SplitName, Rows]:
    """Rows of every split, asked for all at once, so that all have one width."""
    rows: Any = rows_of([sequence for split in SPLITS for sequence in task.splits[split].sequences])
    ends = np.cumsum([0, *(len(task.splits[split]) for split in SPLITS)])
    return {split: rows[ends[i] : ends[i + 1]] for i, split in enumerate(SPLITS)}


def _dense(rows: csr_matrix) -> Floats:
    return np.asarray(rows.toarray(), dtype=np.float32)
