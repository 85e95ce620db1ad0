"""The text of a protein: the paper's four-property template, and its counterpart for GO annotations.

Source of the template: Zhou et al. 2025 (ProtAnno), as the authors' sampling script writes it: the label
PROTEIN NAME, the protein names as UniProt exports them and a full stop, then FUNCTION, SUBCELLULAR
LOCATION and SIMILARITY as exported. Absent properties are left out.
"""

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from protclip.errors import InputError
from protclip.records import PROPERTIES, AnnotationKind, Biotext, Protein

if TYPE_CHECKING:
    from protclip.data.ontology import Ontology

PROTEIN_BINDING = "GO:0005515"
UNCHARACTERIZED = "Uncharacterized protein"

_PROSE: tuple[tuple[str, AnnotationKind], ...] = (
    ("FUNCTION", "function"),
    ("SUBCELLULAR LOCATION", "location"),
    ("SIMILARITY", "similarity"),
)
_CLAUSE_END = re.compile(r"; |\.\s+(?=[A-Z\[])|\.$")
_LABEL = re.compile(r"(?<!\S)(" + "|".join(PROPERTIES) + r"):")


def describe(protein: Protein, ontology: "Ontology | None") -> Biotext:
    """Write down what is known of a protein, property by property.

    A protein with any prose of UniProt (function, location, similarity) follows the paper's template
    and nothing is added to it. A protein without prose is described by its annotations: FUNCTION from
    the names of its most specific GO functions and processes, SUBCELLULAR LOCATION from its most
    specific components, SIMILARITY from Pfam.

    Parameters
    ----------
    protein : Protein
        What is known of it.
    ontology : Ontology or None
        Names and relations of GO terms. Without it GO annotations are left out, because their aspect
        (function, process, component) is unknown.

    Returns
    -------
    Biotext
        Only the properties that are present; empty where nothing is known.

    Examples
    --------
    >>> from protclip.records import Annotation
    >>> prose = Annotation(kind="function", text="Unwinds DNA.")
    >>> describe(Protein(accession="mine", sequence="MKT", name="Helicase", annotations=(prose,)), None).text
    'PROTEIN NAME: Helicase. FUNCTION: Unwinds DNA.'
    """
    has_prose = any(protein.of_kind(kind) for _, kind in _PROSE)
    known = _from_prose(protein) if has_prose else _from_terms(protein, ontology)
    known["PROTEIN NAME"] = _protein_name(protein, add_ec=not has_prose)
    return Biotext(properties=tuple((label, known[label]) for label in PROPERTIES if known.get(label)))


def title(protein: Protein, ontology: "Ontology | None", information_content: Mapping[str, float]) -> str:
    """Say in a line what a protein is: its name, else its gene, else its most informative function.

    Parameters
    ----------
    protein : Protein
        What is known of it.
    ontology : Ontology or None
        Names the functions of a protein that has neither name nor gene.
    information_content : Mapping of GO id to bits
        A term that is not in it counts as 0 bits; ties are broken by GO id.

    Returns
    -------
    str
        Functions come before processes and processes before components, however informative;
        "Uncharacterized protein" where nothing is known.
    """
    if protein.name or protein.gene:
        return protein.name or protein.gene
    if ontology is None:
        return UNCHARACTERIZED
    leaves = _leaves_by_aspect(protein, ontology)
    for aspect in ("MF", "BP", "CC"):
        if leaves[aspect]:
            best = min(leaves[aspect], key=lambda go_id: (-information_content.get(go_id, 0.0), go_id))
            return ontology.term(best).name
    return UNCHARACTERIZED


def clauses(biotext: Biotext) -> tuple[str, ...]:
    """The single statements of a biotext, without labels: terms of a list, sentences of prose.

    Each is short enough for a sentence encoder; a statement that occurs twice counts twice.

    Examples
    --------
    >>> clauses(parse_biotext("FUNCTION: Unwinds DNA; binds ATP. SUBCELLULAR LOCATION: Nucleus."))
    ('Unwinds DNA', 'binds ATP', 'Nucleus')
    """
    parts = (part for _, text in biotext.properties for part in _CLAUSE_END.split(text))
    cleaned = (part.removeprefix("Involved in ").strip(" .;") for part in parts)
    return tuple(part for part in cleaned if part)


