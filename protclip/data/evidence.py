"""GO evidence codes in groups, and which of several is the strongest.

The groups are those of the Gene Ontology's guide to evidence codes, with its two groups made by people
(author and curator statements) in one, and its three made by programs or by likeness (phylogenetic,
computational, electronic) in one.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

from protclip.records import Protein

EvidenceGroup = Literal["experimental", "curated", "computational", "unknown"]
EVIDENCE_GROUPS: tuple[EvidenceGroup, ...] = ("experimental", "curated", "computational", "unknown")
"""From the strongest to none: an experiment, a statement of authors or curators, likeness or a program, no code."""

CODES: Mapping[EvidenceGroup, tuple[str, ...]] = {
    "experimental": ("EXP", "IDA", "IPI", "IMP", "IGI", "IEP", "HTP", "HDA", "HMP", "HGI", "HEP"),
    "curated": ("TAS", "NAS", "IC"),
    "computational": ("ISS", "ISO", "ISA", "ISM", "IGC", "IBA", "IBD", "IKR", "IRD", "RCA", "IEA"),
    "unknown": ("ND",),
}
"""The codes of each group, strongest first. ND says that a curator looked and found nothing."""

_GROUP_OF: Mapping[str, EvidenceGroup] = {code: group for group, codes in CODES.items() for code in codes}
_STRENGTH: Mapping[str, int] = {code: place for place, code in enumerate(_GROUP_OF)}


def evidence_group(code: str) -> EvidenceGroup:
    """The group of a GO evidence code; "" and what is no such code (an unmapped ECO id) are unknown."""
    return _GROUP_OF.get(code, "unknown")


def strongest(codes: Iterable[str]) -> str:
    """The strongest of some evidence codes, "" of none; a code that GO does not have is the weakest."""
    return min(codes, key=lambda code: (_STRENGTH.get(code, len(_STRENGTH)), code), default="")


def evidence_groups(protein: Protein) -> tuple[EvidenceGroup, ...]:
    """The groups that stand behind a protein's GO annotations, in the order of `EVIDENCE_GROUPS`.

    "unknown" stands alone: it says that no annotation of the protein has a code that tells anything.
    """
    found = {evidence_group(annotation.evidence) for annotation in protein.of_kind("go")}
    return tuple(g for g in EVIDENCE_GROUPS if g in found and g != "unknown") or ("unknown",)
