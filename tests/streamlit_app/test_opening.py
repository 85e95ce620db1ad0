"""Opening the index beside the page: progress, errors, and another try."""

import threading
import time

from protclip.errors import AssetError, ProtCLIPError
from streamlit_app.opening import Opening


def settle(opening: Opening) -> None:
    end = time.monotonic() + 5
    while opening.under_way and time.monotonic() < end:
        time.sleep(0.005)


def test_it_opens_once_for_everybody_and_tells_how_far_it_is() -> None:
    go_on, started = threading.Event(), []

    def open_engine(progress):
        started.append(1)
        progress(5, 40)
        time.sleep(0.02)
        progress(10, 40)
        go_on.wait(5)
        return "engine"

    opening = Opening(open_engine)
    opening.start()
    opening.start()
    while opening.done < 10:
        time.sleep(0.005)
    assert opening.under_way
    assert (opening.done, opening.total) == (10, 40)
    assert 0.1 < opening.seconds_left() < 30, "5 took 0.02 s or a little more, 30 are left"
    go_on.set()
    settle(opening)
    opening.start()
    assert opening.engine == "engine"
    assert started == [1]


def test_a_failure_is_kept_for_a_moment_and_then_tried_again(monkeypatch) -> None:
    answers = [AssetError("the atlas is missing"), "engine"]

    def open_engine(progress):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    opening = Opening(open_engine)
    opening.start()
    settle(opening)
    assert str(opening.error) == "the atlas is missing"
    opening.start()
    assert str(opening.error) == "the atlas is missing"
    monkeypatch.setattr("streamlit_app.opening.RETRY_AFTER", 0.0)
    opening.start()
    settle(opening)
    assert opening.engine == "engine"
    assert opening.error is None


def test_an_unforeseen_error_becomes_a_sentence(caplog) -> None:
    opening = Opening(lambda progress: 1 / 0)
    opening.start()
    settle(opening)
    assert isinstance(opening.error, ProtCLIPError)
    assert "protclip doctor" in str(opening.error)
    assert "ZeroDivisionError" in caplog.text


def test_visitors_have_the_engine_before_it_is_warm() -> None:
    go_on, warmed = threading.Event(), []

    def warm_up(engine):
        go_on.wait(5)
        warmed.append(engine)

    opening = Opening(lambda progress: "engine", warm_up)
    opening.start()
    settle(opening)
    assert (opening.engine, warmed) == ("engine", [])
    go_on.set()
    opening._thread.join(5)
    assert warmed == ["engine"]
