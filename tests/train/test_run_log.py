import json
import math
import subprocess
import sys

import numpy as np
import pytest
import torch

from protclip.errors import AssetError, InputError
from train.run_log import RunLog, curve, read_run_log


def test_every_event_is_one_line_of_json_and_read_again(tmp_path):
    path = tmp_path / "deep" / "log.jsonl"
    with RunLog(path) as log:
        log.start({"run": {"name": "a"}}, step=0, seed=17, processes=2)
        log.write("step", step=1, loss=torch.tensor(2.5), lr=np.float32(0.5), proteins=64)
        log.write("evaluation", step=1, metrics={"text_to_protein_mrr": 0.25}, note="first line\nsecond: é")
        log.write("snapshot", step=1, path=tmp_path / "a.pt")
        log.write("end", step=1, reason="max_steps")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 5
    assert all(json.loads(line)["time"].endswith("+00:00") for line in lines)
    events = read_run_log(path)
    assert [event.event for event in events] == ["start", "step", "evaluation", "snapshot", "end"]
    assert events[1].values == {"loss": 2.5, "lr": 0.5, "proteins": 64}
    assert events[2].values["note"] == "first line\nsecond: é"
    assert (events[3].step, events[3].values["path"]) == (1, str(tmp_path / "a.pt"))


def test_the_start_tells_where_the_numbers_come_from(tmp_path):
    with RunLog(tmp_path / "log.jsonl") as log:
        log.start({"run": {"name": "a"}}, step=0, seed=17, processes=2)
    (event,) = read_run_log(tmp_path / "log.jsonl")
    values = event.values
    assert (values["seed"], values["processes"], values["config"]) == (17, 2, {"run": {"name": "a"}})
    assert values["versions"]["torch"] == torch.__version__
    assert values["versions"]["python"] == sys.version.split()[0]
    assert values["hardware"]["cores"] >= 1
    assert values["hardware"]["processor"]
    assert values["commit"] == "unknown" or len(values["commit"].rstrip("+")) == 40
    assert values["command"] == sys.argv


def test_a_line_is_on_file_before_the_call_returns(tmp_path):
    script = "import os, sys; from pathlib import Path; from train.run_log import RunLog;"
    script += "RunLog(Path(sys.argv[1])).write('step', step=3, loss=1.0); os.kill(os.getpid(), 9)"
    path = tmp_path / "log.jsonl"
    done = subprocess.run([sys.executable, "-c", script, path], check=False)
    assert done.returncode == -9
    assert [event.step for event in read_run_log(path)] == [3]


def test_a_cut_off_last_line_is_left_out_and_the_next_run_puts_it_aside(tmp_path):
    path = tmp_path / "log.jsonl"
    with RunLog(path) as log:
        log.write("step", step=1, loss=1.0)
        log.write("step", step=2, loss=0.5)
    whole = path.read_bytes()
    for cut in range(len(whole) // 2 + 1, len(whole)):
        path.write_bytes(whole[:cut])
        assert [event.step for event in read_run_log(path)] == [1]
    with RunLog(path) as log:
        log.write("step", step=2, loss=0.25)
    events = read_run_log(path)
    assert [(event.event, event.step) for event in events] == [("step", 1), ("repair", None), ("step", 2)]
    assert events[1].values["cut"].startswith('{"time": "')
    assert path.read_bytes().startswith(whole[: len(whole) // 2])


def test_a_damaged_line_elsewhere_is_named(tmp_path):
    path = tmp_path / "log.jsonl"
    with RunLog(path) as log:
        log.write("step", step=1)
    for bad in ('{"event": "st', "3", '{"step": 2}'):
        path.write_text(path.read_text().splitlines()[0] + f"\n{bad}\n")
        with pytest.raises(AssetError, match=r"log\.jsonl, line 2 is no event"):
            read_run_log(path)
    with pytest.raises(AssetError, match="cannot be read"):
        read_run_log(tmp_path / "none.jsonl")


def test_numbers_that_are_not_finite_stay_json(tmp_path):
    path = tmp_path / "log.jsonl"
    with RunLog(path) as log:
        log.write("step", step=1, a=math.nan, b=math.inf, c=torch.tensor(-math.inf))
    line = json.loads(path.read_text(), parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert (line["a"], line["b"], line["c"]) == ("NaN", "Infinity", "-Infinity")
    ((step, value),) = curve(read_run_log(path), "step", "b")
    assert (step, value) == (1, math.inf)


def test_what_cannot_be_logged_is_refused_and_leaves_no_trace(tmp_path):
    path = tmp_path / "log.jsonl"
    with RunLog(path) as log:
        with pytest.raises(InputError, match="cannot stand in a run log"):
            log.write("step", step=1, thing=object())
        with pytest.raises(InputError, match="no event 'stpe'"):
            log.write("stpe", step=1)
    assert path.read_text() == ""
    (tmp_path / "file").write_text("")
    with pytest.raises(AssetError, match="cannot be written"):
        RunLog(tmp_path / "file" / "log.jsonl")


def test_a_curve_drops_what_a_resume_did_again(tmp_path):
    path = tmp_path / "log.jsonl"
    with RunLog(path) as log:
        log.write("start", step=0)
        for step in (1, 2, 3, 4):
            log.write("step", step=step, loss=10.0 + step)
    with RunLog(path) as log:
        log.write("start", step=2)
        log.write("evaluation", step=2, loss=99.0)
        for step in (3, 4):
            log.write("step", step=step, loss=20.0 + step)
    assert curve(read_run_log(path), "step", "loss") == [(1, 11.0), (2, 12.0), (3, 23.0), (4, 24.0)]
    assert curve(read_run_log(path), "step", "absent") == []
