import subprocess
import sys
import types

import pytest
from click.testing import CliRunner

from protclip.errors import AssetError, InputError
from train.pretrain import main

SMALL = """
[run]
name = "small"
max_steps = 10
[data]
shards = "shards"
[model.shape]
hidden_size = 64
"""


@pytest.fixture
def trained(monkeypatch):
    """Calls of train_run; the loop itself has tests of its own."""
    calls = []
    loop = types.ModuleType("train.loop")
    loop.train_run = lambda config, *, resume: calls.append((config, resume))
    monkeypatch.setitem(sys.modules, "train.loop", loop)
    return calls


@pytest.fixture
def run_file(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    return str(path)


def test_the_run_file_with_its_overrides_reaches_the_loop(trained, run_file):
    done = CliRunner().invoke(
        main, [run_file, "--resume", "--set", "run.seed=3", "--set", "objectives.term=1"]
    )
    assert (done.exit_code, done.output) == (0, "")
    ((config, resume),) = trained
    assert (config.run.name, config.run.seed, config.objectives.term, resume) == ("small", 3, 1.0, True)


def test_a_wrong_key_is_one_sentence_and_exit_status_2(trained, run_file):
    done = CliRunner().invoke(main, [run_file, "--set", "run.sed=3"])
    assert done.exit_code == 2
    assert done.stderr.startswith("Error: ")
    assert "run.seed" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert trained == []


@pytest.mark.parametrize(("error", "status"), [(InputError("bad value."), 2), (AssetError("disk full."), 1)])
def test_an_error_of_the_loop_is_a_sentence(trained, run_file, error, status):
    def fail(config, *, resume):
        raise error

    sys.modules["train.loop"].train_run = fail
    done = CliRunner().invoke(main, [run_file])
    assert (done.exit_code, done.stderr) == (status, f"Error: {error}\n")


def test_the_script_runs_from_anywhere_and_answers_without_torch(tmp_path):
    script = __import__("train.pretrain").pretrain.__file__
    done = subprocess.run(
        [sys.executable, script, "none.toml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "none.toml cannot be read" in done.stderr
    assert "Traceback" not in done.stderr
