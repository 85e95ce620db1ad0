"""What encoding, indexing, searching and annotating cost at a size: the product's commands, a process each.

``nice -n 10 python -m vector_store.growth_benchmark --size 5000 --output results/scaling.csv``
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import click

STEPS = ("encode", "index", "search", "annotate")
_QUERIES = (20, 120)
"""Asked or annotated in two runs: the difference is what one costs, the rest is what it takes to begin."""

_MIB = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of one process: seconds on the processors' clock and on the wall's, and the most memory it held, in MiB."""

    cpu_s: float
    wall_s: float
    peak_mib: float


def cost_of(*arguments: object, lines: Path | None = None) -> Cost:
    """Run a ``protclip`` command, with a file as its standard input, and read what it took.

    Raises
    ------
    click.ClickException
        If it fails; its standard error was shown.
    """
    words = [str(argument) for argument in arguments]
    command = [sys.executable, "-m", "protclip.cli", *words]
    began = time.perf_counter()
    with (lines or Path(os.devnull)).open("rb") as given:
        process = subprocess.Popen(command, stdin=given, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)  # so that Popen does not wait for it again
    if process.returncode:
        raise click.ClickException(f"protclip {' '.join(words)} ended with {process.returncode}")
    kib = 1024 if sys.platform == "darwin" else 1  # bytes there, KiB elsewhere
    return Cost(cpu_s=usage.ru_utime + usage.ru_stime, wall_s=wall_s, peak_mib=usage.ru_maxrss / kib / 1024)


def disk_mib(place: Path) -> float:
    """What a file or folder takes on the disk, holes not counted."""
    files = place.rglob("*") if place.is_dir() else (place,)
    return sum(path.stat().st_blocks for path in files) * 512 / _MIB


def prepare(shards: Path, size: int, work: Path) -> None:
    """Write ``work/shards``, so many proteins evenly spaced over a folder of shards, and queries from between them.

    Where more than half are known, queries are spaced over all without their first residue: none is in the index.
    Reads in a stream: a child's peak memory cannot be read below what its parent held when it was started.
    """
    from protclip.data.shards import MANIFEST, Manifest, read_shards, write_shards

    total = Manifest.read(shards / MANIFEST).num_proteins
    if size > total:
        raise click.BadParameter(f"{shards} holds {total:,} proteins, not {size:,}")
    chosen = {number * total // size for number in range(size)}
    known = (p for place, p in enumerate(read_shards(shards, verify=False)) if place in chosen)
    write_shards(known, work / "shards", {"source": f"{size} of {shards.name}, evenly spaced"})
    first = int(size > total // 2)
    asked = {
        place + (not first and place in chosen) for place in range(0, total - 1, max(total // _QUERIES[1], 1))
    }
    proteins = enumerate(read_shards(shards, "sequences", verify=False))
    records = [f">{p.accession}\n{p.sequence[first:]}\n" for place, p in proteins if place in asked]
    for number in _QUERIES:
        text = "".join(records[:: len(records) // number][:number])
        (work / f"{number}.fasta").write_text(text, encoding="ascii")


def encode_step(work: Path) -> Mapping[str, float]:
    """Protein embeddings alone, to Parquet."""
    output = work / "embeddings.parquet"
    return _values(cost_of("encode", work / "shards", "-o", output)) | {"disk_mib": disk_mib(output)}


def index_step(work: Path) -> Mapping[str, float]:
    """Proteins and their texts encoded and loaded into a new index."""
    cost = cost_of("index", "--atlas", work / "shards", "--index", work / "index")
    return _values(cost) | {"disk_mib": disk_mib(work / "index")}


def search_step(work: Path) -> Mapping[str, float]:
    """Shipped questions, hybrid, each from text to ten hits."""
    from vector_store.question_benchmark import everyday_questions

    texts = [question.text for question in everyday_questions("dev") + everyday_questions("blind")]
    costs = []
    for number in _QUERIES:
        asked = work / f"{number}.txt"
        asked.write_text("".join(f"{text}\n" for text in texts[:number]), encoding="utf-8")
        costs.append(cost_of("search", "--index", work / "index", "--format", "jsonl", lines=asked))
    return _each(*costs, what="query")


def annotate_step(work: Path) -> Mapping[str, float]:
    """Proteins that the index does not hold, annotated with evidence from those it holds."""
    costs = [
        cost_of(
            "annotate", work / f"{number}.fasta", "-o", work / f"{number}.parquet", "--index", work / "index"
        )
        for number in _QUERIES
    ]
    return _each(*costs, what="protein")


def _each(few: Cost, many: Cost, *, what: str) -> dict[str, float]:
    each = (many.cpu_s - few.cpu_s) / (_QUERIES[1] - _QUERIES[0])
    begin = few.cpu_s - _QUERIES[0] * each
    return {f"cpu_s_a_{what}": each, "cpu_s_to_begin": begin, "peak_mib": many.peak_mib}


def _values(cost: Cost) -> dict[str, float]:
    return {"cpu_s": cost.cpu_s, "wall_s": cost.wall_s, "peak_mib": cost.peak_mib}


_RUN: Mapping[str, Callable[[Path], Mapping[str, float]]] = {
    "encode": encode_step,
    "index": index_step,
    "search": search_step,
    "annotate": annotate_step,
}


def measured(shards: Path, size: int, steps: tuple[str, ...], work: Path) -> Iterator[dict[str, float]]:
    """One step after the other: metrics of each as soon as it is done."""
    prepare(shards, size, work)
    for step in steps:
        yield {f"{step}/{name}": value for name, value in _RUN[step](work).items()}


@click.command()
@click.option("--size", type=click.IntRange(1000), required=True, help="Known proteins.")
@click.option("--steps", default=",".join(STEPS), show_default=True, help="Later ones need the index.")
@click.option("--shards", type=click.Path(path_type=Path), default=Path("var/data/swissprot-goa"))
@click.option(
    "--work", type=click.Path(path_type=Path), help="Folder to keep what is made [default: none kept]."
)
@click.option("--output", type=click.Path(path_type=Path), help="CSV file to append the rows to.")
def main(size: int, steps: str, shards: Path, work: Path | None, output: Path | None) -> None:
    """Measure the product's commands at a number of proteins."""
    from protclip import starter
    from protclip.benchmarks.results import append_rows
    from protclip.model.checkpoint_files import fingerprint

    wanted = tuple(steps.split(","))
    if unknown := set(wanted) - set(STEPS):
        raise click.BadParameter(f"{', '.join(sorted(unknown))}: steps are {', '.join(STEPS)}")
    facts: dict[str, object] = {
        "benchmark": "growth",
        "n": size,
        "model": "protclip-mini",
        "fingerprint": fingerprint(starter.checkpoint_path()),
        "data": f"{shards.name}; OMP_NUM_THREADS={os.environ.get('OMP_NUM_THREADS', 'not set')}; shared machine",
    }
    with tempfile.TemporaryDirectory() as scratch:
        for found in measured(shards, size, wanted, work or Path(scratch)):
            for metric, value in found.items():
                click.echo(f"{metric}\t{value:.4g}")
            if output is not None:
                rows = [facts | {"metric": metric, "value": value} for metric, value in found.items()]
                append_rows(output, rows, command=f"python -m vector_store.growth_benchmark --size {size}")


if __name__ == "__main__":
    main()
