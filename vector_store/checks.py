"""What `protclip doctor` asks about the index; reads its manifest only, so it may be in use."""

from pathlib import Path

from protclip.errors import AssetError, StoreError
from protclip.health import Check
from vector_store.manifest import SCHEMA_VERSION, IndexManifest, read_manifest
from vector_store.opening import default_target, is_server

NAME = "search index"
_BUILD = "protclip index"


def checks() -> list[Check]:
    """One finding about the index of this machine; nothing of a server's, which would need the network."""
    target = default_target()
    if is_server(target):
        return [
            Check(name=NAME, status="ok", detail="on a Qdrant server: protclip index status", required=False)
        ]
    folder = Path(target)
    try:
        manifest = read_manifest(folder)
        expected = _shipped_fingerprint()
    except StoreError as error:
        return [Check(name=NAME, status="broken", detail=str(folder), remedy=str(error))]
    if manifest is None:
        detail = f"{folder}: not there yet, it is built at the first start"
        return [Check(name=NAME, status="missing", detail=detail, remedy=_BUILD, required=False)]
    return [_finding(folder, manifest, expected)]


def _finding(folder: Path, manifest: IndexManifest, expected: str | None) -> Check:
    detail = f"{folder}: {manifest.num_points:,} proteins, fingerprint {manifest.fingerprint}"
    rebuild = f"{_BUILD} --rebuild"
    if manifest.schema_version != SCHEMA_VERSION:
        told = f"{detail}, schema version {manifest.schema_version}, but {SCHEMA_VERSION} is read"
        return Check(name=NAME, status="broken", detail=told, remedy=rebuild)
    if expected is not None and manifest.fingerprint != expected:
        told = f"{detail}, but the checkpoint's is {expected}"
        return Check(name=NAME, status="broken", detail=told, remedy=rebuild)
    if not manifest.complete:
        told = f"{folder}: loading it was interrupted, or is under way"
        return Check(name=NAME, status="missing", detail=told, remedy=_BUILD, required=False)
    return Check(name=NAME, status="ok", detail=detail, required=False)


def _shipped_fingerprint() -> str | None:
    """The shipped checkpoint's fingerprint; its absence is another check's finding."""
    from protclip import starter
    from protclip.model.checkpoint_files import fingerprint

    try:
        return fingerprint(starter.checkpoint_path())
    except AssetError:
        return None
