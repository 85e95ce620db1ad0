"""Shared words against counting them slowly, and relatives before strangers."""

import numpy as np
import pytest

from protclip.errors import InputError
from protclip.predict.words import CLASSES, PATTERN, WordIndex

RESIDUES = "ARNDCQEGHILKMFPSTWYV"
CLASS = {letter: number for number, letters in enumerate(CLASSES) for letter in letters}


def random_sequence(rng: np.random.Generator, length: int) -> str:
    return "".join(rng.choice(list(RESIDUES), length))


def mutated(sequence: str, share: float, rng: np.random.Generator) -> str:
    return "".join(rng.choice(list(RESIDUES)) if rng.random() < share else c for c in sequence)


def words_of(sequence: str) -> set[tuple[int, ...]]:
    last = len(sequence) - PATTERN[-1]
    spelt = (tuple(CLASS.get(sequence[i + p], -1) for p in PATTERN) for i in range(last))
    return {word for word in spelt if -1 not in word}


@pytest.mark.parametrize("seed", range(3))
def test_who_shares_a_word_equals_the_slow_definition(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sequences = [random_sequence(rng, int(n)) for n in rng.integers(5, 400, 60)]
    query = mutated(sequences[7], 0.2, rng)
    expected = {i for i, s in enumerate(sequences) if words_of(s) & words_of(query)}
    found = WordIndex(sequences).candidates(query, 100)
    assert set(found.tolist()) <= expected
    # Who shares no more than chance may be left out, but not who shares most.
    assert found[0] == 7


def test_a_relative_comes_before_strangers_and_long_ones() -> None:
    rng = np.random.default_rng(5)
    family = random_sequence(rng, 250)
    strangers = [random_sequence(rng, int(n)) for n in rng.integers(100, 3_000, 300)]
    relatives = [mutated(family, 0.5, rng), mutated(family, 0.5, rng)[40:]]
    index = WordIndex([*strangers[:150], *relatives, *strangers[150:]])
    assert set(index.candidates(family, 2).tolist()) == {150, 151}


def test_words_do_not_cross_borders() -> None:
    index = WordIndex(["MKVL", "AAGITGHHK"])
    assert index.candidates("MKVLAAG", 5).tolist() == []
    assert index.candidates("AAGITGH", 5).tolist() == [1]


def test_unknown_residues_match_nothing() -> None:
    assert WordIndex(["XXXXXXXXXXXX"]).candidates("XXXXXXXXXXXX", 5).tolist() == []


def test_an_empty_set_and_short_queries_have_no_candidates() -> None:
    assert WordIndex([]).candidates("MKVLAAG", 5).tolist() == []
    assert WordIndex(["MKVLAAGITG"]).candidates("MKV", 5).tolist() == []


def test_what_is_no_sequence_is_refused() -> None:
    with pytest.raises(InputError):
        WordIndex(["MKVLAAGITG"]).candidates("MKV1", 5)
