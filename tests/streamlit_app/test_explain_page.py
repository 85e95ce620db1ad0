"""The explain page over a tiny model: what it asks, draws, hands out and refuses."""

import csv
import io
import json
import runpy
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pyarrow.parquet as pq
import pytest

from protclip.predict import tasks
from protclip.predict.structure_files import parse_structure
from protclip.records import Protein
from streamlit_app import explain_panel, explain_view, explain_work, session
from streamlit_app.downloads import Origin, to_csv, to_parquet
from streamlit_app.engine import Engine
from streamlit_app.examples import INSULIN
from streamlit_app.explain_form import MAX_RESIDUES
from streamlit_app.explain_panel import marked_span
from streamlit_app.sequence_view import Span
from streamlit_app.structure_input import EXAMPLE_NAME, example_text

HERE = Path(__file__).parent
TOOLS = runpy.run_path(str(HERE / "tiny_tools.py"))["Tools"]
FAKES = runpy.run_path(str(HERE / "conftest.py"))
ATOMS = runpy.run_path(str(HERE.parent / "predict" / "test_structure_tracks.py"))
SENTENCE = "DNA helicase in repair"
ORIGIN = Origin(model="m", fingerprint="f", index="i", date="2026-11-26", query="q")
FEW = 5
SEQUENCE = INSULIN[:60]


@pytest.fixture(params=[False, True], ids=["contributions alone", "with PDA and BSR"])
def page(app, monkeypatch, request):
    """The page with a tiny model behind its jobs."""
    tools = TOOLS(FAKES["PROTEINS"], FAKES["FakeOntology"](), parts=request.param)
    monkeypatch.setattr(Engine, "tools", tools)
    for module in (explain_work, explain_panel):
        monkeypatch.setattr(module, "NUM_RANDOM", FEW)
    app.run()
    app.switch_page("views/explain.py")
    app.parts, app.tools = request.param, tools
    return app


def asked(page, **params):
    page.query_params.update({"p": "P00004", "text": SENTENCE} | params)
    page.run()
    for _ in range(20):  # a job that takes longer than the first wait
        if not any("shuffled proteins beside it" in str(p.proto.text) for p in page.get("progress")):
            break
        page.run()
    assert not page.exception
    return page


def words(page):
    kinds = (page.markdown, page.caption, page.warning, page.error, page.info, page.subheader)
    return "\n".join(str(e.value) for kind in kinds for e in kind).replace("\\", "")


def test_what_is_missing_is_asked_for_and_examples_fill_it(page) -> None:
    page.run()
    assert "Give both" in words(page)
    page.button[0].click().run()
    assert page.query_params["p"] == "P38398"
    assert page.query_params["text"] == "DNA repair"
    assert "no protein P38398" in words(page), "the dozen proteins of the test have no BRCA1"


def test_tracks_controls_and_segments_are_those_of_the_library(page) -> None:
    asked(page, p=SEQUENCE)
    text = words(page)
    assert "of the 12 proteins compared" in text
    assert ("was trained without the parts for PDA and BSR" in text) == (not page.parts)
    controls = page.dataframe[0].value
    assert next(iter(controls["explained"])) == "the sentence"
    assert len(controls) == 4
    assert controls["sentence"][0] == controls["sentence"][3] == SENTENCE
    segments, residues = page.dataframe[1].value, page.dataframe[2].value
    assert "".join(residues["residue"]) == SEQUENCE
    for _, line in segments.iterrows():
        assert line["residues"] == SEQUENCE[line["start"] - 1 : line["end"]]
    assert list(segments["excess"]) == sorted(segments["excess"], reverse=True)
    expected = {"contribution", "contribution.shuffled", "contribution.other", "contribution.residues"}
    expected |= {"pda_weight", "bsr_gain"} if page.parts else set()
    assert expected <= set(residues.columns)
    best = segments.iloc[0]
    inside = residues["contribution"][best["start"] - 1 : best["end"]]
    assert inside.mean() == pytest.approx(best["mean"], rel=1e-4)


def test_another_track_and_a_marked_segment_live_in_the_address(page) -> None:
    if not page.parts:
        pytest.skip("there is one track")
    asked(page, track="pda_weight:FUNCTION", mark="3-9")
    assert page.selectbox[0].value == "pda_weight:FUNCTION", "what is known of the protein has a track"
    asked(page, track="bsr_gain", p=SEQUENCE)
    assert "Gain in reconstruction" in words(page)
    assert page.selectbox[0].value == "bsr_gain"
    assert set(page.dataframe[1].value["track"]) <= {"bsr_gain"}
    asked(page, track="<script>")
    assert "“track” was ignored" in words(page)


