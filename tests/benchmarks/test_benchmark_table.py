"""The table of benchmarks: which rows count, what a cell says, and that docs/benchmarks.md says what results/ has."""

from dataclasses import replace
from pathlib import Path

import pytest

from protclip.benchmarks.ablations import ablation_lines
from protclip.benchmarks.lines import NOT_RUN, SAME_DATA, SAME_PAIRS, benchmark_lines, current_rows
from protclip.benchmarks.published import PUBLISHED_TABLES, SOURCES, published_words
from protclip.benchmarks.registry import BENCHMARKS, benchmark_of
from protclip.benchmarks.result_rows import ResultRow, read_rows
from protclip.benchmarks.results import append_rows
from protclip.benchmarks.table import document

ROOT = Path(__file__).parents[2]
ROW = ResultRow(
    benchmark="sub", metric="accuracy", value=0.7, low=0.68, high=0.72, n="2768", model="protclip-mini frozen",
    fingerprint="f1", data="sub 0123456789ab", seed="1", date="2026-01-01", commit="abc", hardware="{}",
    command="protclip evaluate --benchmark sub --data sets --seed 1",
)  # fmt: skip
CNN = replace(ROW, model="cnn", fingerprint="", value=0.5, low=0.4, high=0.6)


def line_of(key, rows):
    return next(line for line in benchmark_lines(rows) if line.benchmark.key == key)


def test_without_a_row_all_22_stand_there_as_not_run() -> None:
    lines = benchmark_lines([])
    assert [line.benchmark for line in lines] == list(BENCHMARKS)
    assert {line.data for line in lines} == {(NOT_RUN,)}
    assert not any(line.was_run for line in lines)


def test_each_model_stands_in_the_column_of_its_kind() -> None:
    tuned = replace(ROW, model="protclip-mini tuned (quick)", value=0.8)
    other_metric = replace(ROW, metric="mcc", value=0.1)
    line = line_of("sub", [ROW, other_metric, CNN, tuned])
    assert line.frozen == ("protclip-mini frozen: 0.7 [0.68, 0.72]",)
    assert line.tuned == ("protclip-mini tuned (quick): 0.8 [0.68, 0.72]",)
    assert line.baselines == ("cnn: 0.5 [0.4, 0.6]",)
    assert line.data == (SAME_DATA,)
    assert line_of("bin", [ROW]).data == (NOT_RUN,)


def test_baselines_stand_in_the_order_of_their_names_whatever_was_measured_first() -> None:
    measured = [
        replace(CNN, model=name) for name in ("LSTM", "composition linear", "3-mers linear", "diamond")
    ]
    told = [cell.partition(":")[0] for cell in line_of("sub", measured).baselines]
    assert told == ["3-mers linear", "composition linear", "diamond", "LSTM"]


def test_seeds_are_put_together_and_what_was_measured_again_counts_once() -> None:
    seeds = [ROW, replace(ROW, seed="2", value=0.8), replace(ROW, seed="2", value=0.9)]
    assert line_of("sub", seeds).frozen == ("protclip-mini frozen: 0.8 (0.7 to 0.9, 2 seeds)",)


def test_numbers_of_older_weights_or_data_do_not_count() -> None:
    newer = replace(ROW, fingerprint="f2", value=0.75, seed="2")
    assert current_rows(benchmark_of("sub"), [ROW, newer]) == [newer]
    moved = replace(CNN, data="sub ba9876543210")
    assert current_rows(benchmark_of("sub"), [ROW, CNN, moved]) == [moved]


def test_what_was_not_measured_anew_is_of_earlier_weights() -> None:
    tuned = replace(ROW, model="protclip-mini tuned (quick)")
    elsewhere = replace(ROW, benchmark="bin", fingerprint="f2")
    assert line_of("sub", [ROW, tuned, replace(ROW, fingerprint="f2"), CNN]).tuned == (
        "protclip-mini tuned (quick), earlier weights: 0.7 [0.68, 0.72]",
    )
    assert line_of("sub", [ROW, CNN, elsewhere]).frozen == (
        "protclip-mini frozen, earlier weights: 0.7 [0.68, 0.72]",
    )
    assert line_of("sub", [ROW, CNN, elsewhere]).baselines == ("cnn: 0.5 [0.4, 0.6]",)


def test_ways_to_split_stand_beside_each_other() -> None:
    rows = [
        replace(ROW, benchmark="shs27k", metric="micro_f1", data=f"SHS27k {mode} {seed}123456789ab", seed=seed,
                value=value)
        for mode, value in (("random", 0.9), ("bfs", 0.6))
        for seed in ("1", "2")
    ]  # fmt: skip
    cell = "random 0.9 (0.9 to 0.9, 2 seeds), bfs 0.6 (0.6 to 0.6, 2 seeds)"
    assert line_of("shs27k", rows).frozen == (f"protclip-mini frozen: {cell}",)


