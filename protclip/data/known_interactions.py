"""Known interactions as users bring them: two columns of UniProt accessions, or PSI-MI TAB as IntAct writes it."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from protclip.errors import InputError
from protclip.sequence import UNIPROT_ACCESSION
from protclip.textio import open_text, source_name

ACCEPTED = (
    "Give two UniProt accessions a line, parted by a tab, a comma or spaces, as P04637 or, in PSI-MI TAB, "
    "uniprotkb:P04637. STRING's and Ensembl's ids (9606.ENSP00000269305) and gene names are no accessions: "
    "translate them with UniProt's ID mapping"
)
_LONGEST = 100_000
_SHOWN = 40
_UNIPROT = re.compile(r"^uniprot(?:kb)?:", re.IGNORECASE)
_PART = re.compile(r"-(?:\d+|PRO_\d+)$")
_LIKE_AN_ID = re.compile(r"\d{3}")
"""No heading has three digits in a row; the ids of every usual database do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownInteractions:
    """Which proteins are known to interact, in either order.

    ``partners`` has the partners of each accession, itself among them where it pairs with itself. ``num_left_out`` of
    the ``num_lines`` that name pairs could not be used; ``first_left_out`` says which was the first, and why.
    """

    source: str
    partners: Mapping[str, frozenset[str]]
    num_lines: int
    num_left_out: int = 0
    first_left_out: str = ""

    @property
    def num_pairs(self) -> int:
        """How many pairs there are, each counted once."""
        both_ways = sum(map(len, self.partners.values()))
        return (both_ways + sum(a in others for a, others in self.partners.items())) // 2

    @property
    def left_out(self) -> str:
        """A sentence on the lines that could not be used, "" where all were."""
        if not self.num_left_out:
            return ""
        return (
            f"{self.num_left_out:,} of {self.num_lines:,} lines of {self.source} cannot be used and are left out. "
            f"The first is {self.first_left_out}"
        )


def read_known_interactions(path: str | os.PathLike[str]) -> KnownInteractions:
    """Read a file, plain or gzip; see `known_interactions_in`.

    Raises
    ------
    InputError
        If the file cannot be opened, is no text, or has no line that can be used.
    """
    with open_text(path, _LONGEST) as lines:
        return known_interactions_in(lines, source_name(path))


def known_interactions_in(lines: Iterable[str], source: str) -> KnownInteractions:
    """The interactions of some lines; ``source`` is what errors call them.

    Columns after the second are ignored, but of three columns a third that is 0 says that the two do not interact,
    as in the lists of Bernett et al. and D-SCRIPT. The number of an isoform or a chain is dropped. Empty lines, lines
    that begin with # and a heading are no pairs.

    Raises
    ------
    InputError
        If no line can be used.
    """
    partners: dict[str, set[str]] = {}
    num_lines = num_left_out = 0
    first_left_out = ""
    for place, (number, cells) in enumerate(_rows(lines)):
        if place == 0 and not any(_LIKE_AN_ID.search(cell) for cell in cells[:2]):
            continue
        num_lines += 1
        accessions = [_accession(cell) for cell in cells[:2]]
        if problem := _problem(cells, accessions):
            num_left_out += 1
            first_left_out = first_left_out or f"line {number}: {problem}"
            continue
        for one, other in (accessions, accessions[::-1]):
            partners.setdefault(one, set()).add(other)
    if not partners:
        told = f" ({first_left_out})" if first_left_out else ""
        raise InputError(f"{source} names no known interaction{told}. {ACCEPTED}")
    return KnownInteractions(
        source=source,
        partners={accession: frozenset(others) for accession, others in partners.items()},
        num_lines=num_lines,
        num_left_out=num_left_out,
        first_left_out=first_left_out,
    )


def _rows(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each line that is neither empty nor a comment; a tab parts cells where there is one."""
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            mark = next((mark for mark in "\t," if mark in line), None)
            yield number, [cell.strip().strip('"') for cell in line.strip().split(mark)]


def _accession(cell: str) -> str:
    """The accession that a cell names; "" if it names none."""
    name = _UNIPROT.sub("", cell, count=1).upper()
    accession = _PART.sub("", name)
    return accession if UNIPROT_ACCESSION.fullmatch(accession) else ""


def _problem(cells: list[str], accessions: list[str]) -> str:
    """Why a line cannot be used, "" where it can."""
    if len(cells) < 2:
        return "there is one column"
    for cell, accession in zip(cells, accessions, strict=False):
        if not accession:
            return f"{cell[:_SHOWN]!r} is no UniProt accession"
    return "the third column says that they do not interact" if cells[2:] == ["0"] else ""
