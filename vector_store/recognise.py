"""What a query is (accession, sequence, text), and which queries cannot be used. Pure."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from protclip.errors import InputError
from protclip.sequence import (
    UNIPROT_ACCESSION,
    clean_sequence,
    looks_like_dna,
    looks_like_sequence,
    parse_fasta,
)

QueryKind = Literal["auto", "text", "sequence", "accession"]
FoundKind = Literal["text", "sequence", "accession", "examples"]

MAX_TEXT, MAX_RESIDUES, MIN_RESIDUES = 2_000, 50_000, 20
"""Characters of a text; residues of a sequence; residues from which letters are taken for a sequence."""

_GO_ID = re.compile(r"GO:\d{7}", re.IGNORECASE)
_FOREIGN_SHARE = 0.3
_KEPT_CONTROLS = "\n\r\t"
ENGLISH_ONLY = (
    "The text model was trained on English: a question in another script finds little. Ask in English, "
    "or with a gene name or accession"
)
DNA_SENTENCE = (
    "this looks like DNA or RNA, and proteins are searched here. Translate it first, then search with the "
    "protein sequence"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A query made fit for use: its kind, its text or sequence or accession, and what was noticed."""

    kind: FoundKind
    value: str
    warnings: tuple[str, ...] = ()


def recognise(text: str, kind: QueryKind, is_known: Callable[[str], bool]) -> Recognised:
    """Tell what a query is.

    Parameters
    ----------
    text
        What the user gave, unchecked.
    kind
        "auto", or what the user says it is.
    is_known
        Whether the index holds an accession.

    Raises
    ------
    InputError
        For an empty query, one that is too long, one without any letter, DNA, several FASTA records, or a
        sequence with characters that are no residues.
    """
    clean, warnings = without_controls(text)
    if not clean:
        raise InputError("the query is empty. Give a sentence, a keyword, an accession, or a sequence")
    if not any(c.isalpha() for c in clean):
        raise InputError(
            f"the query {shortened(clean)!r} has no letter. Give words, an accession, or a sequence"
        )
    found = kind if kind != "auto" else kind_of(clean, is_known)
    if found == "sequence":
        return _sequence(clean, warnings, strict=kind == "auto")
    if found == "accession":
        return Recognised(kind="accession", value=as_accession(clean, is_known), warnings=warnings)
    return _text(clean, warnings)


def kind_of(text: str, is_known: Callable[[str], bool]) -> Literal["text", "sequence", "accession"]:
    """What a query without control characters is; what looks like a UniProt accession is taken for one."""
    word = text.strip()
    if UNIPROT_ACCESSION.fullmatch(word.upper()):
        return "accession"
    # An identifier of a user's own proteins: one word with a digit, so that no English word is one.
    if len(word) <= 64 and len(word.split()) == 1 and any(c.isdigit() for c in word) and is_known(word):
        return "accession"
    return "sequence" if is_sequence(word) else "text"


def is_sequence(text: str) -> bool:
    """Whether a query is FASTA, or 20 or more residues; stray digits make a sequence dirty, not a text."""
    if text.startswith(">") and len(text.splitlines()) > 1:
        return True
    letters = sum(c.isalpha() for c in text)
    return letters >= MIN_RESIDUES and looks_like_sequence(re.sub(r"\d", "", text))


def as_accession(text: str, is_known: Callable[[str], bool]) -> str:
    """An accession as the index writes it: UniProt's are in capitals, a user's own are left as they are."""
    word = text.strip()
    return word if is_known(word) else word.upper()


def _sequence(text: str, warnings: tuple[str, ...], *, strict: bool) -> Recognised:
    body = text
    if text.startswith(">"):
        proteins = list(parse_fasta(text.splitlines(), "the query", on_duplicate="rename"))
        if len(proteins) != 1:
            raise InputError(
                f"the query holds {len(proteins)} FASTA records and one is searched at a time. Give one, or "
                "a FASTA file to protclip search --sequence"
            )
        body = proteins[0].sequence
    if len(body) > MAX_RESIDUES * 2:  # before anything is done with 100 MB of it
        raise InputError(f"the sequence is too long: at most {MAX_RESIDUES:,} residues are searched")
    sequence = clean_sequence(body)
    if len(sequence) > MAX_RESIDUES:
        raise InputError(
            f"the sequence has {len(sequence):,} residues; at most {MAX_RESIDUES:,} are searched"
        )
    if looks_like_dna(sequence):
        if strict:
            raise InputError(DNA_SENTENCE)
        warnings = (*warnings, f"T{DNA_SENTENCE[1:]}")
    return Recognised(kind="sequence", value=sequence, warnings=warnings)


def _text(text: str, warnings: tuple[str, ...]) -> Recognised:
    words = " ".join(text.split())
    if len(words) > MAX_TEXT:
        raise InputError(
            f"the text has {len(words):,} characters; at most {MAX_TEXT:,} are searched. Say it shorter"
        )
    letters = [c for c in words if c.isalpha()]
    foreign = sum(not unicodedata.name(c, "").startswith(("LATIN", "GREEK", "MICRO")) for c in letters)
    if foreign > _FOREIGN_SHARE * len(letters):
        warnings = (*warnings, ENGLISH_ONLY)
    return Recognised(kind="text", value=words, warnings=warnings)


def without_controls(text: str) -> tuple[str, tuple[str, ...]]:
    """The text without control and invisible characters, and a sentence if there were any."""
    kept = "".join(
        c for c in text if c in _KEPT_CONTROLS or unicodedata.category(c) not in ("Cc", "Cf", "Cs")
    )
    dropped = len(text) - len(kept)
    note = f"{dropped} control or invisible character{'s were' if dropped != 1 else ' was'} left out of the query"
    return kept.strip(), (note,) if dropped else ()


def go_id_in(text: str) -> str | None:
    """The GO id that a text is, if it is nothing else."""
    return text.strip().upper() if _GO_ID.fullmatch(text.strip()) else None


def nearest_accessions(accession: str, known: Iterable[str], number: int = 3) -> tuple[str, ...]:
    """The accessions that differ least from one: by two characters at most, or by what follows them."""
    wanted = accession.upper()
    near = []
    for candidate in known:
        upper = candidate.upper()
        if len(upper) == len(wanted):
            distance = sum(a != b for a, b in zip(upper, wanted, strict=True))
        else:
            shorter, longer = sorted((upper, wanted), key=len)
            distance = len(longer) - len(shorter) if longer.startswith(shorter) else 99
        if distance <= 2:
            near.append((distance, abs(len(upper) - len(wanted)), candidate))
    return tuple(candidate for _, _, candidate in sorted(near)[:number])


def shortened(text: str, length: int = 60) -> str:
    """A text for a message, cut where it is long."""
    return text if len(text) <= length else f"{text[: length - 1]}…"
