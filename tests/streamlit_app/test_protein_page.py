"""The protein page by its logic."""

import runpy
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from protclip.records import Annotation
from streamlit_app import explain_form, resources, session
from streamlit_app.annotation_view import KNOWN, known_table
from streamlit_app.engine import Engine

PAGE = "views/protein.py"
HERE = Path(__file__).parent
TOOLS = runpy.run_path(str(HERE / "tiny_tools.py"))["Tools"]
FAKES = runpy.run_path(str(HERE / "conftest.py"))


@pytest.fixture(autouse=True)
def tools(monkeypatch):
    """Planted predictions instead of the shipped model's."""
    planted = TOOLS(FAKES["PROTEINS"], FAKES["FakeOntology"](), parts=False)
    monkeypatch.setattr(Engine, "tools", planted)
    return planted


def open_page(app, **params):
    app.run()
    app.switch_page(PAGE)
    app.query_params.update(params)
    return app.run()


def words(app) -> str:
    kinds = (app.markdown, app.caption, app.text, app.warning, app.error, app.info, app.subheader)
    return "\n".join(str(e.value) for kind in kinds for e in kind).replace("\\", "")


def test_without_an_accession_it_says_what_to_type(app) -> None:
    open_page(app)
    assert not app.exception
    assert "Type an accession" in words(app)


def test_the_card_has_everything_that_is_known(app) -> None:
    open_page(app, acc="P00004")
    assert not app.exception
    text = words(app)
    assert "DNA helicase in repair 4" in text
    assert "P00004 · Mus musculus (Mouse) · 70 residues" in text
    tables = [table.value for table in app.dataframe]
    assert [list(t["term"]) for t in tables[:2]] == [["helicase activity"], ["DNA repair"]]
    assert list(tables[0]["support"]) == [5]
    assert len(app.code[0].value) == 70
    assert "at most 500 characters" in text


def test_what_is_known_comes_home_with_aspects_and_evidence(app) -> None:
    open_page(app, acc="P00000")
    assert any(button.proto.id.endswith("known-csv") for button in app.get("download_button"))
    known = replace(
        FAKES["PROTEINS"][0],
        annotations=(
            *FAKES["PROTEINS"][0].annotations,
            Annotation(kind="go", id="GO:9999999"),
            Annotation(kind="ec", id="3.6.4.12"),
            Annotation(kind="pfam", id="PF00270", text="DEAD/DEAH box helicase"),
            Annotation(kind="function", text="Unwinds DNA.", evidence="ECO:0000269"),
        ),
    )
    lines = known_table(known, FAKES["FakeOntology"]()).lines
    assert {line["accession"] for line in lines} == {"P00000"}
    told = [tuple(line[name] for name in KNOWN[1:]) for line in lines]
    assert told == [
        ("go", "MF", "GO:0004386", "helicase activity", "", "IDA", 1),
        ("go", "BP", "GO:0006281", "DNA repair", "", "IDA", 1),
        ("go", "", "GO:9999999", "GO:9999999", "", "", 1),
        ("ec", "", "3.6.4.12", "", "", "", 1),
        ("pfam", "", "PF00270", "DEAD/DEAH box helicase", "", "", 1),
        ("function", "", "", "", "Unwinds DNA.", "ECO:0000269", 1),
    ]


def test_the_nearest_proteins_leave_the_protein_itself_out(app, retriever) -> None:
    open_page(app, acc="P00004")
    asked = retriever.asked[-1]
    assert (asked.text, asked.mode) == ("P00004", "semantic")
    table = app.dataframe[-1].value
    assert "P00004" not in list(table["accession"])
    assert next(iter(table["accession"])) in ("P00000", "P00008")
    assert list(table["cosine"]) == sorted(table["cosine"], reverse=True)


def test_a_sentence_is_placed_among_all_proteins(app) -> None:
    open_page(app, acc="P00004")
    app.text_input(key="param-text").set_value("DNA helicase in repair").run()
    assert not app.exception
    assert app.query_params["text"] == "DNA helicase in repair"
    assert "of the 12 proteins compared" in words(app)
    assert "no protein scores higher" in words(app)
    app.text_input(key="param-text").set_value("potassium channel").run()
    assert "no protein scores higher" not in words(app)


def test_an_unknown_accession_is_a_sentence_with_near_ones(app) -> None:
    open_page(app, acc="P99999")
    assert not app.exception
    assert "no protein P99999. Near ones: P00001" in words(app)


def test_another_accession_can_be_typed(app) -> None:
    open_page(app, acc="P99999")
    app.text_input(key="param-acc").set_value("P00001").run()
    assert "protein kinase 1" in words(app)
    assert app.query_params["acc"] == "P00001"


def test_a_hostile_address_is_ignored(app) -> None:
    open_page(app, acc="<script>alert(1)</script>", text="x" * 100_000)
    assert not app.exception
    assert "That is no accession" in words(app)
    assert "script" not in words(app)


def test_an_unnamed_protein_is_titled_by_its_function_and_marked(app) -> None:
    open_page(app, acc="P00008")
    assert app.subheader[0].value == "helicase activity"
    assert "unnamed" in " ".join(str(b.value) for b in app.markdown)


def predicted_tables(app):
    return [table.value for table in app.dataframe if "beside what is known" in table.value.columns]


