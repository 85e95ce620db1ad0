"""UniProt flat files (.dat, .txt): one entry after the other, in bounded memory."""

import os
import re
from collections.abc import Iterable, Iterator

from protclip.data.uniprot import (
    COMMENT_LABELS,
    Where,
    assemble_name,
    checked_sequence,
    ec_in_name,
    existence_level,
    go_annotation,
    identifiers,
    join_wrapped,
    prose,
    without_evidence,
)
from protclip.errors import RecordError
from protclip.records import Annotation, Protein
from protclip.textio import OnError, Report, error_handler, open_text, source_name

_NEEDED = frozenset(("ID", "AC", "DE", "GN", "OS", "CC", "DR", "PE", "SQ", "  "))
_PASSED_OVER = frozenset(
    ("DT", "OG", "OC", "OX", "OH", "RN", "RP", "RC", "RX", "RG", "RA", "RT", "RL", "KW", "FT", "**")
)
_LINE = re.compile(r"[A-Z ]{2}(?:   |$)")
_ID = re.compile(r"(\S+)\s+(\S+?);\s+(?:PRT;\s+)?(\d+)\s+AA\.?")
_SQ = re.compile(r"SEQUENCE\s+(\d+)\s+AA;")
_DATA_CLASSES = {"Reviewed": True, "STANDARD": True, "Unreviewed": False, "PRELIMINARY": False, "IPI": False}
_DE_VALUE = re.compile(r"(RecName|AltName|SubName|Flags|Includes|Contains)?:?\s*(?:(\w+)=)?(.*)")
_DE_PREFIX = {"EC": "EC ", "CD_antigen": "CD antigen ", "Allergen": "allergen ", "Biotech": "biotech "}
_GENE = re.compile(r"\b(Name|OrderedLocusNames|ORFNames|Synonyms)=(.+?)(?:;(?=\s|$)|$)")
_GENE_ORDER = ("Name", "OrderedLocusNames", "ORFNames", "Synonyms")
# The full stop after the organism is the line's, except where the name ends in one of these.
_ABBREVIATIONS = (" sp.", " ssp.", " subsp.", " var.", " cf.", " aff.")
_CUT = "The file may be cut off; copy or download it again."

_LINE_CODES = "Lines begin with two capitals and three spaces (ID, AC, ...); give a UniProt flat file."


def read_uniprot_dat(
    path: str | os.PathLike[str], *, on_error: OnError = "raise", report: Report | None = None
) -> Iterator[Protein]:
    """Stream the proteins of a UniProt flat file, plain or gzip (told by content).

    Parameters
    ----------
    path : str or path
        The flat file; "-" reads standard input.
    on_error, report
        "skip" hands each malformed entry to ``report`` and goes on; "raise" stops at the first.

    Raises
    ------
    InputError
        When the file cannot be opened, or an option is unknown.
    RecordError
        For a malformed entry, with file, line and remedy.
    """
    handler = error_handler(on_error, report)

    def stream() -> Iterator[Protein]:
        with open_text(path) as lines:
            yield from _proteins(lines, source_name(path), handler)

    return stream()


def _proteins(lines: Iterable[str], source: str, handler: Report) -> Iterator[Protein]:
    entries = _Entries(source, handler)
    for entry in entries.split(lines):
        try:
            protein = _protein(entry)
        except RecordError as error:
            handler(error)
        else:
            yield protein
    if not entries.number:
        remedy = "A UniProt flat file has entries from an ID line to a // line."
        handler(RecordError(source, 1, "no UniProt entry was found", remedy))


class _Entry:
    """The lines of one entry by line code, without the code, and where each code began."""

    __slots__ = ("_first", "_lines", "source")

    def __init__(self, source: str) -> None:
        self.source = source
        self._lines: dict[str, list[str]] = {}
        self._first: dict[str, int] = {}

    def __contains__(self, code: str) -> bool:
        return code in self._lines

    def __bool__(self) -> bool:
        return bool(self._lines)

    def __getitem__(self, code: str) -> list[str]:
        return self._lines.get(code, [])

    def add(self, code: str, number: int, text: str) -> None:
        """Add a line; ``number`` is its place in the file, from 1."""
        self._first.setdefault(code, number)
        self._lines.setdefault(code, []).append(text)

    def where(self, code: str = "", index: int = 0) -> Where:
        """The place of a line of a code (the lines of one code stand together), or of the entry."""
        line = self._first.get(code) or min(self._first.values())
        return Where(source=self.source, line=line + index)


class _Entries:
    """Cuts lines into entries; ``number`` counts the entries found, whole or not."""

    def __init__(self, source: str, handler: Report) -> None:
        self.number = 0
        self._source, self._handler = source, handler

    def split(self, lines: Iterable[str]) -> Iterator[_Entry]:
        """Each whole entry; a broken one goes to the handler and is passed over up to its // line."""
        entry, broken, number = _Entry(self._source), False, 0
        for number, line in enumerate(lines, 1):
            code = line[:2]
            if code in _PASSED_OVER:
                continue
            if code == "//":
                if entry:
                    self.number += 1
                    yield entry
                entry, broken = _Entry(self._source), False
            elif code == "ID" and "ID" in entry:
                self._broken(number, "a second ID line within an entry", "End each entry with a // line.")
                entry, broken = _Entry(self._source), False
                entry.add(code, number, line[5:])
            elif not _LINE.match(line):
                if line.strip() and not broken:
                    self._broken(
                        number, f"the line {line[:40]!r} does not begin with a line code", _LINE_CODES
                    )
                    entry, broken = _Entry(self._source), True
            elif code in _NEEDED and not broken:
                entry.add(code, number, line[5:])
        if entry:
            self._broken(number, "the file ends within an entry (no // line)", _CUT)

    def _broken(self, line: int, problem: str, remedy: str) -> None:
        self.number += 1
        self._handler(RecordError(self._source, line, problem, remedy))


