"""FASTA records: limits, headers taken apart, and one pass over the lines of a source.

``protclip.sequence`` gives on what callers need; import from there.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from protclip.errors import InputError, RecordError
from protclip.records import Protein
from protclip.residues import MIN_DNA_LENGTH, clean_sequence, first_bad_character, looks_like_dna
from protclip.textio import Report

_HEADER_FIELD = re.compile(r"\s(OS|OX|GN|PE|SV|n|Tax|TaxID|RepID)=")
_UNIPROT_ID = re.compile(r"(sp|tr)\|([^|\s]+)(?:\|\S*)?")

OnDuplicate = Literal["raise", "rename"]
_Lines = list[tuple[int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FastaHeader:
    """What a FASTA header says; fields it does not have are empty. ``existence`` is 1 to 5 or None."""

    accession: str
    name: str = ""
    gene: str = ""
    organism: str = ""
    existence: int | None = None
    reviewed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FastaLimits:
    """Records that are refused although they are well formed: longer than ``max_residues``, or nucleotides.

    With them a reader's memory does not depend on how long a record or a line is.
    """

    max_residues: int
    refuse_dna: bool = True

    @property
    def max_characters(self) -> int:
        """Characters of a record, or of a line, that are looked at: sequences may be written in spaced blocks."""
        return 2 * self.max_residues


def parse_header(header: str) -> FastaHeader:
    """Take a FASTA header apart: UniProt's (sp|ACC|NAME ... OS= OX= GN= PE=), UniRef's, or any other.

    Of any other header the first word is the accession and the rest is the name. ">" may be missing.

    Raises
    ------
    InputError
        When there is no first word.

    Examples
    --------
    >>> found = parse_header(">sp|P38398|BRCA1_HUMAN Breast cancer protein OS=Homo sapiens OX=9606 GN=BRCA1 PE=1")
    >>> found.accession, found.gene, found.organism, found.reviewed
    ('P38398', 'BRCA1', 'Homo sapiens', True)
    """
    words = header.removeprefix(">").split(maxsplit=1)
    if not words:
        raise InputError("A FASTA header has no name after '>'. Give each record an identifier.")
    identifier = words[0]
    name, *pairs = _HEADER_FIELD.split(" " + "".join(words[1:]))
    fields = dict(zip(pairs[::2], (value.strip() for value in pairs[1::2]), strict=True))
    uniprot = _UNIPROT_ID.fullmatch(identifier)
    level = fields.get("PE", "")
    return FastaHeader(
        accession=uniprot[2] if uniprot else identifier,
        name=name.strip(),
        gene=fields.get("GN", ""),
        organism=fields.get("OS", "") or fields.get("Tax", ""),
        existence=int(level) if level in ("1", "2", "3", "4", "5") else None,
        reviewed=bool(uniprot) and identifier.startswith("sp|"),
    )


class FastaPass:
    """One pass over one source: it remembers the accessions, by line, to find duplicates."""

    def __init__(
        self, source: str, on_duplicate: OnDuplicate, handler: Report, limits: FastaLimits | None = None
    ) -> None:
        if on_duplicate not in ("raise", "rename"):
            raise InputError(f"on_duplicate={on_duplicate!r} is not known. Use 'raise' or 'rename'.")
        self._source, self._rename, self._handler = source, on_duplicate == "rename", handler
        self._limits = limits
        self._seen: dict[str, int] = {}

    def proteins(self, lines: Iterable[str]) -> Iterator[Protein]:
        """The proteins of the lines; what is malformed goes to the handler, an empty source too."""
        number = 0
        for number, record in enumerate(self._records(lines), 1):  # noqa: B007  tells an empty file below
            try:
                protein = self._unique(self._protein(record), record[0][0])
            except RecordError as error:
                self._handler(error)
            else:
                yield protein
        if not number:
            self._handler(self._error(1, "no FASTA record was found", "Records begin with a line '>name'."))

    def _records(self, lines: Iterable[str]) -> Iterator[_Lines]:
        """Numbered lines, header first, no blank ones or comments (';'); of a record that is too long the start."""
        record: _Lines = []
        size, most = 0, self._limits.max_characters if self._limits else sys.maxsize
        for number, raw in enumerate(lines, 1):
            # A line that was cut stays as it is: without its white space it could look like a whole one.
            line = raw if len(raw) > most else raw.strip().removeprefix("\ufeff")
            is_header = line.startswith(">")
            if is_header and record:
                yield record
                record, size = [], 0
            if line and not line.startswith(";") and size <= most:
                record.append((number, line))
                size += 0 if is_header else len(line)
        if record:
            yield record

    def _protein(self, record: _Lines) -> Protein:
        (start, header), body = record[0], record[1:]
        if not header.startswith(">"):
            problem = f"text before the first '>': {header[:40]!r}"
            raise self._error(start, problem, "A FASTA record begins with a line '>name'.")
        if self._limits and len(header) > self._limits.max_characters:
            problem = f"a header of more than {self._limits.max_characters:,} characters: {header[:40]!r}"
            raise self._error(
                start, problem, "Shorten it to an identifier and a name, or leave the record out."
            )
        try:
            fields = parse_header(header)
        except InputError as error:
            raise self._error(start, "a header without a name", "Write an identifier after '>'.") from error
        if not body:
            problem = f"{fields.accession} has no sequence"
            remedy = "Add its sequence below the header, or remove the header."
            raise self._error(start, problem, remedy, fields.accession)
        return Protein(
            accession=fields.accession,
            sequence=self._within_limits(record, fields.accession),
            name=fields.name,
            gene=fields.gene,
            organism=fields.organism,
            existence=fields.existence,
            reviewed=fields.reviewed,
        )

    def _within_limits(self, record: _Lines, accession: str) -> str:
        limits, start = self._limits, record[0][0]
        if limits is None:
            return self._sequence(record[1:], accession)
        too_long = sum(len(line) for _, line in record[1:]) > limits.max_characters
        sequence = "" if too_long else self._sequence(record[1:], accession)
        if too_long or len(sequence) > limits.max_residues:
            problem = f"{accession} has more than {limits.max_residues:,} residues"
            raise self._error(start, problem, "Cut it into its domains, or leave it out.", accession)
        if limits.refuse_dna and len(sequence) >= MIN_DNA_LENGTH and looks_like_dna(sequence):
            problem = f"{accession} looks like DNA or RNA: 95% or more of its letters are A, C, G, T, U or N"
            raise self._error(start, problem, "Translate it; proteins are read.", accession)
        return sequence

    def _sequence(self, body: _Lines, accession: str) -> str:
        try:
            return clean_sequence("".join(line for _, line in body))
        except InputError as error:
            for number, line in body:
                bad = first_bad_character(line.removesuffix("*") if number == body[-1][0] else line)
                if bad:
                    problem = f"{accession} has {bad[0]!r} at position {bad[1]} of this line"
                    remedy = "Residues are letters; remove digits, gaps and stops, or tidy the sequence."
                    raise self._error(number, problem, remedy, accession) from error
            problem = f"{accession} has an empty sequence"
            raise self._error(body[0][0], problem, "Add the residues.", accession) from error

    def _unique(self, protein: Protein, line: int) -> Protein:
        accession, number = protein.accession, 1
        while accession in self._seen:
            if not self._rename:
                problem = f"accession {accession} was already used on line {self._seen[accession]}"
                remedy = "Remove one of the two, or ask for duplicates to be renamed."
                raise self._error(line, problem, remedy, accession)
            number += 1
            accession = f"{protein.accession}_{number}"
        self._seen[accession] = line
        return protein if accession == protein.accession else replace(protein, accession=accession)

    def _error(self, line: int, problem: str, remedy: str, accession: str = "") -> RecordError:
        return RecordError(self._source, line, problem, remedy, accession)
