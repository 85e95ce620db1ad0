"""Tables and figures of the model page: from results/ alone, the last of what was measured again, seeds together."""

import json
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from protclip import starter
from protclip.benchmarks.published import PUBLISHED_TABLES
from protclip.benchmarks.result_rows import ResultRow, latest
from protclip.data.sampling import SamplingRule, Stratum, expected_size
from protclip.data.statistics import PUBLISHED
from streamlit_app.comparisons import PAIRS, compared
from streamlit_app.glossary import GLOSSARY, meanings
from streamlit_app.measured import (
    TableSpec,
    chosen,
    conditions,
    pivot,
    read_results,
    results_folder,
)
from streamlit_app.measured_tables import TABLES
from streamlit_app.model_figures import (
    comparison_figure,
    comparison_rows,
    curve_rows,
    sampled_marginals,
    sampling_figure,
    sampling_rows,
    training_figure,
)
from streamlit_app.model_sections import OVERVIEW
from streamlit_app.run_curves import read_runs

ROW = ResultRow(
    benchmark="b", metric="fused/MF", value=0.5, low=0.4, high=0.6, n="1200", model="m", fingerprint="f", data="d",
    seed="17", date="2026-01-01", commit="abcdef123", command="c", hardware="h",
)  # fmt: skip
SPEC = TableSpec(
    title="t", about="", file="x.csv", pattern=r"b\|(?P<row>\w+)/(?P<column>\w+)\|m", labels={"fused": "all"}
)


@pytest.fixture(scope="module")
def results():
    folder = results_folder()
    assert folder is not None, "the tests run in a checkout"
    return read_results(folder)


@pytest.fixture(scope="module")
def fingerprint():
    return starter.fingerprint()


def test_what_was_measured_again_counts_once_and_seeds_are_put_together() -> None:
    again = replace(ROW, value=0.7, low=None, high=None)
    assert latest([ROW, again]) == [again]
    on_new_data = replace(again, data="newer")
    assert latest([ROW, on_new_data]) == [on_new_data]
    other_seed = replace(ROW, seed="18", value=0.3)
    table = pivot(SPEC, chosen(SPEC, [ROW, other_seed, replace(ROW, metric="fused/BP")], "f"))
    assert table.names == ("what", "MF", "BP")
    assert table.lines == ({"what": "all", "MF": "0.4 (0.3 to 0.5, 2 seeds)", "BP": "0.5 [0.4, 0.6]"},)


def test_another_model_is_left_out_unless_the_table_takes_any() -> None:
    rows = [ROW, replace(ROW, metric="text/MF", fingerprint="older")]
    assert len(chosen(SPEC, rows, "f")) == 1
    assert len(chosen(replace(SPEC, any_model=True), rows, "f")) == 2
    assert chosen(SPEC, rows, "newer") == []
    assert conditions([ROW]) == "n = 1,200; d; measured 2026-01-01; code abcdef1"


def test_rows_and_columns_stand_in_the_order_of_their_labels() -> None:
    spec = replace(
        SPEC,
        pattern=r"b\|(?P<row>.+)/(?P<column>\w+)\|m",
        labels={"text": "words", "fused": "all", "CC": "cell"},
    )
    metrics = ("x/fold/MF", "fused/MF", "fused/CC", "text/MF")
    table = pivot(spec, [replace(ROW, metric=metric) for metric in metrics])
    assert table.names == ("what", "cell", "MF")
    assert [line["what"] for line in table.lines] == ["words", "all", "x, fold"]
    assert [line["cell"] is None for line in table.lines] == [True, False, True]


def test_every_table_and_every_comparison_finds_its_numbers(results, fingerprint) -> None:
    for spec in TABLES:
        assert chosen(spec, results[spec.file], fingerprint), spec.title
    assert len(compared(results, fingerprint)) == len(PAIRS)


