"""Where what a page hands out comes from."""

from datetime import UTC, datetime

from streamlit_app.downloads import Origin
from streamlit_app.engine import Engine


def origin_for(engine: Engine, query: str) -> Origin:
    """The origin of a prediction made today with an engine's model; ``query`` says of what."""
    return Origin(
        model=engine.model,
        fingerprint=engine.fingerprint,
        index=f"{engine.index} ({engine.num_indexed} proteins)",
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        query=query,
    )