def _protein(entry: _Entry) -> Protein:
    for code, what in (("ID", "ID line"), ("AC", "AC line"), ("SQ", "SQ line"), ("  ", "sequence")):
        if code not in entry:
            remedy = "Copy the whole entry, from its ID line to its // line."
            raise entry.where().error(f"the entry has no {what}", remedy)
    accession = entry["AC"][0].partition(";")[0].strip()
    if len(accession.split()) != 1:
        problem = f"the AC line {entry['AC'][0]!r} has no accession"
        raise entry.where("AC").error(problem, "Write 'AC   P12345;'.")
    reviewed, length = _id_line(entry["ID"][0], entry.where("ID"))
    name = _name(entry["DE"])
    return Protein(
        accession=accession,
        sequence=_sequence(entry, accession, length),
        name=name,
        gene=_gene(entry["GN"]),
        organism=_organism(entry["OS"]),
        existence=existence_level("".join(entry["PE"]), entry.where("PE")),
        reviewed=reviewed,
        annotations=(
            *_cross_references(entry),
            *identifiers("ec", ec_in_name(name)),
            *_comments(entry["CC"]),
        ),
    )


def _sequence(entry: _Entry, accession: str, length: int) -> str:
    declared = _SQ.match(entry["SQ"][0])
    if not declared:
        problem = f"entry {accession}: the SQ line gives no length"
        raise entry.where("SQ").error(problem, "Write 'SQ   SEQUENCE   120 AA; ...'.")
    lengths = (length, int(declared[1]))
    return checked_sequence("".join(entry["  "]), accession, lengths, entry.where("  "))


def _id_line(line: str, where: Where) -> tuple[bool, int]:
    match = _ID.match(line)
    if not match:
        raise where.error(
            f"the ID line {line!r} is malformed", "Write 'ID   NAME_SPEC   Reviewed;   120 AA.'."
        )
    if match[2] not in _DATA_CLASSES:
        problem = f"entry {match[1]} has the unknown data class {match[2]!r}"
        raise where.error(problem, "Use Reviewed or Unreviewed.")
    return _DATA_CLASSES[match[2]], int(match[3])


def _name(lines: list[str]) -> str:
    """The name cell. A section (Includes, Contains) lasts while its lines are indented by two."""
    if lines and not _DE_VALUE.match(lines[0].strip())[1]:  # type: ignore[index]  # matches anything
        return join_wrapped(lines).removesuffix(".")  # before 2008: one sentence
    sections: dict[str, list[list[str]]] = {"": [[]], "Includes": [], "Contains": []}
    section, fragment = "", ""
    for line in lines:
        keyword, field, value = _DE_VALUE.match(line.strip()).groups()  # type: ignore[union-attr]
        if not line.startswith(" "):
            section = keyword if keyword in ("Includes", "Contains") else ""
            if section:
                sections[section].append([])
                continue
        if keyword == "Flags":
            fragment = next((flag for flag in re.findall(r"\w+", value) if flag.startswith("Fragment")), "")
        else:
            text = without_evidence(value.removesuffix(";"))
            sections[section][-1].append(_DE_PREFIX.get(field or "", "") + text)
    return assemble_name(sections[""][0], sections["Includes"], sections["Contains"], fragment)


def _gene(lines: list[str]) -> str:
    """The gene's name, else its first locus, ORF or synonym; of several genes the first."""
    text = without_evidence(join_wrapped(lines))
    first = re.split(r"\sand\s", text, maxsplit=1)[0]
    found: dict[str, str] = dict(reversed(_GENE.findall(first)))
    for field in _GENE_ORDER:
        if field in found:
            return found[field].split(",")[0].strip()
    return text.split(" OR ")[0].rstrip(".").strip("()") if "=" not in text else ""


def _organism(lines: list[str]) -> str:
    text = join_wrapped(lines)
    return text if text.endswith(_ABBREVIATIONS) else text.removesuffix(".")


def _cross_references(entry: _Entry) -> list[Annotation]:
    found = []
    for index, line in enumerate(entry["DR"]):
        if line.startswith("GO; "):
            where = entry.where("DR", index)
            fields = [field.strip() for field in line.rstrip(". ").split("; ")]
            if len(fields) < 4:
                raise where.error(
                    f"the line 'DR   {line}' has {len(fields)} fields of 4", "Copy the entry again."
                )
            found.append(go_annotation(fields[1], "; ".join(fields[2:-1]), fields[-1], where))
        elif line.startswith("Pfam; "):
            identifier, _, rest = line[6:].partition(";")
            found.append(Annotation(kind="pfam", id=identifier.strip(), text=rest.partition(";")[0].strip()))
    return found


def _comments(lines: list[str]) -> list[Annotation]:
    """The prose of the three topics, kind by kind, each comment (-!-) an annotation of its own."""
    topics: dict[str, list[list[str]]] = {label: [] for label in COMMENT_LABELS.values()}
    block: list[str] = []
    for line in lines:
        if line.startswith("-!- "):
            topic, _, text = line[4:].partition(":")
            block = [text]
            topics.get(topic, []).append(block)
        elif line.startswith("---"):
            block = []  # the copyright notice begins
        else:
            block.append(line)
    texts = {label: [join_wrapped(block) for block in blocks] for label, blocks in topics.items()}
    return [a for kind, label in COMMENT_LABELS.items() for a in prose(kind, texts[label])]
