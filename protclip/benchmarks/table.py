"""docs/benchmarks.md: the table of the 22 benchmarks and what is behind it, from results/ alone.

`python -m protclip.benchmarks.table` writes it.
"""

from collections.abc import Sequence
from pathlib import Path

import click

from protclip.benchmarks.ablations import ablation_lines
from protclip.benchmarks.lines import BenchmarkLine, benchmark_lines, by_model, current_rows, words_of
from protclip.benchmarks.published import SOURCES, published_words
from protclip.benchmarks.registry import BENCHMARKS
from protclip.benchmarks.result_rows import ResultRow, read_rows

RESULTS, ABLATION_RESULTS = "benchmarks.csv", "ablations.csv"
_SECOND = {"f_max": ("aupr", "AUPR")}
"""What is published beside a headline metric, with its name."""


def document(results: Path) -> str:
    """docs/benchmarks.md, from the files of a folder; those that are missing leave their tables empty."""
    rows, ablations = (_read(results / name) for name in (RESULTS, ABLATION_RESULTS))
    lines = benchmark_lines(rows)
    return "\n".join(
        [
            _HEAD,
            *_markdown([line.cells("<br>") for line in lines]),
            "",
            *(f"[{number}] {source}.  " for number, source in enumerate(SOURCES, start=1)),
            *_not_run(lines),
            *_seconds(rows),
            *_parts(rows),
            *_commands(rows),
            *_ablations(ablations),
            "",
        ]
    )


def _read(path: Path) -> list[ResultRow]:
    return list(read_rows(path)) if path.is_file() else []


def _markdown(lines: Sequence[dict[str, str]]) -> list[str]:
    names = list(lines[0])
    cells = [[_cell(line[name]) for name in names] for line in lines]
    return [f"| {' | '.join(row)} |" for row in (names, ["---"] * len(names), *cells)]


def _cell(text: str) -> str:
    """Text as a cell of a table takes it; the breaks between its lines are ours."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("&lt;br>", "<br>")


def _not_run(lines: Sequence[BenchmarkLine]) -> list[str]:
    """What was not run, or not on the published files, by the files that it needs."""
    told = []
    for heading, sentence, chosen in (
        ("Not run", _NEVER, [line for line in lines if not line.was_run]),
        ("Not run on the published files", _OTHERWISE, [line for line in lines if line.lacks_files]),
    ):
        missing: dict[str, list[str]] = {}
        for line in chosen:
            missing.setdefault(line.benchmark.source, []).append(line.benchmark.title)
        if missing:
            needed = [f"- {', '.join(titles)}: {source}" for source, titles in missing.items()]
            told += ["", f"## {heading}", "", sentence, "", *needed]
    return told


def _seconds(rows: Sequence[ResultRow]) -> list[str]:
    """The table of metrics that are published beside a headline."""
    lines: list[dict[str, str]] = []
    for benchmark in BENCHMARKS:
        metric, name = _SECOND.get(benchmark.headline, ("", ""))
        measured = by_model(row for row in current_rows(benchmark, rows) if row.metric == metric)
        if measured:
            ours = [f"{model}: {words_of(benchmark, given)}" for model, given in measured.items()]
            published = "<br>".join(published_words(benchmark.key, metric))
            line = {"benchmark": benchmark.title, "metric": name, "ours": "<br>".join(ours)}
            lines.append(line | {"published": published})
    return ["", "## Beside the headline metric", "", *_markdown(lines)] if lines else []


def _parts(rows: Sequence[ResultRow]) -> list[str]:
    """Headline metrics over parts of the test sets, such as proteins far from all training proteins."""
    lines: list[dict[str, str]] = []
    for benchmark in BENCHMARKS:
        parts: dict[tuple[str, str], list[ResultRow]] = {}
        for row in current_rows(benchmark, rows):
            metric, _, part = row.metric.partition("/")
            if metric == benchmark.headline and part:
                parts.setdefault((part, row.model), []).append(row)
        lines += [
            {
                "benchmark": benchmark.title,
                "part or reading": part,
                "model": model,
                "value": words_of(benchmark, x),
            }
            for (part, model), x in parts.items()
        ]
    return (
        ["", "## Parts of the test sets, other readings", "", _PARTS, "", *_markdown(lines)] if lines else []
    )


def _commands(rows: Sequence[ResultRow]) -> list[str]:
    """The command behind each number of the table; seeds that differ in nothing else share a line."""
    told = []
    for benchmark in BENCHMARKS:
        commands: dict[str, dict[str, list[str]]] = {}
        for row in current_rows(benchmark, rows):
            if row.metric == benchmark.headline:
                stem = row.command.removesuffix(f" --seed {row.seed}")
                seeds = commands.setdefault(row.model, {}).setdefault(stem, [])
                seeds += [] if row.seed in seeds else [row.seed]
        told += [
            f"- {benchmark.title}, {model}: `{stem} --seed {' --seed '.join(sorted(seeds, key=int))}`"
            for model, stems in commands.items()
            for stem, seeds in stems.items()
        ]
    return ["", "## Commands", "", _COMMANDS, "", *told] if told else []


def _ablations(rows: Sequence[ResultRow]) -> list[str]:
    lines = ablation_lines(rows)
    return ["", "## Ablations", "", _ABLATIONS, "", *_markdown(lines)] if lines else []


READING = (
    "A cell has the value with its 95% bootstrap interval over test proteins, or the mean over seeds with the least "
    "and the greatest. Linear models, searches and BLOSUM62 draw nothing: one run has their number.",
    "A checkpoint is frozen where its tower was not trained on the benchmark: a head was, or texts of the classes "
    "answered (zero-shot, 5-shot). Tuned with (quick) is tuned in minutes, with settings that nobody searched for. "
    "Earlier weights are those of a generation before, not measured anew.",
    "Baselines have no pre-trained weights of proteins. Published numbers were not measured here; most are of larger "
    "models, and they compare with ours only where the last column has 'same data'.",
    "protclip-mini learned from Swiss-Prot of 2014 with its GO terms: it may have seen proteins of any test split, "
    "and their functions and locations among its texts, which are what Bin, Sub, the GO sets zero-shot, protein to "
    "process, function or component, and the similarities of human proteins ask for; baselines have not. 'Unseen' "
    "among the parts are proteins of clusters that it was not trained on.",
    "A bridge is BioBridge's in small: 128 numbers, one layer and 4 heads, of which BioBridge's has 768, 6 and 12. "
    "From a model that embeds no texts it leads to those of protclip-mini's text tower.",
    "MRR is the mean over heads of the mean reciprocal rank of a head's true tails, among all tails of their type "
    "without its other true ones; ties count against the model.",
    "GIN as published has the held-out pairs as edges of its network and keeps the epoch that is best on them: the "
    "composition of amino acids comes near a protein model there. GIN has neither advantage.",
    "Semantic similarity compares rows by their Manhattan similarity; searches compare sequences by the bits of "
    "their alignment, as a share of those of each with itself.",
)
"""How the table is read, point by point."""
_POINTS = "\n".join(f"- {point}" for point in READING)
_HEAD = f"""\
# Benchmarks

