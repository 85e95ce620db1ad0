"""A scan of every single substitution as rows: what `protclip mutate` prints of it, without a record for each.

Shapes: L positions, R the 20 residues in the order of `protclip.sequence.RESIDUES`.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from protclip.predict.mutation import SCORES, MutationScan, label_grid
from protclip.sequence import RESIDUES

Grid = npt.NDArray[np.float64]
_DIGITS = 4


def substitution_rows(scan: MutationScan, predicted: Grid | None = None) -> list[dict[str, Any]]:
    """As `mutation_table.table_rows` of all single substitutions, in their order.

    Parameters
    ----------
    predicted
        By a head (L, R), NaN at the wild type's residues; None where there is no head.
    """
    labels_LR, places = label_grid(scan), substitution_places(scan.sequence)
    columns: dict[str, list[float | None]] = {name: _picked(scan.scores.get(name), places) for name in SCORES}
    columns |= {"combined": _picked(scan.combined, places)}
    told = _picked(predicted, places)
    return [
        {
            "variant": f"{scan.sequence[i]}{i + 1}{RESIDUES[j]}",
            **{name: column[number] for name, column in columns.items()},
            "label": str(labels_LR[i, j]),
            "predicted": told[number],
        }
        for number, (i, j) in enumerate(places)
    ]


def substitution_places(sequence: str) -> list[tuple[int, int]]:
    """The places (position from 0, residue) of `variants.all_substitutions` in a grid, in the same order."""
    return [
        (i, j)
        for i, wild in enumerate(sequence)
        if wild in RESIDUES
        for j, residue in enumerate(RESIDUES)
        if residue != wild
    ]


def grid_of(values: npt.NDArray[np.floating], sequence: str) -> Grid:
    """Values (N,) of `variants.all_substitutions` as a grid (L, R), NaN elsewhere."""
    grid_LR = np.full((len(sequence), len(RESIDUES)), np.nan)
    for value, place in zip(values, substitution_places(sequence), strict=True):
        grid_LR[place] = value
    return grid_LR


def position_rows(scan: MutationScan, grid_LR: Grid) -> list[dict[str, Any]]:
    """Each position: its residue, what the 19 others have in ``grid_LR``, and what the homologues say of it.

    A position without a standard residue has None for what a substitution there would do.
    """
    mean_L, best_LR = position_means(grid_LR, scan.sequence), _others(grid_LR, scan.sequence)
    rows: list[dict[str, Any]] = []
    for i, wild in enumerate(scan.sequence):
        known = not np.isnan(best_LR[i]).all()
        rows.append(
            {
                "position": i + 1,
                "wild": wild,
                "mean": round(float(mean_L[i]), _DIGITS) if known else None,
                "lowest": RESIDUES[int(np.nanargmin(best_LR[i]))] if known else "",
                "highest": RESIDUES[int(np.nanargmax(best_LR[i]))] if known else "",
                "conservation": round(float(scan.profile.conservation[i]), _DIGITS),
                "effective_number": round(float(scan.profile.effective_number[i]), 2),
            }
        )
    return rows


def position_means(grid_LR: Grid, sequence: str) -> Grid:
    """Mean (L,) over the 19 other residues; NaN at a position without a standard residue."""
    others_LR = _others(grid_LR, sequence)
    num_L = (~np.isnan(others_LR)).sum(axis=1)
    return np.where(num_L > 0, np.nansum(others_LR, axis=1) / np.maximum(num_L, 1), np.nan)


def ranked(rows: list[dict[str, Any]], score: str, number: int) -> tuple[list[dict[str, Any]], ...]:
    """The ``number`` rows with the highest and with the lowest of a score; equal ones by their order."""
    known = [row for row in rows if row[score] is not None and not np.isnan(row[score])]
    highest = sorted(known, key=lambda row: -row[score])[:number]
    return highest, sorted(known, key=lambda row: row[score])[:number]


def _others(grid_LR: Grid, sequence: str) -> Grid:
    wild_LR = np.array(list(sequence))[:, None] == np.array(list(RESIDUES))
    return np.where(wild_LR, np.nan, grid_LR)


def _picked(grid_LR: Grid | None, places: list[tuple[int, int]]) -> list[float | None]:
    if grid_LR is None:
        return [None] * len(places)
    cells = grid_LR.tolist()
    return [round(cells[i][j], _DIGITS) for i, j in places]
