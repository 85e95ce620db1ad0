"""TensorBoard and Weights & Biases get what the run log gets; a program that is not installed is named."""

import sys
import types

import pytest

from protclip.errors import InputError
from train.config import load_config, parse_config
from train.loop import train_run
from train.sinks import open_sinks, plottable

SMALL = "[run]\nname = 'small'\nmax_steps = 1\n[data]\nshards = 's'\n[model]\ncheckpoint = 'c'\n"


class FakeWriter:
    def __init__(self, folder):
        self.folder, self.scalars, self.closed = folder, [], False
        writers.append(self)

    def add_scalar(self, name, value, step):
        self.scalars.append((name, value, step))

    def close(self):
        self.closed = True


class FakeRun:
    def __init__(self, **settings):
        self.settings, self.logged, self.finished = settings, [], False
        runs.append(self)

    def log(self, values, *, step):
        self.logged.append((values, step))

    def finish(self):
        self.finished = True


writers, runs = [], []


@pytest.fixture
def programs(monkeypatch):
    writers.clear()
    runs.clear()
    board, bias = types.ModuleType("torch.utils.tensorboard"), types.ModuleType("wandb")
    board.SummaryWriter, bias.init = FakeWriter, FakeRun
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", board)
    monkeypatch.setitem(sys.modules, "wandb", bias)


def test_a_run_reports_to_both(programs, tiny, tmp_path):
    tiny.write_data(tmp_path)
    tiny.write_checkpoint(tmp_path / "checkpoint")
    file = tiny.write_run(tmp_path, run__max_steps=2)
    train_run(load_config(file, ['sinks=["tensorboard", "wandb"]']), resume=False)
    (writer,), (run,) = writers, runs
    assert writer.folder == str(tmp_path / "run" / "tensorboard")
    steps = {(name, step) for name, _, step in writer.scalars}
    assert {("gc", 1), ("lr", 1), ("text_to_protein/mrr", 0), ("text_to_protein/mrr", 2)} <= steps
    assert {(name, step) for values, step in run.logged for name in values} == steps
    assert run.settings["id"] == "tiny"
    assert run.settings["config"]["run"]["max_steps"] == 2
    assert writer.closed
    assert run.finished


@pytest.mark.parametrize(("name", "module"), [("tensorboard", "torch.utils.tensorboard"), ("wandb", "wandb")])
def test_a_program_that_is_not_installed_is_a_sentence(monkeypatch, tmp_path, name, module):
    monkeypatch.setitem(sys.modules, module, None)
    config = parse_config(SMALL, [f'sinks=["{name}"]', f"run.output={tmp_path}"])
    with pytest.raises(InputError, match=rf'sinks names "{name}", but .* not installed.*pip install {name}'):
        open_sinks(config)


def test_the_line_on_stderr_needs_no_program():
    assert open_sinks(parse_config(SMALL, ['sinks=["progress"]'])) == []


def test_only_finite_numbers_are_plotted():
    values = {"a": 1, "b": 2.5, "c": float("nan"), "d": "text", "e": True, "f": float("inf")}
    assert plottable(values) == {"a": 1.0, "b": 2.5}
