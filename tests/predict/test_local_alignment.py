"""Alignments against a slow definition, and their numbers against what BLAST counts."""

import numpy as np
import pytest

from protclip.errors import InputError
from protclip.predict.alignment import GAP_EXTEND, GAP_OPEN, SequenceSet, align

RESIDUES = "ARNDCQEGHILKMFPSTWYV"


def slow_score(query: str, target: str) -> int:
    """Smith-Waterman with affine gaps (Gotoh 1982), cell by cell."""
    from scoring_matrices import ScoringMatrix

    blosum = ScoringMatrix.from_name("BLOSUM62")
    table = np.asarray([list(row) for row in blosum])
    index = {letter: i for i, letter in enumerate(blosum.alphabet)}
    low = -(10**9)
    best, above, row = 0, [low] * (len(target) + 1), [0] * (len(target) + 1)
    for q in query:
        left, new = low, [0]
        for j, t in enumerate(target, start=1):
            above[j] = max(above[j] - GAP_EXTEND, row[j] - GAP_OPEN)
            left = max(left - GAP_EXTEND, new[j - 1] - GAP_OPEN)
            new.append(max(0, row[j - 1] + int(table[index[q], index[t]]), above[j], left))
            best = max(best, new[j])
        row = new
    return best


@pytest.mark.parametrize("seed", range(5))
def test_scores_equal_the_slow_definition(seed: int) -> None:
    rng = np.random.default_rng(seed)
    query = "".join(rng.choice(list(RESIDUES), 40))
    targets = ["".join(rng.choice(list(RESIDUES), n)) for n in (5, 30, 60)] + [query[:15] + query[20:]]
    found = SequenceSet(targets)
    assert found.scores(query).tolist() == [slow_score(query, t) for t in targets]
    assert [a.score if a else 0 for a in found.align(query)] == found.scores(query).tolist()


def test_identity_and_coverage_count_as_blast_does() -> None:
    query = "MKVLAAGITGHHKKLAWWRRDD"
    gapped = query[:11] + query[13:]
    alignment = align(query, ["PPPP" + gapped])[0]
    assert alignment is not None
    assert alignment.identity == pytest.approx(20 / 22)
    assert alignment.query_coverage == 1
    assert alignment.target_coverage == pytest.approx(20 / 24)
    assert all(
        query[i] == ("PPPP" + gapped)[j]
        for i, j in zip(alignment.query_places, alignment.target_places, strict=True)
    )


def test_bits_and_expectation_follow_karlin_and_altschul() -> None:
    alignment = align("MKVLAAGITGHHKKLAWWRRDD", ["MKVLAAGITGHHKKLAWWRRDD"])[0]
    assert alignment is not None
    assert alignment.bits == pytest.approx((0.267 * alignment.score + 3.194) / 0.6931, abs=0.01)
    assert alignment.expect(2_000_000) == pytest.approx(2 * alignment.expect(1_000_000))


def test_residues_outside_the_matrix_count_as_unknown() -> None:
    alignment = align("MKULOAGITGHHKKLA", ["MKULOAGITGHHKKLA"])[0]
    assert alignment is not None
    assert alignment.score == align("MKXLXAGITGHHKKLA", ["MKXLXAGITGHHKKLA"])[0].score  # type: ignore[union-attr]


def test_nothing_in_common_is_no_alignment() -> None:
    assert align("WWWW", ["PPPP", "WWWW"])[0] is None
    assert align("WWWW", []) == []


def test_a_character_that_is_no_residue_is_refused() -> None:
    with pytest.raises(InputError):
        align("MKV1", ["MKV"])


def test_pairs_too_large_for_memory_are_aligned_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    start, shared = ("".join(rng.choice(list(RESIDUES), n)) for n in (200, 100))
    query, target = start + shared, shared.replace("W", "F")
    whole = align(query, [target, "MKV"])
    monkeypatch.setattr("protclip.predict.alignment.MAX_CELLS", 100 * len(target))
    pieces = align(query, [target, "MKV"])
    assert whole[0] is not None
    assert pieces[0] is not None
    assert pieces[0].identity == whole[0].identity
    assert pieces[0].query_places.tolist() == whole[0].query_places.tolist()
    assert pieces[0].query_coverage == whole[0].query_coverage
    assert (pieces[1] is None) == (whole[1] is None)
