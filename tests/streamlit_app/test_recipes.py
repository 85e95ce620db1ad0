"""The lines shown on a page ask the same question as the page: they are run, not compared as text."""

import shlex
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from streamlit_app.api_query import SEARCH, from_body, read_request
from streamlit_app.engine import query_of
from streamlit_app.examples import INSULIN
from streamlit_app.recipes import search_recipe
from streamlit_app.url_state import SearchState
from vector_store import verbs
from vector_store.filters import parse_filters
from vector_store.search_records import SearchQuery
from vector_store.store import SearchFilter

FILTER = SearchFilter(
    go=("GO:0004386",),
    ec=("3.6.4", "2"),
    location=("GO:0005634",),
    organism=("Homo sapiens (Human)", "Plain; rm -rf / $(x) 'quoted'"),
    length_min=100,
    named=False,
    evidence=("experimental", "curated"),
)
STATES = [
    (SearchState(text="DNA helicase; don't `echo` $HOME", mode="semantic", top=25, filter=FILTER), "text"),
    (SearchState(text="--top 3 kinases\nof yeast"), "text"),
    (SearchState(text="P38398", filter=SearchFilter(length_min=5, length_max=900, named=True)), "accession"),
    (
        SearchState(text=f">mine\n{INSULIN[:60]}\n{INSULIN[60:]}", filter=SearchFilter(length_max=9)),
        "sequence",
    ),
    (SearchState(text="left aside", more_like=("P1", "P2"), less_like=("P3",)), "examples"),
]


class AskedError(Exception):
    """Ends a run at the point where the question is asked."""


def normal(query: SearchQuery, kind: str):
    text = "" if kind == "examples" else query.text
    if kind == "sequence":
        text = "".join(line for line in text.splitlines() if not line.startswith(">"))
    return " ".join(text.split()), query.mode, query.top, query.filter, query.more_like, query.less_like


@pytest.fixture
def asked(monkeypatch):
    queries = []

    class Retriever:
        def __init__(self, *args):
            pass

        def search(self, query):
            queries.append(query)
            raise AskedError

        def title(self, protein):
            return protein.name

    store = SimpleNamespace(close=lambda: None, facet=lambda *a: [(name, 1) for name in FILTER.organism])
    encoder = SimpleNamespace(fingerprint="f00d", dimension=4)
    monkeypatch.setattr("protclip.encode.Encoder.from_pretrained", lambda *a, **k: encoder)
    monkeypatch.setattr("protclip.data.ontology.Ontology.read_parquet", lambda *a: FakeTerms())
    monkeypatch.setattr("protclip.starter.ontology_path", lambda: None)
    monkeypatch.setattr("vector_store.opening.open_store", lambda *a, **k: store)
    monkeypatch.setattr("vector_store.build_index.ensure_index", lambda *a, **k: store)
    monkeypatch.setattr("vector_store.retriever.Retriever", Retriever)
    return queries


class FakeTerms:
    """Takes every GO id for a current one and for a location of the index."""

    def term(self, go_id):
        return SimpleNamespace(id=go_id, name=go_id)

    def resolve(self, go_id):
        return go_id

    def __contains__(self, go_id):
        return True


@pytest.mark.parametrize(("state", "kind"), STATES)
def test_the_command_line_asks_what_the_page_asks(asked, state, kind) -> None:
    words = shlex.split(search_recipe(state, kind, "").shell)
    assert words[:2] == ["protclip", "search"]
    result = CliRunner().invoke(verbs.search, words[2:])
    assert isinstance(result.exception, AskedError), result.output
    assert normal(asked[0], kind) == normal(query_of(state), kind)


@pytest.mark.parametrize(("state", "kind"), STATES)
def test_the_curl_call_asks_what_the_page_asks(state, kind) -> None:
    words = shlex.split(search_recipe(state, kind, "http://here:1").curl)
    assert words[:2] + words[3:4] == ["curl", "-sS", "-d"]
    assert words[2] == f"http://here:1{SEARCH}"
    asked = read_request(
        from_body(words[4].encode()),
        lambda pairs: parse_filters(pairs, FakeTerms(), lambda: FILTER.organism),
    )
    assert normal(asked.query, kind) == normal(query_of(state), kind)


@pytest.mark.parametrize(("state", "kind"), STATES)
def test_the_python_lines_ask_what_the_page_asks(asked, state, kind) -> None:
    with pytest.raises(AskedError):
        exec(compile(search_recipe(state, kind, "").python, "recipe", "exec"), {})
    assert normal(asked[0], kind) == normal(query_of(state), kind)
