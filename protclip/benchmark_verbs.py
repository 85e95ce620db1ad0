"""`protclip evaluate --benchmark` and `--all`: the 22 benchmarks, a row of results for each number."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from protclip.benchmarks.registry import BENCHMARKS, Benchmark, benchmark_of
from protclip.benchmarks.results import append_rows
from protclip.benchmarks.runner import Evaluation, LeftOut, command_of, run_benchmarks
from protclip.benchmarks.tasks import BenchmarkRun
from protclip.errors import AssetError, InputError
from protclip.exit_codes import DONE, SKIPPED_RECORDS


def chosen_benchmarks(keys: Sequence[str], every: bool) -> tuple[Benchmark, ...]:
    """The benchmarks of some keys, or all 22. Raises InputError where both are asked, or a key is none."""
    if keys and every:
        raise InputError("--all runs all benchmarks; leave --benchmark out, or --all")
    return BENCHMARKS if every else tuple(benchmark_of(key) for key in keys)


def evaluate_benchmarks(benchmarks: Sequence[Benchmark], asked: Evaluation, output: Path | None) -> int:
    """Run benchmarks, print what came out, append it to a table; returns the exit code.

    Raises
    ------
    AssetError
        If none could be run; the text says why for each.
    """
    num_runs = 0

    def done(benchmark: Benchmark, run: BenchmarkRun) -> None:
        nonlocal num_runs
        num_runs += 1
        for m in run.measured:
            click.echo(f"{benchmark.key}\t{run.model}\tseed {run.seed}\t{m.line()}")
        if output is not None:
            facts = facts_of(benchmark, run)
            rows: list[Mapping[str, object]] = [facts | dict(m.row()) for m in run.measured]
            append_rows(output, rows, command=command_of(benchmark, asked, run))

    left_out = run_benchmarks(benchmarks, asked, done, lambda line: click.echo(line, err=True))
    if left_out and not num_runs:
        raise AssetError("nothing could be run.\n" + _listed(left_out))
    if left_out:
        click.echo(f"{len(left_out)} of {len(benchmarks)} were left out:\n{_listed(left_out)}", err=True)
    return SKIPPED_RECORDS if left_out else DONE


def facts_of(benchmark: Benchmark, run: BenchmarkRun) -> dict[str, object]:
    """The columns that all rows of a run have in common; what the data lack stands behind their hash."""
    return {
        "benchmark": benchmark.key,
        "model": run.model,
        "fingerprint": run.fingerprint,
        "data": f"{run.data}; {run.note}" if run.note else run.data,
        "seed": run.seed,
    }


def _listed(left_out: Sequence[LeftOut]) -> str:
    """A line for each, with the first sentence of why; the whole was told when it came up."""
    return "\n".join(
        f"  {one.benchmark.key}: {one.reason.splitlines()[0].partition('. ')[0]}" for one in left_out
    )
