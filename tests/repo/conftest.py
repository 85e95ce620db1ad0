"""What the invariants of the repository are read from: its files, its modules, its pyproject."""

import ast
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("protclip", "train", "vector_store", "streamlit_app")
BUILT = {".git", ".venv", "var", "build", "dist", "__pycache__"}


def _walked() -> list[Path]:
    """Every file outside of built folders: for a copy of the sources that is not a git checkout."""
    files = [p for p in ROOT.rglob("*") if p.is_file()]
    return [
        p for p in files if not any(s in BUILT or s.endswith(".egg-info") for s in p.relative_to(ROOT).parts)
    ]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def project_files() -> list[Path]:
    """The files that belong to the project: tracked, or new and not ignored."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        return _walked()
    files = [ROOT / name for name in done.stdout.split("\0") if name]
    return [path for path in files if path.is_file()]


@pytest.fixture(scope="session")
def modules(project_files: list[Path]) -> dict[str, ast.Module]:
    """The parsed modules of the four packages by path relative to the repository."""
    names = {p.relative_to(ROOT).as_posix(): p for p in project_files if p.suffix == ".py"}
    return {
        name: ast.parse(path.read_text(encoding="utf-8"), filename=name)
        for name, path in sorted(names.items())
        if name.split("/")[0] in PACKAGES
    }


@pytest.fixture(scope="session")
def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def make_targets() -> set[str]:
    """The targets that the Makefile declares as commands."""
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    return {name for line in lines if line.startswith(".PHONY:") for name in line.split()[1:]}
