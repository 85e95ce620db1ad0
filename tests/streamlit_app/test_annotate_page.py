"""The annotate page by its logic: paste, start, table, a link that finds the job again; visitors apart."""

import contextlib
import io
import json
import runpy
import shlex
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from click.testing import CliRunner
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

import streamlit_app
from streamlit_app import api, engine, resources, session
from streamlit_app.annotation_form import _MAX_NAME
from vector_store import annotate_verbs, predicting

PAGE = "views/annotate.py"
FASTA = ">secret_one\nMKVLAAGGTWYRNDEF\n>secret_two\nMKVLAAGG\n>broken\nMK?V\n"
PLANTED = runpy.run_path(str(Path(__file__).with_name("planted_tools.py")))


@pytest.fixture
def visitor(retriever, monkeypatch, tmp_path):
    """Opens the page as a new visitor of one server, whose predictors are planted."""
    monkeypatch.setenv("PROTCLIP_JOBS", str(tmp_path / "jobs"))
    monkeypatch.setattr(engine.Engine, "tools", PLANTED["Tools"](), raising=False)

    def visit(**params):
        app = AppTest.from_file(str(Path(streamlit_app.__file__).with_name("app.py")), default_timeout=30)
        app.run()
        app.switch_page(PAGE)
        app.query_params.update(params)
        return app.run()

    return visit


def words(app) -> str:
    kinds = (app.markdown, app.caption, app.text, app.warning, app.error, app.info, app.subheader)
    return "\n".join(str(e.value) for kind in kinds for e in kind).replace("\\", "")


def annotated(app, text=FASTA):
    """Paste, start, and wait for the table."""
    app.text_area(key="annotate-text").set_value(text).run()
    app.button(key="annotate-start").click().run()
    assert not app.exception
    resources.jobs().wait(app.query_params["job"], 20)
    return app.run()


def test_without_sequences_the_page_states_its_limits_and_offers_nothing_to_start(visitor) -> None:
    app = visitor()
    assert not app.exception
    assert "Up to 5,000 protein sequences or 20 MB" in words(app)
    assert "annotate-start" not in {button.key for button in app.button}


def test_a_paste_becomes_a_table_and_what_is_left_out_is_named(visitor) -> None:
    app = visitor()
    app.text_area(key="annotate-text").set_value(FASTA).run()
    assert "Recognised: 3 records, of which 2 can be annotated (24 residues)." in words(app)
    assert list(app.dataframe[0].value["protein"]) == ["broken"]
    app = annotated(app)
    assert "2 annotated" in words(app)
    left_out, table = app.dataframe[0].value, app.dataframe[1].value
    assert list(left_out["why"]) == ["broken has '?' at position 3 of this line"]
    assert list(table["accession"]) == ["secret_one", "secret_two"]
    assert list(table["length"]) == [16, 8]
    assert {b.label for b in app.get("download_button")} >= {"GAF 2.2", "JSON Lines", "Left out", "FASTA"}


def test_a_marked_protein_is_told_in_detail_and_stands_in_the_address(visitor) -> None:
    app = annotated(visitor())
    assert "acc" not in app.query_params
    other = visitor(job=app.query_params["job"], acc="secret_two")
    assert "secret_two" in [s.value.replace("\\", "") for s in other.subheader]
    assert "None. What is told rests on the model alone." in words(other)


def test_a_marked_protein_leads_to_the_pages_that_take_its_sequence(visitor) -> None:
    app = annotated(visitor())
    other = visitor(job=app.query_params["job"], acc="secret_two")
    links = {link.label: parse_qs(link.proto.query_string) for link in other.get("page_link")}
    (kept,) = links["Scan its mutations"]["p-seq"]
    assert session.uploads().load(kept) == ">secret_two\nMKVLAAGG\n"
    assert links["All that is predicted"] == {"p-seq": [kept]}
    assert links["Search for its like"] == {"seq": [kept]}
    assert links["Explain a sentence"] == {"p-seq": [kept]}
    assert links["Find its partners"] == {"way": ["atlas"], "a-seq": [kept]}
    assert links["Place it on the map"] == {"seqs": [kept]}


def test_broader_terms_stand_in_the_address(visitor) -> None:
    app = annotated(visitor())
    key = app.query_params["job"]
    marked = visitor(job=key, acc="secret_two")
    assert not marked.toggle(key="param-broader").value
    marked.toggle(key="param-broader").set_value(True).run()
    assert marked.query_params["broader"] == "yes"
    assert visitor(job=key, acc="secret_two", broader="yes").toggle(key="param-broader").value


def test_a_dirty_sequence_is_cleaned_unless_the_visitor_does_not_want_it(visitor) -> None:
    app = visitor()
    app.text_area(key="annotate-text").set_value(">a\n1 MKVLA-AGG*\n").run()
    assert "1 can be annotated" in words(app)
    app.toggle(key="annotate-clean").set_value(False).run()
    assert "0 can be annotated" in words(app)
    assert app.button(key="annotate-start").disabled
    app.toggle(key="annotate-clean").set_value(True).run()
    app.button(key="annotate-start").click().run()
    assert not app.exception
    resources.jobs().wait(app.query_params["job"], 20)
    app.run()
    assert "dropped 1 digits" in app.dataframe[0].value["what was changed"][0]


