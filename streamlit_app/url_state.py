"""A search as a web address and back: pure functions, so that a hostile address is tested without a browser."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, cast

from protclip.data.evidence import EVIDENCE_GROUPS
from protclip.errors import InputError
from protclip.sequence import looks_like_sequence
from vector_store.store import SearchFilter

Mode = Literal["hybrid", "semantic", "lexical"]
Params = Mapping[str, Sequence[str]]
MODES: tuple[Mode, ...] = ("hybrid", "semantic", "lexical")
TOPS = (10, 25, 50, 100)
MAX_TEXT_IN_URL = 500
MAX_SEQUENCE_IN_URL = 60
MAX_VALUES = 20
MAX_VERSUS, MAX_VERSUS_TEXT = 3, 200
"""Queries beside the first one, and characters of each."""

GO_ID = re.compile(r"GO:\d{7}")
EC_PREFIX = re.compile(r"[1-7](\.(\d{1,3}|n\d{1,3})){0,3}")
ACCESSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:|-]{0,63}")
ORGANISM = re.compile(r"[^\x00-\x1f\x7f]{1,200}")
VERSUS = re.compile(r"\s*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*")
EVIDENCE = re.compile("|".join(EVIDENCE_GROUPS))
LENGTH = re.compile(r"[1-9]\d{0,5}")
UPLOAD = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchState:
    """Everything that decides what the search page shows.

    ``selected`` holds accessions of marked rows, ``versus`` the queries that stand beside the first one.
    """

    text: str = ""
    mode: Mode = "hybrid"
    top: int = TOPS[0]
    filter: SearchFilter = field(default_factory=SearchFilter)
    more_like: tuple[str, ...] = ()
    less_like: tuple[str, ...] = ()
    selected: tuple[str, ...] = ()
    versus: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to search for."""
        return not self.text.strip() and not self.more_like


class Reader:
    """Takes typed values out of an address and notes what it had to ignore."""

    def __init__(self, params: Params) -> None:
        self.params = params
        self.notices: list[str] = []

    def ignore(self, key: str, accepted: str) -> None:
        """Note that a parameter could not be used; the sentence does not repeat it."""
        self.notices.append(f"The link's “{key}” was ignored: it takes {accepted}.")

    def many(self, key: str, pattern: re.Pattern[str], accepted: str) -> tuple[str, ...]:
        """The values that match, each once, at most `MAX_VALUES`."""
        values = [str(v) for v in self.params.get(key, ())]
        good = [v for v in values[:MAX_VALUES] if len(v) <= 200 and pattern.fullmatch(v)]
        if len(good) < len(values):
            self.ignore(key, f"{accepted}, at most {MAX_VALUES} of them")
        return tuple(dict.fromkeys(good))

    def one(self, key: str, pattern: re.Pattern[str], accepted: str) -> str:
        """The first value that matches, "" where there is none."""
        found = self.many(key, pattern, accepted)
        return found[0] if found else ""

    def choice(self, key: str, choices: Sequence[str]) -> str:
        """The first value that is one of the choices, else the first choice."""
        pattern = re.compile("|".join(map(re.escape, choices)))
        return self.one(key, pattern, " or ".join(choices)) or choices[0]


def read_state(params: Params, load_upload: Callable[[str], str]) -> tuple[SearchState, tuple[str, ...]]:
    """Read a search from an address.

    Parameters
    ----------
    params
        Every query parameter with all its values, as the browser sent them; nothing in it is trusted.
    load_upload
        Gives the text stored under a content hash, or raises `protclip.errors.InputError`.

    Returns
    -------
    tuple
        The state (defaults where a value cannot be used) and one sentence for each value ignored.
        The sentences never repeat what was in the address.
    """
    reader = Reader(params)
    state = SearchState(
        text=read_text(reader, load_upload),
        mode=cast(Mode, reader.choice("mode", MODES)),
        top=int(reader.choice("top", [str(n) for n in TOPS])),
        filter=_read_filter(reader),
        more_like=reader.many("like", ACCESSION, "accessions"),
        less_like=reader.many("unlike", ACCESSION, "accessions"),
        selected=reader.many("sel", ACCESSION, "accessions"),
    )
    state = replace(state, versus=_read_versus(reader, state))
    return state, tuple(reader.notices)


