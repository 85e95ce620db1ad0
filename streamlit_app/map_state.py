"""What the map page shows as a web address and back (pure)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, cast

from protclip.errors import InputError
from protclip.predict.map_regions import Region, parse_region
from streamlit_app.url_state import ACCESSION, TOPS, UPLOAD, Params, Reader, belongs_in_upload, read_text

ColourBy = Literal["function", "process", "location", "ec", "organism", "length"]
COLOURS: tuple[ColourBy, ...] = ("function", "process", "location", "ec", "organism", "length")
_REGION = re.compile(r"[-0-9.,_]{5,1200}")


@dataclass(frozen=True, slots=True, kw_only=True)
class MapState:
    """Everything that decides what the map page shows.

    ``query`` marks its ``top`` best hits, ``accession`` one protein. ``fasta`` holds new proteins to be placed.
    ``region`` is what is selected, ``view`` (a box) what is drawn.
    """

    colour: ColourBy = COLOURS[0]
    query: str = ""
    top: int = TOPS[1]
    accession: str = ""
    fasta: str = ""
    region: Region | None = None
    view: Region | None = None


def read_map_state(params: Params, load_upload: Callable[[str], str]) -> tuple[MapState, tuple[str, ...]]:
    """Read an address; what cannot be used is left out, with a sentence that does not repeat it.

    Parameters
    ----------
    params
        Every query parameter with all its values; nothing in it is trusted.
    load_upload
        Gives the text stored under a content hash, or raises `protclip.errors.InputError`.
    """
    reader = Reader(params)
    state = MapState(
        colour=cast(ColourBy, reader.choice("colour", COLOURS)),
        query=read_text(reader, load_upload),
        top=_read_top(reader),
        accession=reader.one("acc", ACCESSION, "an accession"),
        fasta=_read_fasta(reader, load_upload),
        region=_read_region(reader, "region"),
        view=_read_region(reader, "view"),
    )
    return state, tuple(reader.notices)


def write_map_state(state: MapState, store_upload: Callable[[str], str]) -> dict[str, list[str]]:
    """Write a state as query parameters; what has its default value is left out.

    Raises
    ------
    protclip.errors.InputError
        As ``store_upload`` does for text that is too long to be kept.
    """
    is_long = belongs_in_upload(state.query)
    params = {
        "colour": state.colour if state.colour != COLOURS[0] else "",
        "q": "" if is_long else state.query,
        "seq": store_upload(state.query) if is_long else "",
        "top": str(state.top) if state.top != TOPS[1] else "",
        "acc": state.accession,
        "seqs": store_upload(state.fasta) if state.fasta.strip() else "",
        "region": state.region.text if state.region else "",
        "view": state.view.text if state.view else "",
    }
    return {key: [value] for key, value in params.items() if value.strip()}


def _read_top(reader: Reader) -> int:
    found = reader.one("top", re.compile("|".join(map(str, TOPS))), " or ".join(map(str, TOPS)))
    return int(found) if found else TOPS[1]


def _read_fasta(reader: Reader, load_upload: Callable[[str], str]) -> str:
    stored = reader.one("seqs", UPLOAD, "the id of stored sequences")
    try:
        return load_upload(stored) if stored else ""
    except InputError as error:
        reader.notices.append(str(error))
        return ""


def _read_region(reader: Reader, key: str) -> Region | None:
    values = reader.params.get(key, ())
    if not values:
        return None
    text = str(values[0])
    try:
        return parse_region(text if _REGION.fullmatch(text) else "")
    except InputError:
        reader.ignore(key, "corners on the map, such as 0,0_5,5")
        return None
