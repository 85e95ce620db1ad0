"""What the jobs of the explain page do; they load the model's libraries, so the page does not."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from protclip.records import Protein
from streamlit_app.jobs import Report

if TYPE_CHECKING:
    from protclip.predict.explain import Explanation
    from protclip.predict.structure_tracks import ColouredStructure
    from protclip.predict.tasks import Tools

NUM_RANDOM = 99
"""Shuffled proteins that an explanation is held against: what `protclip explain` draws."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnStructure:
    """A structure with a track as its B-factors, and the HTML that draws it."""

    coloured: "ColouredStructure"
    html: str


def explained(tools: "Tools", protein: Protein, sentence: str, report: Report) -> "Explanation":
    """Explain a protein and a sentence as `protclip explain` does."""
    from protclip.data.biotext import describe
    from protclip.predict.explain import ExplainOptions, explain

    report(0, NUM_RANDOM)
    return explain(
        tools.encoder,
        protein,
        sentence,
        biotext=describe(protein, tools.ontology if protein.annotations else None),
        options=ExplainOptions(num_random=NUM_RANDOM),
        progress=report,
    )


def drawn(explanation: "Explanation", track: str, text: str, name: str, height: int) -> DrawnStructure:
    """Match the text of a structure file to the protein and draw a track on it."""
    from protclip.predict.structure_files import parse_structure
    from protclip.predict.structure_tracks import coloured
    from streamlit_app.structure3d import structure_html

    found = coloured(parse_structure(text, name), explanation, track)
    accession = explanation.protein.accession
    html = structure_html(
        found,
        explanation.track(track).values,
        height,
        stem=f"{accession}-structure",
        foot=f"ProtCLIP: {explanation.model} ({explanation.fingerprint[:8]}), {accession} by {track} for "
        f"“{explanation.sentence}”",
    )
    return DrawnStructure(coloured=found, html=html)
