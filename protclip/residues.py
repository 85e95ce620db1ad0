"""The residue alphabet: checking a sequence, the offered clean-up, telling a sequence from words.

``protclip.sequence`` gives all of it on; import from there.
"""

import math
import re
from dataclasses import dataclass

from protclip.errors import InputError

RESIDUES = "ACDEFGHIKLMNPQRSTVWY"
"""The twenty standard residues."""
AMBIGUOUS = "BJOUXZ"
"""Also accepted: B (D or N), J (I or L), O (pyrrolysine), U (selenocysteine), X (any), Z (E or Q)."""
CLASSES = ("C", "G", "A", "IV", "LM", "FYW", "H", "KR", "P", "ST", "ND", "EQ")
"""The standard residues in twelve classes whose members replace each other more often than by chance (BLOSUM62)."""
CLASS_OF = {residue: number for number, members in enumerate(CLASSES) for residue in members}
"""The place in `CLASSES` of each standard residue."""
MIN_DNA_LENGTH = 30
"""Shorter peptides may be made of A, C, G, T, U and N by chance."""

_NOT_LETTER = re.compile(r"[^A-Za-z]")  # the residues and the ambiguous ones are the whole alphabet
_DROPPED = {"digits": r"\d", "gap characters": r"[-.~_\u2010-\u2015\u2212]", "stop characters (*)": r"\*"}

# Zero-width spaces and joiners, soft hyphens and byte-order marks come along when text is copied from
# web pages and PDF files.
_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060\u00ad"))

_MIN_BARE_LENGTH = 10
_MIN_BLOCK = 10
_MIXED_CASE_EVIDENCE = 6.0
_LETTERS = re.compile(r"[A-Z]+")

