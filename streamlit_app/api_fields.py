"""Fields of a JSON body, checked one by one; each refusal names the field and says what it takes."""

import reprlib
from collections.abc import Callable, Mapping
from typing import Any

from protclip.errors import FieldError, InputError
from protclip.predict.targets import QUERY
from protclip.predict.tasks import MAX_RESIDUES, Tools, sequence_of
from protclip.records import Protein
from protclip.sequence import MIN_DNA_LENGTH, looks_like_dna, looks_like_sequence

Fields = Mapping[str, Any]
GivesProtein = Callable[[Tools], Protein]
MAX_TEXT, MAX_TOP = 2_000, 1_000
"""Characters of a text, rows of an answer."""


def protein_of(fields: Fields) -> GivesProtein:
    """The protein of ``sequence`` or ``accession``; an accession is looked up when the tools are there."""
    if one_of(fields, "sequence", "accession") == "accession":
        return _known("accession", text_in(fields, "accession"))
    protein = Protein(accession=QUERY, sequence=sequence_in(fields, "sequence"))
    return lambda tools: protein


def sequence_or_accession(fields: Fields, name: str) -> GivesProtein:
    """The protein of a field that takes a sequence or an accession, told apart as on the command line."""
    given = fields.get(name)
    if isinstance(given, str) and given.strip() and not looks_like_sequence(given):
        return _known(name, given)
    protein = Protein(accession=name, sequence=sequence_in(fields, name))
    return lambda tools: protein


def _known(field: str, accession: str) -> GivesProtein:
    def look_up(tools: Tools) -> Protein:
        try:
            protein = tools.known_protein(accession)
        except InputError as error:
            raise FieldError(field, f"{field}: {error}") from error
        if len(protein.sequence) > MAX_RESIDUES:
            raise FieldError(
                field, f"{field} has more than {MAX_RESIDUES:,} residues; give the sequence of a domain of it"
            )
        return protein

    return look_up


def sequence_in(fields: Fields, name: str) -> str:
    """A protein sequence, cleaned; none of nucleotides."""
    sequence = sequence_of(fields, name)
    if len(sequence) >= MIN_DNA_LENGTH and looks_like_dna(sequence):
        raise FieldError(name, f"{name} looks like DNA or RNA; translate it and give the protein's sequence")
    return sequence


def text_in(fields: Fields, name: str, default: str | None = None) -> str:
    """A text of at most `MAX_TEXT` characters, or the default where there is one."""
    given = fields.get(name)
    if given is None and default is not None:
        return default
    if not isinstance(given, str) or not given.strip():
        what = "is missing" if given is None else f"is {reprlib.repr(given)}"
        raise FieldError(name, f"{name} {what}; give a text in quotation marks")
    if len(given) > MAX_TEXT:
        raise FieldError(name, f"{name} has {len(given):,} characters; at most {MAX_TEXT:,} are read")
    return given


def whole_number(fields: Fields, name: str, default: int | None) -> int | None:
    """A number from 1 to `MAX_TOP`, or the default."""
    given = fields.get(name)
    if given is None:
        return default
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= MAX_TOP:
        raise FieldError(name, f"{name} is {reprlib.repr(given)}; give a whole number from 1 to {MAX_TOP:,}")
    return given


def one_of(fields: Fields, one: str, other: str) -> str:
    """The one of two fields that is given."""
    given = [name for name in (one, other) if fields.get(name) is not None]
    if len(given) != 1:
        told = f"{one} and {other} are both given" if given else f"neither {one} nor {other} is given"
        raise FieldError(given[-1] if given else one, f"{told}; give one of them")
    return given[0]


def only(fields: Fields, *known: str) -> None:
    """Refuse a field that is not among the known ones."""
    for name in fields:
        if name not in known:
            raise FieldError(name[:60], f"{name[:60]!r} is no field; known are {', '.join(known)}")
