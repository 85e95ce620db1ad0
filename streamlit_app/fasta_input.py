"""FASTA from a visitor: unpacked within bounds, looked through, and cleaned up where that is wanted (pure)."""

import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import count

from protclip.errors import InputError, RecordError
from protclip.predict.annotation_input import LIMITS
from protclip.sequence import parse_fasta, parse_header, tidy_sequence
from protclip.textio import GZIP_ERRORS, plain_bytes, text_lines

MAX_PROTEINS, MAX_MEGABYTES = 5_000, 20
"""What one job takes; megabytes of text, packed or not."""
ENDINGS = ("fasta", "fa", "faa", "txt", "gz")
_MORE = "Split it, or run `protclip annotate`, which takes files of any size"
_SOURCE = "your input"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A record that cannot be used: its accession ("" where it has none), line, and why."""

    accession: str
    line: int
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a FASTA text holds: usable proteins, those left out, and how many a clean-up would save."""

    num_usable: int
    num_residues: int
    longest: int
    left_out: tuple[LeftOut, ...]
    num_cleanable: int

    @property
    def num_records(self) -> int:
        """Records in all."""
        return self.num_usable + len(self.left_out)


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanUp:
    """A FASTA text after the clean-up, and what was changed: (accession, changes in words)."""

    text: str
    changes: tuple[tuple[str, str], ...]


def unpacked(content: bytes) -> str:
    """The text of an upload, gzip or plain.

    Raises
    ------
    InputError
        If it is another kind of archive, damaged, not UTF-8, or larger than `MAX_MEGABYTES`.
    """
    most = MAX_MEGABYTES * 1_000_000
    try:
        plain = plain_bytes(io.BufferedReader(io.BytesIO(content)), _SOURCE).read(most + 1)  # type: ignore[arg-type]
    except GZIP_ERRORS as error:
        raise InputError(f"the gzip file is damaged ({error}). Copy or pack it again") from error
    if len(plain) > most:
        raise InputError(f"the text is larger than {MAX_MEGABYTES} MB. {_MORE}")
    return "\n".join(text_lines(io.BytesIO(plain), _SOURCE))


def survey(text: str) -> Survey:
    """Look a FASTA text through as the annotation will read it.

    Raises
    ------
    InputError
        If there is no record at all, or there are more than `MAX_PROTEINS`.
    """
    left_out: list[RecordError] = []
    lengths = [
        len(protein.sequence)
        for protein in parse_fasta(
            io.StringIO(text), _SOURCE, on_error="skip", report=left_out.append, limits=LIMITS
        )
    ]
    if not text.strip():
        raise InputError("there is no sequence. Paste FASTA, or give a file")
    if len(lengths) + len(left_out) > MAX_PROTEINS:
        number = len(lengths) + len(left_out)
        raise InputError(f"there are {number:,} sequences; this page takes at most {MAX_PROTEINS:,}. {_MORE}")
    return Survey(
        num_usable=len(lengths),
        num_residues=sum(lengths),
        longest=max(lengths, default=0),
        left_out=tuple(
            LeftOut(accession=e.accession, line=e.line, reason=e.problem, remedy=e.remedy) for e in left_out
        ),
        num_cleanable=len(clean_up(text).changes) if left_out else 0,
    )


def clean_up(text: str) -> CleanUp:
    """Drop numbering, gaps, stops and invisible characters inside of sequences; name what has no name, or one twice.

    Records that need none of it, and those that no clean-up makes usable, stay as they are.
    """
    records, changes = [], []
    taken: set[str] = set()
    for number, (header, body) in enumerate(_records(text), 1):
        accession, new_header, named = _named(header, number, taken)
        taken.add(accession)
        sequence, dropped = _cleaned(body)
        records.append(f"{new_header}\n{sequence}")
        told = ", ".join([*named, *dropped])
        changes += [(accession, told)] if told else []
    return CleanUp(text="".join(records), changes=tuple(changes))


def _named(header: str, number: int, taken: Collection[str]) -> tuple[str, str, list[str]]:
    """Accession, header, and what was changed of it."""
    if not header[1:].strip():
        name = f"sequence_{number}"
        return name, f">{name}", [f"named {name}"]
    accession = parse_header(header).accession
    if accession not in taken:
        return accession, header, []
    name = next(n for n in (f"{accession}_{i}" for i in count(2)) if n not in taken)
    return name, " ".join([f">{name}", *header.split(maxsplit=1)[1:]]), [f"renamed {name}"]


def _cleaned(body: str) -> tuple[str, list[str]]:
    try:
        tidy = tidy_sequence(body)
    except InputError:
        return body, []
    # One stop at the end is no dirt: every reader drops it.
    if "".join(body.split()).removesuffix("*").upper() == tidy.sequence:
        return body, []
    return f"{tidy.sequence}\n", list(tidy.changes)


def _records(text: str) -> Iterator[tuple[str, str]]:
    """Header and body, as they stand, of each record; text before the first header has the header ""."""
    header = ""
    body: list[str] = []
    for line in text.removeprefix("\ufeff").splitlines():
        if line.lstrip().startswith(">"):
            if header or "".join(body).strip():
                yield header, "".join(body)
            header, body = line.strip(), []
        elif not line.startswith(";"):
            body.append(f"{line}\n")
    if header or "".join(body).strip():
        yield header, "".join(body)
