"""What the three UniProt readers share: name cells, prose, existence levels, evidence, checks."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from protclip.errors import InputError, RecordError
from protclip.records import Annotation, AnnotationKind
from protclip.residues import clean_sequence, first_bad_character

COMMENT_LABELS: dict[AnnotationKind, str] = {
    "function": "FUNCTION",
    "location": "SUBCELLULAR LOCATION",
    "similarity": "SIMILARITY",
}
"""The comment topics that become prose annotations, with UniProt's label."""

EXISTENCE_LEVELS = (
    "evidence at protein level",
    "evidence at transcript level",
    "inferred from homology",
    "predicted",
    "uncertain",
)

# GO evidence codes of the ECO terms UniProt's XML gives (GO's gaf-eco-mapping), so that the flat file
# and the XML of an entry say the same.
_GO_CODES = {
    "ECO:0000269": "EXP", "ECO:0000314": "IDA", "ECO:0000353": "IPI", "ECO:0000315": "IMP",
    "ECO:0000316": "IGI", "ECO:0000270": "IEP", "ECO:0006056": "HTP", "ECO:0007005": "HDA",
    "ECO:0007001": "HMP", "ECO:0007003": "HGI", "ECO:0007007": "HEP", "ECO:0000318": "IBA",
    "ECO:0000319": "IBD", "ECO:0000320": "IKR", "ECO:0000321": "IRD", "ECO:0000250": "ISS",
    "ECO:0000266": "ISO", "ECO:0000247": "ISA", "ECO:0000255": "ISM", "ECO:0000317": "IGC",
    "ECO:0000245": "RCA", "ECO:0000304": "TAS", "ECO:0000303": "NAS", "ECO:0000305": "IC",
    "ECO:0000307": "ND", "ECO:0000501": "IEA", "ECO:0000256": "IEA", "ECO:0000265": "IEA",
    "ECO:0007322": "IEA", "ECO:0007826": "IEA",
}  # fmt: skip

_EVIDENCE_TAG = re.compile(r"\s*\{(?:ECO:|E[ACIP]\d)[^{}]*\}")
_EC_IN_NAME = re.compile(r"\(EC ([^()\s]+)\)")
_GO_ID = re.compile(r"GO:\d{7}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where an entry stands: the file's name for errors, and the line (from 1) on which it begins."""

    source: str
    line: int

    def error(self, problem: str, remedy: str, line: int | None = None) -> RecordError:
        """A RecordError for this entry; ``line`` where a better one than its first is known."""
        return RecordError(self.source, line or self.line, problem, remedy)


def without_evidence(text: str) -> str:
    """A name without its evidence tags: "Cutinase {ECO:0000255|...}" is "Cutinase"."""
    return _EVIDENCE_TAG.sub("", text).strip()


def assemble_name(
    main: Sequence[str],
    included: Iterable[Sequence[str]] = (),
    cleaved: Iterable[Sequence[str]] = (),
    fragment: str = "",
) -> str:
    """The "Protein names" cell of UniProt's TSV export, from names in the order of the entry.

    Of each sequence of names the first stands plain and the others ("EC 3.2.1.4" among them) in
    brackets; ``included`` are the enzymes of a multifunctional protein, ``cleaved`` the chains cut from
    a precursor, ``fragment`` is "Fragment", "Fragments" or "".
    """
    cell = _bracketed(main)
    for label, parts in (("Includes", included), ("Cleaved into", cleaved)):
        described = "; ".join(_bracketed(names) for names in parts)
        if described:
            cell += f" [{label}: {described}]"
    return (f"{cell} ({fragment})" if fragment else cell).strip()


def _bracketed(names: Sequence[str]) -> str:
    return " ".join([*names[:1], *(f"({name})" for name in names[1:])])


def ec_in_name(name: str) -> tuple[str, ...]:
    """The EC numbers of a "Protein names" cell, each once, in order."""
    return tuple(dict.fromkeys(_EC_IN_NAME.findall(name)))


def join_wrapped(lines: Iterable[str]) -> str:
    """Join wrapped flat-file lines. UniProt breaks them at spaces and after hyphens.

    So a line that ends in a hyphen is joined without a space, but not a dash ("A - B") and not a
    suspended hyphen ("alpha- and beta-").
    """
    joined = ""
    for line in filter(None, map(str.strip, lines)):
        hyphen = joined.endswith("-") and not joined.endswith(" -")
        glue = "" if not joined or (hyphen and not line.startswith(("and ", "or ", "to "))) else " "
        joined += glue + line
    return joined


def split_comments(cell: str, label: str) -> list[str]:
    """The comments of a TSV cell ("FUNCTION: A.; FUNCTION: B."), without their label."""
    cell = cell.strip().removeprefix(f"{label}: ")
    return [text for text in (part.strip() for part in cell.split(f"; {label}: ")) if text]


def prose(kind: AnnotationKind, texts: Iterable[str]) -> list[Annotation]:
    """One prose annotation for each text that is not empty."""
    return [Annotation(kind=kind, text=text) for text in texts if text]


def identifiers(kind: AnnotationKind, ids: Iterable[str]) -> list[Annotation]:
    """One annotation for each different identifier, in order."""
    return [Annotation(kind=kind, id=identifier) for identifier in dict.fromkeys(ids) if identifier]


def go_annotation(identifier: str, term: str, evidence: str, where: Where) -> Annotation:
    """A GO annotation from UniProt's fields: "GO:0005634", "C:nucleus", "IDA:UniProtKB" or an ECO id.

    Raises
    ------
    RecordError
        When the identifier is not a GO id.
    """
    if not _GO_ID.fullmatch(identifier):
        raise where.error(f"{identifier!r} is not a GO id", "GO ids are written GO:0005634.")
    name = term[2:] if term[1:2] == ":" else term
    code = _GO_CODES.get(evidence) or (
        evidence if evidence.startswith("ECO:") else evidence.partition(":")[0]
    )
    return Annotation(kind="go", id=identifier, text=name, evidence=code)


def existence_level(text: str, where: Where) -> int | None:
    """Protein existence as 1 to 5 from "1: Evidence at protein level" or the words alone; None for "".

    Raises
    ------
    RecordError
        When it is none of UniProt's five levels.
    """
    number, colon, words = text.strip().rstrip(";").partition(":")
    if not number:
        return None
    if number in ("1", "2", "3", "4", "5"):
        return int(number)
    words = (words if colon else number).strip().lower()
    if words in EXISTENCE_LEVELS:
        return EXISTENCE_LEVELS.index(words) + 1
    remedy = "Use 1 to 5, or UniProt's words such as 'Evidence at protein level'."
    raise where.error(f"protein existence {text.strip()!r} is not known", remedy)


def checked_sequence(text: str, accession: str, lengths: Iterable[int], where: Where) -> str:
    """The sequence in capitals, after a check of its letters and of the lengths the entry declares.

    Raises
    ------
    RecordError
        For a character that is no residue, an empty sequence, or a length that differs.
    """
    try:
        sequence = clean_sequence(text)
    except InputError as error:
        bad = first_bad_character(text)
        what = f"character {bad[0]!r} at position {bad[1]} is no residue" if bad else "the sequence is empty"
        raise where.error(f"entry {accession}: {what}", "Mend the sequence or remove the entry.") from error
    for length in lengths:
        if length != len(sequence):
            problem = f"entry {accession} declares {length} residues and has {len(sequence)}"
            raise where.error(problem, "The entry is cut or edited; copy it again.")
    return sequence
