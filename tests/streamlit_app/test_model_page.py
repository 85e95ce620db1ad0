"""The model page by its logic: every section draws, and says so where results/ is not there."""

import pytest
from click.testing import CliRunner

from protclip import starter
from protclip.benchmarks.results import append_rows
from protclip.benchmarks.table import NOT_RUN
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
        ("training", "Run mini-text"),
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
    assert len(app.dataframe) == 1
    assert set(app.dataframe[0].value["data"]) == {NOT_RUN}
    facts = {"benchmark": "sub", "model": "m frozen", "fingerprint": "f", "data": "sub 0123456789ab; a part"}
    rows = [facts | {"metric": metric, "value": 0.5, "n": 9, "seed": 1} for metric in ("accuracy", "mcc")]
    append_rows(tmp_path / "benchmarks.csv", rows, command="protclip evaluate --benchmark sub --seed 1")
    app.run()
    assert "1 of 22 benchmarks were run" in words(app)
    shown = app.dataframe[0].value.set_index("benchmark").loc["Subcellular localisation (Sub)"]
    assert (shown["checkpoint, frozen"], shown["data"]) == ("m frozen: 0.5", "a part")
    assert list(app.dataframe[1].value["metric"]) == ["accuracy", "mcc"]


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
