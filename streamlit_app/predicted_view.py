"""Predicted functions arranged for reading beside what is known. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from protclip.records import Protein
from streamlit_app.annotation_view import term_link
from streamlit_app.downloads import Cell, Table

if TYPE_CHECKING:
    from protclip.predict.translate import Description

KINDS: Mapping[str, str] = {
    "MF": "Molecular function",
    "BP": "Biological process",
    "CC": "Cellular component",
    "location": "Location, as one of a short list",
    "EC": "Enzyme class (EC), by the homologues alone",
}
_LISTS = ("supporters",)


class TermGraph(Protocol):
    """As much of `protclip.data.ontology.Ontology` as tells how a term stands to known ones."""

    @property
    def roots(self) -> Collection[str]: ...  # noqa: D102
    def __contains__(self, go_id: str) -> bool: ...
    def closure(self, ids: Iterable[str]) -> Collection[str]: ...  # noqa: D102


def known_terms(protein: Protein, ontology: TermGraph) -> frozenset[str]:
    """The GO terms that a protein is known to have or that these imply, without the roots."""
    ids = [a.id for a in protein.of_kind("go") if a.id in ontology]
    return frozenset(ontology.closure(ids)) - frozenset(ontology.roots)


def standing(statement: Mapping[str, Any], protein: Protein, ontology: TermGraph) -> str:
    """How a predicted statement stands to what is known of the protein."""
    if statement["kind"] == "EC":
        known: Collection[str] = {a.id for a in protein.of_kind("ec")}
        return "known" if statement["id"] in known else ("another is known" if known else "new")
    known = known_terms(protein, ontology)
    if statement["id"] in known:
        return "known"
    implied = frozenset(ontology.closure([statement["id"]])) if statement["id"] in ontology else frozenset()
    return "more specific than known" if implied & known else "new"


def term_rows(
    document: Mapping[str, Any], kind: str, protein: Protein, ontology: TermGraph, *, implied: bool = False
) -> list[dict[str, Any]]:
    """The statements of one kind as rows to read; ``implied`` adds the terms that others of them imply."""
    return [
        {
            "term": statement["name"] or statement["id"],
            "id": term_link(statement["id"]),
            "status": statement["status"],
            "probability": statement["probability"],
            "share of homologues": statement["homologues"],
            "beside what is known": standing(statement, protein, ontology),
            "speaks for it": statement["agreement"],
            "nearest that has it": statement["homologue"] or None,
            "identity": statement["identity"],
            "coverage": statement["query_coverage"],
            "supporters": " ".join(statement["supporters"]),
        }
        for statement in document["statements"]
        if statement["kind"] == kind and (implied or statement["most_specific"])
    ]


def found_again(document: Mapping[str, Any], protein: Protein, ontology: TermGraph) -> tuple[int, int]:
    """How many of the known terms, implied ones too, are predicted without looking at them; how many are known."""
    known = known_terms(protein, ontology)
    told = {s["id"] for s in document["statements"] if s["status"] == "predicted"}
    return len(known & told), len(known)


def is_backed(sources: Iterable[str], document: Mapping[str, Any]) -> bool:
    """Whether one of the proteins that texts are taken from aligns with the protein."""
    return bool(set(sources) & {homologue["accession"] for homologue in document["homologues"]})


def homologue_rows(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The nearest annotated proteins that align, best first."""
    names = (
        "accession",
        "name",
        "organism",
        "identity",
        "query_coverage",
        "target_coverage",
        "expect",
        "cosine",
    )
    return [{name: homologue[name] or None for name in names} for homologue in document["homologues"]]


def statement_table(document: Mapping[str, Any]) -> Table:
    """Every statement, with the columns of `protclip annotate` that belong to it."""
    statements = document["statements"]
    names = ("accession", *statements[0]) if statements else ("accession",)
    lines: list[dict[str, Cell]] = [
        {"accession": document["accession"]}
        | {name: "; ".join(value) if name in _LISTS else value for name, value in statement.items()}
        for statement in statements
    ]
    return Table(names=names, lines=tuple(lines))


def description_table(accession: str, ranked: Sequence["Description"]) -> Table:
    """The texts that were ranked, as `protclip translate` prints them."""
    lines: list[dict[str, Cell]] = [
        {
            "accession": accession,
            "rank": d.rank,
            "property": d.property,
            "cosine": round(d.cosine, 4),
            "support": round(d.support, 4),
            "text": d.text,
            "sources": " ".join(d.sources),
        }
        for d in ranked
    ]
    names = ("accession", "rank", "property", "cosine", "support", "text", "sources")
    return Table(names=names, lines=tuple(lines))
