"""The ablations of results/ablations.csv: what their names mean, and their table."""

from collections.abc import Iterable

from protclip.benchmarks.result_rows import ResultRow, cell_words, latest

PREFIX = "ablation-"
ABLATIONS: dict[str, str] = {
    "full": "all four losses",
    "gc-only": "GC alone",
    "no-bsr": "without BSR",
    "no-pda": "without PDA",
    "no-mlm": "without MLM",
    **{f"theta-0.{tenth}": f"all four, θ = 0.{tenth}" for tenth in range(1, 10)},
}
"""What was trained, by the name of the run behind `PREFIX`, in the order of the table."""
METRICS: dict[str, str] = {
    "text_to_protein/mrr": "text to protein, MRR",
    "protein_to_text/mrr": "protein to text, MRR",
    "term_retrieval/map": "terms, mean average precision",
}


def ablation_lines(rows: Iterable[ResultRow]) -> list[dict[str, str]]:
    """A line for each ablation that was measured, with a cell for each metric."""
    found = [row for row in latest(rows) if row.model.startswith(PREFIX) and row.metric in METRICS]
    measured = {row.model.removeprefix(PREFIX) for row in found}
    names = [name for name in ABLATIONS if name in measured] + sorted(measured - ABLATIONS.keys())
    return [
        {"trained with": ABLATIONS.get(name, name)}
        | {words: _cell(found, PREFIX + name, metric) for metric, words in METRICS.items()}
        for name in names
    ]


def _cell(rows: Iterable[ResultRow], model: str, metric: str) -> str:
    given = [row for row in rows if (row.model, row.metric) == (model, metric)]
    return cell_words(given) if given else ""
