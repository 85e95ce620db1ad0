"""A script's folder comes first on sys.path: no file in it may be named like a module that anyone imports."""

import sys
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

SCRIPT_FOLDERS = ("train", "streamlit_app")


def shadowing(names: Iterable[str], importable: set[str]) -> list[str]:
    """Those of the paths whose stem, or folder inside a script folder, hides an importable module."""
    found = []
    for name in names:
        first, *rest = Path(name).with_suffix("").parts
        if first in SCRIPT_FOLDERS and any(part in importable for part in rest if part != "__init__"):
            found.append(name)
    return sorted(found)


def test_no_file_beside_a_script_hides_a_module(root: Path, project_files: list[Path]) -> None:
    names = [path.relative_to(root).as_posix() for path in project_files if path.suffix == ".py"]
    assert shadowing(names, set(sys.stdlib_module_names) | set(packages_distributions())) == []


def test_a_hidden_module_is_seen() -> None:
    importable = set(sys.stdlib_module_names) | set(packages_distributions())
    bad = ["train/logging.py", "streamlit_app/plotly.py", "train/train.py", "streamlit_app/queue/__init__.py"]
    assert shadowing(
        [*bad, "train/__init__.py", "train/run_log.py", "protclip/model/types.py"], importable
    ) == sorted(bad)


def test_test_files_have_unique_names_and_no_packages(root: Path) -> None:
    names = [path.name for path in (root / "tests").rglob("*.py") if path.name != "conftest.py"]
    assert "__init__.py" not in names
    assert sorted(name for name in set(names) if names.count(name) > 1) == []
