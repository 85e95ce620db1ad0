"""New sequences for the map: read from a pasted text, and told as a table (pure)."""

from collections.abc import Sequence

from protclip.errors import InputError, RecordError
from protclip.predict.map_placing import Placed
from protclip.records import Protein
from protclip.sequence import FastaLimits, looks_like_sequence, parse_fasta
from streamlit_app.downloads import Cell, Table

MAX_PLACED, MAX_RESIDUES = 20, 10_000
LIMITS = f"FASTA, or one bare sequence; up to {MAX_PLACED} proteins of at most {MAX_RESIDUES:,} residues."
_NAMES = (
    "accession",
    "length",
    "x",
    "y",
    "nearest",
    "nearest_title",
    "cosine",
    "distance",
    "spread",
    "warning",
)
FAR = "far from every known protein: its place says little"
TORN = "its nearest proteins lie apart on the map: its place is between them"


def read_new(text: str) -> tuple[list[Protein], list[RecordError]]:
    """The proteins of a pasted text, and the records that cannot be used.

    Raises
    ------
    InputError
        If there are too many, or none that can be used.
    """
    if not text.lstrip().startswith(">") and looks_like_sequence(text):
        text = f">pasted\n{text}"
    problems: list[RecordError] = []
    limits = FastaLimits(max_residues=MAX_RESIDUES)
    lines = text.splitlines()
    found = list(
        parse_fasta(
            lines, "your text", on_duplicate="rename", on_error="skip", report=problems.append, limits=limits
        )
    )
    if len(found) > MAX_PLACED:
        raise InputError(
            f"{len(found)} proteins were given; at most {MAX_PLACED} are placed here. "
            "For more use protclip map place FILE"
        )
    if not found:
        raise InputError(str(problems[0]) if problems else f"there is no sequence; give {LIMITS}")
    return found, problems


def warning_of(placed: Placed) -> str:
    """What stands against a place, in words; "" where nothing does."""
    return "; ".join(words for words, is_so in ((FAR, placed.is_far), (TORN, placed.is_torn)) if is_so)


def placed_table(placed: Sequence[Placed], lengths: dict[str, int], titles: dict[str, str]) -> Table:
    """The placed proteins with their distance to the nearest known one; ``titles`` of those by accession."""
    lines: list[dict[str, Cell]] = [
        {
            "accession": p.accession,
            "length": lengths[p.accession],
            "x": round(p.x, 3),
            "y": round(p.y, 3),
            "nearest": p.nearest,
            "nearest_title": titles.get(p.nearest, ""),
            "cosine": round(1 - p.distance, 4),
            "distance": round(p.distance, 4),
            "spread": round(p.spread, 3),
            "warning": warning_of(p),
        }
        for p in placed
    ]
    return Table(names=_NAMES, lines=tuple(lines))
