"""The HTTP API under `/api/v1`, in the process that serves the pages: search, health, and the tasks.

Fields are query parameters (of a search) or a JSON object; the answers are those of ``--format json`` of the same
verb; an error is ``{"error": sentence, "field": name}``. docs/api.md and `/api/v1/openapi.json` describe it.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from protclip.errors import FieldError, InputError
from streamlit_app.api_query import (
    HEALTH,
    SCHEMA,
    SEARCH,
    TASKS,
    Asked,
    from_body,
    from_parameters,
    read_request,
)
from streamlit_app.api_replies import answered, not_ready, refused
from streamlit_app.api_schema import DOCUMENT, short_example
from streamlit_app.api_token import Endpoint, guarded
from streamlit_app.api_work import WorkQueue
from streamlit_app.engine import Engine
from streamlit_app.opening import Opening
from streamlit_app.uploads import MAX_BYTES
from vector_store.filters import parse_filters
from vector_store.search_rows import document, rows_of
from vector_store.store import SearchFilter

if TYPE_CHECKING:
    from protclip.predict.tasks import Tools
    from streamlit_app.api_tasks import Work

MAX_BODY = MAX_BYTES
"""Bytes of a request's body: what a query box takes."""
_ALL_ORGANISMS = 100_000
_METHODS = {SEARCH: ["GET", "POST"], HEALTH: ["GET"], SCHEMA: ["GET"]} | {path: ["POST"] for path in TASKS}
_ANYTHING = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def routes(opening: Callable[[], Opening], tools: "Tools | None" = None) -> list[Route]:
    """The routes of the API. Whatever else begins with /api answers 404, for pages have no place there.

    Parameters
    ----------
    opening
        Gives the opening of model and index that the pages use too.
    tools
        What the tasks are done with; by default made when a task is first asked for, with the opening's model.
    """

    async def health(request: Request) -> Response:
        current = _started(opening)
        return not_ready(current) if current.engine is None else _ready(current.engine)

    queue = WorkQueue(tools)
    endpoints = {SEARCH: _search(opening), SCHEMA: _schema} | {path: _task(opening, queue) for path in TASKS}
    known = {HEALTH: health} | {path: guarded(endpoint) for path, endpoint in endpoints.items()}
    return [
        *(Route(path, endpoint, methods=_METHODS[path]) for path, endpoint in known.items()),
        Route("/api", nothing_here, methods=_ANYTHING),
        Route("/api/{path:path}", guarded(nothing_here), methods=_ANYTHING),
    ]


def _search(opening: Callable[[], Opening]) -> Endpoint:
    async def search(request: Request) -> Response:
        try:
            fields = await _fields(request)
        except FieldError as error:
            return _unread(error)
        current = _started(opening)
        if current.engine is None:
            return not_ready(current)
        return await run_in_threadpool(answered, SEARCH, partial(_found, current.engine, fields))

    return search


def _task(opening: Callable[[], Opening], queue: WorkQueue) -> Endpoint:
    """Fields are checked before the request waits for its turn; a failed opening keeps no task from being done."""

    async def task(request: Request) -> Response:
        path = request.url.path
        current = _started(opening)
        try:
            fields = await _fields(request)
            if current.under_way:
                return not_ready(current)
            work = await run_in_threadpool(_checked, path, fields)
        except FieldError as error:
            return _unread(error)
        return await queue.answer(lambda tools: answered(path, lambda: work(tools)), current.engine)

    return task


def _checked(path: str, fields: dict[str, Any]) -> "Work":
    # Not at the top: it loads torch, for which the server would not answer for seconds.
    from streamlit_app.api_tasks import READERS

    return READERS[path](fields)


async def _schema(request: Request) -> Response:
    return JSONResponse(DOCUMENT)


def _started(opening: Callable[[], Opening]) -> Opening:
    """The opening, tried again where it failed."""
    current = opening()
    current.start()
    return current


def _ready(engine: Engine) -> Response:
    about = {"model": engine.model, "fingerprint": engine.fingerprint}
    index = {"name": engine.index, "num_proteins": engine.num_indexed}
    return JSONResponse({"status": "ready", **about, "index": index})


async def nothing_here(request: Request) -> Response:
    """Say that no such path exists, and which do; of one that exists, which methods it takes."""
    methods = _METHODS.get(request.url.path)
    if methods:
        said = f"{request.method} is not understood here; send {' or '.join(methods)}"
        return refused(405, said, "path", Allow=", ".join(methods))
    *others, last = _METHODS
    return refused(404, f"there is no such path; there are {', '.join(others)} and {last}", "path")


async def _fields(request: Request) -> dict[str, Any]:
    """The query parameters, or the JSON body, which is read no further than is allowed."""
    if request.method != "POST":
        return from_parameters(request.query_params.multi_items())
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY:
            raise FieldError(
                "size", f"the body has more than the {MAX_BODY:,} bytes that are read; send less"
            )
    return from_body(bytes(body), short_example(request.url.path))


def _unread(error: FieldError) -> Response:
    return refused(413 if error.field == "size" else 400, error, error.field)


def _found(engine: Engine, fields: dict[str, Any]) -> dict[str, Any]:
    """The document of a search; an InputError names its field."""
    asked = read_request(fields, _filter_parser(engine))
    try:
        result = replace(engine.retriever.search(asked.query), index=engine.index)
    except FieldError:
        raise
    except InputError as error:
        raise FieldError(_field_of(asked, engine), str(error)) from error
    return document(result, rows_of(result, engine.title, asked.label), asked.label)


def _filter_parser(engine: Engine) -> Callable[[list[str]], SearchFilter]:
    def organisms() -> list[str]:
        return [name for name, _ in engine.store.facet("organism", SearchFilter(), _ALL_ORGANISMS)]

    return lambda pairs: parse_filters(pairs, engine.ontology, organisms)


def _field_of(asked: Asked, engine: Engine) -> str:
    """The field a search failed for; among examples, the list with an unknown accession."""
    if asked.query.less_like and all(engine.is_known(a) for a in asked.query.more_like):
        return "less_like" if asked.query.more_like else "more_like"
    return asked.field
