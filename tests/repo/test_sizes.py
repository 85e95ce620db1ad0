"""Small on purpose: modules under 300 lines (400 is the limit), functions under 80; none edits sys.path."""

import ast
import warnings
from pathlib import Path

LONGEST_MODULE, LONG_MODULE, LONGEST_FUNCTION = 400, 300, 80


def long_functions(name: str, tree: ast.Module) -> list[str]:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    lengths = [(f.name, (f.end_lineno or f.lineno) - f.lineno + 1) for f in functions]
    return [f"{name}: {f} has {size} lines" for f, size in lengths if size > LONGEST_FUNCTION]


def path_edits(name: str, tree: ast.Module) -> list[str]:
    """Every use of sys.path, however it is imported."""
    found = []
    for node in ast.walk(tree):
        attribute = (
            isinstance(node, ast.Attribute) and node.attr == "path" and ast.unparse(node.value) == "sys"
        )
        from_sys = (
            isinstance(node, ast.ImportFrom)
            and node.module == "sys"
            and "path" in {a.name for a in node.names}
        )
        if attribute or from_sys:
            found.append(
                f"{name}, line {getattr(node, 'lineno', 0)}: uses sys.path; the project is installed instead"
            )
    return found


def test_modules_are_short(root: Path, modules: dict[str, ast.Module]) -> None:
    lengths = {name: len((root / name).read_text(encoding="utf-8").splitlines()) for name in modules}
    for name, size in lengths.items():
        if LONG_MODULE < size <= LONGEST_MODULE:
            warnings.warn(f"{name} has {size} lines; think of splitting it", stacklevel=1)
    assert {name: size for name, size in lengths.items() if size > LONGEST_MODULE} == {}


def test_functions_are_short(modules: dict[str, ast.Module]) -> None:
    assert [line for name, tree in modules.items() for line in long_functions(name, tree)] == []


def test_nothing_edits_the_import_path(root: Path, modules: dict[str, ast.Module]) -> None:
    tests = {
        p.relative_to(root).as_posix(): ast.parse(p.read_text("utf-8"))
        for p in (root / "tests").rglob("*.py")
    }
    assert [line for name, tree in {**modules, **tests}.items() for line in path_edits(name, tree)] == []


def test_the_rules_see_what_they_forbid() -> None:
    body = "\n".join("    x = 1" for _ in range(LONGEST_FUNCTION))
    assert long_functions("m.py", ast.parse(f"def f():\n{body}\n"))
    assert not long_functions("m.py", ast.parse(f"def f():\n{body[:-10]}\n"))
    assert path_edits("m.py", ast.parse("import sys\nsys.path.insert(0, '.')"))
    assert path_edits("m.py", ast.parse("from sys import path"))
    assert not path_edits("m.py", ast.parse("import os, sys\nprint(os.path, sys.argv)"))
