"""What the jobs of the protein page do: predict functions and describe, without the protein's own annotation."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from protclip.records import Protein
from streamlit_app.jobs import Report

if TYPE_CHECKING:
    from protclip.predict.tasks import Tools
    from protclip.predict.translate import Description


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A description in words: its parts, the mean support of them (0 to 1), and all texts that were ranked."""

    parts: tuple["Description", ...]
    support: float
    ranked: tuple["Description", ...]


def predicted(tools: "Tools", protein: Protein, report: Report) -> dict[str, Any]:
    """The document of `protclip annotate --exclude-self` for one protein."""
    from protclip.predict.annotation_rows import document

    own = [{protein.accession}]
    found = tools.function().predict([protein.sequence], [protein.accession], own)[0]
    report(1, 1)
    return document(found, tools.ontology)


def described(tools: "Tools", protein: Protein, report: Report) -> Described:
    """What `protclip translate` says of one protein."""
    from protclip.predict.translate import assembled

    found = tools.translator().translate([protein], exclude=[(protein.accession,)])[0]
    report(1, 1)
    return Described(
        parts=tuple(assembled(found.descriptions)),
        support=found.confidence_score,
        ranked=found.descriptions,
    )
