"""Two workers share the tests by file, but for those that drive a browser: one app serves all of these."""

import runpy
from pathlib import Path

scope_of = runpy.run_path(str(Path(__file__).parents[1] / "conftest.py"))["scope_of"]


def test_a_file_is_a_scope_and_all_browser_files_are_one() -> None:
    assert scope_of("tests/model/test_losses.py::test_gc[1]") == "tests/model/test_losses.py"
    browser = {scope_of(f"tests/browser/test_{name}.py::test_x") for name in ("map", "search")}
    assert browser == {"tests/browser/"}
