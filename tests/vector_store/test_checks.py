from dataclasses import replace
from pathlib import Path

import pytest

from protclip import starter
from protclip.errors import AssetError
from protclip.health import Check
from vector_store import checks as module
from vector_store.manifest import MANIFEST, IndexManifest, StoreOptions, write_manifest

SHIPPED = "a" * 16


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("QDRANT_URL", raising=False)
    monkeypatch.setenv("PROTCLIP_INDEX", str(tmp_path))
    monkeypatch.delenv("PROTCLIP_MODEL", raising=False)
    monkeypatch.setattr(module, "_shipped_fingerprint", lambda: SHIPPED)
    return tmp_path


def check() -> Check:
    (found,) = module.checks()
    return found


def test_what_doctor_is_told(folder: Path) -> None:
    assert (check().status, check().fails, check().remedy) == ("missing", False, "protclip index")
    manifest = IndexManifest.new(SHIPPED, 8, StoreOptions())
    write_manifest(folder, manifest)
    assert (check().status, check().fails) == ("missing", False)
    write_manifest(folder, replace(manifest, complete=True, num_points=45_000))
    assert check().status == "ok"
    assert "45,000 proteins" in check().detail
    write_manifest(folder, replace(manifest, complete=True, fingerprint="b" * 16))
    assert (check().status, check().fails, check().remedy) == ("broken", True, "protclip index --rebuild")
    assert "a" * 16 in check().detail
    assert "b" * 16 in check().detail
    write_manifest(folder, replace(manifest, complete=True, schema_version=9))
    assert "schema version 9" in check().detail
    (folder / MANIFEST).write_text("{")
    assert (check().status, "--rebuild" in check().remedy) == ("broken", True)


def test_a_server_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QDRANT_URL", "http://user:secret@127.0.0.1:9")
    assert check().status == "ok"
    assert "secret" not in check().detail


def test_without_a_shipped_checkpoint_there_is_nothing_to_compare(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent() -> Path:
        raise AssetError("gone")

    monkeypatch.undo()
    monkeypatch.setattr(starter, "checkpoint_path", absent)
    assert module._shipped_fingerprint() is None


def test_an_own_checkpoint_is_looked_at_and_its_index_is_not_to_be_made_anew(folder, monkeypatch) -> None:
    own = starter.checkpoint_path()
    monkeypatch.setenv("PROTCLIP_MODEL", str(own))
    manifest = IndexManifest.new(module.fingerprint_of(own), 8, StoreOptions())
    write_manifest(folder, replace(manifest, complete=True))
    assert [found.status for found in module.checks()] == ["ok", "ok"]
    write_manifest(folder, replace(manifest, complete=True, fingerprint="b" * 16))
    assert module.checks()[1].remedy == f"protclip index --model {own} --rebuild"
    monkeypatch.setenv("PROTCLIP_MODEL", str(folder))
    model, _ = module.checks()
    assert (model.status, "no checkpoint folder" in model.remedy) == ("broken", True)
