"""What the HTTP API answers where there is no result: sentences with the field they are about, as JSON."""

import logging
from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse, Response

from protclip.errors import FieldError, InputError, ProtCLIPError
from streamlit_app.opening import Opening
from streamlit_app.recognition import as_sentence

RETRY_SECONDS = 5


def refused(code: int, error: Exception | str, field: str, **headers: str) -> Response:
    """An error as ``{"error": sentence, "field": name}``; a header's name has _ for -."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    sentence = as_sentence(str(error))
    if field and str(error).startswith(field):  # a field's name has no capital
        sentence = field + sentence[len(field) :]
    content = {"error": sentence, "field": field}
    return JSONResponse(content, status_code=code, headers=told)


def answered(path: str, work: Callable[[], Any]) -> Response:
    """Do the work of a request; every error becomes an answer, and of the unforeseen no detail is told."""
    try:
        return JSONResponse(work())
    except FieldError as error:
        return refused(400, error, error.field)
    except InputError as error:
        return refused(400, error, "")
    except ProtCLIPError as error:
        return refused(503, error, "")
    except Exception:
        logging.getLogger(__name__).exception("answering %s failed", path)
        return refused(
            500, "the request failed for a reason the program does not know; the server's log has it", ""
        )


def not_ready(opening: Opening) -> Response:
    """503 while the index opens, with how far it is, or with why it cannot be opened."""
    if opening.error is not None:
        said, status = as_sentence(str(opening.error)), "failed"
    else:
        said, status = "The model and the index are being opened; ask again in a moment.", "opening"
    content = {"status": status, "error": said, "field": "", "done": opening.done, "total": opening.total}
    return JSONResponse(content, status_code=503, headers={"Retry-After": str(RETRY_SECONDS)})
