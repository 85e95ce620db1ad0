"""Local alignments of one protein to many: what identity and coverage beside a prediction rest on."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyopal

from protclip.sequence import clean_sequence, windows

GAP_OPEN, GAP_EXTEND = 11, 1
"""BLAST's defaults for BLOSUM62: the first gapped residue costs 11, each further one 1."""
_LAMBDA, _K = 0.267, 0.041
"""Karlin-Altschul parameters of BLOSUM62 with these penalties (NCBI BLAST, blast_stat.c)."""
_CIGAR = re.compile(r"(\d+)([MID=X])")
_UNKNOWN = re.compile("[^ARNDCQEGHILKMFPSTWYVBZX]")
MAX_CELLS = 36_000_000
"""Greatest product of two lengths aligned in one piece: tracing an alignment back takes 12 bytes for each cell."""

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """A local alignment (Smith-Waterman, BLOSUM62) of a query to a target; places are 0-based, ends exclusive.

    ``identity`` is the share, 0 to 1, of the alignment's columns, gaps among them, whose residues are equal, as BLAST
    counts. ``query_places`` and ``target_places`` (n,) are the residues that stand over each other.
    """

    score: int
    identity: float
    query_length: int
    target_length: int
    query_places: Places
    target_places: Places

    @property
    def bits(self) -> float:
        """Bit score: comparable between scoring systems, 2**-bits per pair of places is the chance of one as good."""
        return float(bit_scores(np.float64(self.score)))

    def expect(self, num_residues: int) -> float:
        """How many alignments as good a random database of that many residues would give (E-value)."""
        return float(expect_values(np.float64(self.score), self.query_length, num_residues))

    @property
    def query_coverage(self) -> float:
        """Share, 0 to 1, of the query between the alignment's first and last residue."""
        return float(self.query_places[-1] - self.query_places[0] + 1) / self.query_length

    @property
    def target_coverage(self) -> float:
        """Share, 0 to 1, of the target between the alignment's first and last residue."""
        return float(self.target_places[-1] - self.target_places[0] + 1) / self.target_length


def bit_scores(scores: npt.NDArray[np.number] | np.number) -> npt.NDArray[np.float64]:
    """Bit scores of alignment scores; see `Alignment.bits`."""
    return np.asarray((_LAMBDA * scores - math.log(_K)) / math.log(2))


def expect_values(
    scores: npt.NDArray[np.number] | np.number, query_length: int, num_residues: int
) -> npt.NDArray[np.float64]:
    """E-values of alignment scores; see `Alignment.expect`."""
    return float(query_length) * num_residues * 2.0 ** -bit_scores(scores)


class SequenceSet:
    """Sequences that queries are aligned to, n of them. Letters that BLOSUM62 has not (U, O, J) count as X."""

    def __init__(self, sequences: Sequence[str]) -> None:
        self._sequences = [_letters(sequence) for sequence in sequences]
        self._database = pyopal.Database(self._sequences)
        self._aligner = pyopal.Aligner("BLOSUM62", gap_open=GAP_OPEN, gap_extend=GAP_EXTEND)

    def __len__(self) -> int:
        return len(self._sequences)

    def scores(self, query: str, *, whole: bool = False) -> npt.NDArray[np.int64]:
        """Alignment scores (n,) of a query to every sequence, in their order.

        ``whole`` aligns both from end to end (Needleman-Wunsch); otherwise the best parts count.

        Raises
        ------
        InputError
            If the query is empty or has a character that is no residue.
        """
        algorithm = "nw" if whole else "sw"
        found = self._aligner.align(_letters(query), self._database, algorithm=algorithm) if len(self) else []
        scores = np.zeros(len(self), dtype=np.int64)
        for result in found:
            scores[result.target_index] = result.score
        return scores

    def align(self, query: str) -> list[Alignment | None]:
        """The best local alignment to each sequence, in their order; None where no two residues agree.

        Of a pair whose lengths multiply to more than MAX_CELLS (titin to titin would take 14 GB) the query is
        aligned in pieces, and the best piece stands for the pair: coverage and bits are then lower bounds.
        """
        text = _letters(query)
        found: list[Alignment | None] = [None] * len(self)
        short = [i for i, target in enumerate(self._sequences) if len(text) * len(target) <= MAX_CELLS]
        results = self._aligner.align(text, self._database.extract(short), mode="full") if short else []
        for result in results:
            place = short[result.target_index]
            found[place] = _alignment(text, self._sequences[place], result)
        for place in set(range(len(self))).difference(short):
            found[place] = self._in_pieces(text, self._sequences[place])
        return found

    def _in_pieces(self, query: str, target: str) -> Alignment | None:
        size, single = max(MAX_CELLS // len(target), 1), pyopal.Database([target])
        pieces = windows(len(query), size, 0)
        scores = [self._aligner.align(query[start:end], single)[0].score for start, end in pieces]
        start, end = pieces[int(np.argmax(scores))]
        result = self._aligner.align(query[start:end], single, mode="full")[0]
        return _alignment(query, target, result, start)


def align(query: str, targets: Sequence[str]) -> list[Alignment | None]:
    """The best local alignment of a query to each target; see `SequenceSet.align`."""
    return SequenceSet(targets).align(query)


def _letters(sequence: str) -> str:
    return _UNKNOWN.sub("X", clean_sequence(sequence))


def _alignment(query: str, target: str, result: "pyopal.FullResult", first: int = 0) -> Alignment | None:
    """From pyopal's ends and cigar; its own identity and coverage count otherwise than BLAST.

    ``first`` is the place in the query of what was aligned.
    """
    if result.score <= 0:
        return None
    over, under, at, to, columns = [], [], first + result.query_start, result.target_start, 0
    for length, kind in _CIGAR.findall(result.cigar()):
        steps = int(length)
        columns += steps
        if kind in "M=X":
            over.append(np.arange(at, at + steps))
            under.append(np.arange(to, to + steps))
        at += steps if kind in "M=XI" else 0
        to += steps if kind in "M=XD" else 0
    query_places, target_places = np.concatenate(over), np.concatenate(under)
    equal = sum(query[i] == target[j] for i, j in zip(query_places, target_places, strict=True))
    return Alignment(
        score=result.score,
        identity=equal / columns,
        query_length=len(query),
        target_length=len(target),
        query_places=query_places,
        target_places=target_places,
    )
