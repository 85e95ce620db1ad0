"""The HTTP API: `/api/v1/search` and `/api/v1/health`, in the process that serves the pages.

Options are those of ``protclip search``, as query parameters or as a JSON object; the answer is that of
``--format json``; an error is ``{"error": sentence, "field": name}``.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from protclip.errors import FieldError, InputError, ProtCLIPError
from streamlit_app.api_query import (
    HEALTH,
    SEARCH,
    Asked,
    from_body,
    from_parameters,
    read_request,
)
from streamlit_app.engine import Engine
from streamlit_app.opening import Opening
from streamlit_app.recognition import as_sentence
from streamlit_app.uploads import MAX_BYTES
from vector_store.filters import parse_filters
from vector_store.search_rows import document, rows_of
from vector_store.store import SearchFilter

MAX_BODY = MAX_BYTES
"""Bytes of a request's body: what a query box takes."""
_RETRY_SECONDS = 5
_ALL_ORGANISMS = 100_000


def routes(opening: Callable[[], Opening]) -> list[Route]:
    """The routes of the API. Whatever else begins with /api answers 404, for pages have no place there.

    Parameters
    ----------
    opening
        Gives the opening of model and index that the pages use too.
    """

    async def search(request: Request) -> Response:
        try:
            fields = await _fields(request)
        except FieldError as error:
            return _refused(413 if error.field == "size" else 400, error, error.field)
        current = _started(opening)
        if current.engine is None:
            return _not_ready(current)
        return await run_in_threadpool(_answer, current.engine, fields)

    async def health(request: Request) -> Response:
        current = _started(opening)
        return _not_ready(current) if current.engine is None else _ready(current.engine)

    anything = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    return [
        Route(SEARCH, search, methods=["GET", "POST"]),
        Route(HEALTH, health, methods=["GET"]),
        Route("/api", nothing_here, methods=anything),
        Route("/api/{path:path}", nothing_here, methods=anything),
    ]


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
    """Say that no such path exists, and which do."""
    known = {SEARCH: "GET or POST", HEALTH: "GET"}
    if request.url.path in known:
        said, code = f"{request.method} is not understood here; send {known[request.url.path]}", 405
    else:
        said, code = f"there is no such path; there are {SEARCH} and {HEALTH}", 404
    return JSONResponse({"error": as_sentence(said), "field": "path"}, status_code=code)


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
    return from_body(bytes(body))


def _answer(engine: Engine, fields: dict[str, Any]) -> Response:
    """Search in a thread of the pool; every error becomes an answer."""
    asked = None
    try:
        asked = read_request(fields, _filter_parser(engine))
        result = replace(engine.retriever.search(asked.query), index=engine.index)
        return JSONResponse(document(result, rows_of(result, engine.title, asked.label), asked.label))
    except FieldError as error:
        return _refused(400, error, error.field)
    except InputError as error:
        return _refused(400, error, "" if asked is None else _field_of(asked, engine))
    except ProtCLIPError as error:
        return _refused(503, error, "")
    except Exception:
        logging.getLogger(__name__).exception("answering %s failed", SEARCH)
        unknown = "The search failed for a reason the program does not know; the server's log has it."
        return JSONResponse({"error": unknown, "field": ""}, status_code=500)


def _filter_parser(engine: Engine) -> Callable[[list[str]], SearchFilter]:
    def organisms() -> list[str]:
        return [name for name, _ in engine.store.facet("organism", SearchFilter(), _ALL_ORGANISMS)]

    return lambda pairs: parse_filters(pairs, engine.ontology, organisms)


def _field_of(asked: Asked, engine: Engine) -> str:
    """The field a search failed for; among examples, the list with an unknown accession."""
    if asked.query.less_like and all(engine.is_known(a) for a in asked.query.more_like):
        return "less_like" if asked.query.more_like else "more_like"
    return asked.field


def _refused(code: int, error: Exception, field: str) -> Response:
    return JSONResponse({"error": as_sentence(str(error)), "field": field}, status_code=code)


def _not_ready(opening: Opening) -> Response:
    """503 while the index opens, with how far it is, or with why it cannot be opened."""
    if opening.error is not None:
        said, status = as_sentence(str(opening.error)), "failed"
    else:
        said, status = "The model and the index are being opened; ask again in a moment.", "opening"
    content = {"status": status, "error": said, "field": "", "done": opening.done, "total": opening.total}
    return JSONResponse(content, status_code=503, headers={"Retry-After": str(_RETRY_SECONDS)})
