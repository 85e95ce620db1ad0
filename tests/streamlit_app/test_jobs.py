"""Jobs: one for a key, in their turn, cancelled, failed, forgotten; and lanes with a bound."""

import threading

import pytest

from protclip.errors import AssetError
from streamlit_app.jobs import NUM_KEPT, SECONDS_KEPT, Jobs, Lane, LaneFullError, key_of
from streamlit_app.waiting import progress_words

WAIT = 10


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def jobs(clock):
    here = Lane("test", num_waiting=2)
    return Jobs(lambda name: here, clock)


class Gate:
    """Work that begins, reports, and goes on when it is let."""

    def __init__(self):
        self.begun, self.open, self.times = threading.Event(), threading.Event(), 0

    def __call__(self, report):
        self.times += 1
        report(0, 4)
        report(1, 4)
        self.begun.set()
        assert self.open.wait(WAIT)
        report(4, 4)
        return "result"


def test_a_key_is_one_job_for_all_who_ask(jobs) -> None:
    gate = Gate()
    jobs.ensure("a", gate)
    assert gate.begun.wait(WAIT)
    assert jobs.ensure("a", gate).state == "running"
    gate.open.set()
    assert jobs.wait("a", WAIT).result == "result"
    assert jobs.ensure("a", gate).result == "result"
    assert gate.times == 1


def test_progress_and_estimate_of_the_running_one_and_the_place_of_the_next(jobs, clock) -> None:
    gate = Gate()
    jobs.ensure("a", gate)
    assert gate.begun.wait(WAIT)
    jobs.ensure("b", lambda report: "later")
    clock.now = 2.0
    running, waiting = jobs.view("a"), jobs.view("b")
    assert (running.done, running.total, running.seconds_left) == (1, 4, 6.0)
    assert (waiting.state, waiting.ahead) == ("waiting", 1)
    assert (
        progress_words(running, "Scan") == "Scan: 1 of 4, about 6 s left. It goes on if you close this page."
    )
    assert progress_words(waiting, "Scan") == "Scan: 1 before you."
    gate.open.set()
    assert jobs.wait("b", WAIT).result == "later"


def test_a_full_lane_sends_away_and_takes_more_once_there_is_room(jobs) -> None:
    gate = Gate()
    jobs.ensure("a", gate)
    jobs.ensure("b", lambda report: 1)
    jobs.ensure("c", lambda report: 2)
    with pytest.raises(LaneFullError, match="2 requests are waiting"):
        jobs.ensure("d", lambda report: 3)
    assert jobs.view("d") is None
    gate.open.set()
    assert jobs.wait("c", WAIT).result == 2
    jobs.ensure("d", lambda report: 3)
    assert jobs.wait("d", WAIT).result == 3


def test_a_running_job_stops_at_its_next_report_and_a_waiting_one_never_begins(jobs) -> None:
    gate, begun = Gate(), []
    jobs.ensure("a", gate)
    assert gate.begun.wait(WAIT)
    jobs.ensure("b", begun.append)
    jobs.cancel("b")
    jobs.cancel("a")
    assert jobs.view("b").state == "cancelled"
    gate.open.set()
    assert jobs.wait("a", WAIT).state == "cancelled"
    assert jobs.ensure("c", lambda report: 1).state != "failed"
    assert jobs.wait("c", WAIT).result == 1
    assert begun == []


def test_a_failure_is_a_sentence_and_can_be_tried_again(jobs, caplog) -> None:
    def missing(report):
        raise AssetError("the calibration is missing")

    def broken(report):
        raise RuntimeError("secret detail")

    jobs.ensure("a", missing)
    assert jobs.wait("a", WAIT).error == "the calibration is missing"
    jobs.ensure("b", broken)
    told = jobs.wait("b", WAIT)
    assert told.state == "failed"
    assert "secret" not in told.error
    assert "secret" in caplog.text
    jobs.forget("a")
    jobs.ensure("a", lambda report: "now")
    assert jobs.wait("a", WAIT).result == "now"


def test_results_are_kept_for_hours_and_not_without_end(jobs, clock) -> None:
    for number in range(NUM_KEPT + 3):
        clock.now += 1
        jobs.ensure(str(number), lambda report: 1)
        assert jobs.wait(str(number), WAIT).result == 1
    jobs.ensure("last", lambda report: 1)
    jobs.wait("last", WAIT)
    assert jobs.view("0") is None
    assert jobs.view("10").result == 1
    clock.now += SECONDS_KEPT + 1
    jobs.ensure("new", lambda report: 1)
    assert jobs.view("20") is None


def test_a_key_tells_inputs_and_models_apart() -> None:
    first = key_of("scan", "f00dcafe", sequence="MK", text="")
    assert first == key_of("scan", "f00dcafe", text="", sequence="MK")
    others = {
        key_of("scan", "f00dcafe", sequence="MR", text=""),
        key_of("scan", "beef", sequence="MK", text=""),
    }
    assert len({first, *others}) == 3
