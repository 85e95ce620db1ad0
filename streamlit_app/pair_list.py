"""A pasted or uploaded list of pairs: two columns, each an accession or a sequence."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from protclip.errors import InputError
from protclip.predict.targets import QUERY
from protclip.records import Protein
from streamlit_app.interaction_work import Pair, ReadPairs
from streamlit_app.jobs import Report

MAX_PAIRS = 500
_SEPARATOR = re.compile(r"\s*[\t,;]\s*|\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class PairLine:
    """A line of the list with its number, from 1, and its cells."""

    number: int
    cells: tuple[str, ...]


def pair_lines(text: str) -> tuple[PairLine, ...]:
    """The lines of a list that are not empty; columns are parted by a tab, a comma, a semicolon or spaces.

    Raises
    ------
    InputError
        If there are more than `MAX_PAIRS`.
    """
    lines = [
        PairLine(number=number, cells=tuple(_SEPARATOR.split(line.strip().strip(",;"))))
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip()
    ]
    if len(lines) > MAX_PAIRS:
        raise InputError(
            f"the list has {len(lines):,} pairs; at most {MAX_PAIRS:,} are taken here. Give fewer, or use "
            "`protclip interact --pairs FILE`"
        )
    return tuple(lines)


def reader_of(lines: tuple[PairLine, ...], read: Callable[[str], Protein]) -> ReadPairs:
    """A reader of the proteins of some lines, in which ``read`` gives the protein of a cell or raises InputError."""

    def pairs(report: Report) -> tuple[list[Pair], tuple[str, ...]]:
        found: list[Pair] = []
        errors: list[str] = []
        for done, line in enumerate(lines):
            report(done, len(lines))
            try:
                if len(line.cells) != 2:
                    raise InputError(f"there are {len(line.cells)} columns. Write two proteins a line")
                first, second = (named(read(cell)) for cell in line.cells)
                found.append((first, second))
            except InputError as error:
                errors.append(f"line {line.number}: {error}")
        return found, tuple(errors)

    return pairs


def named(protein: Protein) -> Protein:
    """The protein with a name by which it is told from others: of a bare sequence, how it begins and its length."""
    if protein.accession != QUERY:
        return protein
    from protclip.predict.pair_inputs import sequence_label

    return replace(protein, accession=sequence_label(protein.sequence))
