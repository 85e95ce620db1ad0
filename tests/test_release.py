"""What is shipped beside the weights: the logs of all runs that led to them."""

import json

from protclip.release import run_logs


def write_log(folder, earlier=""):
    (folder / "checkpoint").mkdir(parents=True)
    events = [{"event": "start", "config": {"model": {"checkpoint": earlier}}}, {"event": "end"}]
    (folder / "run.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    return folder / "checkpoint"


def test_the_logs_of_earlier_stages_come_first(tmp_path):
    first = write_log(tmp_path / "first")
    second = write_log(tmp_path / "second", str(first))
    third = write_log(tmp_path / "third", str(second))
    assert [log.parent.name for log in run_logs(third)] == ["first", "second", "third"]


def test_a_start_from_weights_without_a_log_ends_there(tmp_path):
    (tmp_path / "downloaded").mkdir()
    checkpoint = write_log(tmp_path / "run", str(tmp_path / "downloaded"))
    assert [log.parent.name for log in run_logs(checkpoint)] == ["run"]
    assert run_logs(tmp_path / "nowhere" / "checkpoint") == []
