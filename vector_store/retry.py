"""Asking a server again when the way to it fails, and its address without secrets."""

import time
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

from protclip.errors import InputError

T = TypeVar("T")
RETRIES, FIRST_PAUSE_S = 5, 0.5


def retried(
    call: Callable[[], T],
    is_transient: Callable[[Exception], bool],
    sleep: Callable[[float], None] = time.sleep,
) -> T:
    """Do what may be repeated, again after 0.5, 1, 2 and 4 seconds while its errors are transient."""
    pause = FIRST_PAUSE_S
    for _ in range(RETRIES - 1):
        try:
            return call()
        except Exception as error:
            if not is_transient(error):
                raise
        sleep(pause)
        pause *= 2
    return call()


def shown_url(url: str) -> str:
    """An address fit to print: without user, password, and query."""
    parts = urlsplit(url)
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError as error:
        raise InputError("the port of the Qdrant server's address is no number from 0 to 65535") from error
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path.rstrip('/')}"
