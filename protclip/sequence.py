"""What callers need of sequences: the residue alphabet and its checks, windows, FASTA in and out."""

import os
import re
from collections.abc import Iterable, Iterator

from protclip.errors import InputError
from protclip.fasta import FastaHeader, FastaLimits, FastaPass, OnDuplicate, parse_header
from protclip.records import Protein
from protclip.residues import (
    AMBIGUOUS,
    MIN_DNA_LENGTH,
    RESIDUES,
    TidyResult,
    clean_sequence,
    looks_like_dna,
    looks_like_sequence,
    tidy_sequence,
)
from protclip.textio import OnError, Report, error_handler, open_text, source_name

__all__ = [
    "AMBIGUOUS",
    "MIN_DNA_LENGTH",
    "RESIDUES",
    "FastaHeader",
    "FastaLimits",
    "TidyResult",
    "clean_sequence",
    "format_fasta",
    "looks_like_dna",
    "looks_like_sequence",
    "parse_fasta",
    "parse_header",
    "read_fasta",
    "tidy_sequence",
    "windows",
]

UNIPROT_ACCESSION = re.compile(r"(?:[OPQ]\d[A-Z\d]{3}\d|[A-NR-Z]\d(?:[A-Z][A-Z\d]{2}\d){1,2})", re.ASCII)
"""What UniProtKB gives its entries for names, in capitals (uniprot.org, "Accession numbers")."""


def windows(length: int, size: int, overlap: int) -> tuple[tuple[int, int], ...]:
    """Half-open (start, end) windows that cover 0 to ``length``; the last is full-size where possible.

    Neighbours share ``overlap`` positions, the last two may share more. ``0 <= overlap < size``.

    Raises
    ------
    InputError
        When the numbers are out of range.

    Examples
    --------
    >>> windows(10, 4, 1)
    ((0, 4), (3, 7), (6, 10))
    """
    if length < 1 or size < 1 or not 0 <= overlap < size:
        raise InputError(
            f"Windows of {size} with overlap {overlap} over length {length} cannot be laid. "
            "Give a length and size of 1 or more and an overlap from 0 to size - 1."
        )
    if length <= size:
        return ((0, length),)
    starts = [*range(0, length - size, size - overlap), length - size]
    return tuple((start, start + size) for start in starts)


def read_fasta(
    path: str | os.PathLike[str],
    *,
    on_duplicate: OnDuplicate = "raise",
    on_error: OnError = "raise",
    report: Report | None = None,
    limits: FastaLimits | None = None,
) -> Iterator[Protein]:
    """Stream the proteins of a FASTA file, plain or gzip (told by content).

    Parameters
    ----------
    path : str or path
        A FASTA file; "-" reads standard input.
    on_duplicate : "raise" or "rename"
        An accession seen before is a malformed record, or becomes ACC_2, ACC_3 and so on.
    on_error, report
        "skip" hands each malformed record to ``report`` and goes on; "raise" stops at the first.
    limits
        What counts as malformed besides.

    Raises
    ------
    InputError
        When the file cannot be opened, or an option is unknown.
    RecordError
        For a malformed record, with file, line and remedy.
    """
    fasta = FastaPass(source_name(path), on_duplicate, error_handler(on_error, report), limits)

    def stream() -> Iterator[Protein]:
        with open_text(path, limits.max_characters if limits else None) as lines:
            yield from fasta.proteins(lines)

    return stream()


def parse_fasta(
    lines: Iterable[str],
    source: str,
    *,
    on_duplicate: OnDuplicate = "raise",
    on_error: OnError = "raise",
    report: Report | None = None,
    limits: FastaLimits | None = None,
) -> Iterator[Protein]:
    """The proteins of FASTA lines from anywhere; ``source`` names them in errors. See ``read_fasta``.

    Examples
    --------
    >>> [(p.accession, p.sequence) for p in parse_fasta([">one", "MKTAY", "IAK", ">two", "MSDN"], "typed")]
    [('one', 'MKTAYIAK'), ('two', 'MSDN')]
    """
    return FastaPass(source, on_duplicate, error_handler(on_error, report), limits).proteins(lines)


def format_fasta(proteins: Iterable[Protein], width: int = 60) -> Iterator[str]:
    """FASTA lines without line ends: accession, name, OS=, GN= and PE= where known; ``width`` residues each.

    Raises
    ------
    InputError
        When ``width`` is below 1.

    Examples
    --------
    >>> list(format_fasta([Protein(accession="one", sequence="MKTAYIAK", gene="abc")], width=5))
    ['>one GN=abc', 'MKTAY', 'IAK']
    """
    if width < 1:
        raise InputError(f"FASTA lines of {width} residues cannot be written. Give a width of 1 or more.")
    for protein in proteins:
        level = "" if protein.existence is None else str(protein.existence)
        fields = (("OS", protein.organism), ("GN", protein.gene), ("PE", level))
        parts = [protein.accession, protein.name, *(f"{key}={value}" for key, value in fields if value)]
        yield ">" + " ".join(" ".join(parts).split())
        for start in range(0, len(protein.sequence), width):
            yield protein.sequence[start : start + width]
