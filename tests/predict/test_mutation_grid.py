"""Rows and means of a whole scan: the same as the rows of its variants one by one."""

import math
import runpy
from pathlib import Path

import numpy as np
import pytest

from protclip.predict.mutation import MutationScanner
from protclip.predict.mutation_grid import (
    grid_of,
    position_means,
    position_rows,
    ranked,
    substitution_rows,
)
from protclip.predict.mutation_table import Scored, table_rows
from protclip.predict.profile import HomologueSearch
from protclip.predict.variants import all_substitutions
from protclip.records import Protein
from protclip.sequence import RESIDUES

tiny_encoder = runpy.run_path(str(Path(__file__).with_name("tiny_encoder.py")))["tiny_encoder"]
WILD = "MKVLAAGXTGHHKKLAWWRRDD"


@pytest.fixture(scope="module")
def scanner():
    return MutationScanner(tiny_encoder(blocks=0), HomologueSearch([Protein(accession="H", sequence=WILD)]))


@pytest.fixture(scope="module")
def scan(scanner):
    return scanner.scan(WILD, text="binding kinase")


def test_rows_are_those_of_the_variants_one_by_one(scanner, scan) -> None:
    variants = list(all_substitutions(WILD))
    predicted = np.arange(len(variants)) / 7
    scored = Scored(
        accession="a", scan=scan, scores=tuple(scanner.score(scan, variants)), predicted=predicted
    )
    assert substitution_rows(scan, grid_of(predicted, WILD)) == list(table_rows(scored))
    assert {row["label"] for row in table_rows(scored)} >= {"deleterious", "neutral"}


def test_a_position_is_told_by_its_nineteen_others(scan) -> None:
    means = position_means(scan.combined, WILD)
    assert math.isnan(means[WILD.index("X")])
    others = [scan.combined[0, j] for j, r in enumerate(RESIDUES) if r != "M"]
    assert means[0] == pytest.approx(np.mean(others))
    rows = position_rows(scan, scan.combined)
    assert [row["wild"] for row in rows] == list(WILD)
    assert (rows[7]["mean"], rows[7]["highest"]) == (None, "")
    assert scan.combined[0, RESIDUES.index(rows[0]["highest"])] == max(others)
    assert scan.combined[0, RESIDUES.index(rows[0]["lowest"])] == min(others)


def test_best_and_worst_leave_out_what_has_no_score(scan) -> None:
    rows = substitution_rows(scan)
    best, worst = ranked(rows, "combined", 5)
    values = sorted(row["combined"] for row in rows)
    assert [row["combined"] for row in worst] == values[:5]
    assert [row["combined"] for row in best] == values[::-1][:5]
    assert ranked(rows, "masked", 5) == ([], [])
