"""The shipped files' manifest: what is missing or damaged is told, one sentence each."""

import hashlib
import json

import pytest

from protclip import starter
from protclip.errors import AssetError


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """A starter folder with three files and a right manifest."""
    content = {
        "protclip-mini/config.json": b"{}",
        "atlas/vectors.safetensors": b"rows",
        "splits.parquet": b"s",
    }
    files = {}
    for name, data in content.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
        files[name] = {
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
            "provenance": "made up",
        }
    (tmp_path / starter.MANIFEST).write_text(json.dumps({"files": files}))
    monkeypatch.setattr(starter, "folder", lambda: tmp_path)
    return tmp_path


def test_all_is_well(shipped):
    assert starter.problems() == []
    assert starter.manifest()["splits.parquet"]["provenance"] == "made up"


def test_every_problem_is_a_sentence_with_a_remedy(shipped):
    (shipped / "splits.parquet").write_bytes(b"S")
    (shipped / "protclip-mini" / "config.json").unlink()
    damaged, missing = sorted(starter.problems(), key=lambda problem: "missing" in problem)
    assert damaged.startswith("splits.parquet is damaged (its checksum differs). Restore it")
    assert missing.startswith("protclip-mini/config.json is missing. Restore it")


def test_a_wrong_manifest_is_noticed_for_every_file(shipped):
    listed = starter.manifest()
    wrong = {name: facts | {"sha256": "0" * 64} for name, facts in listed.items()}
    (shipped / starter.MANIFEST).write_text(json.dumps({"files": wrong}))
    assert len(starter.problems()) == len(listed)


def test_a_folder_in_the_place_of_a_file_is_a_problem(shipped):
    (shipped / "splits.parquet").unlink()
    (shipped / "splits.parquet").mkdir()
    assert len(starter.problems()) == 1


@pytest.mark.parametrize("content", ["{", "{}", "[]", "null"])
def test_a_damaged_manifest_is_an_asset_error(shipped, content):
    (shipped / starter.MANIFEST).write_text(content)
    with pytest.raises(AssetError, match=r"MANIFEST\.json is damaged"):
        starter.problems()


def test_what_is_not_there_is_an_asset_error_with_a_remedy(shipped):
    (shipped / starter.MANIFEST).unlink()
    with pytest.raises(AssetError, match="Restore it with git checkout"):
        starter.problems()
    for path in (starter.checkpoint_path, starter.atlas_path, starter.splits_path):
        assert path().exists()
    with pytest.raises(AssetError, match=r"ontology\.parquet is missing"):
        starter.ontology_path()


def test_a_file_made_anew_is_listed_with_its_checksum(shipped):
    (shipped / "head.safetensors").write_bytes(b"new")
    starter.list_file("head.safetensors", "fitted")
    assert starter.problems() == []
    assert starter.manifest()["head.safetensors"]["provenance"] == "fitted"
    assert len(starter.manifest()) == 4
