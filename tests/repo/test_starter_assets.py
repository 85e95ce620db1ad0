"""What is shipped under protclip/starter is small, listed, and what its manifest says."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

MEGABYTE = 1_000_000
LARGEST_FILE, LARGEST_SUM = 45 * MEGABYTE, 80 * MEGABYTE
MANIFEST = "MANIFEST.json"


def too_large(sizes: dict[str, int]) -> list[str]:
    found = [f"{name} has {size:,} bytes" for name, size in sizes.items() if size > LARGEST_FILE]
    return [*found, *(["all together are too large"] if sum(sizes.values()) > LARGEST_SUM else [])]


def disagreements(folder: Path, names: set[str], listed: dict[str, dict[str, Any]]) -> list[str]:
    """Where the files of a folder and what a manifest lists of them differ."""
    found = [f"{name} is not in the manifest" for name in sorted(names - listed.keys())]
    found += [f"{name} is in the manifest and missing" for name in sorted(listed.keys() - names)]
    for name in sorted(names & listed.keys()):
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != listed[name]["sha256"]:
            found.append(f"{name} has another checksum than the manifest says")
    return found


@pytest.fixture(scope="module")
def starter(root: Path) -> Path:
    return root / "protclip" / "starter"


@pytest.fixture(scope="module")
def assets(starter: Path, project_files: list[Path]) -> set[str]:
    """Shipped data files by path relative to protclip/starter, the manifest left out."""
    inside = [path for path in project_files if starter in path.parents and path.suffix != ".py"]
    names = {path.relative_to(starter).as_posix() for path in inside} - {MANIFEST}
    if not names:
        pytest.skip("nothing is shipped yet")
    return names


def test_each_file_and_their_sum_stay_small(starter: Path, assets: set[str]) -> None:
    assert too_large({name: (starter / name).stat().st_size for name in assets}) == []


def test_the_manifest_lists_every_file_with_its_checksum(starter: Path, assets: set[str]) -> None:
    listed = json.loads((starter / MANIFEST).read_text(encoding="utf-8"))["files"]
    assert disagreements(starter, assets, listed) == []


def test_the_rules_see_what_they_forbid(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    right = {"a": {"sha256": hashlib.sha256(b"a").hexdigest()}}
    assert disagreements(tmp_path, {"a"}, right) == []
    assert disagreements(tmp_path, {"a"}, {"a": {"sha256": "0"}})
    assert disagreements(tmp_path, {"a"}, {}) == ["a is not in the manifest"]
    assert disagreements(tmp_path, set(), right) == ["a is in the manifest and missing"]
    assert too_large({"x": LARGEST_FILE, "y": 1}) == []
    assert too_large({"x": LARGEST_FILE + 1}) == [f"x has {LARGEST_FILE + 1:,} bytes"]
    assert too_large({str(n): LARGEST_FILE for n in range(2)}) == ["all together are too large"]