def test_predictions_stand_apart_with_their_evidence_and_how_they_stand_to_what_is_known(app, tools) -> None:
    open_page(app, acc="P00004")
    assert ("function", (frozenset({"P00004"}),)) in tools.asked, "its own annotation must be no evidence"
    assert ("describe", (("P00004",),)) in tools.asked
    text = words(app)
    assert "**helicase activity**, probability 0.90" in text
    assert "2 of the 2 GO terms known" in text
    assert "Read in 2 windows" in text
    function, process, ec = predicted_tables(app)
    assert list(function["beside what is known"]) == list(process["beside what is known"]) == ["known"]
    assert list(function["nearest that has it"]) == [None]
    assert list(ec["beside what is known"]) == ["new"]
    assert list(ec["share of homologues"]) == [0.8]
    assert "Unwinds <b>DNA</b>." in text
    assert not any("<b>" in str(e.value).replace("\\<b\\>", "") for e in app.markdown)


def test_what_is_predicted_of_a_kinase_is_new(app) -> None:
    open_page(app, acc="P00005")
    function, process, _ = predicted_tables(app)
    assert list(function["beside what is known"]) == list(process["beside what is known"]) == ["new"]


def test_a_sentence_gives_the_sequence_a_track(app) -> None:
    open_page(app, acc="P00004")
    assert "Type a sentence under" in words(app)
    open_page(app, acc="P00004", text="unwinds DNA")
    assert "Coloured by what each residue adds to the match with “unwinds DNA”" in words(app)


def test_the_track_is_that_of_the_sequence(app) -> None:
    app.run()
    values = resources.shared_opening().engine.sentence_track("unwinds DNA", "MKV" * 10)
    assert (values[0], values[-1], len(values)) == (-1, 3, 30)


def test_links_lead_on_to_pages_that_exist(app) -> None:
    open_page(app, acc="P00004", text="unwinds DNA")
    links = {link.proto.label: link.proto.query_string for link in app.get("page_link")}
    assert links["Explain a sentence"] == "p=P00004&text=unwinds+DNA"


def test_what_is_typed_and_is_no_accession_stays_in_the_box_and_is_told(app) -> None:
    open_page(app)
    app.text_input(key="param-acc").set_value("DNA helicase").run()
    assert not app.exception
    assert "That is no accession" in words(app)
    assert "link" not in words(app)
    assert app.text_input(key="param-acc").value == "DNA helicase"


def test_a_long_paste_into_the_accession_box_is_told(app) -> None:
    open_page(app)
    app.text_input(key="param-acc").set_value("MKVLAAGGTWYRN" * 20).run()
    assert not app.exception
    assert "“Accession” takes at most 64 characters: what follows was cut off" in words(app)


def test_an_example_fills_accession_and_sentence_and_answers(app, monkeypatch) -> None:
    example = explain_form.ExplainExample(label="repair", protein="P00004", sentence="DNA repair")
    monkeypatch.setattr(explain_form, "EXAMPLES", (example,))
    open_page(app)
    next(b for b in app.button if b.label == "repair").click().run()
    assert not app.exception
    assert (app.query_params["acc"], app.query_params["text"]) == ("P00004", "DNA repair")
    assert "of the 12 proteins compared" in words(app)
    assert "repair" not in [b.label for b in app.button]


def test_what_stands_against_a_sentence_is_told(app) -> None:
    open_page(app, acc="P00004", text="warn of this")
    assert "A warning with <b>HTML</b> in it." in words(app)


def test_a_sequence_of_ones_own_gets_all_that_can_be_predicted(app) -> None:
    sequence = "MKTAYIAKQRQISFVKSHFSRQ"
    open_page(app, text="unwinds DNA")
    app.text_area(key="protein-p").set_value(f">mine\n{sequence}").run()
    assert not app.exception
    assert not app.error
    told = words(app)
    assert "mine" in told
    assert "22 residues" in told
    assert "What is known" not in told
    assert "Coloured by what each residue adds to the match" in told
    assert "Nearest proteins in the model's space" in told
    assert [code.value for code in app.code if code.value == sequence]
    shells = [code.value for code in app.code if code.value.startswith("protclip search")]
    assert shells
    assert f"--sequence {sequence}" in shells[0]
    kept = app.query_params["p-seq"]
    links = {link.proto.label: parse_qs(link.proto.query_string) for link in app.get("page_link")}
    assert session.uploads().load(links["Scan its mutations"]["p-seq"][0]) == f">mine\n{sequence}\n"
    other = open_page(app, **{"p-seq": kept})
    assert not other.exception
    assert "22 residues" in words(other)


def test_an_accession_given_as_a_sequence_is_opened_by_it(app) -> None:
    open_page(app, text="unwinds DNA")
    app.text_area(key="protein-p").set_value("P00004").run()
    assert not app.exception
    assert app.query_params == {"acc": "P00004", "text": "unwinds DNA"}
    assert "What is known" in words(app)


def test_another_sequence_under_a_known_name_is_not_the_known_protein(app) -> None:
    open_page(app)
    app.text_area(key="protein-p").set_value(">P00004\nMKTAYIAKQRQISFVKSHFSRQ").run()
    assert not app.exception
    assert "DNA helicase in repair 4" not in [s.value for s in app.subheader]
    assert not [code.value for code in app.code if "P00004" in code.value]


@pytest.mark.parametrize("given", ["DNA helicase", "ACGTACGTACGTACGTACGTACGTA", "MKV", "M" * 10_001])
def test_what_is_no_sequence_for_this_page_is_told(app, given) -> None:
    open_page(app)
    app.text_area(key="protein-p").set_value(given).run()
    assert not app.exception
    assert app.error or app.warning
