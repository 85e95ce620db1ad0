"""docs/cli.md is the help of every verb as the program prints it, and names every exit code."""

import difflib
import re
import runpy
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from protclip import cli, exit_codes

MADE = runpy.run_path(str(Path(__file__).with_name("cli_reference.py")))


@pytest.fixture(scope="module", autouse=True)
def made() -> str:
    """The document made anew; first of all, because it gives every verb its -h again."""
    return str(MADE["reference"]())


@pytest.fixture(scope="module")
def written() -> str:
    return Path(MADE["TARGET"]).read_text(encoding="utf-8")


def printed(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as left:
        cli.main(arguments)
    assert left.value.code == 0
    return capsys.readouterr().out


def test_the_document_is_up_to_date(written: str, made: str) -> None:
    changed = "\n".join(difflib.unified_diff(written.splitlines(), made.splitlines(), lineterm="", n=0))
    assert written == made, f"docs/cli.md differs from --help; run {MADE['COMMAND']}\n{changed}"


def test_every_section_is_what_the_program_prints_at_80_columns(
    written: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(cli, "_entries", MADE["verbs"])
    sections = re.findall(r"^## (protclip[^\n]*)\n\n```text\n(.*?)^```", written, re.MULTILINE | re.DOTALL)
    assert {"protclip", *(f"protclip {verb}" for verb in MADE["verbs"]())} <= {line for line, _ in sections}
    for line, text in sections:
        assert printed([*line.split()[1:], "--help"], capsys) == text


def test_a_changed_help_is_seen(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    search: EntryPoint = MADE["verbs"]()["search"]
    monkeypatch.setattr(search.load(), "help", "Something else.")
    assert MADE["reference"]() != written


def test_every_exit_code_is_in_the_document_and_in_the_help(written: str) -> None:
    codes = {value for name, value in vars(exit_codes).items() if name.isupper()}
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", written, re.MULTILINE)} == codes
    told = re.findall(r"(\d+) [a-z]", str(cli.protclip.epilog))
    assert {int(code) for code in told} == codes
