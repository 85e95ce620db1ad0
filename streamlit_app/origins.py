"""What a downloaded file says of where its rows come from, for pages that are no search."""

from datetime import UTC, datetime

from streamlit_app.downloads import Origin
from streamlit_app.engine import Engine


def origin_now(engine: Engine, query: str, *, source: str = "") -> Origin:
    """The origin of rows made now; ``source`` is what was compared with, where it is not the index."""
    return Origin(
        model=engine.model,
        fingerprint=engine.fingerprint,
        index=source or f"{engine.index} ({engine.num_indexed} proteins)",
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        query=query,
    )
