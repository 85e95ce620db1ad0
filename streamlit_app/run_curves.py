"""The shipped run log as curves: losses and validation by step, for each run in it (pure)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

LOSSES = {
    "loss": "weighted sum",
    "gc": "global contrast",
    "term": "contrast with all GO names",
    "paraphrase": "names, synonyms, definitions",
    "bsr": "segment reconstruction (BSR)",
    "pda": "segment alignment (PDA)",
    "mlm": "masked residues (MLM)",
}
VALIDATION = {
    "text_to_protein/mrr": "text to protein, MRR",
    "protein_to_text/mrr": "protein to text, MRR",
    "term_retrieval/map": "GO names, mean average precision",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One quantity of a run: (step, value), steps growing."""

    name: str
    points: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCurves:
    """One run: its name, its losses, its validation, and what it was run with."""

    name: str
    losses: tuple[Curve, ...]
    validation: tuple[Curve, ...]
    facts: dict[str, str]


def read_runs(lines: Iterable[str]) -> tuple[RunCurves, ...]:
    """The runs of a log, in their order; what a resumed run logged again counts once, the last time."""
    runs: dict[str, list[dict[str, Any]]] = {}
    name = ""
    for event in map(json.loads, filter(str.strip, lines)):
        if event["event"] == "start":
            name = str(event["config"]["run"]["name"])
        runs.setdefault(name, []).append(event)
    return tuple(_run(name, events) for name, events in runs.items())


def _run(name: str, events: list[dict[str, Any]]) -> RunCurves:
    return RunCurves(
        name=name,
        losses=_curves(LOSSES, [e for e in events if e["event"] == "step"]),
        validation=_curves(VALIDATION, [e for e in events if e["event"] == "evaluation"]),
        facts=_facts(events),
    )


def _curves(wanted: dict[str, str], events: list[dict[str, Any]]) -> tuple[Curve, ...]:
    found = []
    for key, name in wanted.items():
        points = {int(e["step"]): float(e[key]) for e in events if key in e}
        if points:
            found.append(Curve(name=name, points=tuple(sorted(points.items()))))
    return tuple(found)


def _facts(events: list[dict[str, Any]]) -> dict[str, str]:
    start, last = events[0], events[-1]
    config, hardware = start["config"], start["hardware"]
    seconds = sum(float(e.get("seconds", 0.0)) for e in events if e["event"] == "end")
    return {
        "proteins to train on": f"{start['num_train']:,}",
        "proteins in a batch": f"{config['data']['batch_size']:,}",
        "steps": f"{last['step']:,}",
        "hours of the last stretch": f"{seconds / 3600:.2f}",
        "hardware": f"{hardware['processor']}, {hardware['cores']} cores, {len(hardware['gpus'])} GPUs",
        "seed": str(start["seed"]),
        "code": str(start["commit"])[:7],
        "started": str(start["time"])[:10],
    }
