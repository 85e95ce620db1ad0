"""What runs reached, as rows of results/*.csv: `python -m train.run_results var/runs/NAME... --output FILE.csv`."""

import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean, median
from typing import Any

import click

from protclip.errors import InputError, ProtCLIPError
from train.run_log import LogEvent, curve, read_run_log

LOSSES = ("loss", "gc", "bsr", "pda", "mlm", "term", "paraphrase")
SPEED = ("tokens_per_s", "share_of_peak")
ENDS = 3
"""The first and last value of a loss are means over this many log lines."""


@click.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--output", required=True, type=click.Path(path_type=Path), help="CSV file to append to.")
def main(runs: tuple[Path, ...], output: Path) -> None:
    """Append the losses, the last evaluation and the speed of finished runs to a table of results."""
    from protclip.benchmarks.results import append_rows

    try:
        for run in runs:
            events = read_run_log(run / "run.jsonl")
            command = shlex.join(map(str, _started(events, run).get("command", ())))
            append_rows(output, [*rows_of(events, run)], command=command)
            click.echo(f"{run.name}: added to {output}")
    except ProtCLIPError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2 if isinstance(error, InputError) else 1)


def rows_of(events: Sequence[LogEvent], run: Path) -> list[Mapping[str, object]]:
    """One row for the first and last value of each loss, each measure of the last evaluation, and the speed.

    Raises
    ------
    InputError
        If the run has not ended.
    """
    started = _started(events, run)
    ended = next((e for e in reversed(events) if e.event == "end"), None)
    if ended is None:
        raise InputError(f"{run} has not ended. Finish it with --resume first")
    common = {
        "benchmark": "training",
        "model": run.name,
        "data": f"split {str(started.get('split', ''))[:12]}, {ended.step} steps",
        "seed": started.get("seed", ""),
        "commit": started.get("commit", ""),
    }
    return [common | {"metric": name, "value": value} for name, value in _measured(events).items()]


def _measured(events: Sequence[LogEvent]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name in LOSSES:
        values = [value for _, value in curve(events, "step", name)]
        if values:
            found |= {f"{name}/first": fmean(values[:ENDS]), f"{name}/last": fmean(values[-ENDS:])}
    last = next((e for e in reversed(events) if e.event == "evaluation"), None)
    if last is not None:
        found |= {k: float(v) for k, v in last.values.items() if "/" in k and "/num_" not in k}
    for name in SPEED:
        values = [value for _, value in curve(events, "step", name)]
        if values:
            found[f"{name}/median"] = median(values)
    return found


def _started(events: Sequence[LogEvent], run: Path) -> Mapping[str, Any]:
    started = next((e for e in events if e.event == "start"), None)
    if started is None:
        raise InputError(f"{run}/run.jsonl tells of no start: it is no log of a run")
    return started.values


if __name__ == "__main__":
    main()
