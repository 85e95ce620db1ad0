import io

import pytest

from train.progress_line import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock():
    class Clock:
        now = 100.0

        def __call__(self):
            return self.now

    return Clock()


def run(stream, clock, steps, seconds):
    progress = Progress(stream=stream, every_s=10, clock=clock)
    for step in range(1, steps + 1):
        progress.update(step=step, share=step / 1000, proteins=500, metrics={"loss": 1 / step})
        clock.now += seconds
    progress.close()
    return stream.getvalue()


def test_a_log_file_gets_a_line_now_and_then_with_rate_and_time_left(clock):
    lines = run(io.StringIO(), clock, 30, seconds=1).splitlines()
    assert len(lines) == 3
    assert lines[0] == "step 1 · 0.1% · loss 1"
    # 10 steps of 500 proteins in 10 s; 1.1% done, of which 1.0% in 10 s, so 98.9% take 989 s
    assert lines[1] == "step 11 · 1.1% · loss 0.09091 · 500 proteins/s · 16 min left"


def test_a_terminal_gets_one_line_that_changes(clock):
    text = run(Terminal(), clock, 30, seconds=1)
    assert text.count("\n") == 1
    assert text.count("\r") == 15
    assert text.endswith("\n")
    widths = [len(part) for part in text.rstrip("\n").split("\r")[1:]]
    assert all(
        after >= len(before.rstrip()) for before, after in zip(text.split("\r")[1:], widths[1:], strict=False)
    )


@pytest.mark.parametrize(
    ("share", "left"), [(0.011, "16 min left"), (0.0015, "5 h 33 min left"), (0.3, "23 s left")]
)
def test_the_time_left_follows_the_share_done(clock, share, left):
    stream = io.StringIO()
    progress = Progress(stream=stream, every_s=1, clock=clock)
    progress.update(step=1, share=0.001, proteins=1, metrics={})
    clock.now += 10
    progress.update(step=2, share=share, proteins=1, metrics={})
    assert stream.getvalue().splitlines()[1].endswith(left)


def test_a_resumed_run_does_not_count_the_share_it_began_with(clock):
    stream = io.StringIO()
    progress = Progress(stream=stream, every_s=1, clock=clock)
    progress.update(step=501, share=0.5, proteins=1, metrics={})
    clock.now += 60
    progress.update(step=551, share=0.55, proteins=1, metrics={})
    assert stream.getvalue().splitlines()[1].endswith("9 min left")
