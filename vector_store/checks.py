"""What `protclip doctor` asks about the index; reads its manifest only, so it may be in use."""

from pathlib import Path

from protclip.errors import AssetError, StoreError
from protclip.health import Check
from vector_store.manifest import SCHEMA_VERSION, IndexManifest, read_manifest
from vector_store.opening import default_model, default_target, is_server

NAME, MODEL = "search index", "PROTCLIP_MODEL"
_BUILD = "protclip index"


def checks() -> list[Check]:
    """Findings about the app's own checkpoint and index; nothing of a server's, which would need the network."""
    model = default_model()
    if model is None:
        return [_index(_shipped_fingerprint())]
    try:
        found = fingerprint_of(model)
    except AssetError as error:
        return [Check(name=MODEL, status="broken", detail=str(model), remedy=str(error)), _index(None)]
    told = f"{model.name}, fingerprint {found}, {model}"
    return [Check(name=MODEL, status="ok", detail=told), _index(found, f" --model {model}")]


def _index(expected: str | None, given: str = "") -> Check:
    target = default_target()
    if is_server(target):
        return Check(
            name=NAME, status="ok", detail="on a Qdrant server: protclip index status", required=False
        )
    folder, build = Path(target), _BUILD + given
    try:
        manifest = read_manifest(folder)
    except StoreError as error:
        return Check(name=NAME, status="broken", detail=str(folder), remedy=str(error))
    if manifest is None:
        when = "" if given else ", it is built at the first start"
        detail = f"{folder}: not there yet{when}"
        return Check(name=NAME, status="missing", detail=detail, remedy=build, required=False)
    return _finding(folder, manifest, expected, build)


def _finding(folder: Path, manifest: IndexManifest, expected: str | None, build: str) -> Check:
    detail = f"{folder}: {manifest.num_points:,} proteins, fingerprint {manifest.fingerprint}"
    rebuild = f"{build} --rebuild"
    if manifest.schema_version != SCHEMA_VERSION:
        told = f"{detail}, schema version {manifest.schema_version}, but {SCHEMA_VERSION} is read"
        return Check(name=NAME, status="broken", detail=told, remedy=rebuild)
    if expected is not None and manifest.fingerprint != expected:
        told = f"{detail}, but the checkpoint's is {expected}"
        return Check(name=NAME, status="broken", detail=told, remedy=rebuild)
    if not manifest.complete:
        told = f"{folder}: loading it was interrupted, or is under way"
        return Check(name=NAME, status="missing", detail=told, remedy=build, required=False)
    return Check(name=NAME, status="ok", detail=detail, required=False)


def _shipped_fingerprint() -> str | None:
    """The shipped checkpoint's fingerprint; its absence is another check's finding."""
    from protclip import starter

    try:
        return fingerprint_of(starter.checkpoint_path())
    except AssetError:
        return None


def fingerprint_of(folder: Path) -> str:
    """The fingerprint of a checkpoint. Raises AssetError if the folder is none."""
    from protclip.model.checkpoint_files import check_folder, fingerprint

    check_folder(folder)
    return fingerprint(folder)
