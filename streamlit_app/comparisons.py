"""Which of our numbers stands beside which simple baseline, in the figure of the model page (pure)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from protclip.benchmarks.result_rows import ResultRow
from streamlit_app.measured import value_of
from streamlit_app.model_figures import Compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Where the two numbers stand."""

    task: str
    measure: str
    file: str
    benchmark: str
    ours: str
    baseline: str
    baseline_name: str


_FUNCTION = {"file": "function.csv", "benchmark": "function-atlas/test/all", "measure": "Fmax"}
_MUTATION = {
    "file": "mutation.csv", "ours": "combined/spearman", "baseline": "blosum62/spearman", "measure": "Spearman",
    "baseline_name": "BLOSUM62",
}  # fmt: skip
PAIRS = (
    *(
        Pair(task=f"Function, {aspect}", ours=f"fused/{aspect}/fmax", baseline=f"mmseqs2/{aspect}/fmax",
             baseline_name="mmseqs2 transfer", **_FUNCTION)
        for aspect in ("MF", "BP", "CC")
    ),
    *(
        Pair(task=f"Function without homologues, {aspect}", measure="Fmax", file="function.csv",
             benchmark="function-atlas/test/no hit", ours=f"fused/{aspect}/fmax",
             baseline=f"frequency/{aspect}/fmax", baseline_name="frequency of terms")
        for aspect in ("MF", "BP", "CC")
    ),
    Pair(task="Search, questions written blind", measure="precision at 10", file="search.csv",
         benchmark="everyday questions/blind", ours="precision_at_10/hybrid", baseline="precision_at_10/lexical",
         baseline_name="words (BM25)"),
    Pair(task="Mutations, β-lactamase", benchmark="beta-lactamase", **_MUTATION),
    Pair(task="Mutations, PABP", benchmark="pabp", **_MUTATION),
    Pair(task="Mutations, GB1", benchmark="gb1", **_MUTATION),
    *(
        Pair(task=f"Interaction types, SHS27k {words}", measure="micro F1", file="interaction.csv",
             benchmark=f"interaction/shs27k/{split}", ours="micro_f1/head",
             baseline="micro_f1/nearest_sequences", baseline_name="nearest sequences")
        for split, words in (("random", "random pairs"), ("bfs", "BFS"))
    ),
    Pair(task="Explanation, GO functions", measure="AUROC", file="explanation.csv",
         benchmark="functional residues/GO functions", ours="auroc/size/right", baseline="auroc/size/shuffled",
         baseline_name="shuffled text"),
)  # fmt: skip


def compared(results: Mapping[str, Sequence[ResultRow]], fingerprint: str) -> list[Compared]:
    """The pairs of which both numbers were measured with the model of a fingerprint."""
    found = []
    for pair in PAIRS:
        rows = results.get(pair.file, ())
        ours = value_of(rows, pair.benchmark, pair.ours, fingerprint)
        baseline = value_of(rows, pair.benchmark, pair.baseline, fingerprint)
        if ours and baseline:
            found.append(
                Compared(
                    task=pair.task, measure=pair.measure, ours=ours, baseline=baseline,
                    baseline_name=pair.baseline_name,
                )
            )  # fmt: skip
    return found
