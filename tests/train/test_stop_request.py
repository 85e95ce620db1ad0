import os
import signal
import threading

import pytest

from train.stop_request import StopRequest


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_noted_and_the_former_handler_comes_back(number):
    former = signal.getsignal(number)
    with StopRequest() as stop:
        assert (stop.requested, stop.reason) == (False, "")
        os.kill(os.getpid(), number)
        assert (stop.requested, stop.reason) == (True, number.name)
    assert signal.getsignal(number) is former


def test_a_second_interrupt_ends_at_once_unless_it_is_an_echo():
    now = [0.0]
    with StopRequest(clock=lambda: now[0]) as stop:
        os.kill(os.getpid(), signal.SIGINT)
        now[0] = 0.2
        os.kill(os.getpid(), signal.SIGINT)
        now[0] = 3.0
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.reason == "SIGINT"
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_outside_the_main_thread_nothing_is_caught():
    former, seen = signal.getsignal(signal.SIGTERM), []

    def work():
        with StopRequest() as stop:
            seen.append((stop.requested, signal.getsignal(signal.SIGTERM)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [(False, former)]
