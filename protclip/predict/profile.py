"""What a protein's homologues have at each of its positions, as PSI-BLAST counts it.

Shapes: L positions of the wild type, S sequences over it (the wild type first), R the 20 residues in the order of
`protclip.sequence.RESIDUES`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scoring_matrices.lib import ScoringMatrix

from protclip.data.tables import proteins_of, sequences_of
from protclip.predict.alignment import Alignment, SequenceSet, expect_values
from protclip.records import Protein
from protclip.sequence import RESIDUES, clean_sequence

MAX_EXPECT, MIN_COVERAGE, MAX_HOMOLOGUES = 1e-3, 0.05, 1_000
"""A homologue's largest E-value, its least share of the wild type (a domain of a long protein is enough), and how
many are kept, the best first."""
SAME_IDENTITY = 0.98
"""A homologue this like the wild type says nothing new and is not counted (as PSI-BLAST does)."""
PSEUDO_COUNTS = 10.0
"""Weight of what BLOSUM62 expects against the effective number of other sequences (beta of Altschul et al. 1997)."""
_LAMBDA = 0.3176
"""Scale of BLOSUM62 in nats without gaps (NCBI BLAST, blast_stat.c)."""
# Robinson and Robinson 1991, in the order of RESIDUES: the background that BLAST uses.
_BACKGROUND = np.array(
    [78.05, 19.25, 53.64, 62.95, 38.56, 73.77, 21.99, 51.42, 57.44, 90.19,
     22.43, 44.87, 52.03, 42.64, 51.29, 71.20, 58.41, 64.41, 13.30, 32.16]
)  # fmt: skip
_NO_RESIDUE = -1

Grid = npt.NDArray[np.float64]
Letters = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Homologue:
    """A protein that resembles the wild type by more than chance; ``expect`` is the E-value of its alignment."""

    protein: Protein
    alignment: Alignment
    expect: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What stands at each position.

    Attributes
    ----------
    log_odds
        Nats (L, R): log of a residue's estimated frequency at a position over its background frequency.
    conservation
        Nats (L,), 0 or more: relative entropy of the position's frequencies to the background.
    effective_number
        (L,): how many equally weighed sequences stand at a position, 1 where it is the wild type alone.
    """

    log_odds: Grid
    conservation: Grid
    effective_number: Grid


class HomologueSearch:
    """Known proteins, all of which are aligned to a wild type (45,000 in one to three seconds on one core).

    Parameters
    ----------
    proteins
        Accession and sequence are enough where ``whole`` gives the rest.
    whole
        The protein at a place with all that is known of it; asked for homologues alone.
    """

    def __init__(self, proteins: Sequence[Protein], whole: Callable[[int], Protein] | None = None) -> None:
        self._whole = whole or proteins.__getitem__
        self._sequences = SequenceSet([protein.sequence for protein in proteins])
        self._num_residues = sum(len(protein.sequence) for protein in proteins)

    @classmethod
    def of_table(cls, table: Any) -> Self:
        """The proteins of an Arrow table (`protclip.data.tables`), of which only homologues become records."""
        return cls(list(sequences_of(table)), lambda place: next(proteins_of(table.slice(place, 1))))

    def __len__(self) -> int:
        return len(self._sequences)

    def find(self, sequence: str) -> tuple[Homologue, ...]:
        """The homologues of a sequence, by E-value; see `homologues_among`."""
        scores = self._sequences.scores(sequence)
        expects = expect_values(scores, len(clean_sequence(sequence)), self._num_residues)
        order = np.argsort(expects, kind="stable")[:MAX_HOMOLOGUES]
        near = [self._whole(int(place)) for place in order if expects[place] < MAX_EXPECT]
        return homologues_among(sequence, near, num_residues=self._num_residues)


def homologues_among(
    sequence: str, proteins: Sequence[Protein], *, num_residues: int
) -> tuple[Homologue, ...]:
    """Those of some proteins that resemble a sequence by more than chance, by E-value.

    Parameters
    ----------
    num_residues
        Residues of the whole collection that the proteins were chosen from, on which E-values depend.

    Raises
    ------
    InputError
        If the sequence is empty or has a character that is no residue.
    """
    found = []
    alignments = SequenceSet([protein.sequence for protein in proteins]).align(sequence)
    for protein, alignment in zip(proteins, alignments, strict=True):
        if alignment is None or alignment.query_coverage < MIN_COVERAGE:
            continue
        expect = alignment.expect(num_residues)
        if expect < MAX_EXPECT:
            found.append(Homologue(protein=protein, alignment=alignment, expect=expect))
    return tuple(sorted(found, key=lambda h: (h.expect, h.protein.accession)))


