"""What a practitioner does first: the labels of the nearest training proteins, found by a search program."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from protclip.benchmarks.task_metrics import deciding_metric, merit
from protclip.benchmarks.tasks import Floats, LabelledTask
from protclip.predict.search_programs import ProgramName, program_hits
from protclip.records import Protein

NEIGHBOURS = (1, 3, 10, 30, 300)
"""Numbers of neighbours of which the validation split chooses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Homology:
    """The mean of the nearest training proteins' labels, weighed by bits; the mean of all labels where none is found.

    A protein that is found twice counts by its better alignment.
    """

    program: ProgramName
    neighbours: tuple[int, ...] = NEIGHBOURS
    threads: int = 2
    fingerprint: str = ""

    @property
    def name(self) -> str:
        """The program's."""
        return self.program

    def predict(self, task: LabelledTask, *, seed: int) -> Floats:
        """Search valid and test among train, choose the number of neighbours, and score the test split.

        Nothing is drawn: every ``seed`` gives the same.

        Raises
        ------
        AssetError
            If the program is not there.
        """
        train, valid, test = (task.splits[split] for split in ("train", "valid", "test"))
        bits = self._bits([*valid.sequences, *test.sequences], train.sequences)
        best, chosen = -np.inf, self.neighbours[0]
        for number in self.neighbours:
            found = _weighed(bits[: len(valid)], train.targets, number)
            value = merit(task.kind, deciding_metric(task.kind, found, valid.targets))
            if value > best:
                best, chosen = value, number
        return _weighed(bits[len(valid) :], train.targets, chosen)

    def _bits(self, queries: Sequence[str], known: Sequence[str]) -> csr_matrix:
        """Bits of the best alignment of each query (rows) to each known protein (columns), where there is one."""
        best: dict[tuple[int, int], float] = {}
        for hit in program_hits(self.program, _proteins(queries), _proteins(known), self.threads):
            pair = int(hit.query), int(hit.target)
            best[pair] = max(best.get(pair, 0.0), hit.bits)
        places = np.array(list(best), dtype=np.int64).reshape(-1, 2)
        values = np.array(list(best.values()))
        found = csr_matrix((values, (places[:, 0], places[:, 1])), shape=(len(queries), len(known)))
        found.sort_indices()  # of equally good hits the first known protein counts, in whatever order they were told
        return found


def _proteins(sequences: Sequence[str]) -> list[Protein]:
    return [Protein(accession=str(place), sequence=sequence) for place, sequence in enumerate(sequences)]


def _weighed(bits: csr_matrix, targets_NC: Floats, number: int) -> Floats:
    """Scores of the queries from the targets of their ``number`` best hits."""
    mean_C: npt.NDArray[np.float32] = targets_NC.mean(0)
    scores = np.tile(mean_C, (bits.shape[0], 1))
    for query in range(bits.shape[0]):
        part = slice(bits.indptr[query], bits.indptr[query + 1])
        nearest = np.argsort(-bits.data[part], kind="stable")[:number]
        weights = bits.data[part][nearest]
        if weights.sum() > 0:
            scores[query] = weights @ targets_NC[bits.indices[part][nearest]] / weights.sum()
    return scores
