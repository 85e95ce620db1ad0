"""The same result without the browser: command line, Python lines and curl call as text (pure; a test runs them)."""

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from streamlit_app.api_query import SEARCH
from streamlit_app.url_state import SearchState
from vector_store.recognise import FoundKind
from vector_store.store import SearchFilter

_PYTHON = """\
from vector_store.search_records import SearchQuery
from vector_store.searching import open_search
from vector_store.store import SearchFilter

opened = open_search()  # of an index that the web app holds, a copy
query = SearchQuery(
{arguments})
for hit in opened.retriever.search(query).hits:
    name = opened.retriever.title(hit.protein)
    print(hit.rank, hit.protein.accession, name, hit.score, hit.percentile, sep="\\t")
opened.store.close()
"""


OWN_MODEL = (
    "This server has a checkpoint of its own. Command and Python lines take the shipped one: add `--model FOLDER`, "
    'and `--index PLACE` where there is such an option; in Python `open_search(model=Path("FOLDER"))`, '
    '`Tools(model=Path("FOLDER"))`, `Encoder.from_pretrained("FOLDER")`. HTTP answers with the server\'s.'
)
"""What is said beside a recipe there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Lines to copy, for a shell, for Python, and for curl ("" where the HTTP API has no such path)."""

    shell: str
    python: str
    curl: str


def curl_call(address: str, body: str) -> str:
    """A call that sends ``body``: JSON, whose brace keeps curl from taking it for a file, or @file."""
    return shlex.join(["curl", "-sS", address, "-d", body])


def search_recipe(state: SearchState, kind: FoundKind, server: str) -> Recipe:
    """How to repeat a search that took its query for ``kind``; ``server`` is the address of this app."""
    return Recipe(shell=_shell(state, kind), python=_python(state, kind), curl=_curl(state, kind, server))


def _shell(state: SearchState, kind: FoundKind) -> str:
    words = ["protclip", "search", "--top", str(state.top), "--mode", state.mode, "--format", "tsv"]
    for value in _filter_words(state.filter):
        words += ["--filter", value]
    if kind == "examples":
        examples = (("--more-like", state.more_like), ("--less-like", state.less_like))
        words += [word for option, values in examples for value in values for word in (option, value)]
    elif kind == "text":
        words += ["--", " ".join(state.text.split())]  # "--": a text may begin with a dash
    else:
        words += [f"--{kind}", _value(state.text, kind)]
    return shlex.join(words)


def _curl(state: SearchState, kind: FoundKind, server: str) -> str:
    body: dict[str, Any] = {}
    if kind == "examples":
        body |= {"more_like": list(state.more_like)} if state.more_like else {}
        body |= {"less_like": list(state.less_like)} if state.less_like else {}
    else:
        body[kind] = _value(state.text, kind)
    body |= {"mode": state.mode, "top": state.top}
    filters = _filter_words(state.filter)
    body |= {"filter": filters} if filters else {}
    return curl_call(
        f"{server}{SEARCH}", json.dumps(body)
    )  # its escapes keep every byte ASCII in any terminal


def _filter_words(where: SearchFilter) -> list[str]:
    lists = (("go", where.go), ("ec", where.ec), ("location", where.location), ("organism", where.organism))
    words = [f"{name}={value}" for name, values in lists for value in values]
    low, high = ("" if end is None else str(end) for end in (where.length_min, where.length_max))
    words += [f"length={low}-{high}"] if low or high else []
    words += [f"named={'yes' if where.named else 'no'}"] if where.named is not None else []
    words += [f"evidence={group}" for group in where.evidence]
    return words


def _value(text: str, kind: FoundKind) -> str:
    """A query as a single word or line: a sequence loses its header and line ends."""
    lines = text.strip().splitlines()
    if kind == "sequence":
        return "".join("".join(lines[lines[0].startswith(">") :]).split())
    return " ".join(text.split())


def _python(state: SearchState, kind: FoundKind) -> str:
    if kind == "examples":
        arguments = _given("more_like", state.more_like) + _given("less_like", state.less_like)
    else:
        arguments = [f"text={_value(state.text, kind)!r}", f"kind={kind!r}"]
    arguments += [f"mode={state.mode!r}", f"top={state.top}"]
    if state.filter != SearchFilter():
        arguments.append(f"filter=SearchFilter({', '.join(_filter_arguments(state.filter))})")
    return _PYTHON.replace("{arguments}", "".join(f"    {argument},\n" for argument in arguments))


def _given(name: str, values: Sequence[str]) -> list[str]:
    return [f"{name}={tuple(values)!r}"] if values else []


def _filter_arguments(where: SearchFilter) -> list[str]:
    empty = SearchFilter()
    changed = [f.name for f in fields(SearchFilter) if getattr(where, f.name) != getattr(empty, f.name)]
    return [f"{name}={getattr(where, name)!r}" for name in changed]
