"""What only the server engine has: transport, aliases, keys."""

import warnings
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from qdrant_client import QdrantClient
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from protclip.errors import FingerprintError, InputError, StoreError
from vector_store.manifest import SCHEMA_VERSION, IndexManifest, StoreOptions
from vector_store.opening import index_info, open_store
from vector_store.retry import retried, shown_url
from vector_store.server import connect, open_for_loading, open_served, served_by
from vector_store.server_errors import is_transient, server_errors
from vector_store.store import StorePoint, StoreQuery

OLD, NEW = "a" * 16, "b" * 16
UNREACHABLE = "http://127.0.0.1:9"


@pytest.fixture
def client() -> Iterator[QdrantClient]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Payload indexes have no effect")
        yield QdrantClient(":memory:")


def loading(client: QdrantClient, fingerprint: str, **kwargs: Any) -> Any:
    manifest = IndexManifest.new(fingerprint, 16, kwargs.pop("options", StoreOptions()))
    return open_for_loading(client, manifest, place="here", **kwargs)


def test_the_alias_moves_when_the_new_index_is_finished(
    client: QdrantClient, points: list[StorePoint]
) -> None:
    old = loading(client, OLD)
    old.upsert(points)
    assert served_by(client, "protclip") is None
    old.finish()
    reader = open_served(client, OLD, 16, place="here")
    new = loading(client, NEW)
    new.upsert(points[:4])
    assert open_served(client, OLD, 16, place="here").info().num_points == len(points)
    new.finish()
    assert open_served(client, NEW, 16, place="here").info().num_points == 4
    with pytest.raises(FingerprintError, match=f"{NEW}.*{OLD}.*--rebuild"):
        open_served(client, OLD, 16, place="here")
    # Who opened the old one before goes on reading the old one.
    assert len(reader.query(StoreQuery(limit=50, protein_vector=points[0].protein_vector))) == len(points)


def test_rebuilding_with_the_same_checkpoint_does_not_disturb_readers(
    client: QdrantClient, points: list[StorePoint]
) -> None:
    names = []
    for number in (10, 5, 3):
        store = loading(client, OLD, rebuild=True)
        store.upsert(points[:number])
        if names:
            assert open_served(client, OLD, 16, place="here").info().num_points != number
        store.finish()
        names.append(served_by(client, "protclip"))
        assert open_served(client, OLD, 16, place="here").info().num_points == number
    assert names[0] != names[1]
    assert names[0] == names[2]


def test_only_superseded_indexes_of_this_alias_are_dropped(
    client: QdrantClient, points: list[StorePoint]
) -> None:
    from qdrant_client import models

    size_2 = models.VectorParams(size=2, distance=models.Distance.DOT)
    client.create_collection("protclip_notes", vectors_config=size_2)
    for fingerprint in (OLD, NEW, "c" * 16):
        store = loading(client, fingerprint)
        store.upsert(points[:2])
        store.finish()
    names = {c.name for c in client.get_collections().collections}
    assert names == {
        "protclip_notes",
        f"protclip_{NEW[:12]}_v{SCHEMA_VERSION}",
        f"protclip_{'c' * 12}_v{SCHEMA_VERSION}",
    }


def test_a_batch_is_sent_again_when_the_way_fails(
    client: QdrantClient, points: list[StorePoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    store = loading(client, OLD, sleep=pauses.append)
    send, failures = client.upsert, iter([ResponseHandlingException(OSError("reset")), _status(503)])

    def flaky(*args: Any, **kwargs: Any) -> Any:
        for error in failures:
            raise error
        return send(*args, **kwargs)

    monkeypatch.setattr(client, "upsert", flaky)
    assert store.upsert(points) == len(points)
    assert pauses == [0.5, 1.0]
    assert store.info().num_points == len(points)


def _status(code: int) -> UnexpectedResponse:
    return UnexpectedResponse(code, "because", b'{"status": "no"}', httpx.Headers())


def test_retrying_ends_and_does_not_repeat_what_is_wrong() -> None:
    calls, pauses = [], []

    def fail(error: Exception) -> Any:
        def call() -> None:
            calls.append(error)
            raise error

        return call

    with pytest.raises(OSError, match="gone"):
        retried(fail(OSError("gone")), is_transient, pauses.append)
    assert (len(calls), pauses) == (5, [0.5, 1.0, 2.0, 4.0])
    calls.clear()
    with pytest.raises(UnexpectedResponse):
        retried(fail(_status(400)), is_transient, pauses.append)
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (_status(401), "QDRANT_API_KEY"),
        (_status(403), "QDRANT_API_KEY"),
        (_status(400), "400"),
        (ResponseHandlingException(OSError("refused")), "QDRANT_URL"),
        (ValueError("odd"), "odd"),
    ],
)
def test_what_the_client_raises_becomes_a_sentence(error: Exception, told: str) -> None:
    with pytest.raises(StoreError, match=told) as caught, server_errors("http://host:6333"):
        raise error
    assert "http://host:6333" in str(caught.value)


@pytest.mark.filterwarnings("ignore:Api key is used")
@pytest.mark.parametrize("mode", ["read", "write", "copy"])
def test_an_unreachable_server_is_named_and_the_key_is_not(
    monkeypatch: pytest.MonkeyPatch, mode: Any
) -> None:
    monkeypatch.setenv("QDRANT_API_KEY", "sesame-open")
    with pytest.raises(StoreError, match=f"{UNREACHABLE} cannot be reached.*QDRANT_URL") as caught:
        open_store(UNREACHABLE, OLD, 16, mode)
    with pytest.raises(StoreError, match="cannot be reached"):
        index_info("http://user:sesame-open@127.0.0.1:9")
    assert "sesame" not in str(caught.value)


def test_addresses_are_shown_without_secrets() -> None:
    assert shown_url("https://me:secret@host:6333/q/?key=secret") == "https://host:6333/q"
    with pytest.raises(InputError, match="port"):
        connect("http://host:port", None)


@pytest.mark.filterwarnings("ignore:Local mode performs exact")
def test_quantization_is_a_switch(client: QdrantClient, points: list[StorePoint]) -> None:
    store = loading(client, OLD, options=StoreOptions(quantize=True))
    store.upsert(points)
    store.finish()
    config = client.get_collection(f"protclip_{OLD[:12]}_v{SCHEMA_VERSION}").config
    assert config.metadata is not None
    assert config.metadata["quantized"] is True
    assert (
        store.query(StoreQuery(limit=1, protein_vector=points[5].protein_vector))[0].protein
        == points[5].protein
    )


def test_the_target_decides_the_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("QDRANT_URL", UNREACHABLE)
    with pytest.raises(StoreError, match="cannot be reached"):
        open_store(None, OLD, 16)
    monkeypatch.delenv("QDRANT_URL")
    monkeypatch.setenv("PROTCLIP_INDEX", str(tmp_path / "mine"))
    with pytest.raises(StoreError, match="mine"):
        open_store(None, OLD, 16)
    with pytest.raises(InputError, match="http"):
        open_store("ftp://host", OLD, 16)