# How often each letter stands in Swiss-Prot sequences and in English text, in percent.
_PROTEIN_PERCENT = {
    "A": 8.25, "R": 5.53, "N": 4.06, "D": 5.46, "C": 1.38, "Q": 3.93, "E": 6.72, "G": 7.07, "H": 2.27,
    "I": 5.91, "L": 9.65, "K": 5.80, "M": 2.41, "F": 3.86, "P": 4.74, "S": 6.65, "T": 5.36, "W": 1.10,
    "Y": 2.92, "V": 6.86, "B": 0.005, "J": 0.005, "O": 0.005, "U": 0.005, "Z": 0.005,
}  # fmt: skip
_ENGLISH_PERCENT = {
    "E": 12.7, "T": 9.06, "A": 8.17, "O": 7.51, "I": 6.97, "N": 6.75, "S": 6.33, "H": 6.09, "R": 5.99,
    "D": 4.25, "L": 4.03, "C": 2.78, "U": 2.76, "M": 2.41, "W": 2.36, "F": 2.23, "G": 2.02, "Y": 1.97,
    "P": 1.93, "B": 1.49, "V": 0.98, "K": 0.77, "J": 0.15, "Q": 0.10, "Z": 0.07,
}  # fmt: skip
# X is left out: it stands for an unknown residue and says nothing either way.
_LOG_ODDS = {letter: math.log(share / _ENGLISH_PERCENT[letter]) for letter, share in _PROTEIN_PERCENT.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class TidyResult:
    """A cleaned sequence and, in words, each change that was made to what was given."""

    sequence: str
    changes: tuple[str, ...] = ()


def clean_sequence(text: str) -> str:
    """Upper-case a sequence and remove white space and one trailing ``*``.

    Raises
    ------
    InputError
        When nothing is left, or a character is not a residue letter; positions count from 1 without
        white space.

    Examples
    --------
    >>> clean_sequence("mkta yiak qr*")
    'MKTAYIAKQR'
    """
    sequence = "".join(text.split()).removesuffix("*")
    if not sequence:
        raise InputError("The sequence is empty. Give at least one residue letter, such as MKT.")
    bad = first_bad_character(sequence)
    if bad:
        raise InputError(
            f"Character {bad[0]!r} at position {bad[1]} is not a residue. Accepted are "
            f"{RESIDUES} and {AMBIGUOUS}; remove digits, gaps, stops and punctuation, or tidy the sequence."
        )
    return sequence.upper()


def first_bad_character(text: str) -> tuple[str, int] | None:
    """The first character that is neither a residue letter nor white space, and its position from 1."""
    bad = _NOT_LETTER.search("".join(text.split()))
    return (bad.group(), bad.start() + 1) if bad else None


def tidy_sequence(text: str) -> TidyResult:
    """The clean-up offered for a dirty sequence: header, numbering, gaps and stops are dropped.

    Raises
    ------
    InputError
        When there are several FASTA records, nothing is left, or other characters remain.

    Examples
    --------
    >>> tidied = tidy_sequence("1 MKTAYIAKQR 11 QISFVK---SH*")
    >>> tidied.sequence
    'MKTAYIAKQRQISFVKSH'
    """
    changes: list[str] = []
    body = text.translate(_INVISIBLE)
    if body != text:
        changes.append(f"dropped {len(text) - len(body)} invisible characters")
    lines = body.splitlines()
    headers = [line for line in lines if line.lstrip().startswith(">")]
    if len(headers) > 1:
        raise InputError(
            f"The text has {len(headers)} FASTA records. Give one sequence, or use a FASTA file."
        )
    if headers:
        changes.append(f"dropped the FASTA header {headers[0].strip()[:60]!r}")
        body = "\n".join(line for line in lines if line != headers[0])
    for what, pattern in _DROPPED.items():
        body, number = re.subn(pattern, "", body)
        if number:
            changes.append(f"dropped {number} {what}")
    return TidyResult(sequence=clean_sequence(body), changes=tuple(changes))


def looks_like_sequence(text: str) -> bool:
    """Whether a pasted text is a protein (or DNA) sequence rather than words or an accession.

    With a FASTA header any letters will do. Without one, at least 10 letters are wanted, in one piece or
    in blocks of 10 and more, and they must be likelier for proteins than for English, letter by letter;
    by far likelier where they are not all capitals, because "kallikrein" is a word.

    Examples
    --------
    >>> [looks_like_sequence(text) for text in ("MKTAYIAKQRQISFVKSHFSRQ", "kallikrein", "P38398")]
    [True, False, False]
    """
    lines = text.translate(_INVISIBLE).strip().splitlines()
    has_header = bool(lines) and lines[0].startswith(">")
    blocks = [block for block in " ".join(lines[has_header:]).split() if not block.isdigit()]
    as_typed = re.sub(r"[-.*]", "", "".join(blocks))
    letters = as_typed.upper()
    if not as_typed.isascii() or not _LETTERS.fullmatch(letters):
        return False
    if has_header:
        return True
    if len(letters) < _MIN_BARE_LENGTH or any(len(block) < _MIN_BLOCK for block in blocks[:-1]):
        return False
    evidence = sum(_LOG_ODDS.get(letter, 0.0) for letter in letters)
    return looks_like_dna(letters) or evidence > (0.0 if as_typed.isupper() else _MIXED_CASE_EVIDENCE)


def looks_like_dna(text: str) -> bool:
    """Whether a sequence is made of nucleotides: 95% or more of ACGTUN, three of ACGTU at least.

    A FASTA header, white space, digits and gaps are left out of account; at least 10 letters are wanted.

    Examples
    --------
    >>> [looks_like_dna(text) for text in ("ATGGCTAAAGGTCTGTAA", "MKTAYIAKQRQISFVKSH")]
    [True, False]
    """
    body = "\n".join(line for line in text.splitlines() if not line.startswith(">"))
    letters = re.sub(r"[\s\d*-]", "", body.translate(_INVISIBLE)).upper()
    if len(letters) < _MIN_BARE_LENGTH or not _LETTERS.fullmatch(letters):
        return False
    share = sum(letters.count(base) for base in "ACGTUN") / len(letters)
    return share >= 0.95 and sum(base in letters for base in "ACGTU") >= 3
