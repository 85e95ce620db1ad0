"""Imports point down (streamlit_app -> vector_store -> protclip, train -> protclip); vendors stay inside."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

QDRANT_DOORS = re.compile(r"vector_store/(schema|edge|server)\w*\.py")


def imported(tree: ast.Module, name: str) -> Iterator[str]:
    """Absolute dotted names of everything a module imports, at the top or inside a function."""
    package = name.rsplit("/", 1)[0].split("/")
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def breach(name: str, target: str) -> str | None:
    """The rule that the import of `target` in the module at `name` breaks, or None."""
    home, top = name.split("/")[0], target.split(".")[0]
    if f"{target}.".startswith("torch.distributed.") and name != "train/distributed.py":
        return "only train/distributed.py imports torch.distributed"
    if top in {"qdrant_client", "qdrant_edge"} and not QDRANT_DOORS.fullmatch(name):
        return "only vector_store/schema, edge and server import a Qdrant library"
    if top == "streamlit" and home != "streamlit_app":
        return "only streamlit_app imports streamlit"
    if top == "train" and home != "train":
        return "nothing imports train"
    if top == "streamlit_app" and home != "streamlit_app":
        return "nothing imports streamlit_app"
    if top == "vector_store" and home in {"protclip", "train"}:
        return "protclip and train do not import vector_store"
    return None


def breaches(name: str, tree: ast.Module) -> list[str]:
    found = ((target, breach(name, target)) for target in imported(tree, name))
    return sorted({f"{name} imports {target}: {rule}" for target, rule in found if rule})


def test_no_module_imports_what_it_may_not(modules: dict[str, ast.Module]) -> None:
    assert modules, "no modules were found"
    assert [line for name, tree in modules.items() for line in breaches(name, tree)] == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("protclip/model/losses.py", "import torch.distributed as dist"),
        ("train/loop.py", "from torch import distributed"),
        ("vector_store/retriever.py", "def f():\n    from qdrant_client import models"),
        ("vector_store/verbs.py", "import qdrant_edge"),
        ("protclip/cli.py", "import streamlit as st"),
        ("vector_store/verbs.py", "from train.config import RunConfig"),
        ("protclip/cli.py", "from vector_store import store"),
        ("train/loop.py", "import streamlit_app.app"),
    ],
)
def test_a_breach_is_seen(name: str, source: str) -> None:
    assert breaches(name, ast.parse(source))


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("train/distributed.py", "import torch.distributed as dist"),
        ("vector_store/edge.py", "import qdrant_edge"),
        ("vector_store/server_payload.py", "from qdrant_client import models"),
        (
            "streamlit_app/views/search.py",
            "import streamlit as st\nfrom vector_store.retriever import Retriever",
        ),
        ("train/loop.py", "from . import config\nfrom protclip.model import modeling\nfrom torch import nn"),
    ],
)
def test_what_is_allowed_passes(name: str, source: str) -> None:
    assert breaches(name, ast.parse(source)) == []


def test_import_linter_agrees(root: Path) -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    if not linter.exists():
        pytest.skip("import-linter is not installed beside this Python")
    done = subprocess.run([linter, "--no-cache"], cwd=root, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