def profile_of(sequence: str, homologues: Sequence[Homologue]) -> Profile:
    """Residue frequencies over a sequence's positions.

    Sequences are weighed by position (Henikoff and Henikoff 1994). Frequencies are mixed with those that
    BLOSUM62 expects beside them: (a f + b g) / (a + b), equation 5 of Altschul et al. 1997, where a is the
    effective number of sequences less one and b is `PSEUDO_COUNTS`. Without a homologue only g is left:
    BLOSUM62 itself.
    """
    counted = [homologue for homologue in homologues if homologue.alignment.identity < SAME_IDENTITY]
    letters_SL = _stacked(clean_sequence(sequence), counted)
    frequencies_LR, number_L = _frequencies(letters_SL, sequence_weights(letters_SL))
    expected_LR = frequencies_LR @ _conditional()
    other_L1 = (number_L - 1)[:, None]
    mixed_LR = (other_L1 * frequencies_LR + PSEUDO_COUNTS * expected_LR) / (other_L1 + PSEUDO_COUNTS)
    log_odds = np.log(mixed_LR / background())
    return Profile(
        log_odds=log_odds,
        conservation=(mixed_LR * log_odds).sum(axis=1),
        effective_number=number_L,
    )


def sequence_weights(letters_SL: Letters) -> Grid:
    """Weights (S,) of sequences: the mean over their positions of 1 / (kinds of residue * how many have this one).

    A mean, not Henikoff's sum, so that a sequence over a part counts there as one over the whole does.
    """
    shares_SL = np.zeros(letters_SL.shape)
    is_there_RSL = letters_SL[None] == np.arange(len(RESIDUES))[:, None, None]
    counts_RL = is_there_RSL.sum(axis=1)
    kinds_L = (counts_RL > 0).sum(axis=0)
    for is_there_SL, counts_L in zip(is_there_RSL, counts_RL, strict=True):
        shares_SL += is_there_SL / np.maximum(counts_L * kinds_L, 1)
    covered_S = (letters_SL != _NO_RESIDUE).sum(axis=1)
    return shares_SL.sum(axis=1) / np.maximum(covered_S, 1)


@cache
def background() -> Grid:
    """Frequencies (R,) of residues in proteins at large."""
    return _BACKGROUND / _BACKGROUND.sum()


@cache
def _conditional() -> Grid:
    """How often each residue (columns) stands over a given one (rows) in BLOSUM62's alignments; rows add up to 1."""
    blosum = ScoringMatrix.from_name("BLOSUM62")
    scores_RR = np.array([[blosum[a, b] for b in RESIDUES] for a in RESIDUES])
    joint_RR = background() * np.exp(_LAMBDA * scores_RR)
    return joint_RR / joint_RR.sum(axis=1, keepdims=True)


def _stacked(sequence: str, homologues: Sequence[Homologue]) -> Letters:
    """Residue numbers (S, L) over the wild type's positions, the wild type first; -1 for gaps and odd letters."""
    letters_SL = np.full((len(homologues) + 1, len(sequence)), _NO_RESIDUE, dtype=np.int8)
    letters_SL[0] = _numbers(sequence)
    for row_L, homologue in zip(letters_SL[1:], homologues, strict=True):
        alignment = homologue.alignment
        target = clean_sequence(homologue.protein.sequence)
        row_L[alignment.query_places] = _numbers(target)[alignment.target_places]
    return letters_SL


def _numbers(sequence: str) -> Letters:
    return np.array([RESIDUES.find(letter) for letter in sequence], dtype=np.int8)


def _frequencies(letters_SL: Letters, weights_S: Grid) -> tuple[Grid, Grid]:
    """Weighed frequencies (L, R), background where no residue is known, and effective numbers (L,) of sequences."""
    sums_LR = np.stack([weights_S @ (letters_SL == r) for r in range(len(RESIDUES))], axis=1)
    totals_L = sums_LR.sum(axis=1)
    squares_L = weights_S**2 @ (letters_SL != _NO_RESIDUE)
    is_known_L = totals_L > 0
    frequencies_LR = np.where(
        is_known_L[:, None], sums_LR / np.where(is_known_L, totals_L, 1)[:, None], background()
    )
    return frequencies_LR, np.where(is_known_L, totals_L**2 / np.where(is_known_L, squares_L, 1), 1.0)
