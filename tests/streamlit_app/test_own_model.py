"""The app on a checkpoint that is not the shipped one: every page answers, or says what is of another checkpoint."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

import streamlit_app
from protclip import starter
from protclip.data.atlas import Atlas, write_atlas
from protclip.data.ontology import Ontology
from protclip.encode import Encoder
from protclip.predict.query_cutoff import QueryCutOff, write_cut_off
from streamlit_app import api, recipes, resources
from streamlit_app.api_query import ANNOTATE, HEALTH, MAP, MUTATE
from streamlit_app.model_sections import card_text
from streamlit_app.origins import origin_now
from vector_store.build_index import build_from_proteins
from vector_store.opening import open_store
from vector_store.searching import cut_off_of

PROTEINS = runpy.run_path(str(Path(__file__).with_name("conftest.py")))["PROTEINS"]
tiny_encoder = runpy.run_path(str(Path(__file__).parents[1] / "predict" / "tiny_encoder.py"))["tiny_encoder"]
MODEL = "own-tiny"


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A saved checkpoint with its index, which the server is told of; the shipped atlas is a dozen proteins."""
    home = tmp_path_factory.mktemp("own")
    made = tiny_encoder(blocks=1, residue_objectives=True)
    folder = home / "run" / MODEL
    made.model.save_pretrained(folder)
    made.processor.save_pretrained(folder)
    encoder = Encoder.from_pretrained(folder)
    rows = encoder.proteins([p.sequence for p in PROTEINS])
    shipped = starter.fingerprint()
    write_atlas(
        Atlas(proteins=PROTEINS, protein_vectors=rows, biotext_vectors=rows, fingerprint=shipped),
        home / "atlas",
    )
    store = open_store(str(home / "index"), encoder.fingerprint, encoder.dimension, "write")
    build_from_proteins(PROTEINS, Ontology.read_parquet(starter.ontology_path()), store, encoder)
    store.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(starter, "atlas_path", lambda: home / "atlas")
        patch.setenv("PROTCLIP_MODEL", str(folder))
        patch.setenv("PROTCLIP_INDEX", str(home / "index"))
        for name in ("terms", "jobs", "uploads"):
            patch.setenv(f"PROTCLIP_{name.upper()}", str(home / name))
        for name in ("QDRANT_URL", "PROTCLIP_MAP", "PROTCLIP_RESULTS", "PROTCLIP_TOKEN"):
            patch.delenv(name, raising=False)
        clear()
        yield SimpleNamespace(folder=folder, encoder=encoder, shipped=shipped)
        if (engine := resources.shared_opening().engine) is not None:
            engine.store.close()
        clear()


def clear() -> None:
    st.cache_resource.clear()
    st.cache_data.clear()


def opened(page: str, **params) -> AppTest:
    app = AppTest.from_file(str(Path(streamlit_app.__file__).with_name("app.py")), default_timeout=60)
    app.run()
    if page != "search":
        app.switch_page(f"views/{page}.py")
    app.query_params.update(params)
    app.run()
    while any(button.label == "Cancel" for button in app.button):
        app.run()
    assert not app.exception
    return app


def words(app) -> str:
    kinds = (app.title, app.markdown, app.caption, app.warning, app.error, app.info, app.subheader)
    return "\n".join(str(e.value) for kind in kinds for e in kind).replace("\\", "")


WORKS = [
    ("search", {"q": "kinase binding"}, "model own-tiny"),
    ("protein", {"acc": "P00004", "text": "kinase binding"}, "Nearest proteins in the model's space"),
    ("explain", {"p": "P00004", "text": "kinase binding"}, "Segments"),
    ("mutations", {"p": "P00004", "v": "M1A"}, "homologue"),
    ("help", {}, "Before you believe a result"),
]


@pytest.mark.parametrize(("page", "params", "said"), WORKS, ids=[page for page, _, _ in WORKS])
def test_what_rests_on_the_checkpoint_alone_works(own, page, params, said) -> None:
    app = opened(page, **params)
    assert said in words(app)
    # Of the card of a protein, the part that is predicted is refused.
    assert len(app.error) == (page == "protein")
    assert page == "help" or recipes.OWN_MODEL in {caption.value for caption in app.caption}


REFUSED = [
    ("protein", {"acc": "P00004"}, "protclip calibrate --model FOLDER --save FILE"),
    ("annotate", {}, "protclip annotate --model FOLDER --index PLACE --calibration FILE"),
    ("interactions", {"a": "P00004", "b": "P00005"}, "interaction_fit ACTIONS SEQUENCES --model FOLDER"),
    ("map", {}, "protclip map fit FILE.parquet"),
]  # fmt: skip