def test_a_structure_that_is_uploaded_is_matched_or_refused_and_stays_in_the_address(page) -> None:
    asked(page)
    sequence = page.tools.by_accession["P00004"].sequence
    right = ATOMS["pdb"](ATOMS["atoms"](sequence[5:60], "A", first=101))
    upload = page.file_uploader(key="structure-upload")
    upload.set_value(("mine.pdb", right.encode(), "chemical/x-pdb")).run()
    assert "Chain A: 55 residues paired" in words(page)
    stored = page.query_params["structure"]
    upload = page.file_uploader(key="structure-upload")
    upload.set_value(("none.pdb", b"HEADER    NOTHING\n", "chemical/x-pdb")).run()
    assert "has no atoms of a protein" in words(page)
    assert page.query_params["structure"] != stored
    page.file_uploader(key="structure-upload").set_value(("a.pdb", b"\xff\xfe\x00", "x/y")).run()
    assert "is no text" in words(page)
    asked(page, structure="0" * 32)
    assert "does not hold (any more)" in words(page)


def test_hostile_input_is_a_sentence(page) -> None:
    asked(page, p="not a protein at all", text="<img src=x onerror=alert(1)>")
    assert "neither an accession nor a protein sequence" in words(page)
    asked(page, p="P00004", text="<img src=x onerror=alert(1)>", mark="9999-1")
    assert "<img" not in " ".join(str(e.value) for e in page.markdown).replace("\\<", "")


def test_marks_are_checked() -> None:
    assert marked_span("3-9", 70) == Span(start=3, end=9)
    assert [marked_span(text, 70) for text in ("", "0-3", "9-3", "1-71", "1-2-3", "a-b")] == [None] * 6


def test_the_limit_is_that_of_the_tasks() -> None:
    assert MAX_RESIDUES == tasks.MAX_RESIDUES


def test_files_have_the_numbers_and_their_origin() -> None:
    tools = TOOLS(FAKES["PROTEINS"], FAKES["FakeOntology"](), parts=False)
    protein = Protein(accession="mine", sequence=SEQUENCE)
    found = explain_work.explained(tools, protein, SENTENCE, lambda done, total: None)
    table = explain_view.residue_table(found)
    assert to_csv(table, ORIGIN).decode().splitlines()[1].endswith("m,f,i,2026-11-26,q")
    read = pq.read_table(io.BytesIO(to_parquet(table, ORIGIN)))
    assert str(read.schema.field("contribution").type) == "double"
    np.testing.assert_allclose(read["contribution"].to_numpy(), found.tracks[0].values, rtol=1e-5, atol=1e-9)
    told = json.loads(explain_view.full_json(found, ORIGIN))
    assert (told["index"], told["model"], len(told["controls"])) == ("i", tools.encoder.name, 3)
    first = explain_view.segment_table(found, "contribution").lines[0]
    assert told["tracks"][0]["segments"][0]["start"] == first["start"]


def test_the_quality_is_read_from_the_measurements() -> None:
    with (Path(__file__).parents[2] / "results" / "explanation.csv").open(
        encoding="utf-8", newline=""
    ) as lines:
        fingerprint = next(
            row["fingerprint"] for row in csv.DictReader(lines) if row["model"] == "protclip-mini"
        )
    rows = explain_view.measured_rows(fingerprint)
    assert {row["model"] for row in rows} == {"protclip-mini"}
    assert explain_view.measured_rows("another model") == []
    value = next(
        float(row["value"])
        for row in rows
        if (row["benchmark"], row["metric"]) == ("functional residues/GO functions", "auprc/signed/right")
    )
    told = explain_view.quality_words(rows)
    assert f"it is {value:.2f}; with those of another protein" in told
    assert "not a finding" in explain_view.quality_words([])


def test_the_shipped_structure_is_the_one_that_is_described() -> None:
    text = example_text()
    assert text.startswith("HEADER    HYDROLASE                               01-JUL-03   1PWC")
    (chain,) = parse_structure(text, EXAMPLE_NAME).chains
    assert chain.sequence[chain.places.index(("A", "62"))] == "S"
    assert {line[17:20] for line in text.splitlines() if line.startswith("HETATM")} == {"PNM"}


def test_a_protein_of_the_index_leads_on_and_so_does_a_sequence(page) -> None:
    asked(page)
    handed = {link.proto.label: link.proto.query_string for link in page.get("page_link")}
    assert handed["Its card"] == "acc=P00004&text=DNA+helicase+in+repair"
    assert handed["Scan its mutations"] == "p=P00004"
    asked(page, p=SEQUENCE)
    handed = {link.proto.label: parse_qs(link.proto.query_string) for link in page.get("page_link")}
    assert "Its card" not in handed
    assert handed["All that is predicted"]["text"] == ["DNA helicase in repair"]
    (kept,) = handed["Scan its mutations"]["p-seq"]
    assert session.uploads().load(kept).split()[-1] == SEQUENCE


def test_what_stands_against_a_sentence_is_told(page) -> None:
    asked(page, text="warn of this")
    assert "A warning with <b>HTML</b> in it." in words(page)
