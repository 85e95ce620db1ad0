"""Annotations and sequences arranged for reading (pure)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from protclip.records import Annotation, Protein
from protclip.sequence import UNIPROT_ACCESSION
from streamlit_app.downloads import Cell, Table

ASPECTS = (
    ("MF", "Molecular function: what it does"),
    ("BP", "Biological process: what it is part of"),
    ("CC", "Cellular component: where it is"),
)
EVIDENCE_NAMES: Mapping[str, str] = {
    "EXP": "experiment",
    "IDA": "direct assay",
    "IPI": "physical interaction",
    "IMP": "mutant phenotype",
    "IGI": "genetic interaction",
    "IEP": "expression pattern",
    "HTP": "high-throughput experiment",
    "HDA": "high-throughput direct assay",
    "HMP": "high-throughput mutant phenotype",
    "HGI": "high-throughput genetic interaction",
    "HEP": "high-throughput expression pattern",
    "IBA": "biological ancestor (phylogeny)",
    "IBD": "biological descendant (phylogeny)",
    "IKR": "key residues",
    "IRD": "rapid divergence",
    "ISS": "sequence or structural similarity",
    "ISO": "sequence orthology",
    "ISA": "sequence alignment",
    "ISM": "sequence model",
    "IGC": "genomic context",
    "RCA": "reviewed computational analysis",
    "TAS": "traceable author statement",
    "NAS": "non-traceable author statement",
    "IC": "inferred by a curator",
    "ND": "no biological data available",
    "IEA": "electronic annotation (no curator)",
}

KNOWN = ("accession", "kind", "aspect", "id", "name", "text", "evidence", "support")
"""The columns of `known_table`."""


class TermSource(Protocol):
    """As much of `protclip.data.ontology.Ontology` as is needed to sort annotations by aspect."""

    def resolve(self, go_id: str) -> str | None: ...  # noqa: D102
    def term(self, go_id: str) -> "TermLike": ...  # noqa: D102


class TermLike(Protocol):
    """A GO term's name and aspect."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def aspect(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class GoLine:
    """One GO annotation for reading. ``count`` is how many source annotations support it."""

    go_id: str
    name: str
    evidence: str
    count: int


def go_by_aspect(protein: Protein, ontology: TermSource) -> dict[str, tuple[GoLine, ...]]:
    """GO annotations by aspect ("MF", "BP", "CC", and "" for ids the ontology does not know).

    Within an aspect the best supported come first, then by name.
    """
    groups: dict[str, list[GoLine]] = {"MF": [], "BP": [], "CC": [], "": []}
    for annotation in protein.of_kind("go"):
        name, aspect = _name_and_aspect(annotation, ontology)
        groups[aspect].append(
            GoLine(
                go_id=annotation.id,
                name=name,
                evidence=evidence_words(annotation.evidence),
                count=annotation.count,
            )
        )
    return {
        aspect: tuple(sorted(lines, key=lambda line: (-line.count, line.name)))
        for aspect, lines in groups.items()
    }


def _name_and_aspect(annotation: Annotation, ontology: TermSource) -> tuple[str, str]:
    current = ontology.resolve(annotation.id)
    if current is None:
        return annotation.text or annotation.id, ""
    term = ontology.term(current)
    return term.name, term.aspect


def known_table(protein: Protein, ontology: TermSource) -> Table:
    """All that is known of a protein, a line for each annotation: ``name`` is that of its id, ``text`` is prose."""
    lines: list[dict[str, Cell]] = []
    for annotation in protein.annotations:
        name, aspect = annotation.text if annotation.id else "", ""
        if annotation.kind == "go":
            name, aspect = _name_and_aspect(annotation, ontology)
        lines.append(
            {
                "accession": protein.accession,
                "kind": annotation.kind,
                "aspect": aspect,
                "id": annotation.id,
                "name": name,
                "text": "" if annotation.id else annotation.text,
                "evidence": annotation.evidence,
                "support": annotation.count,
            }
        )
    return Table(names=KNOWN, lines=tuple(lines))


def evidence_words(code: str) -> str:
    """A GO evidence code with its meaning; other codes as they are."""
    return f"{code}: {EVIDENCE_NAMES[code]}" if code in EVIDENCE_NAMES else code


def with_code(line: GoLine) -> str:
    """A term with its evidence code where it has one: "DNA repair (IDA)"."""
    code = line.evidence.partition(":")[0] if not line.evidence.startswith("ECO:") else line.evidence
    return f"{line.name} ({code})" if code else line.name


def prose(annotation: Annotation) -> str:
    """The text of an annotation with its evidence where the source gives one."""
    return f"{annotation.text} [{annotation.evidence}]" if annotation.evidence else annotation.text


def term_link(name: str) -> str | None:
    """The address of the page elsewhere about a GO term or an EC number; None for ""."""
    if name.startswith("GO:"):
        return f"https://www.ebi.ac.uk/QuickGO/term/{name}"
    return f"https://enzyme.expasy.org/EC/{name}" if name else None


def outside_links(accession: str) -> Sequence[tuple[str, str]]:
    """(label, address) of the pages elsewhere about an accession; none where it is not UniProt's."""
    if not UNIPROT_ACCESSION.fullmatch(accession):
        return ()
    return (
        ("UniProt", f"https://www.uniprot.org/uniprotkb/{accession}/entry"),
        ("AlphaFold DB", f"https://alphafold.ebi.ac.uk/entry/{accession}"),
        ("InterPro", f"https://www.ebi.ac.uk/interpro/protein/UniProt/{accession}/"),
        ("QuickGO", f"https://www.ebi.ac.uk/QuickGO/annotations?geneProductId={accession}"),
        ("PubMed", f"https://pubmed.ncbi.nlm.nih.gov/?term={accession}"),
    )
