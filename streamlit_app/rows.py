"""What a result table shows, as plain records: the screen and every download are made from the same rows."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from protclip.records import Annotation, Hit, Leg, Protein
from streamlit_app.tracks import Track

LEG_NAMES: dict[Leg, str] = {
    "protein": "sequence",
    "biotext": "annotation text",
    "lexical": "words",
    "terms": "known GO terms",
}
"""What a visitor reads for a leg: the model's view of the sequence, of the annotation, or the words themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a result table. ``named`` is False where the title is the most informative function.

    ``residue_track`` holds, in bins from the first residue to the last, how the residues move the cosine.
    """

    rank: int
    title: str
    named: bool
    accession: str
    organism: str
    length: int
    score: float
    cosine: float | None
    percentile: float | None
    found_by: str
    matched: str
    residue_track: Track
    sequence: str


def rows_of(
    hits: Iterable[Hit], title_of: Callable[[Protein], str], tracks: Mapping[str, Track] | None = None
) -> tuple[Row, ...]:
    """Make the rows of some hits, in their order; ``tracks`` are residue tracks by accession."""
    known = tracks or {}
    return tuple(_row(hit, title_of(hit.protein), known.get(hit.protein.accession, ())) for hit in hits)


def _row(hit: Hit, title: str, track: Track) -> Row:
    protein = hit.protein
    return Row(
        rank=hit.rank,
        title=title,
        named=is_named(protein),
        accession=protein.accession,
        organism=protein.organism,
        length=len(protein.sequence),
        score=hit.score,
        cosine=hit.cosine,
        percentile=hit.percentile,
        found_by=", ".join(f"{LEG_NAMES[leg]} #{rank}" for leg, rank in hit.leg_ranks),
        matched="; ".join(label_of(annotation) for annotation in hit.matched),
        residue_track=track,
        sequence=protein.sequence,
    )


def is_named(protein: Protein) -> bool:
    """Whether the source gives a name; the index's "named" filter asks the same."""
    return bool(protein.name)


def short_title(title: str, limit: int = 90) -> str:
    """The recommended name of a UniProt name cell: what stands before its synonyms in brackets."""
    head = title.split(" (", 1)[0].strip() or title
    return head if len(head) <= limit else head[: limit - 1].rstrip() + "…"


def label_of(annotation: Annotation) -> str:
    """An annotation in a few words: its name and its id."""
    if annotation.id and annotation.text:
        return f"{annotation.text} ({annotation.id})"
    if annotation.kind == "ec" and annotation.id:
        return f"EC {annotation.id}"
    return annotation.id or annotation.text
