"""The model page by its logic: every section draws, and says so where results/ is not there."""

import pytest
from click.testing import CliRunner

from protclip import starter
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


def test_without_results_the_page_says_where_they_are(open_section, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("PROTCLIP_RESULTS", str(tmp_path))
    for section in ("data", "results"):
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
