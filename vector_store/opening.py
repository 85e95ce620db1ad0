"""Which engine a target means, and opening it."""

import os
from pathlib import Path

from protclip.errors import InputError
from vector_store.manifest import IndexManifest, OpenMode, StoreOptions, read_manifest
from vector_store.retry import shown_url
from vector_store.store import ProteinStore, StoreInfo

DEFAULT_FOLDER = "var/index"


def default_target() -> str:
    """QDRANT_URL where it is set, else the folder PROTCLIP_INDEX, else var/index."""
    return os.environ.get("QDRANT_URL") or os.environ.get("PROTCLIP_INDEX") or DEFAULT_FOLDER


def default_model() -> Path | None:
    """The checkpoint that the web app takes: the folder PROTCLIP_MODEL; None is the shipped one."""
    named = os.environ.get("PROTCLIP_MODEL")
    return Path(named).resolve() if named else None


def is_server(target: str) -> bool:
    """Whether a target is the address of a server rather than a folder."""
    return target.startswith(("http://", "https://"))


def place_shown(target: str) -> str:
    """A target fit to print: an address without user and password, a folder as it is."""
    return shown_url(target) if is_server(target) else target


def open_store(
    target: str | None,
    fingerprint: str,
    dimension: int,
    mode: OpenMode = "read",
    options: StoreOptions | None = None,
) -> ProteinStore:
    """Open an index.

    Parameters
    ----------
    target
        A folder, the http(s) address of a Qdrant server (its key is QDRANT_API_KEY, its collection's
        alias QDRANT_COLLECTION, by default "protclip"), or None for `default_target`.
    fingerprint, dimension
        Of the checkpoint whose vectors the index must hold.

    Raises
    ------
    FingerprintError
        If the index was made by another checkpoint or another schema version.
    StoreError
        If there is no index, it is in use (`locking.StoreBusyError`), incomplete, damaged, or the server
        cannot be reached.
    """
    place = target or default_target()
    if is_server(place):
        return _open_server(place, IndexManifest.new(fingerprint, dimension, options or StoreOptions()), mode)
    if "://" in place:
        raise InputError(
            "an index is a folder or the http(s):// address of a Qdrant server; give one of them"
        )
    from vector_store.edge import EdgeStore

    return EdgeStore.open(Path(place), fingerprint, dimension, mode, options)


def _open_server(url: str, manifest: IndexManifest, mode: OpenMode) -> ProteinStore:
    from vector_store.server import connect, open_for_loading, open_served

    client, place, alias = connect(url, os.environ.get("QDRANT_API_KEY")), shown_url(url), _alias()
    if mode in ("write", "rebuild"):
        return open_for_loading(client, manifest, place=place, alias=alias, rebuild=mode == "rebuild")
    return open_served(client, manifest.fingerprint, manifest.dimension, place=place, alias=alias)


def _alias() -> str:
    return os.environ.get("QDRANT_COLLECTION") or "protclip"


def index_info(target: str | None) -> StoreInfo | None:
    """What an index says of itself, whichever checkpoint made it; None where there is none.

    A folder is not opened, only its manifest is read, so it may be in use.

    Raises
    ------
    StoreError
        If the manifest is damaged or the server cannot be reached.
    """
    place = target or default_target()
    if not is_server(place):
        manifest = read_manifest(Path(place))
        return manifest.info("qdrant-edge", place, manifest.num_points) if manifest else None
    from vector_store.server import connect, manifest_of, served_by
    from vector_store.server_errors import server_errors

    client, shown = connect(place, os.environ.get("QDRANT_API_KEY")), shown_url(place)
    with server_errors(shown):
        name = served_by(client, _alias())
        manifest = manifest_of(client, name, shown) if name else None
        client.close()
    return manifest.info("qdrant-server", f"{shown}/{name}", manifest.num_points) if manifest else None
