"""The Python lines that a page prints, run as they stand."""

import contextlib
import io


def printed_by(lines: str) -> list[str]:
    """What lines print, line by line."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(lines, "recipe", "exec"), {})
    return said.getvalue().splitlines()
