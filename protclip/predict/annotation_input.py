"""Reading proteins to annotate: what is refused and why, and how many there are."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Self, TextIO

from protclip.errors import InputError, RecordError
from protclip.records import Protein
from protclip.sequence import FastaLimits, read_fasta
from protclip.textio import GZIP_ERRORS, open_binary

LIMITS = FastaLimits(max_residues=100_000)
"""Longer than any protein known; what is longer is a chromosome or an archive made to fill the memory."""
SKIPPED_COLUMNS = ("accession", "line", "reason", "remedy")
_NUM_KEPT = 20
_BLOCK = 1 << 20


class SkippedRecords:
    """Records that were left out, listed in a file with SKIPPED_COLUMNS that is there only if there are any.

    A context; ``number`` counts them, ``first`` holds the first ones.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.number = path, 0
        self.first: list[RecordError] = []
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        self.path.unlink(missing_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def __call__(self, error: RecordError) -> None:
        """Take a record down."""
        self.number += 1
        self.first += [error][: _NUM_KEPT - len(self.first)]
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("w", encoding="utf-8", newline="")
            self._write(SKIPPED_COLUMNS)
        self._write((error.accession, str(error.line), error.problem, error.remedy))

    def _write(self, row: tuple[str, ...]) -> None:
        assert self._file is not None
        csv.writer(self._file, delimiter="\t", lineterminator="\n").writerow(row)


def read_proteins(source: Path, skipped: SkippedRecords) -> Iterator[Protein]:
    """The proteins of a FASTA file within LIMITS; the others go to ``skipped``.

    Raises
    ------
    InputError
        If the file cannot be read, or no record of it can be used: tells why the first one cannot.
    """
    found = False
    for protein in read_fasta(source, on_error="skip", report=skipped, limits=LIMITS):
        found = True
        yield protein
    if not found:
        first = skipped.first[0]
        if skipped.number == 1:
            raise first
        raise InputError(f"none of {skipped.number:,} records can be used. The first: {first}")


def count_records(source: Path) -> int | None:
    """How many records a FASTA file has, by its lines that begin with ">"; None of standard input and damaged files.

    Raises
    ------
    InputError
        If the file cannot be opened.
    """
    if str(source) == "-":
        return None
    number, last = 0, b"\n"
    with open_binary(source) as file:
        try:
            while block := file.read(_BLOCK):
                number += (last + block).count(b"\n>")
                last = block[-1:]
        except GZIP_ERRORS:
            return None
    return number
