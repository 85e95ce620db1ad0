"""Test proteins of benchmarks, to be kept out of a training set: by sequence and by accession.

The authors keep none out, and it leaks: test proteins of GO, EC and DeepLoc are in Swiss-Prot, and their
location and function stand in the text. A match is exact. Proteins that are merely similar stay; hold those
out by cluster (``protclip.data.splits``).
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from protclip.data.hash_set import HashSet
from protclip.errors import InputError, RecordError
from protclip.records import Protein
from protclip.residues import clean_sequence
from protclip.sequence import parse_fasta
from protclip.textio import open_text

_Found = Iterator[tuple[str, str]]
"""(accession or "", sequence or "") of each test protein."""

_ENDINGS: dict[str, str] = {
    ".fasta": "fasta", ".fa": "fasta", ".faa": "fasta", ".csv": "csv", ".tsv": "tsv",
    ".json": "json", ".jsonl": "json", ".txt": "accessions",
}  # fmt: skip
_SEQUENCE_COLUMNS = ("sequence", "seq", "aaseq", "aasequence", "primary", "proteinsequence")
_ACCESSION_COLUMNS = ("entry", "accession", "acc", "uniprotid", "uniprot")
_ACCESSION = re.compile(r"([OPQ]\d[A-Z\d]{3}\d|[A-NR-Z]\d(?:[A-Z][A-Z\d]{2}\d){1,2})(?:[-_]\d+)?")
"""An accession as UniProt writes them; the number of an isoform or of a repeat is left off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """The test proteins of one file; ``name`` is that of the file."""

    name: str
    sequences: HashSet
    accessions: frozenset[str]

    def covers(self, protein: Protein) -> bool:
        """Whether the protein is one of them, by its accession or by its sequence."""
        return protein.accession in self.accessions or protein.sequence in self.sequences


def read_exclusion(path: Path) -> Exclusion:
    """Read test proteins from FASTA, CSV, TSV, JSON Lines or a list of accessions, plain or gzip.

    The ending tells which (.fasta .fa .faa, .csv, .tsv, .json .jsonl, .txt; .gz may follow). A table needs
    a header with a column of sequences (sequence, seq, primary), of accessions (Entry, accession), or both;
    JSON Lines the same as keys; .txt has an accession a line. FASTA excludes by accession where the header is
    UniProt's or an accession alone, and by sequence always.

    Raises
    ------
    InputError
        If the file is missing, of another format, or names no protein.
    RecordError
        For a malformed record, with line and remedy.
    """
    kind = _kind(path)
    sequences, accessions = HashSet(), set[str]()
    with open_text(path) as lines:
        for accession, sequence in _READERS[kind](lines, str(path)):
            if accession:
                accessions.add(accession)
            if sequence:
                sequences.add(sequence)
    if not (accessions or len(sequences)):
        raise InputError(f"{path} names no protein to exclude; give a file with sequences or accessions")
    return Exclusion(name=path.name, sequences=sequences, accessions=frozenset(accessions))


def _kind(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    kind = _ENDINGS.get(suffixes[-1]) if suffixes else None
    if kind is None:
        raise InputError(
            f"{path} cannot be told apart by its ending. Give {', '.join(_ENDINGS)}, each plain or with .gz"
        )
    return kind


def _fasta(lines: Iterable[str], source: str) -> _Found:
    for protein in parse_fasta(lines, source, on_duplicate="rename"):
        # Any other first word ("1ABC-A", "test_17") is no accession of UniProt's.
        match = _ACCESSION.fullmatch(protein.accession)
        yield match[1] if match else "", protein.sequence


def _table(lines: Iterable[str], source: str, delimiter: str) -> _Found:
    rows = csv.reader(lines, delimiter=delimiter)
    header = ["".join(c for c in cell.lower() if c.isalnum()) for cell in next(rows, [])]
    sequence, accession = _column(header, _SEQUENCE_COLUMNS), _column(header, _ACCESSION_COLUMNS)
    if sequence is None and accession is None:
        raise RecordError(
            source,
            1,
            "the header has no column of sequences or accessions",
            f"Name one {', '.join((*_SEQUENCE_COLUMNS[:2], *_ACCESSION_COLUMNS[:2]))}.",
        )
    for row in _rows(rows, source):
        if len(row) != len(header):
            problem = f"the row has {len(row)} cells and the header {len(header)}"
            raise RecordError(source, rows.line_num, problem, "Mend the row or export the file again.")
        found = row[sequence] if sequence is not None else ""
        yield (row[accession] if accession is not None else ""), _clean(found, source, rows.line_num)


def _rows(rows: Any, source: str) -> Iterator[list[str]]:
    try:
        yield from filter(None, rows)
    except csv.Error as error:
        raise RecordError(source, rows.line_num, f"this is no table ({error})", "Export it again.") from error


def _json_lines(lines: Iterable[str], source: str) -> _Found:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = {key.lower(): value for key, value in json.loads(line).items()}
        except (ValueError, AttributeError) as error:
            remedy = 'Write one JSON object a line, such as {"seq": "MKV"}.'
            raise RecordError(source, number, "this is no JSON object", remedy) from error
        sequence = next((str(record[key]) for key in _SEQUENCE_COLUMNS if key in record), "")
        accession = next((str(record[key]) for key in _ACCESSION_COLUMNS if key in record), "")
        yield accession, _clean(sequence, source, number)


def _accessions(lines: Iterable[str], source: str) -> _Found:
    for number, line in enumerate(lines, 1):
        words = line.split()
        if len(words) > 1:
            problem = f"{line[:40]!r} is more than an accession"
            raise RecordError(source, number, problem, "Write one accession a line.")
        yield from ((word, "") for word in words)


def _clean(sequence: str, source: str, line: int) -> str:
    """As the readers store sequences, or equal ones would differ in case or spaces."""
    if not sequence.strip():
        return ""
    try:
        return clean_sequence(sequence)
    except InputError as error:
        raise RecordError(
            source, line, "the sequence has a character that is no residue", "Mend or remove it."
        ) from error


def _column(header: list[str], names: tuple[str, ...]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


_READERS: dict[str, Callable[[Iterable[str], str], _Found]] = {
    "fasta": _fasta,
    "csv": lambda lines, source: _table(lines, source, ","),
    "tsv": lambda lines, source: _table(lines, source, "\t"),
    "json": _json_lines,
    "accessions": _accessions,
}
