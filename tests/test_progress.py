import io

import pytest

from protclip import progress
from protclip.progress import ProgressLine, counted


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_items_pass_through_and_the_last_count_is_said(clock):
    stream = io.StringIO()
    assert list(counted("abc", "letters", stream)) == ["a", "b", "c"]
    assert stream.getvalue() == "letters: 3 in 0:00\n"


def test_nothing_is_said_until_the_first_item_is_asked_for():
    stream = io.StringIO()
    counted("abc", "letters", stream)
    assert stream.getvalue() == ""


def test_a_log_gets_a_line_now_and_then_with_rate_and_estimate(clock):
    stream = io.StringIO()
    line = ProgressLine("proteins", stream)
    line(0, 4000)
    clock[0] = 9.9
    line(900, 4000)
    assert stream.getvalue() == ""
    clock[0] = 20.0
    line(2000, 4000)
    assert stream.getvalue() == "proteins: 2,000 of 4,000 (100/s, 0:20 left)\n"
    clock[0] = 3700.0
    line.finish(4000)
    assert stream.getvalue().endswith("proteins: 4,000 in 1:01:40\n")


def test_a_terminal_line_is_rewritten_in_place(clock):
    stream = Terminal()
    line = ProgressLine("proteins", stream)
    clock[0] = 1.0
    line(10)
    clock[0] = 1.1
    line(11)
    clock[0] = 2.0
    line.finish(12)
    assert stream.getvalue() == "\rproteins: 10 (0/s)\x1b[K\rproteins: 12 in 0:02\x1b[K\n"
