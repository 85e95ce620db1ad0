"""`protclip app` starts Streamlit on the app, where it is told to."""

import itertools
import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from protclip import starter
from protclip.errors import AssetError
from streamlit_app import verbs
from streamlit_app.fasta_input import MAX_MEGABYTES
from streamlit_app.structure_input import MAX_BYTES


@pytest.fixture
def started(monkeypatch):
    commands, models = [], []
    answer = SimpleNamespace(returncode=0)

    def served(command, model):
        commands.append(command)
        models.append(model)
        return answer.returncode

    monkeypatch.setattr(verbs, "_served", served)
    monkeypatch.delenv("PROTCLIP_MODEL", raising=False)
    return SimpleNamespace(commands=commands, models=models, answer=answer)


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
    assert {"theme.dark.primaryColor", "server.fileWatcherType", "server.maxUploadSize"} <= shared
    assert {name: given[name] for name in shared} == {
        name: str(written[name]).lower() if isinstance(written[name], bool) else str(written[name])
        for name in shared
    }


def test_the_server_lets_through_more_than_any_box_takes() -> None:
    command = dict(itertools.pairwise(verbs.app_command(8501, "127.0.0.1")))
    most = int(command["--server.maxUploadSize"])
    # The request is counted with its frame: of the very size of the box it would be too large.
    assert max(MAX_MEGABYTES, MAX_BYTES // 1_000_000) + 1 <= most <= 2 * MAX_MEGABYTES


@pytest.mark.parametrize("port", ["0", "70000", "http"])
def test_an_impossible_port_is_refused_before_anything_starts(started, port) -> None:
    result = CliRunner().invoke(verbs.app, ["--port", port])
    assert result.exit_code == 2
    assert started.commands == []


def test_a_checkpoint_is_given_on_and_what_is_none_is_refused_before_anything_starts(
    started, tmp_path
) -> None:
    shipped = starter.checkpoint_path()
    assert CliRunner().invoke(verbs.app, ["--model", str(shipped)]).exit_code == 0
    assert CliRunner(env={"PROTCLIP_MODEL": str(shipped)}).invoke(verbs.app, []).exit_code == 0
    assert started.models == [shipped, shipped]
    (tmp_path / "config.json").write_text('{"model_type": "esm"}')
    for folder, said in ((tmp_path / "none", "no checkpoint folder"), (tmp_path, "of the kind 'esm'")):
        refused = CliRunner().invoke(verbs.app, ["--model", str(folder)])
        assert isinstance(refused.exception, AssetError)
        assert said in str(refused.exception)
    assert len(started.commands) == 2


def test_the_server_is_told_of_the_checkpoint(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    code = f"import os; assert os.environ['PROTCLIP_MODEL'] == {str(tmp_path / 'own')!r}"
    assert verbs._served([sys.executable, "-c", code], Path("own")) == 0


def test_a_server_that_ends_badly_is_a_sentence_and_ctrl_c_is_none(started) -> None:
    started.answer.returncode = 130
    assert CliRunner().invoke(verbs.app, []).exit_code == 0
    started.answer.returncode = 1
    result = CliRunner().invoke(verbs.app, [])
    assert isinstance(result.exception, AssetError)
    assert "port in use" in str(result.exception)


def test_who_ends_the_command_ends_its_server(tmp_path) -> None:
    told = tmp_path / "pid"
    server = (
        f"import os, pathlib, time; pathlib.Path({str(told)!r}).write_text(str(os.getpid())); time.sleep(60)"
    )
    served = f"sys.exit(-verbs._served([sys.executable, '-c', {server!r}]))"
    code = f"import sys; from streamlit_app import verbs; {served}"
    command = subprocess.Popen([sys.executable, "-c", code])
    wait_until(lambda: told.exists() and told.read_text())
    command.terminate()
    assert command.wait(20) == signal.SIGTERM
    with pytest.raises(ProcessLookupError):
        os.kill(int(told.read_text()), 0)


def wait_until(holds) -> None:
    for _ in range(400):
        if holds():
            return
        time.sleep(0.05)
    pytest.fail("nothing happened within 20 seconds")
