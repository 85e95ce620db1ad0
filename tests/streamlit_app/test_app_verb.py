"""`protclip app` starts Streamlit on the app, where it is told to."""

import itertools
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from protclip.errors import AssetError
from streamlit_app import verbs


@pytest.fixture
def started(monkeypatch):
    commands = []
    answer = SimpleNamespace(returncode=0)

    def run(command, check):
        commands.append(command)
        return answer

    monkeypatch.setattr(verbs.subprocess, "run", run)
    return SimpleNamespace(commands=commands, answer=answer)


def test_port_and_address_reach_the_server_and_it_stays_on_this_machine_unless_told(started) -> None:
    assert CliRunner().invoke(verbs.app, ["--port", "9000"]).exit_code == 0
    (command,) = started.commands
    options = dict(itertools.pairwise(command))
    assert command[0] == sys.executable
    assert Path(options["run"]).is_file()
    assert (options["--server.port"], options["--server.address"]) == ("9000", "127.0.0.1")
    assert options["--browser.gatherUsageStats"] == "false"


def test_what_the_command_repeats_is_what_the_file_of_settings_says() -> None:
    command = verbs.app_command(8501, "127.0.0.1")
    given = {name[2:]: value for name, value in itertools.pairwise(command) if name.startswith("--")}
    with (Path(verbs.__file__).parents[1] / ".streamlit" / "config.toml").open("rb") as file:
        written = {"": tomllib.load(file)}
    while nested := [name for name, value in written.items() if isinstance(value, dict)]:
        for name in nested:
            written |= {f"{name}.{key}".lstrip("."): value for key, value in written.pop(name).items()}
    shared = given.keys() & written.keys()
    assert {"theme.dark.primaryColor", "server.fileWatcherType"} <= shared
    assert {name: given[name] for name in shared} == {
        name: str(written[name]).lower() if isinstance(written[name], bool) else written[name]
        for name in shared
    }


@pytest.mark.parametrize("port", ["0", "70000", "http"])
def test_an_impossible_port_is_refused_before_anything_starts(started, port) -> None:
    result = CliRunner().invoke(verbs.app, ["--port", port])
    assert result.exit_code == 2
    assert started.commands == []


def test_a_server_that_ends_badly_is_a_sentence_and_ctrl_c_is_none(started) -> None:
    started.answer.returncode = 130
    assert CliRunner().invoke(verbs.app, []).exit_code == 0
    started.answer.returncode = 1
    result = CliRunner().invoke(verbs.app, [])
    assert isinstance(result.exception, AssetError)
    assert "port in use" in str(result.exception)
