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
from protclip.errors import InputError
from protclip.residues import RESIDUES
from protclip.windowing import mean_of_windows

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
    """Which residue stands at each position: for variants of one protein, which are equally long."""

    name: str = "one-hot"
    fingerprint: str = ""

    def sparse(self, sequences: Sequence[str]) -> csr_matrix:
        """Features (N, 20 L); none at a position without a standard residue.

        Raises
        ------
        InputError
            If the sequences are not all of one length.
        """
        lengths = sorted({len(sequence) for sequence in sequences})
        if len(lengths) > 1:
            raise InputError(
                f"one-hot features need sequences of one length, and these have {len(lengths)} lengths from "
                f"{lengths[0]} to {lengths[-1]} residues. Choose 3-mers or composition, or align the sequences first"
            )
        width = len(RESIDUES)
        kinds_NL = np.array([[RESIDUES.find(residue) for residue in sequence] for sequence in sequences])
        proteins, positions = np.nonzero(kinds_NL >= 0)
        columns = positions * width + kinds_NL[proteins, positions]
        shape = (len(sequences), sum(lengths) * width)
        return csr_matrix((np.ones(len(columns), dtype=np.float32), (proteins, columns)), shape=shape)

    def features(self, sequences: Sequence[str]) -> Floats:
        """Features (N, 20 L); raises as `sparse` does."""
        return _dense(self.sparse(sequences))


def of_splits(rows_of: Callable[[Sequence[str]], Rows], task: LabelledTask) -> dict[SplitName, Rows]:
    """Rows of every split, asked for all at once, so that all have one width."""
    rows: Any = rows_of([sequence for split in SPLITS for sequence in task.splits[split].sequences])
    ends = np.cumsum([0, *(len(task.splits[split]) for split in SPLITS)])
    return {split: rows[ends[i] : ends[i + 1]] for i, split in enumerate(SPLITS)}


def _dense(rows: csr_matrix) -> Floats:
    return np.asarray(rows.toarray(), dtype=np.float32)