def test_every_number_of_a_table_is_a_row_of_its_file(results, fingerprint) -> None:
    for spec in TABLES:
        given = chosen(spec, results[spec.file], fingerprint)
        values = {f"{m.value:.4g}" for m in results[spec.file]}
        for line in pivot(spec, given).lines:
            for name, cell in line.items():
                if name != "what" and cell and "seeds" not in cell:
                    assert cell.split(" [")[0] in values


def test_sampling_as_a_formula_is_sampling_as_counted() -> None:
    rule, before = SamplingRule(), PUBLISHED["ProtAnno-D"]
    sizes = {
        Stratum(existence=c, num_properties=r): round(1e9 * p * q)
        for c, p in enumerate(before.existence, 1)
        for r, q in enumerate(before.coverage, 1)
    }
    after, kept = sampled_marginals(before, rule)
    assert kept == pytest.approx(expected_size(sizes, rule) / sum(sizes.values()), rel=1e-5)
    assert sum(after.existence) == pytest.approx(1)
    assert after.existence[3:] == (0, 0)
    assert after.coverage[:2] == (0, 0)
    third = {s: n for s, n in sizes.items() if s.existence == 3}
    assert after.existence[2] == pytest.approx(
        expected_size(third, rule) / expected_size(sizes, rule), rel=1e-5
    )


def test_figures_draw_what_their_tables_say(results, fingerprint) -> None:
    rows = sampling_rows(SamplingRule())
    drawn = sorted(y for trace in sampling_figure(rows).data for y in trace.y)
    assert drawn == sorted(row["share"] for row in rows)
    pairs = compared(results, fingerprint)
    baseline, ours = comparison_figure(pairs).data
    told = comparison_rows(pairs)[::-1]
    assert list(ours.x) == [row["ours"] for row in told]
    assert list(baseline.x) == [row["baseline_value"] for row in told]


def test_the_shipped_log_gives_curves_that_grow_in_steps_once_each() -> None:
    runs = read_runs((starter.checkpoint_path() / "run.jsonl").read_text("utf-8").splitlines())
    assert [run.name for run in runs] == ["mini"]
    for run in runs:
        for curve in (*run.losses, *run.validation):
            steps = [step for step, _ in curve.points]
            assert steps == sorted(set(steps))
        assert len(training_figure(run).data) == len(run.losses) + len(run.validation)
        assert len(curve_rows(run)) == sum(len(c.points) for c in (*run.losses, *run.validation))
    first = {curve.name: curve.points for curve in runs[0].losses}["weighted sum"]
    assert first[-1][1] < first[0][1]


def test_the_drawing_is_well_formed_and_says_what_the_model_is() -> None:
    text = OVERVIEW.read_text("utf-8")
    words = " ".join(node.text or "" for node in ElementTree.fromstring(text).iter())
    config = json.loads((starter.checkpoint_path() / "config.json").read_text("utf-8"))
    sizes = (config["projection_hidden_dim"], config["projection_dim"])
    for tower in (config["protein_config"]["hidden_size"], config["text_config"]["hidden_size"]):
        assert f"{tower} → {sizes[0]:,} → {sizes[1]}" in words
    assert f"{config['projection_dim']} dimensions" in words
    assert all(f"{size}-mers" in words for size in config["kmer_sizes"])
    assert ("spaced words" in words) == bool(config["word_patterns"])
    assert not re.search(r"https?://(?!www\.w3\.org)", text), "a drawing fetches nothing"


def test_published_numbers_have_a_source_and_the_shape_of_their_table() -> None:
    for table in PUBLISHED_TABLES:
        for name, values, source in table.rows:
            assert len(values) == len(table.columns), name
            assert source


def test_the_glossary_gives_what_is_asked_and_refuses_what_it_lacks() -> None:
    assert meanings("cosine", "MRR").splitlines()[1].startswith("- **MRR**: Mean reciprocal rank")
    assert len(meanings().splitlines()) == len(GLOSSARY)
    with pytest.raises(KeyError):
        meanings("nothing")
