"""Predictions as a Gene Association File, format 2.2 (geneontology.org, "GO Annotation File (GAF) format 2.2")."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from protclip.sequence import UNIPROT_ACCESSION

if TYPE_CHECKING:
    from protclip.predict.annotation_rows import Document

DATABASE = "ProtCLIP"
"""Who assigned the annotations, and whose names accessions are that do not look like UniProt's."""
UNIDENTIFIED = 32644
"""NCBI's taxon of organisms that are not known: a taxon must stand in GAF, and FASTA need not tell one."""
_ASPECT = {"MF": "F", "BP": "P", "CC": "C"}
_RESERVED = {ord("|"): "%7C", ord(","): "%2C"}


def gaf_header(facts: Mapping[str, Any]) -> Iterator[str]:
    """The lines before the annotations; ``facts`` must have "date" (YYYY-MM-DD), all of them are listed."""
    yield "!gaf-version: 2.2"
    yield f"!generated-by: {DATABASE}"
    yield f"!date-generated: {facts['date']}"
    for name, value in facts.items():
        if name != "date":
            yield f"!{name}: {value}"


def gaf_lines(document: "Document", *, date: str, taxon: int = UNIDENTIFIED) -> Iterator[str]:
    """The most specific GO terms of a protein, a line of 17 columns each.

    All are IEA: what is curated is so of another entry of the same sequence. A line names the proteins that
    support it as With/From and the checkpoint as its reference.
    """
    accession = document["accession"]
    for statement in document["statements"]:
        if statement["kind"] not in _ASPECT or not statement["most_specific"]:
            continue
        columns = [
            _database(accession),
            accession,
            accession,
            statement["relation"],
            statement["id"],
            f"{DATABASE}:{document['fingerprint']}",
            "IEA",
            "|".join(f"{_database(a)}:{a.translate(_RESERVED)}" for a in _sources(statement)),
            _ASPECT[statement["kind"]],
            "",
            "",
            "protein",
            f"taxon:{taxon}",
            date.replace("-", ""),
            DATABASE,
            "",
            "",
        ]
        yield "\t".join(columns)


def _sources(statement: Mapping[str, Any]) -> list[str]:
    """The best aligned protein of which the same is known, and the other supporters."""
    named = dict.fromkeys([statement["homologue"], *statement["supporters"]])
    return [accession for accession in named if accession]


def _database(accession: str) -> str:
    return "UniProtKB" if UNIPROT_ACCESSION.fullmatch(accession) else DATABASE
