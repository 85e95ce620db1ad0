"""From the options of `protclip search` to the queries they ask."""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import click

from protclip.errors import InputError, RecordError
from protclip.sequence import read_fasta
from protclip.textio import names_source
from vector_store.search_records import SearchQuery

_FASTA_NAMES = (".fasta", ".fa", ".faa", ".fas", ".gz")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """The ways of asking that a user may choose from, as given."""

    text: str | None = None
    sequence: str | None = None
    accession: str | None = None
    more_like: tuple[str, ...] = ()
    less_like: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One query and how it is called in what is printed."""

    query: SearchQuery
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """The queries of one call; ``one`` says that there is a single one, whose error is the call's own."""

    items: Iterator[Question]
    one: bool


def questions(asking: Asking, report: Callable[[RecordError], None]) -> Questions:
    """What is asked; malformed records of a FASTA file go to ``report``.

    Raises
    ------
    InputError
        If there is more than one way of asking, or a file is missing.
    """
    examples = bool(asking.more_like or asking.less_like)
    ways = (asking.text is not None, asking.sequence is not None, asking.accession is not None, examples)
    if sum(ways) > 1:
        raise InputError("give one of TEXT, --sequence, --accession, or --more-like with --less-like")
    if asking.sequence is not None and names_source(asking.sequence):
        return Questions(items=_of_fasta(asking.sequence, report), one=False)
    if not any(ways):
        return Questions(items=_of_lines(), one=False)
    return Questions(items=iter([_single(asking)]), one=True)


def _single(asking: Asking) -> Question:
    if asking.text is not None:
        return Question(query=SearchQuery(text=asking.text), label=asking.text)
    if asking.accession is not None:
        query = SearchQuery(text=asking.accession, kind="accession")
        return Question(query=query, label=asking.accession)
    if asking.sequence is not None:
        if "/" in asking.sequence or asking.sequence.lower().endswith(_FASTA_NAMES):
            raise InputError(
                f"there is no file {asking.sequence}. Give a FASTA file, or the residues themselves"
            )
        query = SearchQuery(text=asking.sequence, kind="sequence")
        return Question(query=query, label=asking.sequence)
    label = examples_label(asking.more_like, asking.less_like)
    return Question(query=SearchQuery(more_like=asking.more_like, less_like=asking.less_like), label=label)


def examples_label(more_like: Sequence[str], less_like: Sequence[str]) -> str:
    """A search by examples in a line: +P1 +P2 -P3."""
    return " ".join([*(f"+{a}" for a in more_like), *(f"-{a}" for a in less_like)])


def _of_fasta(path: str, report: Callable[[RecordError], None]) -> Iterator[Question]:
    for protein in read_fasta(path, on_duplicate="rename", on_error="skip", report=report):
        query = SearchQuery(text=protein.sequence, kind="sequence")
        yield Question(query=query, label=protein.accession)


def _of_lines() -> Iterator[Question]:
    if sys.stdin.isatty():
        click.echo("Type queries, one a line; Ctrl-D ends.", err=True)
    # Bytes, so that a line in another encoding spoils that line alone.
    for raw in sys.stdin.buffer:
        line = raw.decode("utf-8", errors="replace").strip()
        if line:
            yield Question(query=SearchQuery(text=line), label=line)
