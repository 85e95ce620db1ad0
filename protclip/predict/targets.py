"""What a user names a protein by on the command line: an accession, a sequence, or a FASTA file."""

import difflib
from collections.abc import Callable, Iterable
from pathlib import Path

from protclip.errors import InputError
from protclip.records import Protein
from protclip.sequence import clean_sequence, looks_like_sequence, read_fasta

QUERY = "query"
"""Accession of a sequence that came without a name."""


def proteins_of(target: str, known: Callable[[], Iterable[Protein]]) -> list[Protein]:
    """The proteins that a target means, one at least.

    Parameters
    ----------
    target
        A FASTA file ("-" is standard input), a sequence, or an accession of ``known``; tried in this order.
    known
        Gives the proteins whose accessions can be named; called only for an accession.

    Raises
    ------
    InputError
        If it is none of the three, or the file is malformed.
    """
    if target == "-" or Path(target).is_file():
        return list(read_fasta(target))
    if looks_like_sequence(target):
        return [Protein(accession=QUERY, sequence=clean_sequence(target))]
    by_accession = {protein.accession: protein for protein in known()}
    if target in by_accession:
        return [by_accession[target]]
    near = difflib.get_close_matches(target, by_accession, n=1)
    raise InputError(
        f"{target!r} is no file, no sequence, and no accession of the {len(by_accession):,} known proteins"
        f"{f'; the nearest is {near[0]}' if near else ''}. Give a FASTA file, a sequence or a known accession"
    )