def test_a_file_is_read_as_text_by_its_own_name(visitor) -> None:
    app = visitor(**{"in": "upload"})
    upload = app.file_uploader(key="annotate-file")
    upload.set_value((f"<b>{'x' * 300}</b>.fasta", FASTA.encode(), "text/plain")).run()
    app.button(key="annotate-start").click().run()
    assert not app.exception
    asked = json.loads(next(Path(folder_of(app)).glob("request.json")).read_text())
    assert len(asked["name"]) == _MAX_NAME
    app = visitor(**{"in": "upload"})
    app.file_uploader(key="annotate-file").set_value(("a.fa.gz", b"PK\x03\x04", "application/gzip")).run()
    assert "zip archive" in words(app)


def folder_of(app) -> Path:
    from streamlit_app import session

    return session.job_folders().folder / app.query_params["job"]


def test_the_link_finds_the_job_after_the_server_was_restarted(visitor) -> None:
    import streamlit as st

    key = annotated(visitor()).query_params["job"]
    st.cache_resource.clear()  # what a restart forgets
    assert resources.jobs().view(key) is None
    app = visitor(job=key)
    resources.jobs().wait(key, 20)
    app.run()
    assert "2 annotated" in words(app)
    assert list(app.dataframe[1].value["accession"]) == ["secret_one", "secret_two"]


def test_results_that_were_pruned_are_made_anew(visitor) -> None:
    app = annotated(visitor())
    (folder_of(app) / "annotations.jsonl").unlink()
    app.run()
    resources.jobs().wait(app.query_params["job"], 20)
    app.run()
    assert not app.exception
    assert "2 annotated" in words(app)
    assert (folder_of(app) / "annotations.jsonl").exists()


def test_two_visitors_see_nothing_of_each_other(visitor) -> None:
    first = visitor()
    first.text_area(key="annotate-text").set_value(FASTA).run()
    second = visitor()
    assert second.text_area(key="annotate-text").value in ("", None)
    first = annotated(first)
    for app in (
        second.run(),
        visitor(),
        visitor(job="0" * 32),
        visitor(job="../" + first.query_params["job"]),
    ):
        assert not app.exception
        shown = words(app) + "".join(str(table.value) for table in app.dataframe)
        assert "secret" not in shown
        assert not app.get("download_button")
    assert "does not hold (any more)" in words(visitor(job="0" * 32))
    mine = annotated(second, ">other\nMKVLAAGG\n")
    assert mine.query_params["job"] != first.query_params["job"]
    assert list(mine.dataframe[0].value["accession"]) == ["other"]
    assert list(first.run().dataframe[1].value["accession"]) == ["secret_one", "secret_two"]


def test_the_same_sequences_of_two_visitors_are_two_jobs_and_those_of_one_are_one(visitor) -> None:
    first, second = annotated(visitor()), annotated(visitor())
    kept = first.query_params["job"]
    next(b for b in second.button if b.label == "Delete this job").click().run()
    assert "2 annotated" in words(visitor(job=kept))
    next(b for b in first.button if b.label == "Annotate other proteins").click().run()
    assert annotated(first).query_params["job"] == kept


def test_a_deleted_job_is_gone_from_the_server_and_for_its_link(visitor) -> None:
    app = annotated(visitor())
    key, folder = app.query_params["job"], folder_of(app)
    next(b for b in app.button if b.label == "Delete this job").click().run()
    assert not folder.exists()
    assert "job" not in app.query_params
    assert "does not hold (any more)" in words(visitor(job=key))


def test_a_job_of_another_model_is_refused_with_a_way_out(visitor) -> None:
    app = annotated(visitor())
    path = folder_of(app) / "request.json"
    path.write_text(path.read_text().replace("f00dcafe", "0ther"))
    assert "made for the model 0ther; the model here is f00dcafe" in words(
        visitor(job=app.query_params["job"])
    )


def test_command_line_python_and_curl_give_what_the_page_gives(visitor, monkeypatch, tmp_path) -> None:
    app = annotated(visitor())
    done = resources.jobs().view(app.query_params["job"]).result
    documents = [json.loads(line) for line in done.file("jsonl").splitlines()]
    shell, python, curl = (code.value for code in app.code)
    tools = PLANTED["Tools"]()
    monkeypatch.setattr(predicting, "open_predictor", lambda *a: predicting.opened_of(tools))
    monkeypatch.chdir(tmp_path)
    Path("proteins.fasta").write_text(FASTA)

    result = CliRunner().invoke(annotate_verbs.annotate, shlex.split(shell)[2:])
    assert result.exit_code == 3, result.output
    assert Path("annotations.jsonl").read_bytes() == done.file("jsonl")

    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(python, "recipe", "exec"), {})
    assert said.getvalue().encode() == done.file("jsonl")

    line = shlex.split(curl)
    assert line[:2] + line[3:4] == ["curl", "-sS", "-d"]
    client = TestClient(Starlette(routes=api.routes(resources.shared_opening, tools)))
    answer = client.post(line[2], content=line[4]).json()
    assert answer["results"] == documents
    assert [record["accession"] for record in answer["skipped"]] == ["broken"]