def test_splits_drawn_here_are_not_told_as_the_published_ones() -> None:
    drawn = replace(ROW, benchmark="shs27k", metric="micro_f1", data="SHS27k bfs 0123456789ab")
    assert line_of("shs27k", [drawn]).data == (SAME_PAIRS,)
    published = replace(drawn, data=f"{drawn.data}; the published split")
    assert line_of("shs27k", [published]).data == ("the published split",)


def test_what_had_no_files_to_learn_from_or_a_substitute_is_listed() -> None:
    guessed = replace(ROW, benchmark="ec", metric="f_max", model="protclip-mini zero-shot")
    trained = replace(guessed, model="protclip-mini frozen")
    assert line_of("ec", [guessed]).lacks_files
    assert not line_of("ec", [guessed, trained]).lacks_files
    assert line_of("ec", [replace(trained, data=f"{ROW.data}; substitute, not DeepFRI's")]).lacks_files
    assert not line_of("ec", []).lacks_files


def test_the_last_column_says_in_what_data_differ_and_of_whom_it_is_said() -> None:
    note = "a part; of the training set"
    partial = [replace(row, data=f"{row.data}; {note}") for row in (ROW, CNN)]
    assert line_of("sub", partial).data == (note,)
    mixed = [ROW, partial[1], replace(CNN, model="lstm")]
    assert line_of("sub", mixed).data == (f"protclip-mini frozen, lstm: {SAME_DATA}", f"cnn: {note}")
    both = [partial[0], replace(CNN, data=f"{CNN.data}; other")]
    assert SAME_DATA not in " ".join(line_of("sub", both).data)


def test_published_numbers_are_those_of_the_headline_metric_with_their_source() -> None:
    assert published_words("ec", "f_max")[0] == "ProtCLIP: 0.908 [1]"
    assert published_words("bin", "accuracy")[0] == f"CNN: 0.8267 [{1 + _place('PEER')}]"
    assert published_words("shs27k", "micro_f1")[0].startswith(
        "GNN-PPI: random 0.8791, BFS 0.6381, DFS 0.7472 ["
    )
    assert published_words("aav", "spearman") == ()
    assert not any("ProtST" in words for words in published_words("prot2bp", "mrr"))


def test_published_tables_speak_of_benchmarks_there_are() -> None:
    for table in PUBLISHED_TABLES:
        assert len(table.benchmarks) == len(table.columns), table.title
        for key in table.benchmarks:
            benchmark_of(key)
    cited = " ".join(words for b in BENCHMARKS for words in published_words(b.key, b.headline))
    assert all(f"[{number}]" in cited for number in range(1, len(SOURCES) + 1))


def _place(start):
    return next(place for place, source in enumerate(SOURCES) if source.startswith(start))


def test_ablations_stand_in_their_order_and_under_their_names() -> None:
    runs = ("theta-0.3", "new-one", "no-pda", "full")
    rows = [
        replace(ROW, benchmark="training", metric=metric, model=f"ablation-{run}", low=None, high=None)
        for run in runs
        for metric in ("text_to_protein/mrr", "loss/last")
    ]
    lines = ablation_lines(rows)
    assert [line["trained with"] for line in lines] == [
        "all four losses", "without PDA", "all four, θ = 0.3", "new-one",
    ]  # fmt: skip
    assert lines[0]["text to protein, MRR"] == "0.7"
    assert lines[0]["protein to text, MRR"] == ""


@pytest.fixture
def written(tmp_path):
    """A document of rows that were written as the verb writes them."""
    measured = {"benchmark": "ec", "fingerprint": "f", "data": "ec 0123456789ab; <b>|part</b>", "n": 9}
    for seed in (1, 2):
        facts = measured | {"model": "m frozen", "seed": seed}
        rows = [facts | {"metric": m, "value": 0.25 * seed} for m in ("f_max", "f_max/<30%", "seconds")]
        append_rows(
            tmp_path / "benchmarks.csv", rows, command=f"protclip evaluate --benchmark ec --seed {seed}"
        )
    return document(tmp_path)


def test_the_document_has_table_parts_commands_and_what_is_missing(written) -> None:
    assert "| m frozen: 0.375 (0.25 to 0.5, 2 seeds) |" in written
    assert "| Enzyme class (EC) | &lt;30% | m frozen | 0.375 (0.25 to 0.5, 2 seeds) |" in written
    assert "- Enzyme class (EC), m frozen: `protclip evaluate --benchmark ec --seed 1 --seed 2`" in written
    assert "- Fluorescence: TAPE's archive fluorescence.tar.gz" in written
    assert "## Ablations" not in written
    assert "&lt;b>\\|part&lt;/b>" in written
    table = [row for row in written.splitlines() if row.startswith("| ")]
    assert len({row.replace("\\|", "").count("|") for row in table[:24]}) == 1, "every row has every column"


def test_benchmarks_md_is_what_the_results_give() -> None:
    told = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert told == document(ROOT / "results"), "run python -m protclip.benchmarks.table"


def test_every_ablation_of_the_results_has_words() -> None:
    lines = ablation_lines(read_rows(ROOT / "results" / "ablations.csv"))
    assert lines
    assert not any(line["trained with"].startswith(("no-", "theta-")) for line in lines)
