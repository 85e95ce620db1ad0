"""The 22 benchmarks as lines of a table: ours, baselines, published numbers, and how they compare."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from protclip.benchmarks.published import published_words
from protclip.benchmarks.registry import BENCHMARKS, Benchmark
from protclip.benchmarks.result_rows import ResultRow, cell_words

SAME_DATA, NOT_RUN = "same data", "not run: files missing"
SAME_PAIRS = "same pairs, split by the published rule with other draws"
"""What is said of a set of interactions whose rows do not say that the published split was taken."""
METRIC_NAMES = {
    "accuracy": "accuracy",
    "f_max": "Fmax",
    "spearman": "Spearman",
    "mrr": "MRR",
    "micro_f1": "micro F1",
}
_TUNED = " tuned"
"""What the name of a model whose tower was trained on the task has in it."""
_ZERO_SHOT = " zero-shot"
_HASH = re.compile(r" [0-9a-f]{12}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkLine:
    """One benchmark of the table. Cells are lines such as "protclip-mini frozen: 0.71 [0.69, 0.73]".

    ``frozen`` are checkpoints whose tower was not trained on the task, ``tuned`` those whose was, ``baselines`` have
    no pre-trained weights of proteins and stand in the order of their names. ``data`` says how the numbers compare
    with the published ones.
    """

    benchmark: Benchmark
    metric: str
    frozen: tuple[str, ...]
    tuned: tuple[str, ...]
    baselines: tuple[str, ...]
    published: tuple[str, ...]
    data: tuple[str, ...]

    @property
    def was_run(self) -> bool:
        """Whether anything was measured."""
        return bool(self.frozen or self.tuned or self.baselines)

    @property
    def lacks_files(self) -> bool:
        """Whether it was run without the published files: on a substitute, or without anything to learn from."""
        is_substitute = any(note.startswith("substitute") for note in self.data)
        trained = [cell for cell in (*self.frozen, *self.tuned, *self.baselines) if _ZERO_SHOT not in cell]
        return self.was_run and (is_substitute or not trained)

    def cells(self, between: str) -> dict[str, str]:
        """The line by the names of its columns, with ``between`` between the lines of a cell."""
        return {
            "benchmark": self.benchmark.title,
            "metric": self.metric,
            "checkpoint, frozen": between.join(self.frozen),
            "checkpoint, tuned": between.join(self.tuned),
            "baselines": between.join(self.baselines),
            "published": between.join(self.published),
            "data": between.join(self.data),
        }


def benchmark_lines(rows: Iterable[ResultRow]) -> list[BenchmarkLine]:
    """A line for each of the 22, measured or not."""
    given = list(rows)
    newest = {_checkpoint(row): row.fingerprint for row in given}
    return [
        _line(benchmark, [_dated(row, newest) for row in current_rows(benchmark, given)])
        for benchmark in BENCHMARKS
    ]


def _checkpoint(row: ResultRow) -> str:
    """The checkpoint that a model such as "protclip-mini, bridge" is made of."""
    return row.model.split()[0].rstrip(",")


def _dated(row: ResultRow, newest: Mapping[str, str]) -> ResultRow:
    """The row; its model is marked where other weights of the checkpoint were measured later anywhere."""
    if row.fingerprint in ("", newest[_checkpoint(row)]):
        return row
    return replace(row, model=f"{row.model}, earlier weights")


def current_rows(benchmark: Benchmark, rows: Iterable[ResultRow]) -> list[ResultRow]:
    """The rows of a benchmark that count.

    Of a model, those of the weights that were measured last, and of each seed and way to split the last; where a
    benchmark's data do not depend on the seed, those on the data that were measured last.
    """
    found = [row for row in rows if row.benchmark == benchmark.key]
    weights = {row.model: row.fingerprint for row in found}
    found = [row for row in found if row.fingerprint == weights[row.model]]
    if benchmark.family != "interaction" and found:
        found = [row for row in found if _data(row) == _data(found[-1])]
    kept: dict[tuple[str, ...], ResultRow] = {}
    for row in found:
        key = (row.model, row.metric, _part(row), row.seed)
        kept.pop(key, None)
        kept[key] = row
    return list(kept.values())


def _line(benchmark: Benchmark, rows: Sequence[ResultRow]) -> BenchmarkLine:
    headline = [row for row in rows if row.metric == benchmark.headline]
    kinds: dict[str, list[str]] = {"frozen": [], "tuned": [], "baselines": []}
    for model, given in by_model(headline).items():
        kinds[_kind(given[0])].append(f"{model}: {words_of(benchmark, given)}")
    return BenchmarkLine(
        benchmark=benchmark,
        metric=METRIC_NAMES[benchmark.headline],
        frozen=tuple(kinds["frozen"]),
        tuned=tuple(kinds["tuned"]),
        baselines=tuple(sorted(kinds["baselines"], key=str.casefold)),
        published=published_words(benchmark.key, benchmark.headline),
        data=_comparable(benchmark, headline),
    )


def by_model(rows: Iterable[ResultRow]) -> dict[str, list[ResultRow]]:
    """Rows by the name of their model, in the order in which the models come first."""
    found: dict[str, list[ResultRow]] = {}
    for row in rows:
        found.setdefault(row.model, []).append(row)
    return found


def _kind(row: ResultRow) -> str:
    if not row.fingerprint:
        return "baselines"
    return "tuned" if _TUNED in row.model else "frozen"


def words_of(benchmark: Benchmark, given: Sequence[ResultRow]) -> str:
    """The cell of a model's rows; of several ways to split one after the other."""
    if benchmark.family != "interaction":
        return cell_words(given)
    parts: dict[str, list[ResultRow]] = {}
    for row in given:
        parts.setdefault(_part(row).split()[-1], []).append(row)
    return ", ".join(f"{part} {cell_words(found)}" for part, found in parts.items())


def _comparable(benchmark: Benchmark, rows: Sequence[ResultRow]) -> tuple[str, ...]:
    """What the rows say of their data; where models differ in it, each with the models that say so."""
    same = SAME_PAIRS if benchmark.family == "interaction" else SAME_DATA
    models: dict[str, list[str]] = {}
    for model, data in {row.model: row.data for row in rows}.items():
        models.setdefault(data.partition("; ")[2] or same, []).append(model)
    if len(models) < 2:
        return tuple(models) or (NOT_RUN,)
    return tuple(f"{', '.join(names)}: {note}" for note, names in models.items())


def _data(row: ResultRow) -> str:
    """Name and hash of a row's data, without the note."""
    return row.data.partition("; ")[0]


def _part(row: ResultRow) -> str:
    return _HASH.sub("", _data(row))
