"""What a practitioner does first with a search program: take the labels of the nearest, or the likeness of two."""

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
        queries = [*valid.sequences, *test.sequences]
        bits = best_bits(self.program, queries, train.sequences, self.threads)
        best, chosen = -np.inf, self.neighbours[0]
        for number in self.neighbours:
            found = _weighed(bits[: len(valid)], train.targets, number)
            value = merit(task.kind, deciding_metric(task.kind, found, valid.targets))
            if value > best:
                best, chosen = value, number
        return _weighed(bits[len(valid) :], train.targets, chosen)


@dataclass(frozen=True, slots=True, kw_only=True)
class RelativeBits:
    """How alike proteins are by the bits of their alignment, as a share of those of each with itself.

    The relative reciprocal score of Pesquita et al. 2008 (BMC Bioinformatics 9, S4), who compare it with the
    similarity of GO terms: (bits of a with b + bits of b with a) / (bits of a with a + bits of b with b). Two
    proteins without an alignment have 0.
    """

    program: ProgramName
    threads: int = 2
    fingerprint: str = ""

    @property
    def name(self) -> str:
        """The program's."""
        return self.program

    def similarities(self, sequences: Sequence[str]) -> npt.NDArray[np.float64]:
        """Similarities (N, N), 0 to 1.

        Raises
        ------
        AssetError
            If the program is not there.
        """
        bits = best_bits(self.program, sequences, sequences, self.threads).toarray()
        own = np.diag(bits)
        both = own[:, None] + own[None]
        shares: npt.NDArray[np.float64] = np.minimum((bits + bits.T) / np.where(both > 0, both, np.inf), 1.0)
        return shares


def best_bits(program: ProgramName, queries: Sequence[str], known: Sequence[str], threads: int) -> csr_matrix:
    """Bits of the best alignment of each query (rows) to each known protein (columns), where there is one.

    Raises
    ------
    AssetError
        If the program is not there.
    """
    best: dict[tuple[int, int], float] = {}
    for hit in program_hits(program, _proteins(queries), _proteins(known), threads):
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