@pytest.mark.parametrize(("page", "params", "remedy"), REFUSED, ids=[page for page, _, _ in REFUSED])
def test_what_is_of_the_shipped_checkpoint_is_refused_by_name_and_with_the_remedy(own, page, params, remedy):
    (error,) = opened(page, **params).error
    told = str(error.value).replace("\\", "")
    assert remedy in told
    assert own.encoder.fingerprint in told
    assert own.shipped in told


def test_rows_and_downloads_are_of_the_checkpoint(own) -> None:
    opened("search")
    engine = resources.shared_opening().engine
    origin = origin_now(engine, "a query")
    assert (origin.model, origin.fingerprint) == (MODEL, own.encoder.fingerprint)
    assert origin.index == f"index ({len(PROTEINS)} proteins)"


def test_sentences_are_judged_by_a_cut_off_beside_the_checkpoint_alone(own, tmp_path) -> None:
    fingerprint = own.encoder.fingerprint
    assert "--fit-cut-off FOLDER/query_cutoff.json" in words(opened("search", q="kinase binding"))
    assert cut_off_of(fingerprint, own.folder) is None
    given = QueryCutOff(least_cosine=0.5, coverage=0.95, fitted_on="a test", fingerprint=fingerprint)
    write_cut_off(given, tmp_path / starter.CUT_OFF)
    assert cut_off_of(fingerprint, tmp_path) == given


def test_the_model_page_tells_the_checkpoint_and_what_it_has_not(own) -> None:
    told = words(opened("model"))
    assert f"{MODEL}, fingerprint {own.encoder.fingerprint}" in told
    assert "has no card" in told
    assert "no run log" in words(opened("model", show="training"))
    assert "told by its card" in words(opened("model", show="data"))
    assert f"Nothing was measured with the model {own.encoder.fingerprint}" in words(
        opened("model", show="results")
    )


def test_the_model_page_shows_card_and_log_where_they_are(own, monkeypatch) -> None:
    card, log = own.folder / "README.md", own.folder.parent / "run.jsonl"
    shipped = (starter.checkpoint_path() / "run.jsonl").read_text("utf-8")
    try:
        card.write_text(
            "---\nlicense: mit\n---\n# Own\n\n## What it is for\n\n![seen](http://else.where/a.png)\n"
        )
        log.write_text(shipped)
        told = words(opened("model"))
        assert "#### What it is for" in told
        assert "license" not in told
        app = opened("model", show="training")
        assert f"runs that {MODEL} was made in" in words(app)
        assert not app.error
        log.write_text('{"event": "step"}\n')
        assert "run log run.jsonl is damaged" in words(opened("model", show="training"))
    finally:
        card.unlink()
        log.unlink()


def test_a_card_shows_nothing_from_elsewhere() -> None:
    assert card_text("# A\n\n![x](http://b/c.png)\n## D\n") == "\n[x](http://b/c.png)\n#### D\n"


def test_http_answers_with_the_checkpoint_or_says_why_not(own) -> None:
    opened("search")
    client = TestClient(Starlette(routes=api.routes(resources.shared_opening)))
    assert client.get(HEALTH).json()["fingerprint"] == own.encoder.fingerprint
    scored = client.post(MUTATE, json={"sequence": PROTEINS[4].sequence, "variants": ["M1A"]})
    assert (scored.status_code, scored.json()["fingerprint"]) == (200, own.encoder.fingerprint)
    for path, field in ((ANNOTATE, "fasta"), (MAP, "fasta")):
        refused = client.post(path, json={field: ">a\nMKVLAAGGTWYRN"})
        assert (refused.status_code, own.shipped in refused.json()["error"]) == (503, True)


def test_http_never_falls_back_to_the_shipped_model(own, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("PROTCLIP_INDEX", str(tmp_path / "nowhere"))
    opened("search")
    client = TestClient(Starlette(routes=api.routes(resources.shared_opening)))
    scored = client.post(MUTATE, json={"sequence": PROTEINS[4].sequence, "variants": ["M1A"]})
    assert scored.json()["fingerprint"] == own.encoder.fingerprint


def test_an_index_that_is_not_there_is_not_begun(own, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("PROTCLIP_INDEX", str(tmp_path / "index"))
    told = words(opened("search"))
    assert "protclip index --model FOLDER --index PLACE" in told
    assert own.encoder.fingerprint in told
    assert not (tmp_path / "index").exists()


def test_an_index_of_another_checkpoint_is_left_as_it_is(own, monkeypatch, tmp_path) -> None:
    open_store(str(tmp_path), own.shipped, 256, "write").close()
    monkeypatch.setenv("PROTCLIP_INDEX", str(tmp_path))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    told = words(opened("search"))
    assert "protclip index --model FOLDER --index PLACE" in told
    assert own.encoder.fingerprint in told
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_a_folder_that_is_no_checkpoint_is_a_sentence_on_every_page(own, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("PROTCLIP_MODEL", str(tmp_path))
    for page in ("search", "model"):
        assert "is no checkpoint folder" in words(opened(page))
