"""UniProt XML: one <entry> after the other, in bounded memory, rendered as the flat file has it."""

import os
from collections.abc import Iterator
from typing import BinaryIO
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from protclip.data.uniprot import (
    COMMENT_LABELS,
    Where,
    assemble_name,
    checked_sequence,
    existence_level,
    go_annotation,
    identifiers,
    prose,
)
from protclip.errors import RecordError
from protclip.records import Annotation, AnnotationKind, Protein
from protclip.textio import GZIP_ERRORS, OnError, Report, damage, error_handler, open_binary, source_name

_BLOCK = 1 << 16
_NEEDED = frozenset(("accession", "protein", "gene", "organism", "proteinExistence", "evidence", "sequence"))
_GENE_ORDER = ("primary", "ordered locus", "ORF", "synonym")
_NAME_PREFIX = {"ecNumber": "EC ", "cdAntigenName": "CD antigen ", "allergenName": "allergen "}
_NAME_PREFIX["biotechName"] = "biotech "
_NESTED_NAMES = ("recommendedName", "alternativeName", "submittedName")
_FRAGMENTS = {"single": "Fragment", "multiple": "Fragments"}
_COMMENT_TYPES: dict[str, AnnotationKind] = {label.lower(): kind for kind, label in COMMENT_LABELS.items()}


def read_uniprot_xml(
    path: str | os.PathLike[str], *, on_error: OnError = "raise", report: Report | None = None
) -> Iterator[Protein]:
    """Stream the proteins of a UniProt XML file, plain or gzip (told by content).

    Parameters
    ----------
    path : str or path
        The XML file; "-" reads standard input.
    on_error, report
        "skip" hands each malformed entry to ``report`` and goes on; "raise" stops at the first. XML that
        is not well-formed cannot be read on and always raises.

    Raises
    ------
    InputError
        When the file cannot be opened, or an option is unknown.
    RecordError
        For a malformed entry, broken or cut XML, a DOCTYPE, or a root other than <uniprot>.
    """
    handler = error_handler(on_error, report)

    def stream() -> Iterator[Protein]:
        with open_binary(path) as file:
            yield from _proteins(file, source_name(path), handler)

    return stream()


def _proteins(file: BinaryIO, source: str, handler: Report) -> Iterator[Protein]:
    number = 0
    for number, (where, entry) in enumerate(_entries(file, source), 1):  # noqa: B007  tells an empty file below
        try:
            protein = _protein(entry, where)
        except RecordError as error:
            handler(error)
        else:
            yield protein
    if not number:
        handler(RecordError(source, 1, "no <entry> was found", "Give a UniProt XML file with entries."))


def _entries(file: BinaryIO, source: str) -> Iterator[tuple[Where, Element]]:
    """Each <entry> with the line it begins on."""
    entries = _Entries(source)
    try:
        while block := file.read(_BLOCK):
            yield from entries.feed(block)
        yield from entries.feed(b"")
    except expat.ExpatError as error:
        remedy = "Copy or download the file again, and check that it is XML and complete."
        problem = f"the XML is broken or cut off ({error})"
        raise RecordError(source, error.lineno, problem, remedy) from error
    except GZIP_ERRORS as error:
        raise damage(error, source, entries.line) from error


