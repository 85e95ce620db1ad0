"""Proteins that may be homologous, by the short words they share: what is worth aligning among thousands."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from protclip.residues import CLASS_OF, CLASSES, clean_sequence

PATTERN = (0, 1, 2, 4, 6)
"""Places of a word's five letters: with gaps it survives a substitution between them (PatternHunter, 2002)."""
COMMON = 4_000
"""Words that stand more often than this in the set are of low complexity and are passed over."""
BAND = 12
"""Width, in residues, of the diagonals that shared words are counted on: about what gaps move an alignment by."""
SPREAD = 0.3
"""Weight of words anywhere in the protein (in standard deviations over chance) beside those on one diagonal."""

Ints = npt.NDArray[np.int64]
_LETTER = np.full(256, len(CLASSES), dtype=np.uint8)
for _residue, _number in CLASS_OF.items():
    _LETTER[ord(_residue)] = _number


class WordIndex:
    """Where every word stands in n sequences: 4 bytes a residue, and while it is made some 40."""

    def __init__(self, sequences: Sequence[str]) -> None:
        from scipy.sparse import coo_array

        self._lengths = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
        self._ends = np.cumsum(self._lengths)
        text = np.frombuffer("".join(sequences).encode("ascii"), dtype=np.uint8)
        words, places = _words(text)
        # A word across the border of two sequences belongs to neither.
        inside = self._owner(places) == self._owner(places + PATTERN[-1])
        words, places = words[inside], places[inside]
        shape = len(CLASSES) ** len(PATTERN), max(len(text), 1)
        table = coo_array((np.ones(len(words), dtype=np.int8), (words, places)), shape=shape).tocsr()
        self._first, self._places = table.indptr, table.indices

    def __len__(self) -> int:
        return len(self._lengths)

    def candidates(self, query: str, top: int) -> Ints:
        """At most ``top`` places of sequences that share words with a query, likeliest first.

        They are ordered by the most shared words on one diagonal, plus `SPREAD` times how far, in standard
        deviations, shared words in all exceed what a sequence of that length has by chance.

        Raises
        ------
        InputError
            If the query is empty or has a character that is no residue.
        """
        words, at = _words(np.frombuffer(clean_sequence(query).encode("ascii"), dtype=np.uint8))
        first = self._first[words].astype(np.int64)
        number = self._first[words + 1] - first
        usable = (number > 0) & (number <= COMMON)
        first, number, at = first[usable], number[usable], at[usable]
        total = int(number.sum())
        if not total:
            return np.zeros(0, dtype=np.int64)
        within = np.arange(total) - np.repeat(np.cumsum(number) - number, number)
        places = self._places[np.repeat(first, number) + within].astype(np.int64)
        owners = self._owner(places)
        score = self._score(owners, places - np.repeat(at, number))
        found = np.flatnonzero(score > 0)
        return found[np.lexsort((found, -score[found]))][:top]

    def _score(self, owners: Ints, shifts: Ints) -> npt.NDArray[np.float64]:
        # A shift between a place in the whole text and one in the query is a diagonal of its sequence.
        diagonals, counts = np.unique(owners * 2**34 + shifts // BAND + 2**33, return_counts=True)
        best = np.zeros(len(self))
        np.maximum.at(best, diagonals >> 34, counts)
        shared = np.bincount(owners, minlength=len(self))
        expected = self._lengths * (len(owners) / self._lengths.sum())
        return np.where(shared > 0, best + SPREAD * (shared - expected) / np.sqrt(expected + 1), 0.0)

    def _owner(self, places: Ints) -> Ints:
        return np.searchsorted(self._ends, places, side="right")


def _words(text: npt.NDArray[np.uint8]) -> tuple[Ints, Ints]:
    """The words of a text as numbers, and where they begin; words with a letter of no class are left out."""
    letters = _LETTER[text]
    number = max(len(letters) - PATTERN[-1], 0)
    words, known = np.zeros(number, dtype=np.int64), np.ones(number, dtype=bool)
    for place in PATTERN:
        part = letters[place : place + number]
        words = words * len(CLASSES) + np.minimum(part, len(CLASSES) - 1)
        known &= part < len(CLASSES)
    places = np.flatnonzero(known)
    return words[places], places
