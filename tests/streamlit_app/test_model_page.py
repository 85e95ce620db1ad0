"""The model page by its logic: every section draws, and says so where results/ is not there."""

import re

import pytest
from click.testing import CliRunner

from protclip import starter
from protclip.benchmarks.lines import NOT_RUN
from protclip.benchmarks.published import SOURCES
from protclip.benchmarks.results import append_rows
from protclip.verbs import info

PAGE = "views/model.py"


@pytest.fixture
def open_section(app):
    def open_page(name=None):
        app.run()
        app.switch_page(PAGE)
        if name:
            app.query_params["show"] = name
        return app.run()

    return open_page


def words(app) -> str:
    kinds = (app.title, app.markdown, app.caption, app.warning, app.error, app.info)
    return "\n".join(str(e.value) for kind in kinds for e in kind).replace("\\", "")


@pytest.mark.parametrize(
    ("section", "said"),
    [
        (None, "Where it fails"),
        ("data", "Property-driven sampling of ProtAnno-D"),
        ("training", "Run mini"),
        ("results", "Function prediction by the nearest homologue"),
        ("benchmarks", "of 22 benchmarks were run"),
        ("published", "None of these was measured here"),
    ],
)
def test_every_section_draws(open_section, section, said) -> None:
    app = open_section(section)
    assert not app.exception
    assert said in words(app)
    assert not app.error


def test_the_counts_of_the_data_are_those_of_the_results(open_section) -> None:
    table = open_section("data").dataframe[0].value
    counts = dict(zip(table["step"], table["proteins"], strict=True))
    removed = sum(number for step, number in counts.items() if step.startswith("removed"))
    assert counts["read"] - removed == counts["kept"]


def test_benchmarks_are_told_from_their_rows_alone(open_section, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("PROTCLIP_RESULTS", str(tmp_path))
    (tmp_path / "other.csv").write_text("benchmark\n", encoding="utf-8")
    app = open_section("benchmarks")
    assert not app.exception
    assert "0 of 22 benchmarks were run" in words(app)
    assert len(app.dataframe) == 2
    assert not app.error
    assert set(app.dataframe[0].value["data"]) == {NOT_RUN}
    facts = {"benchmark": "sub", "model": "m frozen", "fingerprint": "f", "data": "sub 0123456789ab; a part"}
    rows = [facts | {"metric": metric, "value": 0.5, "n": 9, "seed": 1} for metric in ("accuracy", "mcc")]
    append_rows(tmp_path / "benchmarks.csv", rows, command="protclip evaluate --benchmark sub --seed 1")
    app.run()
    assert "1 of 22 benchmarks were run" in words(app)
    shown = app.dataframe[0].value.set_index("benchmark").loc["Subcellular localisation (Sub)"]
    assert (shown["checkpoint, frozen"], shown["data"]) == ("m frozen: 0.5", "a part")
    assert list(app.dataframe[-1].value["metric"]) == ["accuracy", "mcc"]


def test_one_benchmark_is_told_in_full_and_by_its_link(open_section, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("PROTCLIP_RESULTS", str(tmp_path))
    facts = {"benchmark": "sub", "metric": "accuracy", "data": "sub 0123456789ab; a part", "n": 9, "seed": 1}
    rows = [
        facts | {"model": "m zero-shot (a: b)", "fingerprint": "f", "value": 0.5, "low": 0.4, "high": 0.6},
        facts | {"model": "3-mers linear", "fingerprint": "", "value": 0.25},
    ]
    append_rows(tmp_path / "benchmarks.csv", rows, command="protclip evaluate --benchmark sub --seed 1")
    app = open_section("benchmarks")
    assert "Not run here. It needs PEER's archive" in words(app)
    app.query_params["benchmark"] = "sub"
    app.run()
    told = app.dataframe[1].value
    assert told[told["what it is"] != "published"].values.tolist() == [
        ["m zero-shot (a: b)", "0.5 [0.4, 0.6]", "checkpoint, frozen"],
        ["3-mers linear", "0.25", "baseline"],
    ]
    assert "0.7982 [3]" in set(told["accuracy"]), "ESM-1b, frozen, as published"
    assert "Data: a part." in words(app)
    app.selectbox(key="param-benchmark").select("bin").run()
    assert "benchmark" not in app.query_params


def test_published_numbers_cite_their_source_below(open_section) -> None:
    app = open_section("published")
    cited = {name for table in app.dataframe for name in table.value["read in"]}
    assert cited == {f"[{number}]" for number in range(1, len(SOURCES) + 1)}
    assert all(f"[{number}] {name}" in words(app) for number, name in enumerate(SOURCES, 1))


def test_the_data_section_says_what_the_shipped_model_was_trained_on(open_section) -> None:
    app = open_section("training")
    number = re.search(r"proteins to train on ([\d,]+)", words(app))
    assert number
    assert f"on {number[1]} proteins of the same release" in words(open_section("data"))


def test_without_results_the_page_says_where_they_are(open_section, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("PROTCLIP_RESULTS", str(tmp_path))
    for section in ("data", "results", "benchmarks"):
        app = open_section(section)
        assert not app.exception
        assert "The measurements are not on this machine" in words(app)


def test_another_section_is_ignored_with_a_sentence(open_section) -> None:
    app = open_section("<b>")
    assert not app.exception
    assert "was ignored: it takes card, data" in words(app)


def test_the_command_line_names_the_model_of_the_page(open_section) -> None:
    app = open_section()
    assert app.code[0].value == "protclip info --format json"
    told = CliRunner().invoke(info, ["--format", "json"])
    assert starter.fingerprint() in told.output
    assert f"fingerprint {starter.fingerprint()}" in words(app)
