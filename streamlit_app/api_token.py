"""The token of the HTTP API: where PROTCLIP_API_TOKEN is set, every path but health asks for it."""

import hmac
import os
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from streamlit_app.api_replies import refused

VARIABLE = "PROTCLIP_API_TOKEN"
Endpoint = Callable[[Request], Awaitable[Response]]


def guarded(endpoint: Endpoint) -> Endpoint:
    """The endpoint behind the token, where one is set when the request comes."""

    async def behind_token(request: Request) -> Response:
        token = os.environ.get(VARIABLE, "")
        if token and not _has(request, token):
            said = "this server asks for a token; send its token in the header Authorization: Bearer TOKEN"
            return refused(401, said, "authorization", WWW_Authenticate="Bearer")
        return await endpoint(request)

    return behind_token


def _has(request: Request, token: str) -> bool:
    """Compared in constant time, byte by byte: headers arrive as Latin-1 whatever they were written in."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    same = hmac.compare_digest(given.strip().encode("latin-1"), os.fsencode(token))
    return same and scheme.lower() == "bearer"
