"""ProtAnno as its authors distribute it: JSON Lines of sequence and text, in and out.

One object a line with exactly two strings, ``{"seq": ..., "text": ...}``; the text is the template of
``protclip.data.biotext``. There is no accession, existence level or status in it.
"""

import json
import os
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from protclip.data.biotext import describe, parse_biotext
from protclip.data.files import replacing
from protclip.data.hash_set import hash64
from protclip.data.uniprot import (
    COMMENT_LABELS,
    Where,
    checked_sequence,
    ec_in_name,
    identifiers,
    prose,
    split_comments,
)
from protclip.errors import InputError, RecordError
from protclip.records import Protein
from protclip.textio import OnError, Report, error_handler, open_text, source_name

if TYPE_CHECKING:
    from protclip.data.ontology import Ontology

_FORM = 'Write {"seq": "MKV...", "text": "PROTEIN NAME: ..."}, one object a line.'


def read_pair_json(
    path: str | os.PathLike[str], *, on_error: OnError = "raise", report: Report | None = None
) -> Iterator[Protein]:
    """Stream the proteins of a file of pairs, plain or gzip (told by content).

    As there is no accession, a protein is named by the hash of its pair ("pair-" and 16 hex digits). It counts
    as unreviewed with no existence level: what a file of pairs holds was chosen before. ``describe`` gives its
    text back to the letter.

    Raises
    ------
    InputError
        When the file cannot be opened, or an option is unknown.
    RecordError
        For a malformed line, with file, line and remedy.
    """
    handler = error_handler(on_error, report)

    def stream() -> Iterator[Protein]:
        source, number = source_name(path), 0
        with open_text(path) as lines:
            for line_number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                number += 1
                try:
                    protein = _protein(line, Where(source=source, line=line_number))
                except RecordError as error:
                    handler(error)
                else:
                    yield protein
        if not number:
            handler(RecordError(source, 1, "there is no pair in the file", _FORM))

    return stream()


def write_pair_json(proteins: Iterable[Protein], path: Path, ontology: "Ontology | None") -> int:
    """Write proteins as pairs, and return how many were written; one without any text is left out."""
    number = 0
    with replacing(path) as unfinished, unfinished.open("w", encoding="utf-8") as file:
        for protein in proteins:
            text = describe(protein, ontology).text
            if text:
                pair = {"seq": protein.sequence, "text": text}
                file.write(json.dumps(pair, ensure_ascii=False) + "\n")
                number += 1
    return number


def _protein(line: str, where: Where) -> Protein:
    sequence, text = _pair(line, where)
    try:
        biotext = parse_biotext(text)
    except InputError as error:
        raise where.error(str(error), "Mend or remove the line.") from error
    known = dict(biotext.properties)
    name = _name(known.get("PROTEIN NAME", ""))
    accession = f"pair-{hash64(f'{sequence} {text}'):016x}"
    comments = chain.from_iterable(
        prose(kind, split_comments(known.get(label, ""), label)) for kind, label in COMMENT_LABELS.items()
    )
    return Protein(
        accession=accession,
        sequence=checked_sequence(sequence, accession, (), where),
        name=name,
        annotations=(*identifiers("ec", ec_in_name(name)), *comments),
    )


def _pair(line: str, where: Where) -> tuple[str, str]:
    try:
        record: Any = json.loads(line)
    except ValueError as error:
        raise where.error(f"this is no JSON ({error})", _FORM) from error
    if not isinstance(record, dict) or record.keys() != {"seq", "text"}:
        found = f"the keys are {', '.join(map(repr, record))}" if isinstance(record, dict) else "no object"
        raise where.error(f"{found}, expected are 'seq' and 'text'", _FORM)
    sequence, text = record["seq"], record["text"]
    if not (isinstance(sequence, str) and isinstance(text, str)):
        raise where.error("'seq' and 'text' are not both strings", _FORM)
    return sequence, text


def _name(cell: str) -> str:
    """The name without the full stop of the template; a name that ends in one keeps its own."""
    shorter = cell.removesuffix(".")
    return cell if shorter.endswith(".") else shorter