class _Entries:
    """Builds the needed parts of each <entry>, without namespace prefixes, straight from expat.

    ElementTree's own incremental parser tells neither the line nor of a DOCTYPE, and makes an object of
    each feature and reference, which are most of an entry.
    """

    def __init__(self, source: str) -> None:
        self._source, self._depth, self._skipped, self._begin = source, 0, 0, 1
        self._builder: TreeBuilder | None = None
        self._finished: list[tuple[Where, Element]] = []
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data
        self._parser.StartDoctypeDeclHandler = self._doctype

    @property
    def line(self) -> int:
        """The line (from 1) that the parser has reached."""
        return self._parser.CurrentLineNumber

    def feed(self, block: bytes) -> list[tuple[Where, Element]]:
        """The entries that end in this block; an empty block says that the file is at its end."""
        self._finished = []
        self._parser.Parse(block, not block)
        return self._finished

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._skipped:
            return
        tag = tag.rpartition(":")[2]
        if self._depth == 1 and tag != "uniprot":
            remedy = "Give UniProt XML (format=xml), whose root is <uniprot>."
            raise RecordError(self._source, self.line, f"the root element is <{tag}>, not <uniprot>", remedy)
        if self._depth == 2 and tag == "entry":
            self._builder, self._begin = TreeBuilder(), self.line
        if self._builder is not None:
            if self._depth == 3 and not _is_needed(tag, attributes):
                self._skipped = self._depth
                self._parser.CharacterDataHandler = None
            else:
                self._builder.start(tag, attributes)

    def _end(self, tag: str) -> None:
        if self._skipped:
            if self._skipped == self._depth:
                self._skipped = 0
                self._parser.CharacterDataHandler = self._data
        elif self._builder is not None:
            self._builder.end(tag.rpartition(":")[2])
            if self._depth == 2:
                where = Where(source=self._source, line=self._begin)
                self._finished.append((where, self._builder.close()))
                self._builder = None
        self._depth -= 1

    def _data(self, text: str) -> None:
        if self._builder is not None:
            self._builder.data(text)

    def _doctype(self, *_: object) -> None:
        # A DOCTYPE can define entities that swell without end; UniProt's XML has none.
        remedy = "UniProt XML has none; remove it if you trust the file."
        raise RecordError(self._source, self.line, "the XML has a DOCTYPE, which is refused", remedy)


def _is_needed(tag: str, attributes: dict[str, str]) -> bool:
    kind = attributes.get("type")
    if tag == "comment":
        return kind in _COMMENT_TYPES
    return kind in ("GO", "Pfam", "EC") if tag == "dbReference" else tag in _NEEDED


def _protein(entry: Element, where: Where) -> Protein:
    accession = _text(entry, "accession")
    if not accession or " " in accession:
        raise where.error("the entry has no <accession>", "Add one, such as <accession>P12345</accession>.")
    chain = entry.find("sequence")
    if chain is None:
        raise where.error(f"entry {accession} has no <sequence>", "Copy the whole entry again.")
    dataset = entry.get("dataset", "")
    if dataset not in ("Swiss-Prot", "TrEMBL"):
        raise where.error(
            f"entry {accession} has the unknown dataset {dataset!r}", "Use Swiss-Prot or TrEMBL."
        )
    length = chain.get("length", "")
    lengths = (int(length),) if length.isdecimal() else ()
    existence = entry.find("proteinExistence")
    return Protein(
        accession=accession,
        sequence=checked_sequence(chain.text or "", accession, lengths, where),
        name=_name(entry.find("protein"), _FRAGMENTS.get(chain.get("fragment", ""), "")),
        gene=_gene(entry),
        organism=_organism(entry.find("organism")),
        existence=None if existence is None else existence_level(existence.get("type", ""), where),
        reviewed=dataset == "Swiss-Prot",
        annotations=(*_cross_references(entry, where), *_ec_numbers(entry), *_comments(entry)),
    )


def _text(element: Element, path: str) -> str:
    return " ".join((element.findtext(path) or "").split())


def _name(protein: Element | None, fragment: str) -> str:
    if protein is None:
        return ""
    included = [_names(part) for part in protein.findall("domain")]
    cleaved = [_names(part) for part in protein.findall("component")]
    return assemble_name(_names(protein), included, cleaved, fragment)


def _names(element: Element) -> list[str]:
    """Full, short and EC names in the order of the entry, without those of domains and components."""
    found: list[str] = []
    for part in element:
        for name in part if part.tag in _NESTED_NAMES else (part,):
            text = " ".join((name.text or "").split())
            if name.tag not in ("domain", "component") and text:
                found.append(_NAME_PREFIX.get(name.tag, "") + text)
    return found


