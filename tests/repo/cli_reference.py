"""Writes docs/cli.md, the help of every verb: run `python tests/repo/cli_reference.py` after a change of one."""

import tomllib
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from unittest import mock

import click

from protclip import cli, exit_codes

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "docs" / "cli.md"
COMMAND = "python tests/repo/cli_reference.py"
WIDTH = 78
"""What click fills on a terminal of 80 columns."""
_CODES = (
    (exit_codes.DONE, "done; of `doctor`: all that the product needs is there"),
    (exit_codes.FAILED, "something is missing or damaged, or the store, a tool or the program failed; also if "
                        "the reader of a pipe went away"),
    (exit_codes.BAD_INPUT, "the input or an option cannot be used; nothing was done beyond what the message says"),
    (exit_codes.SKIPPED_RECORDS, "done, but records were left out; standard error names each of them"),
    (exit_codes.INTERRUPTED, "interrupted (Ctrl-C); verbs with `--resume` go on from there"),
)  # fmt: skip
_HEAD = f"""\
# Command line

The help of every verb as a terminal of 80 columns shows it. Made by `{COMMAND}`; a test
compares it with the program.

Results go to standard output or to the file that is asked for, all else to standard error. An error is one sentence:
what was given, what is accepted, what to do. `protclip --debug VERB ...` shows where it came from.

## Exit codes

| code | meaning |
|---|---|
"""


def verbs() -> dict[str, EntryPoint]:
    """The entry points that pyproject.toml declares, installed or not."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = declared["project"]["entry-points"][cli.VERBS_GROUP]
    return {name: EntryPoint(name, value, cli.VERBS_GROUP) for name, value in listed.items()}


def helps(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    """(command line, help) of a command, then of each command in it."""
    # click keeps the option that it made first, which is another one where a test has run the verb on its own.
    command._help_option = None
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None, f"{context.command_path} lists {name} and does not have it"
            yield from helps(inner, _context(inner, name, context))


def reference() -> str:
    """The text of docs/cli.md."""
    with mock.patch.object(cli, "_entries", verbs):
        told = list(helps(cli.protclip, _context(cli.protclip, "protclip", None)))
    codes = "".join(f"| {code} | {meaning} |\n" for code, meaning in _CODES)
    return _HEAD + codes + "".join(f"\n## {line}\n\n```text\n{text}\n```\n" for line, text in told)


def _context(command: click.Command, name: str, parent: click.Context | None) -> click.Context:
    settings = {**command.context_settings, "terminal_width": WIDTH}
    return click.Context(command, info_name=name, parent=parent, **settings)


if __name__ == "__main__":
    TARGET.write_text(reference(), encoding="utf-8")
