"""The figure of a run shows every curve of its log, and the same log gives the same file."""

import sys
import xml.etree.ElementTree as ET

import pytest
from click.testing import CliRunner

from train.figures import training_figure, write_figure
from train.plot import main
from train.run_log import RunLog, read_run_log

STEP = {"loss": 5.0, "gc": 3.0, "bsr": 2.0, "lr": 1e-3, "seconds": 1.0, "scale": 14.0}
FP16 = STEP | {"loss_scale": 65536.0, "tokens_per_s": 900.0, "share_of_peak": 0.25}


@pytest.fixture
def folder(tmp_path):
    """A run of four steps that was resumed after the second."""
    with RunLog(tmp_path / "run.jsonl") as log:
        log.write("start", step=0)
        log.write("evaluation", step=0, **{"text_to_protein/mrr": 0.1, "text_to_protein/median_rank": 9})
        for step in (1, 2, 3):
            log.write("step", step=step, **FP16 | {"loss": 10.0 - step})
        log.write("start", step=2)
        for step in (3, 4):
            log.write("step", step=step, **FP16 | {"loss": 5.0 - step})
        log.write("evaluation", step=4, **{"text_to_protein/mrr": 0.2, "text_to_protein/median_rank": 5})
        log.write("evaluation", step=4, **{"bsr/matched_loss": 2.0, "num_proteins": 8})
    return tmp_path


def curves(figure):
    return {
        (axes.get_title(), line.get_label() if len(axes.lines) > 1 else ""): line.get_xydata().tolist()
        for axes in figure.axes
        for line in axes.lines
    }


def test_every_value_of_the_log_has_its_curve(folder):
    found = curves(training_figure(read_run_log(folder / "run.jsonl")))
    assert found["losses", "loss"] == [[1, 9], [2, 8], [3, 2], [4, 1]]  # what the resume did again is dropped
    assert {label for title, label in found if title == "losses"} == {"loss", "gc", "bsr"}
    assert found["retrieval, from texts", ""] == [[0, 0.1], [4, 0.2]]
    assert found["median rank", ""] == [[0, 9], [4, 5]]
    assert found["other evaluations", ""] == [[4, 2.0]]
    titles = {title for title, _ in found}
    assert titles >= {"learning rate", "loss scale (fp16)", "residue tokens a second"}
    assert "share of the measured peak" in titles
    assert not any(title.startswith("retrieval, from proteins") for title in titles)


def test_a_value_that_is_not_logged_has_no_panel(tmp_path):
    with RunLog(tmp_path / "run.jsonl") as log:
        log.write("step", step=1, **STEP)
    titles = [axes.get_title() for axes in training_figure(read_run_log(tmp_path / "run.jsonl")).axes]
    assert "loss scale (fp16)" not in titles
    assert "learning rate" in titles


def test_the_file_is_svg_and_always_the_same(folder):
    path = write_figure(folder)
    first = path.read_bytes()
    assert ET.fromstring(first).tag.endswith("svg")
    assert b"residue tokens a second" in first
    assert write_figure(folder).read_bytes() == first


def test_the_script_writes_the_figure_or_says_what_is_wrong(folder, tmp_path_factory, monkeypatch):
    done = CliRunner().invoke(main, [str(folder)])
    assert (done.exit_code, done.output.strip()) == (0, str(folder / "training.svg"))
    none = tmp_path_factory.mktemp("none")
    done = CliRunner().invoke(main, [str(none)])
    assert (done.exit_code, "run.jsonl cannot be read" in done.stderr) == (1, True)
    (none / "run.jsonl").write_text("")
    done = CliRunner().invoke(main, [str(none)])
    assert (done.exit_code, "no step to draw yet" in done.stderr) == (2, True)
    monkeypatch.setitem(sys.modules, "train.figures", None)
    done = CliRunner().invoke(main, [str(folder)])
    assert (done.exit_code, "pip install" in done.stderr) == (1, True)
