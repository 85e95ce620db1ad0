"""What a user names a protein by on the command line: an accession, a sequence, or a FASTA file."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from protclip.errors import InputError
from protclip.records import Protein
from protclip.sequence import clean_sequence, looks_like_sequence, read_fasta

QUERY = "query"
"""Accession of a sequence that came without a name."""
_LONGEST = 60
"""Characters of an unknown accession that are looked at and repeated."""


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
    return [known_protein(target, by_accession, ("FASTA file", "sequence"))]


def known_protein(
    accession: str, known: Mapping[str, Protein], otherwise: tuple[str, ...] = ("sequence",)
) -> Protein:
    """The protein of an accession; ``otherwise`` names what else could have been given.

    Raises
    ------
    InputError
        If it is not known; names the nearest that is.
    """
    if accession in known:
        return known[accession]
    near = difflib.get_close_matches(accession[:_LONGEST], known, n=1)
    raise InputError(
        f"{accession[:_LONGEST]!r} is no {', no '.join(otherwise)}, and no accession of the {len(known):,} known "
        f"proteins{f'; the nearest is {near[0]}' if near else ''}. Give a {', a '.join(otherwise)} or a known "
        "accession"
    )
