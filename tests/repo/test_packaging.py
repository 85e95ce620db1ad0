"""Packaging facts that live in two places agree: pyproject, constraints, Makefile, Procfile, CI, citation."""

import importlib
import re
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from train.config import load_config

PACKAGES = ("protclip", "train", "vector_store", "streamlit_app")


def declared_requirements(project: dict[str, Any]) -> list[Requirement]:
    """Direct requirements of the project and all its extras, less the references to its own extras."""
    extras = project["optional-dependencies"].values()
    lines = [*project["dependencies"], *(line for extra in extras for line in extra)]
    requirements = [Requirement(line) for line in lines]
    return [r for r in requirements if canonicalize_name(r.name) != canonicalize_name(project["name"])]


def pins(text: str) -> dict[str, str]:
    """Version by canonical name; every line that is not a comment must be an exact pin."""
    lines = [line.strip() for line in text.splitlines()]
    found: dict[str, str] = {}
    for line in (line for line in lines if line and not line.startswith("#")):
        match = re.fullmatch(r"([\w.-]+)==([\w.]+)", line)
        assert match, f"constraints.txt: {line!r} is not an exact pin"
        found[canonicalize_name(match[1])] = match[2]
    return found


def unpinned(requirements: list[Requirement], pinned: dict[str, str]) -> list[str]:
    """The requirements for which no pin, or a pin outside of the declared range, exists."""
    names = [(r, pinned.get(canonicalize_name(r.name))) for r in requirements]
    return sorted({str(r) for r, version in names if version is None or version not in r.specifier})


def test_constraints_pin_every_declared_dependency(root: Path, pyproject: dict[str, Any]) -> None:
    pinned = pins((root / "constraints.txt").read_text(encoding="utf-8"))
    assert unpinned(declared_requirements(pyproject["project"]), pinned) == []
    assert unpinned([Requirement("click>=99"), Requirement("absent")], pinned) == ["absent", "click>=99"]


def test_every_package_is_listed(root: Path, pyproject: dict[str, Any]) -> None:
    folders = {path.parent for name in PACKAGES for path in (root / name).rglob("__init__.py")}
    assert sorted(pyproject["tool"]["setuptools"]["packages"]) == sorted(
        folder.relative_to(root).as_posix().replace("/", ".") for folder in folders
    )


def test_no_module_lies_outside_of_a_listed_package(root: Path, pyproject: dict[str, Any]) -> None:
    listed = {root / name.replace(".", "/") for name in pyproject["tool"]["setuptools"]["packages"]}
    modules = [path for name in PACKAGES for path in (root / name).rglob("*.py")]
    assert [path.relative_to(root).as_posix() for path in modules if path.parent not in listed] == []


def test_every_data_file_of_a_package_is_installed(
    root: Path, pyproject: dict[str, Any], project_files: list[Path]
) -> None:
    patterns = pyproject["tool"]["setuptools"]["package-data"].items()
    installed = {path for name, globs in patterns for glob in globs for path in (root / name).glob(glob)}
    data = [p for p in project_files if p.suffix != ".py" and p.relative_to(root).parts[0] in PACKAGES]
    assert data, "no data files were found"
    assert [p.relative_to(root).as_posix() for p in data if p not in installed] == []


def test_entry_points_resolve(pyproject: dict[str, Any]) -> None:
    scripts = pyproject["project"]["scripts"]
    for target in scripts.values():
        module, _, name = target.partition(":")
        assert callable(getattr(importlib.import_module(module), name))


def test_verbs_are_commands_of_the_same_name(pyproject: dict[str, Any]) -> None:
    for verb, target in pyproject["project"]["entry-points"]["protclip.verbs"].items():
        module, _, name = target.partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command), f"{target} is not a click command"
        assert command.name == verb
        assert command.help, f"`protclip {verb} --help` says nothing"


def test_make_help_lists_every_target(root: Path, make_targets: set[str]) -> None:
    done = subprocess.run(["make", "-s", "help"], cwd=root, capture_output=True, text=True, check=True)
    assert set(re.findall(r"^  make ([a-z-]+) +\S", done.stdout, re.MULTILINE)) == make_targets


def test_make_app_leaves_the_test_packages_out(root: Path) -> None:
    dry_run = ["make", "-n", "app", "VENV=/nonexistent/venv", "PYTHON=python3"]
    done = subprocess.run(dry_run, cwd=root, capture_output=True, text=True, check=True)
    installs = [line for line in done.stdout.splitlines() if "pip install" in line]
    assert [line.split("-c constraints.txt ")[1] for line in installs] == ["torch", "-e '.[app]'"]


def test_an_old_python_gets_a_sentence(root: Path, tmp_path: Path) -> None:
    old = tmp_path / "old-python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    command = ["make", "app", f"VENV={tmp_path / 'venv'}", f"PYTHON={old}"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert done.returncode != 0
    assert "needs Python 3.11 or newer" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_deployment_files_name_what_exists(root: Path) -> None:
    procfile = (root / "Procfile").read_text(encoding="utf-8")
    match = re.fullmatch(r"web: streamlit run (\S+) (.*)\n", procfile)
    assert match
    assert (root / match[1]).is_file()
    assert {"--server.port=$PORT", "--server.headless=true"} <= set(match[2].split())
    # One line cannot say both: pip silently drops whichever of the two comes second.
    assert (root / "requirements.txt").read_text(encoding="utf-8").split("\n") == [
        "-c constraints.txt",
        ".[app]",
        "",
    ]


def test_ci_runs_what_people_run(root: Path) -> None:
    script = root / ".ci" / "run"
    assert script.stat().st_mode & 0o111, ".ci/run is not executable"
    lines = script.read_text(encoding="utf-8").splitlines()
    assert "set -euo pipefail" in lines
    assert [line for line in lines if line.startswith("make ")] == ["make check", "make test"]


def test_the_version_is_the_same_everywhere(root: Path, pyproject: dict[str, Any]) -> None:
    version = pyproject["project"]["version"]
    assert f"\nversion: {version}\n" in (root / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\n## {version}" in (root / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_citation_names_the_paper(root: Path) -> None:
    yaml = pytest.importorskip("yaml")
    paper = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))["preferred-citation"]
    assert paper["authors"][0]["family-names"] == "Zhou"
    assert {"type": "other", "value": "arXiv:2412.20014"} in paper["identifiers"]


def test_run_files_are_runs(root: Path) -> None:
    runs = sorted((root / "train" / "runs").glob("*.toml"))
    assert "mini.toml" in [path.name for path in runs]
    for path in runs:
        assert load_config(path).run.name == path.stem, "a run writes to the folder of its name"
