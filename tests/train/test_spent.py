"""How far a run is by each of its limits, and what is due when."""

import time

import pytest

from train.config import RunConfig
from train.loader import Position
from train.run_sections import RunSection
from train.spent import Clock, Spent


@pytest.mark.parametrize(
    ("limits", "spent", "share"),
    [
        ({"max_steps": 100}, {"step": 25}, 0.25),
        ({"minutes": 10.0}, {"seconds": 150.0}, 0.25),
        ({"epochs": 4}, {}, 0.25),
        ({"epochs": 1}, {}, 1.0),
        ({"epochs": 2, "max_steps": 10}, {"step": 8}, 0.8),
    ],
)
def test_how_much_is_done_follows_the_nearest_limit(limits, spent, share):
    assert Spent(**spent).share(RunSection(name="a", **limits), epochs=1.0) == pytest.approx(share)


def test_what_is_due_waits_anew(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    config = RunConfig.from_dict(
        {
            "run": {"name": "a", "max_steps": 1},
            "data": {"shards": "x"},
            "model": {"checkpoint": "y"},
            "evaluation": {"every_minutes": 2.0},
            "snapshot": {"minutes": 1.0},
        }
    )
    clock = Clock(config)
    seen = []
    for now[0] in (30.0, 61.0, 100.0, 121.5, 200.0):
        seen.append(clock.due(Position(), Position(batch=1)))
    assert seen == [(False, False), (False, True), (False, False), (True, True), (False, True)]
