"""What an HTTP request asks for: parameters or a JSON body, checked, as a search query (pure)."""

import difflib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from protclip.errors import FieldError, InputError
from vector_store.questions import examples_label
from vector_store.search_records import MAX_TOP, MODES, SearchQuery
from vector_store.store import SearchFilter

ParseFilter = Callable[[list[str]], SearchFilter]
SEARCH, HEALTH, SCHEMA = "/api/v1/search", "/api/v1/health", "/api/v1/openapi.json"
PREDICT, ANNOTATE, EXPLAIN = "/api/v1/predict", "/api/v1/annotate", "/api/v1/explain"
MUTATE, INTERACT, MAP = "/api/v1/mutate", "/api/v1/interact", "/api/v1/map"
TASKS = (PREDICT, ANNOTATE, EXPLAIN, MUTATE, INTERACT, MAP)
"""Paths whose requests wait for their turn."""
LISTS = ("more_like", "less_like", "filter")
FIELDS = ("text", "sequence", "accession", "mode", "top", *LISTS)
MAX_VALUES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A checked request. ``field`` is the one that says what to search for, ``label`` its value in a line."""

    query: SearchQuery
    field: str
    label: str


def from_parameters(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The fields of a query string: lists where a parameter may come again, ``top`` as a number.

    Raises
    ------
    FieldError
        For a parameter that comes twice and may not, or a ``top`` that is no number.
    """
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in LISTS:
            fields.setdefault(name, []).append(value)
        elif name in fields:
            raise FieldError(name, f"the field {name} is given twice; give it once")
        else:
            fields[name] = value
    top = str(fields.get("top", ""))
    if top.isdecimal() and len(top) <= len(str(MAX_TOP)):
        fields["top"] = int(top)
    return fields


def from_body(body: bytes, example: str = '{"text": "DNA helicase"}') -> dict[str, Any]:
    """The fields of a JSON body. Raises FieldError with the example where it is no JSON object in UTF-8."""
    try:
        fields = json.loads(body)
        # JSON can spell half a character ("\ud800"), which no answer could repeat.
        json.dumps(fields, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise FieldError(
            "body", f"the body is no JSON ({error}). Send an object such as {example}"
        ) from error
    if not isinstance(fields, dict):
        raise FieldError("body", f"the body is no JSON object. Send one such as {example}")
    return fields


def read_request(fields: Mapping[str, Any], parse_filter: ParseFilter) -> Asked:
    """Check the fields of a request.

    Parameters
    ----------
    fields
        By the names of the options of ``protclip search``, unchecked.
    parse_filter
        Makes a filter of KEY=VALUE texts, or raises InputError.

    Raises
    ------
    FieldError
        Names the field and says what it takes.
    """
    for name in fields:
        if name not in FIELDS:
            near = difflib.get_close_matches(name, FIELDS, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise FieldError(name[:60], f"{name[:60]!r} is no field. Known are {', '.join(FIELDS)}.{hint}")
    lists = {name: _texts(fields, name) for name in LISTS}
    settings = {"mode": _mode(fields), "top": _top(fields), "filter": _filter(lists["filter"], parse_filter)}
    ways = [name for name in ("text", "sequence", "accession") if fields.get(name) is not None]
    if lists["more_like"] or lists["less_like"]:
        ways.append("more_like")
    if len(ways) != 1:
        told = f"{' and '.join(ways)} are given" if ways else "nothing to search for is given"
        raise FieldError(
            ways[-1] if ways else "text",
            f"{told}; give one of text, sequence, accession, or more_like with less_like",
        )
    return _asked(ways[0], fields, lists, settings)


def _asked(
    way: str, fields: Mapping[str, Any], lists: Mapping[str, list[str]], settings: dict[str, Any]
) -> Asked:
    if way == "more_like":
        more, less = tuple(lists["more_like"]), tuple(lists["less_like"])
        query = SearchQuery(more_like=more, less_like=less, **settings)
        return Asked(query=query, field=way, label=examples_label(more, less))
    value = fields[way]
    if not isinstance(value, str):
        raise FieldError(way, f"the field {way} is {_shown(value)}; give a text in quotation marks")
    kind: Any = "auto" if way == "text" else way
    return Asked(query=SearchQuery(text=value, kind=kind, **settings), field=way, label=value)


def _texts(fields: Mapping[str, Any], name: str) -> list[str]:
    value = fields.get(name)
    values = [] if value is None else [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
        raise FieldError(name, f"the field {name} is {_shown(value)}; give a text, or a list of texts")
    if len(values) > MAX_VALUES:
        raise FieldError(
            name, f"the field {name} has {len(values):,} values; at most {MAX_VALUES} can be given"
        )
    return values


def _filter(pairs: list[str], parse_filter: ParseFilter) -> SearchFilter:
    try:
        return parse_filter(pairs)
    except InputError as error:
        raise FieldError("filter", str(error)) from error


def _mode(fields: Mapping[str, Any]) -> str:
    mode = fields.get("mode", "hybrid")
    if mode not in MODES:
        raise FieldError("mode", f"the field mode is {_shown(mode)}; give one of {', '.join(MODES)}")
    return str(mode)


def _top(fields: Mapping[str, Any]) -> int:
    top = fields.get("top", 10)
    if isinstance(top, bool) or not isinstance(top, int) or not 1 <= top <= MAX_TOP:
        raise FieldError("top", f"the field top is {_shown(top)}; give a whole number from 1 to {MAX_TOP:,}")
    return top


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
