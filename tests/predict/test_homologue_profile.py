"""Profiles against slow counting, and what conservation must do to them."""

import numpy as np
import pytest
from scoring_matrices.lib import ScoringMatrix

from protclip.data.tables import table_of
from protclip.predict.alignment import align
from protclip.predict.profile import (
    PSEUDO_COUNTS,
    Homologue,
    HomologueSearch,
    background,
    homologues_among,
    profile_of,
    sequence_weights,
)
from protclip.records import Annotation, Protein
from protclip.sequence import RESIDUES

WILD = "MKVLAAGITGHHKKLAWWRRDDPYFNQECTSSGLIVKADEHW"
CONSERVED, VARIABLE = 16, 3
"""Places (from 0) of the tryptophan that all homologues have, and of a leucine that changes in each."""


def family(num: int) -> list[Protein]:
    """Homologues with another residue at VARIABLE each, and the wild type's everywhere else."""
    letters = "IVMFAC"
    return [
        Protein(accession=f"H{i}", sequence=WILD[:VARIABLE] + letters[i % 6] + WILD[VARIABLE + 1 :])
        for i in range(num)
    ]


def found(proteins: list[Protein]) -> tuple[Homologue, ...]:
    return homologues_among(WILD, proteins, num_residues=1_000)


def slow_weights(rows: list[str]) -> list[float]:
    """Henikoff and Henikoff 1994 by the letter, "-" for a gap; the mean over a sequence's positions."""
    weights = []
    for row in rows:
        shares = []
        for place, letter in enumerate(row):
            column = [other[place] for other in rows if other[place] != "-"]
            if letter != "-":
                shares.append(1 / (len(set(column)) * column.count(letter)))
        weights.append(sum(shares) / len(shares))
    return weights


def slow_log_odds(rows: list[str], place: int, residue: str) -> float:
    """Equation 5 of Altschul et al. 1997, term by term."""
    blosum, weights, share = (
        ScoringMatrix.from_name("BLOSUM62"),
        slow_weights(rows),
        dict.fromkeys(RESIDUES, 0.0),
    )
    there = [(row[place], weight) for row, weight in zip(rows, weights, strict=True) if row[place] != "-"]
    for letter, weight in there:
        share[letter] += weight / sum(w for _, w in there)
    number = sum(w for _, w in there) ** 2 / sum(w**2 for _, w in there)
    frequency = dict(zip(RESIDUES, background(), strict=True))
    expected = 0.0
    for letter in RESIDUES:
        joint = {r: frequency[r] * np.exp(0.3176 * blosum[letter, r]) for r in RESIDUES}
        expected += share[letter] * joint[residue] / sum(joint.values())
    mixed = ((number - 1) * share[residue] + PSEUDO_COUNTS * expected) / (number - 1 + PSEUDO_COUNTS)
    return float(np.log(mixed / frequency[residue]))


def test_log_odds_equal_slow_counting() -> None:
    homologues = found([*family(4), Protein(accession="PART", sequence=WILD[10:35].replace("D", "E"))])
    assert len(homologues) == 5
    rows = [WILD]
    for homologue in homologues:
        over = dict(zip(homologue.alignment.query_places, homologue.alignment.target_places, strict=True))
        rows.append(
            "".join(homologue.protein.sequence[over[i]] if i in over else "-" for i in range(len(WILD)))
        )
    profile = profile_of(WILD, homologues)
    for place in (0, VARIABLE, CONSERVED, 20, 40):
        slow = [slow_log_odds(rows, place, residue) for residue in RESIDUES]
        assert profile.log_odds[place] == pytest.approx(slow)


def test_sequences_that_repeat_share_their_weight() -> None:
    letters = np.array([[0, 1, 2], [0, 1, 2], [3, 4, 5], [-1, -1, 6]], dtype=np.int8)
    weights = sequence_weights(letters)
    assert weights[0] == weights[1] == pytest.approx((1 / 4 + 1 / 4 + 1 / 6) / 3)
    assert weights[2] == pytest.approx((1 / 2 + 1 / 2 + 1 / 3) / 3)
    assert weights[3] == pytest.approx(1 / 3)


def test_a_conserved_position_loses_more_than_a_variable_one() -> None:
    profile = profile_of(WILD, found(family(12)))
    assert profile.conservation[CONSERVED] > profile.conservation[VARIABLE]
    wild = [profile.log_odds[i, RESIDUES.index(WILD[i])] for i in (CONSERVED, VARIABLE)]
    to_isoleucine = profile.log_odds[[CONSERVED, VARIABLE], RESIDUES.index("I")] - wild
    assert to_isoleucine[0] < to_isoleucine[1] - 2
    alone = profile_of(WILD, ())
    assert profile.log_odds[VARIABLE, RESIDUES.index("I")] > alone.log_odds[VARIABLE, RESIDUES.index("I")]


def test_what_is_all_but_the_wild_type_counts_for_nothing() -> None:
    several = profile_of(WILD, found(family(3)))
    with_itself = profile_of(WILD, found([*family(3), Protein(accession="SAME", sequence=WILD)]))
    np.testing.assert_array_equal(several.log_odds, with_itself.log_odds)


def test_without_homologues_a_residue_has_the_same_everywhere_and_it_is_blosum62() -> None:
    profile = profile_of(WILD, ())
    lysines = [i for i, letter in enumerate(WILD) if letter == "K"]
    assert np.ptp(profile.log_odds[lysines], axis=0).max() == 0
    assert profile.effective_number.tolist() == [1.0] * len(WILD)
    blosum = ScoringMatrix.from_name("BLOSUM62")
    row = np.array([blosum["K", residue] for residue in RESIDUES])
    assert np.corrcoef(profile.log_odds[lysines[0]], row)[0, 1] > 0.999


def test_frequencies_add_up_even_where_the_residue_is_unknown() -> None:
    profile = profile_of("MKX" + WILD, ())
    assert (np.exp(profile.log_odds) * background()).sum(axis=1) == pytest.approx(1)
    assert profile.conservation[2] < profile.conservation[0]


def test_search_finds_the_family_and_not_its_shuffles() -> None:
    rng = np.random.default_rng(3)
    shuffled = [Protein(accession=f"S{i}", sequence="".join(rng.permutation(list(WILD)))) for i in range(50)]
    search = HomologueSearch([*shuffled, *family(3)])
    assert {h.protein.accession for h in search.find(WILD)} == {"H0", "H1", "H2"}
    expects = [h.expect for h in search.find(WILD)]
    assert expects == sorted(expects)
    assert max(expects) < 1e-3


def test_a_tables_homologues_come_with_all_that_is_known_of_them() -> None:
    known = Annotation(kind="function", text="Cuts.")
    proteins = [Protein(accession="S", sequence="PPPPGGGGSSSS"), *family(1)]
    proteins.append(Protein(accession="H", sequence=WILD, name="Cutter", annotations=(known,)))
    told = HomologueSearch.of_table(table_of(proteins)).find(WILD)
    assert told[0].protein == proteins[-1]
    assert len(told) == 2
    (alignment,) = align(WILD, [WILD])
    assert told[0].alignment.score == alignment.score  # type: ignore[union-attr]