def _read_versus(reader: Reader, first: SearchState) -> tuple[str, ...]:
    accepted = f"at most {MAX_VERSUS} queries of {MAX_VERSUS_TEXT} characters beside a first one"
    values = reader.params.get("vs", ())
    good = [str(v) for v in values if fit_to_compare(v)]
    kept = [] if first.is_empty else list(dict.fromkeys(good))[:MAX_VERSUS]
    if len(kept) < len(values):
        reader.ignore("vs", accepted)
    return tuple(kept)


def fit_to_compare(text: str) -> bool:
    """Whether a query may stand beside another: it has words, and an address has room for it."""
    return bool(len(text) <= MAX_VERSUS_TEXT and VERSUS.fullmatch(text) and not belongs_in_upload(text))


def read_text(reader: Reader, load_upload: Callable[[str], str]) -> str:
    """The query of an address: stored under the hash ``seq``, or as it is in ``q``."""
    stored = reader.one("seq", UPLOAD, "the id of a stored sequence")
    if stored:
        try:
            return load_upload(stored)
        except InputError as error:
            reader.notices.append(str(error))
    values = reader.params.get("q", ())
    text = str(values[0]) if values else ""
    if len(text) > MAX_TEXT_IN_URL:
        reader.ignore("q", f"at most {MAX_TEXT_IN_URL} characters; paste longer text into the box")
        return ""
    return text


def _read_filter(reader: Reader) -> SearchFilter:
    low = reader.one("min", LENGTH, "a number of residues")
    high = reader.one("max", LENGTH, "a number of residues")
    if low and high and int(low) > int(high):
        reader.ignore("min", "a number that is not above “max”")
        low = high = ""
    named = reader.one("named", re.compile("yes|no"), "yes or no")
    return SearchFilter(
        go=reader.many("go", GO_ID, "GO ids such as GO:0004386"),
        ec=reader.many("ec", EC_PREFIX, "EC numbers or their beginnings such as 3.6.4"),
        location=reader.many("loc", GO_ID, "GO ids such as GO:0005634"),
        organism=reader.many("org", ORGANISM, "organism names"),
        length_min=int(low) if low else None,
        length_max=int(high) if high else None,
        named=None if not named else named == "yes",
        evidence=reader.many("ev", EVIDENCE, " or ".join(EVIDENCE_GROUPS)),
    )


def write_state(state: SearchState, store_upload: Callable[[str], str]) -> dict[str, list[str]]:
    """Write a search as query parameters; what has its default value is left out.

    Long text and sequences go through ``store_upload``, which returns the content hash that stands
    for them in the address.
    """
    params: dict[str, list[str]] = {}
    if belongs_in_upload(state.text):
        params["seq"] = [store_upload(state.text)]
    else:
        _put(params, "q", [state.text] if state.text.strip() else [])
    _put(params, "mode", [state.mode] if state.mode != MODES[0] else [])
    _put(params, "top", [str(state.top)] if state.top != TOPS[0] else [])
    where = state.filter
    lists = (("go", where.go), ("ec", where.ec), ("loc", where.location), ("org", where.organism))
    for key, values in (*lists, ("ev", where.evidence)):
        _put(params, key, values)
    _put(params, "min", [] if where.length_min is None else [str(where.length_min)])
    _put(params, "max", [] if where.length_max is None else [str(where.length_max)])
    _put(params, "named", [] if where.named is None else ["yes" if where.named else "no"])
    for key, values in (("like", state.more_like), ("unlike", state.less_like), ("sel", state.selected)):
        _put(params, key, values)
    _put(params, "vs", [] if state.is_empty else state.versus)
    return params


def belongs_in_upload(text: str) -> bool:
    """Whether a query is too long for an address and is stored under its content hash instead."""
    if len(text) > MAX_TEXT_IN_URL:
        return True
    return len(text) > MAX_SEQUENCE_IN_URL and (text.lstrip().startswith(">") or looks_like_sequence(text))


def _put(params: dict[str, list[str]], key: str, values: Iterable[str]) -> None:
    kept = list(values)[:MAX_VALUES]
    if kept:
        params[key] = kept
