"""What the query box says about its draft: how it will be read, and the clean-up on offer (pure)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from protclip.errors import InputError
from protclip.sequence import tidy_sequence
from vector_store.recognise import MAX_RESIDUES, MAX_TEXT, FoundKind, Recognised, recognise

LIMITS = f"at most {MAX_TEXT:,} characters of text, or {MAX_RESIDUES:,} residues of one protein"
"""What a search takes."""
_JUNK_IN_SEQUENCE = re.compile(r"[\d\s*.\-~_]+")
_MIN_LETTERS = 20
_PLAIN_WORD = re.compile(r"[a-z]+('s)?[,:;.!?]?(\s|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a draft is taken for, in a sentence. ``offer`` is the tidied sequence where one is on offer."""

    kind: FoundKind | Literal["empty", "unusable"]
    sentence: str
    offer: str = ""


def read_draft(draft: str, is_known: Callable[[str], bool]) -> Draft:
    """Say how the search will read a draft.

    Parameters
    ----------
    draft
        What stands in the query box, unchecked.
    is_known
        Whether the index holds an accession.
    """
    if not draft.strip():
        return Draft(kind="empty", sentence="Type a sentence, a keyword, an accession, or paste a sequence.")
    try:
        found = recognise(draft, "auto", is_known)
    except InputError as error:
        return _offered(draft, is_known) or Draft(kind="unusable", sentence=as_sentence(str(error)))
    remarks = "".join(f" {as_sentence(warning)}" for warning in found.warnings)
    return Draft(kind=found.kind, sentence=f"Recognised as: {_words(found)}.{remarks}")


def _offered(draft: str, is_known: Callable[[str], bool]) -> Draft | None:
    """The clean-up, where it makes a protein sequence of something that is residues and junk only."""
    try:
        tidied = tidy_sequence(draft)
    except InputError:
        return None
    body = draft.strip().split("\n", 1)[-1] if draft.lstrip().startswith(">") else draft
    if _JUNK_IN_SEQUENCE.sub("", body).upper() != tidied.sequence or len(tidied.sequence) < _MIN_LETTERS:
        return None
    try:
        if recognise(tidied.sequence, "auto", is_known).kind != "sequence":
            return None
    except InputError as error:
        return Draft(kind="unusable", sentence=as_sentence(str(error)))
    changes = ", ".join(tidied.changes)
    what = f"a protein sequence of {len(tidied.sequence):,} residues that needs a clean-up"
    return Draft(kind="sequence", sentence=f"Recognised as: {what} ({changes}).", offer=tidied.sequence)


def _words(found: Recognised) -> str:
    if found.kind == "sequence":
        return f"a protein sequence of {len(found.value):,} residues"
    if found.kind == "accession":
        return f"the accession {found.value[:64]}"
    num_words = len(found.value.split())
    return "a keyword" if num_words == 1 else f"a text of {num_words:,} words"


def as_sentence(message: str) -> str:
    """An error's text as a sentence: a capital first, but for names such as protclip-mini, and a full stop last."""
    whole = message.strip()
    end = "" if whole.endswith((".", "!", "?")) else "."
    first = whole[:1].upper() if _PLAIN_WORD.match(whole) else whole[:1]
    return f"{first}{whole[1:]}{end}"
