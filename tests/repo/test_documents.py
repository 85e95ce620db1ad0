"""README and docs tell the truth: commands and options exist, numbers are rows of results/, links lead on."""

import csv
import importlib
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

MARKER = re.compile(r"<!-- results: (\S+\.csv) -->")
DECIMAL = re.compile(r"(?<![\w.])[-+]?\d*\.\d+(?![\w.])")
STRICT = ("README.md", "CONTRIBUTING.md")
ALSO_ALLOWED = {"cd", "curl", "git", "torchrun"}


@pytest.fixture(scope="module")
def documents(root: Path) -> dict[str, str]:
    paths = [*root.glob("*.md"), *root.glob("docs/**/*.md")]
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in paths}


@pytest.fixture(scope="module")
def verbs(pyproject: dict[str, Any]) -> dict[str, click.Command]:
    commands = {}
    for verb, target in pyproject["project"]["entry-points"]["protclip.verbs"].items():
        module, _, name = target.partition(":")
        commands[verb] = getattr(importlib.import_module(module), name)
    return commands


def measured(markdown: str) -> Iterator[tuple[str, str]]:
    """(CSV or "", number) for each number with a decimal point in a table; a marker stands above it."""
    source = ""
    for line in markdown.splitlines():
        if marker := MARKER.search(line):
            source = marker[1]
        elif line.lstrip().startswith("|"):
            yield from ((source, number) for number in DECIMAL.findall(line))
        elif line.strip():
            source = ""


def csv_numbers(path: Path) -> list[float]:
    numbers = []
    with path.open(encoding="utf-8", newline="") as lines:
        for cell in (cell for row in csv.reader(lines) for cell in row):
            try:
                numbers.append(float(cell))
            except ValueError:
                continue
    return numbers


def unfounded(markdown: str, results: Path) -> list[str]:
    """Numbers in tables that are in no named CSV, exactly or rounded to the digits shown."""
    found = []
    for source, number in measured(markdown):
        if not source or not (results / source).is_file():
            found.append(
                f"{number}: no '<!-- results: FILE.csv -->' of an existing file stands above the table"
            )
            continue
        places = len(number.split(".")[1])
        if not any(abs(x - float(number)) <= 0.5000001 * 10**-places for x in csv_numbers(results / source)):
            found.append(f"{number} is not in results/{source}")
    return found


def commands(text: str) -> Iterator[list[str]]:
    """The commands of the bash blocks as words: continued lines joined, comments dropped, pipelines split."""
    for block in re.findall(r"^```bash\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
            lexer.whitespace_split = True
            words: list[str] = []
            for word in [*lexer, ";"]:
                if word in {";", "&&", "||", "|"}:
                    yield from [words] if words else []
                    words = []
                else:
                    words.append(word)


def problem(words: list[str], verbs: dict[str, click.Command], targets: set[str]) -> str | None:
    """What is wrong with a `make` or `protclip` command line, or None."""
    if words[0] == "make":
        wrong = [w for w in words[1:] if "=" not in w and not w.startswith("-") and w not in targets]
        return f"no make target {wrong[0]}" if wrong else None
    rest = [w for w in words[1:] if w not in {"--debug"}]
    if not rest or rest[0].startswith("-"):
        return None
    command: click.Command | None = verbs.get(rest[0])
    while isinstance(command, click.Group) and len(rest) > 1 and not rest[1].startswith("-"):
        rest = rest[1:]
        command = command.commands.get(rest[0])
    if command is None:
        return f"no verb {rest[0]}"
    known = {"--help", *(o for p in command.params for o in (*p.opts, *p.secondary_opts))}
    wrong = [w for w in rest[1:] if w.startswith("--") and w.split("=")[0] not in known]
    return f"{rest[0]} has no option {wrong[0]}" if wrong else None


def is_protclip(word: str) -> bool:
    return word in {"protclip", ".venv/bin/protclip"}


def test_every_measured_number_is_a_row_of_results(root: Path, documents: dict[str, str]) -> None:
    assert unfounded(documents["README.md"], root / "results") == []


def test_a_number_nobody_measured_is_seen(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("leg,p_at_10\nprotein,0.41523\nhybrid,0.8\n")
    good = "<!-- results: r.csv -->\n\n| leg | P@10 |\n|---|---|\n| protein | 0.415 |\n| hybrid | 0.80 |\n"
    assert unfounded(good, tmp_path) == []
    assert unfounded(good.replace("0.415", "0.425"), tmp_path) == ["0.425 is not in results/r.csv"]
    assert len(unfounded(good.replace("<!--", "<!-- was"), tmp_path)) == 2
    assert len(unfounded(f"{good}\nA sentence.\n\n| other | 0.8 |\n", tmp_path)) == 1
    assert len(unfounded(good.replace("r.csv", "gone.csv"), tmp_path)) == 2


def test_shown_commands_exist(
    documents: dict[str, str], verbs: dict[str, click.Command], make_targets: set[str]
) -> None:
    wrong = []
    for name, text in documents.items():
        for words in commands(text):
            if words[0] == "make" or is_protclip(words[0]):
                if fault := problem(words, verbs, make_targets):
                    wrong.append(f"{name}: {' '.join(words)}: {fault}")
            elif name in STRICT and words[0] not in ALSO_ALLOWED:
                wrong.append(f"{name}: {words[0]} is neither make nor protclip")
    assert wrong == []
    assert list(commands(documents["README.md"])), "the README shows no command"


def test_the_makefile_uses_options_that_exist(root: Path, verbs: dict[str, click.Command]) -> None:
    lines = re.findall(r"^\t@?\$\(BIN\)/(protclip .*)$", (root / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert lines
    assert [fault for line in lines if (fault := problem(shlex.split(line), verbs, set()))] == []


def test_wrong_commands_are_seen() -> None:
    inner = click.Command("build", params=[click.Option(["--source"])])
    verbs: dict[str, click.Command] = {"data": click.Group("data", commands={"build": inner})}
    good = ["make app PORT=80", "protclip data build --source x", "protclip --help", "protclip data --help"]
    assert [line for line in good if problem(line.split(), verbs, {"app"})] == []
    bad = ["make nothing", "protclip absent", "protclip data burn", "protclip data build --sauce x"]
    assert [line for line in bad if not problem(line.split(), verbs, {"app"})] == []
    block = '```bash\nprotclip search "a; b" | head  # why\nmake app && make \\\n  test\n```\n'
    assert list(commands(block)) == [
        ["protclip", "search", "a; b"],
        ["head"],
        ["make", "app"],
        ["make", "test"],
    ]


def test_python_of_the_readme_runs(root: Path, documents: dict[str, str], tmp_path: Path) -> None:
    if not (root / "protclip" / "starter" / "MANIFEST.json").is_file():
        pytest.skip("the checkpoint is not shipped yet")
    blocks = re.findall(r"^```python\n(.*?)^```", documents["README.md"], re.MULTILINE | re.DOTALL)
    assert blocks, "the README shows no Python"
    for block in blocks:
        command = [sys.executable, "-c", block]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"{block}\n{done.stderr}"


def test_relative_links_lead_somewhere(root: Path, documents: dict[str, str]) -> None:
    broken = []
    for name, text in documents.items():
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            path = target.split("#")[0]
            if path and "://" not in target and not ((root / name).parent / path).exists():
                broken.append(f"{name}: {target}")
    assert broken == []
