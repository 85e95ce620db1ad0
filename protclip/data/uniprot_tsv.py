"""UniProt's tab-separated export (REST, format=tsv): columns found by their headers, read row by row."""

import os
import re
from collections.abc import Iterator, Mapping

from protclip.data.uniprot import (
    COMMENT_LABELS,
    Where,
    checked_sequence,
    ec_in_name,
    existence_level,
    go_annotation,
    identifiers,
    prose,
    split_comments,
)
from protclip.errors import RecordError
from protclip.records import Annotation, Protein
from protclip.textio import OnError, Report, error_handler, open_text, source_name

# Headers are compared by their lower-case letters and digits: "Function [CC]" is "functioncc". For each
# property: the names the REST service uses now (display, then machine), then those of older exports.
_COLUMNS: dict[str, tuple[str, ...]] = {
    "accession": ("entry", "accession", "primaryaccession"),
    "sequence": ("sequence",),
    "name": ("proteinnames", "proteinname"),
    "gene_primary": ("genenamesprimary", "geneprimary", "genenameprimary"),
    "genes": ("genenames", "genename"),
    "organism": ("organism", "organismname"),
    "existence": ("proteinexistence",),
    "reviewed": ("reviewed", "status"),
    "length": ("length",),
    "function": ("functioncc", "ccfunction", "function"),
    "location": ("subcellularlocationcc", "ccsubcellularlocation", "subcellularlocation"),
    "similarity": ("sequencesimilarities", "ccsimilarity", "similarity"),
    "families": ("proteinfamilies",),
    "go_ids": ("geneontologyids", "goid", "goids"),
    "go": ("geneontologygo", "go"),
    "go_f": ("geneontologymolecularfunction", "gof"),
    "go_p": ("geneontologybiologicalprocess", "gop"),
    "go_c": ("geneontologycellularcomponent", "goc"),
    "ec": ("ecnumber", "ec"),
    "pfam": ("pfam", "xrefpfam", "crossreferencepfam"),
}
_NEEDED = {"accession": ("Entry", "accession"), "sequence": ("Sequence", "sequence")}
_GO_TERM = re.compile(r"(.+?) \[(GO:\d{7})\](?:;\s*|$)")
_REVIEWED = {"reviewed": True, "unreviewed": False, "": False}


def read_uniprot_tsv(
    path: str | os.PathLike[str], *, on_error: OnError = "raise", report: Report | None = None
) -> Iterator[Protein]:
    """Stream the proteins of a UniProt TSV export, plain or gzip (told by content).

    Columns may stand in any order, under the display names or the field names of the REST service;
    those not used are passed over. Cells are taken as they are: quotes mean nothing. Without an "EC
    number" column the numbers are taken from the protein names.

    Parameters
    ----------
    path : str or path
        The TSV file; "-" reads standard input.
    on_error, report
        "skip" hands each malformed row to ``report`` and goes on; "raise" stops at the first. A header
        without the needed columns always raises.

    Raises
    ------
    InputError
        When the file cannot be opened, or an option is unknown.
    RecordError
        For a missing column or a malformed row, with file, line and remedy.
    """
    handler = error_handler(on_error, report)

    def stream() -> Iterator[Protein]:
        with open_text(path) as lines:
            yield from _proteins(lines, source_name(path), handler)

    return stream()


def _proteins(lines: Iterator[str], source: str, handler: Report) -> Iterator[Protein]:
    header = next(lines, "").split("\t")
    columns = _columns(header, Where(source=source, line=1))
    number = 0
    for line_number, line in enumerate(lines, 2):
        if not line.strip():
            continue
        number += 1
        where = Where(source=source, line=line_number)
        try:
            protein = _protein(_cells(line, header, columns, where), where)
        except RecordError as error:
            handler(error)
        else:
            yield protein
    if not number:
        handler(RecordError(source, 1, "there is no row below the header", "Export at least one entry."))


def _columns(header: list[str], where: Where) -> dict[str, int]:
    """Property -> index of its column; of several headers for a property the most current is taken."""
    keys = [re.sub(r"[^a-z0-9]", "", cell.lower()) for cell in header]
    found = {}
    for name, accepted in _COLUMNS.items():
        places = [keys.index(key) for key in accepted if key in keys]
        if places:
            found[name] = places[0]
    for name, (display, field) in _NEEDED.items():
        if name not in found:
            raise where.error(
                f"the column {display!r} is missing; found are {_shown(header)}",
                f"Export TSV from UniProt again with the field {field!r} (column {display!r}) added.",
            )
    return found


def _shown(header: list[str]) -> str:
    if header == [""]:
        return "no columns, the line is empty"
    names = ", ".join(repr(cell[:40]) for cell in header[:20])
    return f"{names} and {len(header) - 20} more" if len(header) > 20 else names


def _cells(line: str, header: list[str], columns: dict[str, int], where: Where) -> dict[str, str]:
    row = line.split("\t")
    if len(row) != len(header):
        problem = f"the row has {len(row)} cells and the header {len(header)}"
        raise where.error(problem, "The row is cut, or a cell holds a tab; export the file again.")
    return {name: row[index].strip() for name, index in columns.items()}


def _protein(cells: Mapping[str, str], where: Where) -> Protein:
    accession = cells["accession"]
    if not accession or any(character.isspace() for character in accession):
        raise where.error(
            f"the accession {accession!r} is empty or has white space", "Mend or remove the row."
        )
    status, length, name = cells.get("reviewed", "").lower(), cells.get("length", ""), cells.get("name", "")
    if status not in _REVIEWED:
        problem = f"entry {accession}: {cells['reviewed']!r} in the column Reviewed is not known"
        raise where.error(problem, "Write reviewed or unreviewed.")
    lengths = (int(length),) if length.isdecimal() else ()
    return Protein(
        accession=accession,
        sequence=checked_sequence(cells["sequence"], accession, lengths, where),
        name=name,
        gene=cells.get("gene_primary", "").split(";")[0].strip() or _first_gene(cells.get("genes", "")),
        organism=cells.get("organism", ""),
        existence=existence_level(cells.get("existence", ""), where),
        reviewed=_REVIEWED[status],
        annotations=(*_go(cells, where), *_identified(cells, name), *_prose(cells)),
    )


def _first_gene(cell: str) -> str:
    words = cell.replace(";", " ").split()
    return words[0] if words else ""


def _go(cells: Mapping[str, str], where: Where) -> list[Annotation]:
    """Terms with names from the GO columns, and the ids that stand only in the column of ids."""
    names: dict[str, str] = {}
    for column in ("go", "go_f", "go_p", "go_c"):
        for name, identifier in _GO_TERM.findall(cells.get(column, "")):
            names.setdefault(identifier, name)
    for identifier in cells.get("go_ids", "").split(";"):
        if identifier.strip():
            names.setdefault(identifier.strip(), "")
    return [go_annotation(identifier, name, "", where) for identifier, name in names.items()]


def _identified(cells: Mapping[str, str], name: str) -> list[Annotation]:
    numbers = [number.strip() for number in cells["ec"].split(";")] if "ec" in cells else ec_in_name(name)
    families = [family.strip() for family in cells.get("pfam", "").split(";")]
    return [*identifiers("pfam", families), *identifiers("ec", numbers)]


def _prose(cells: Mapping[str, str]) -> list[Annotation]:
    found = []
    for kind, label in COMMENT_LABELS.items():
        texts = split_comments(cells.get(kind, ""), label)
        if kind == "similarity" and not texts:
            texts = [family.strip() for family in cells.get("families", "").split(";")]
        found += prose(kind, texts)
    return found
