"""What pages that are no search call a protein, and what their downloads say of where rows come from."""

from datetime import UTC, datetime

from protclip.records import Protein
from streamlit_app.downloads import Origin
from streamlit_app.engine import Engine

ATLAS = "the shipped atlas"


def origin_now(engine: Engine, query: str, *, source: str = "") -> Origin:
    """The origin of rows made now; ``source`` is what was compared with, where it is not the index."""
    return Origin(
        model=engine.model,
        fingerprint=engine.fingerprint,
        index=source or f"{engine.index} ({engine.num_indexed} proteins)",
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        query=query,
    )


def title_of(engine: Engine, protein: Protein) -> str:
    """What a protein is, in a line; of a sequence that nothing is known of, the name it was given."""
    is_known = protein.name or protein.gene or protein.annotations
    return engine.title(protein) if is_known else protein.accession
