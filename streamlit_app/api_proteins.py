"""The proteins of a request that has several: a list of objects, or the text of a FASTA file."""

import io
import reprlib
from typing import Any

from protclip.errors import FieldError, RecordError
from protclip.predict.tasks import MAX_RESIDUES
from protclip.records import Protein
from protclip.sequence import FastaLimits, parse_fasta
from streamlit_app.api_fields import Fields, one_of, only, sequence_in, text_in

Skipped = dict[str, Any]
"""A record that cannot be used: its number, its accession, and why."""
MAX_PROTEINS = 20
_LIMITS = FastaLimits(max_residues=MAX_RESIDUES)


def proteins_in(fields: Fields, for_more: str) -> tuple[list[Protein], list[Skipped]]:
    """The proteins of ``sequences`` or ``fasta``, and the records that cannot be used.

    Parameters
    ----------
    for_more
        What to use for more than `MAX_PROTEINS`.

    Raises
    ------
    FieldError
        If both or none are given, there are too many, or none can be used.
    """
    way = one_of(fields, "sequences", "fasta")
    proteins, skipped = (_listed if way == "sequences" else _fasta)(fields[way])
    if len(proteins) + len(skipped) > MAX_PROTEINS:
        raise FieldError(way, f"{way} has more than {MAX_PROTEINS} proteins; send fewer, or run {for_more}")
    if not proteins:
        first = skipped[0]["error"] if skipped else "it is empty; give a protein"
        raise FieldError(way, f"none of the {len(skipped)} proteins of {way} can be used: {first}")
    return proteins, skipped


def _listed(given: Any) -> tuple[list[Protein], list[Skipped]]:
    if not isinstance(given, list):
        raise FieldError(
            "sequences", f'sequences is {reprlib.repr(given)}; give a list of {{"accession", "sequence"}}'
        )
    proteins, skipped = [], []
    for number, record in enumerate(given[: MAX_PROTEINS + 1], start=1):
        label = f"sequence_{number}"
        try:
            if not isinstance(record, dict):
                raise FieldError("sequences", f"it is {reprlib.repr(record)}, no object with a sequence")
            only(record, "accession", "sequence")
            named = text_in(record, "accession", label)
            if named != "".join(named.split()):
                raise FieldError("accession", "the accession has white space; give one word")
            label = named
            proteins.append(Protein(accession=label, sequence=sequence_in(record, "sequence")))
        except FieldError as error:
            skipped.append({"record": number, "accession": label, "error": f"record {number}: {error}"})
    return proteins, skipped


def _fasta(given: Any) -> tuple[list[Protein], list[Skipped]]:
    if not isinstance(given, str):
        raise FieldError("fasta", f"fasta is {reprlib.repr(given)}; give the text of a FASTA file")
    skipped: list[Skipped] = []
    proteins: list[Protein] = []

    def skip(error: RecordError) -> None:
        number = len(proteins) + len(skipped) + 1
        skipped.append({"record": number, "accession": error.accession, "error": str(error)})

    for protein in parse_fasta(io.StringIO(given), "fasta", on_error="skip", report=skip, limits=_LIMITS):
        proteins.append(protein)
        if len(proteins) + len(skipped) > MAX_PROTEINS:
            break
    return proteins, skipped