def parse_biotext(text: str) -> Biotext:
    """Split a full text into its properties, at the first occurrence of each label.

    A label that occurs again stays inside its property, as in UniProt's export of polyproteins
    ("FUNCTION: [Protein A]: ...; FUNCTION: [Protein B]: ..."). A label with nothing after it counts
    as absent. Properties come back in the order of PROPERTIES whatever their order in the text.

    Raises
    ------
    InputError
        If something stands before the first label, or no label is there at all.

    Examples
    --------
    >>> parse_biotext("FUNCTION: Unwinds DNA. PROTEIN NAME: Helicase").properties
    (('PROTEIN NAME', 'Helicase'), ('FUNCTION', 'Unwinds DNA.'))
    """
    first: dict[str, re.Match[str]] = {}
    for match in _LABEL.finditer(text):
        first.setdefault(match[1], match)
    cuts = [match.start() for match in first.values()] + [len(text)]
    lead = text[: cuts[0]].strip()
    if lead:
        raise InputError(
            f"the text begins with {lead[:40]!r}, which belongs to no property. "
            f"Begin each property with its label, one of {', '.join(f'{label}:' for label in PROPERTIES)}"
        )
    # A dict keeps insertion order, so the labels run in the order of their first occurrence.
    bodies = {
        label: text[match.end() : end].strip()
        for (label, match), end in zip(first.items(), cuts[1:], strict=True)
    }
    return Biotext(properties=tuple((label, bodies[label]) for label in PROPERTIES if bodies.get(label)))


def _protein_name(protein: Protein, *, add_ec: bool) -> str:
    """The name cell and a full stop; EC numbers are added where the source's name does not carry them."""
    name = protein.name or protein.gene
    if not name:
        return ""
    if add_ec and "(EC " not in name:
        name += "".join(f" (EC {a.id})" for a in protein.of_kind("ec") if a.id)
    return name if name.endswith(".") else f"{name}."


def _from_prose(protein: Protein) -> dict[str, str]:
    return {label: f"; {label}: ".join(a.text for a in protein.of_kind(kind)) for label, kind in _PROSE}


def _from_terms(protein: Protein, ontology: "Ontology | None") -> dict[str, str]:
    known = {"SIMILARITY": _pfam_text(protein)}
    if ontology is None:
        return known
    leaves = _leaves_by_aspect(protein, ontology)
    names = {aspect: _name_list(ids, ontology) for aspect, ids in leaves.items()}
    parts = [names["MF"], f"Involved in {names['BP']}" if names["BP"] else ""]
    known["FUNCTION"] = " ".join(part for part in parts if part)
    known["SUBCELLULAR LOCATION"] = names["CC"]
    return known


def _pfam_text(protein: Protein) -> str:
    families = [f"{a.id} ({a.text})" if a.id and a.text else a.id or a.text for a in protein.of_kind("pfam")]
    return f"Matches Pfam {'; '.join(families)}." if families else ""


def _leaves_by_aspect(protein: Protein, ontology: "Ontology") -> dict[str, tuple[str, ...]]:
    """The most specific GO ids of each aspect, sorted; unknown and obsolete ids and the roots are dropped."""
    by_aspect: dict[str, list[str]] = {"MF": [], "BP": [], "CC": []}
    for go_id in _usable_ids((a.id for a in protein.of_kind("go")), ontology):
        by_aspect[ontology.term(go_id).aspect].append(go_id)
    # A function may be part of a process: within an aspect only, or functions would vanish.
    leaves = {aspect: ontology.leaves(ids) for aspect, ids in by_aspect.items()}
    # Protein binding says least of all functions: last, wherever its id would sort.
    leaves["MF"] = tuple(sorted(leaves["MF"], key=lambda go_id: (go_id == PROTEIN_BINDING, go_id)))
    return leaves


def _usable_ids(ids: Iterable[str], ontology: "Ontology") -> set[str]:
    """Current ids; a root says no more than that the protein has a function, and goes."""
    resolved = {ontology.resolve(go_id) for go_id in ids if go_id}
    return {go_id for go_id in resolved if go_id} - set(ontology.roots)


def _name_list(ids: Iterable[str], ontology: "Ontology") -> str:
    names = "; ".join(ontology.term(go_id).name for go_id in ids)
    return f"{names}." if names else ""
