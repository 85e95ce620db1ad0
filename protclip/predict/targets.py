"""What a user names a protein by on the command line: an accession, a sequence, or a FASTA file."""

import difflib
from collections.abc import Callable, Mapping

from protclip.errors import InputError
from protclip.records import Protein
from protclip.sequence import clean_sequence, looks_like_sequence, read_fasta
from protclip.textio import names_source

QUERY = "query"
"""Accession of a sequence that came without a name."""
_LONGEST = 60
"""Characters of an unknown accession that are looked at and repeated."""


def proteins_of(target: str, known: Callable[[], Mapping[str, Protein]]) -> list[Protein]:
    """The proteins that a target means, one at least.

    Parameters
    ----------
    target
        A FASTA file ("-" is standard input), a sequence, or an accession of ``known``; tried in this order.
    known
        Gives the proteins whose accessions can be named, by accession; called only for an accession.

    Raises
    ------
    InputError
        If it is none of the three, or the file is malformed.
    """
    given = given_proteins(target, lambda sequence: QUERY)
    return given or [known_protein(target, known(), ("FASTA file", "sequence"))]


def given_proteins(target: str, named: Callable[[str], str]) -> list[Protein]:
    """The proteins of a FASTA file, or a sequence under the accession that ``named`` makes of it; [] of all else.

    Raises
    ------
    InputError
        If the file is malformed or has no protein.
    """
    if names_source(target):
        return list(read_fasta(target))
    if looks_like_sequence(target):
        sequence = clean_sequence(target)
        return [Protein(accession=named(sequence), sequence=sequence)]
    return []


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