def _ec_numbers(entry: Element) -> list[Annotation]:
    protein = entry.find("protein")
    named = [] if protein is None else [(e.text or "").strip() for e in protein.iter("ecNumber")]
    # Before 2010 the XML had EC numbers as cross-references.
    linked = [e.get("id", "") for e in entry.findall("dbReference") if e.get("type") == "EC"]
    return identifiers("ec", (*named, *linked))


def _gene(entry: Element) -> str:
    names = [(name.get("type", ""), (name.text or "").strip()) for name in entry.findall("gene[1]/name")]
    return next((text for kind in _GENE_ORDER for found, text in names if found == kind), "")


def _organism(organism: Element | None) -> str:
    if organism is None:
        return ""
    names = [" ".join((name.text or "").split()) for name in organism.findall("name")]
    return assemble_name(names)


def _cross_references(entry: Element, where: Where) -> list[Annotation]:
    found = []
    for reference in entry.findall("dbReference"):
        kind, identifier = reference.get("type"), reference.get("id", "")
        properties = {p.get("type", ""): p.get("value", "") for p in reference.findall("property")}
        if kind == "GO":
            term, evidence = properties.get("term", ""), properties.get("evidence", "")
            found.append(go_annotation(identifier, term, evidence, where))
        elif kind == "Pfam":
            found.append(Annotation(kind="pfam", id=identifier, text=properties.get("entry name", "")))
    return found


def _comments(entry: Element) -> list[Annotation]:
    evidence = {e.get("key", ""): _evidence_tag(e) for e in entry.findall("evidence")}
    found: dict[AnnotationKind, list[str]] = {kind: [] for kind in COMMENT_LABELS}
    for comment in entry.findall("comment"):
        kind = _COMMENT_TYPES.get(comment.get("type", ""))
        if kind:
            text = _locations(comment, evidence) if kind == "location" else _notes(comment, evidence)
            molecule = _text(comment, "molecule")
            found[kind].append(f"[{molecule}]: {text}" if molecule and text else text)
    return [annotation for kind, texts in found.items() for annotation in prose(kind, texts)]


def _evidence_tag(element: Element) -> str:
    """An <evidence> as the flat file writes it: ECO:0000269|PubMed:1234."""
    reference = element.find(".//dbReference")
    if reference is not None:
        return f"{element.get('type')}|{reference.get('type')}:{reference.get('id')}"
    source = element.find("source")
    cited = source.get("ref") if source is not None else None
    return f"{element.get('type')}|Ref.{cited}" if cited else element.get("type", "")


def _tagged(element: Element, evidence: dict[str, str]) -> str:
    """An element's text with its status and evidence in the flat file's words."""
    text = " ".join((element.text or "").split())
    status = element.get("status")
    if status:
        text += f" ({status[:1].upper()}{status[1:]})"
    tags = [evidence[key] for key in element.get("evidence", "").split() if key in evidence]
    return f"{text} {{{', '.join(sorted(tags))}}}" if tags else text


def _notes(comment: Element, evidence: dict[str, str]) -> str:
    return " ".join(_sentence(_tagged(text, evidence)) for text in comment.findall("text"))


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _locations(comment: Element, evidence: dict[str, str]) -> str:
    # As the flat file: "Cell membrane {ECO:...}; Multi-pass membrane protein. Nucleus. Note=..."
    sentences = []
    for place in comment.findall("subcellularLocation"):
        # Old files split "Secreted, extracellular space" into two locations.
        nested = [_tagged(part, evidence) for part in place.findall("location")]
        location = ", ".join([*nested[:1], *(part[:1].lower() + part[1:] for part in nested[1:])])
        others = [_tagged(part, evidence) for part in place if part.tag != "location"]
        sentences.append(_sentence("; ".join([location, *others] if location else others)))
    note = _notes(comment, evidence)
    return " ".join([*sentences, f"Note={note}"] if note else sentences)