The 22 benchmarks of Zhou et al. 2025, made from `results/{RESULTS}` by `python -m protclip.benchmarks.table`; a test
compares the two. [training.md](training.md) says how models are trained, [cli.md](cli.md) how `protclip evaluate`
measures them.

{_POINTS}
"""
_NEVER = f"`results/{RESULTS}` has no number of these. They need:"
_OTHERWISE = (
    "These have numbers, but of a substitute, or of class names as texts (zero-shot) where the files to learn from "
    "are missing. The published sets need:"
)
_PARTS = (
    "The headline metric over parts of the test split (30: chains less than 30% identical with all of training) "
    "or another reading of the same predictions."
)
_COMMANDS = """\
Each makes its rows again, on the data whose hash stands in the row; those of earlier weights do so at the commit of
their rows. Folders outside the checkout stand by their last name alone. `var/bench` has a folder for each family,
with the public files anywhere in it: `labelled`, `cross-modal`, `similarity`, `interaction`. Where PrimeKG
and PROBE's matrices are not to be had, substitutes are made of public annotation (the modules say which tables they
read):

```bash
python -m protclip.benchmarks.substitute_graph --data var/data/swissprot-goa \\
    --sources FOLDER --output var/bench/cross-modal
python -m protclip.benchmarks.substitute_similarity --data var/data/swissprot-goa \\
    --output var/bench/similarity
```"""
_ABLATIONS = (
    "Retrieval of held-out proteins after short runs of a small model, from `results/ablations.csv`: they show that "
    "each loss runs, hardly which is worth what. [docs/training.md](training.md#ablations) says how they were made; "
    "`python -m train.sweep` prints the commands. Ways to sample (S, D, D then S) were not run: they need TrEMBL."
)


@click.command()
@click.option(
    "--results", type=click.Path(path_type=Path, exists=True), default=Path("results"), show_default=True
)
@click.option(
    "--output", type=click.Path(path_type=Path), default=Path("docs/benchmarks.md"), show_default=True
)
def main(results: Path, output: Path) -> None:
    """Write the document of benchmarks from the tables of results; run it in the root of a checkout."""
    output.write_text(document(results), encoding="utf-8")


if __name__ == "__main__":
    main()
