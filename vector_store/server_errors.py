"""What qdrant-client raises, as sentences, and which of it may pass."""

from collections.abc import Iterator
from contextlib import contextmanager

from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from protclip.errors import ProtCLIPError, StoreError
from vector_store.manifest import REBUILD

_TRANSIENT_STATUS = {408, 429, 500, 502, 503, 504}


def is_transient(error: Exception) -> bool:
    """Whether the same request may succeed a moment later."""
    if isinstance(error, UnexpectedResponse):
        return error.status_code in _TRANSIENT_STATUS
    return isinstance(error, ResponseHandlingException | ResourceExhaustedResponse | OSError)


@contextmanager
def server_errors(place: str) -> Iterator[None]:
    """Turn what the client raises into sentences with the address and the remedy."""
    try:
        yield
    except ProtCLIPError:
        raise
    except (ResponseHandlingException, OSError) as error:
        raise StoreError(
            f"the Qdrant server {place} cannot be reached ({error}). Is it running, and is QDRANT_URL right? "
            "Unset QDRANT_URL to use the embedded index"
        ) from error
    except UnexpectedResponse as error:
        if error.status_code in (401, 403):
            raise StoreError(
                f"the Qdrant server {place} refuses access ({error.status_code}). Set QDRANT_API_KEY to a "
                "key that may do this"
            ) from error
        raise StoreError(
            f"the Qdrant server {place} refused a request: {_reason(error)}. {REBUILD}"
        ) from error
    except Exception as error:  # the client raises ValueError and others for what it does not like
        raise StoreError(f"the Qdrant server {place}: {error}. {REBUILD}") from error


def _reason(error: UnexpectedResponse) -> str:
    body = (error.content or b"").decode("utf-8", errors="replace")[:300]
    return f"{error.status_code} {error.reason_phrase} {body}".strip()
