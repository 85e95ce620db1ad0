"""The interactions page by its logic, over a tiny product."""

import json
import runpy
from pathlib import Path

import pytest

from streamlit_app import session

page = runpy.run_path(str(Path(__file__).with_name("tiny_product.py")))["page"]
UNKNOWN = "PPPPPPWWWWWWPPPPPPWWWWWW"


def words(app) -> str:
    kinds = (app.markdown, app.caption, app.text, app.warning, app.error, app.info, app.subheader)
    return "\n".join(str(e.value) for kind in kinds for e in kind).replace("\\", "")


def test_it_says_in_place_how_little_it_knows(page) -> None:
    app = page("interactions")
    assert "not far from chance" in words(app)
    assert "At most 10,000 residues" in words(app)
    assert not app.metric


def test_a_pair_has_probability_types_evidence_and_distance(page) -> None:
    app = page("interactions", a="P00000", b="P00004")
    told = words(app)
    assert 0 <= float(app.metric[0].value) <= 1
    assert "where 1 in 100 do" in told
    assert "nearest in training T" in told
    assert "no network of known interactions is shipped" in told
    shared = app.dataframe[1].value
    assert list(shared["term"]) == ["DNA repair"]
    assert list(shared["evidence"]) == ["IDA / not recorded"]
    assert list(shared["proteins with it"]) == [3]


def test_a_protein_far_from_training_is_warned_of(page) -> None:
    app = page("interactions", a="P00000", b=UNKNOWN)
    assert "Take this probability as a guess" in words(app)
    assert "no GO annotation is known of PPPPPPWWWWWW...[24]" in words(app)


def test_the_example_fills_both_boxes(page) -> None:
    app = page("interactions")
    next(b for b in app.button if b.label == "Example: p53 and MDM2").click().run()
    assert (app.query_params["a"], app.query_params["b"]) == ("P04637", "Q00987")


def test_partners_are_ranked_without_the_protein_itself(page) -> None:
    app = page("interactions", way="atlas", a="P00002", top="10")
    shown = app.dataframe[0].value
    assert len(shown) == 10
    assert "P00002" not in set(shown["second"])
    assert list(shown["probability"]) == sorted(shown["probability"], reverse=True)
    assert "first" not in shown
    app.segmented_control(key="param-cut").set_value("0.9").run()
    assert app.query_params["cut"] == "0.9"
    assert "No pair has a probability of 0.9 or more" in words(app)


def test_a_list_names_the_lines_it_leaves_out(page) -> None:
    pairs = "P00000\tP00004\n\nP00001 , P00002\nP00003\nP00001;P99999\nhello world again"
    app = page("interactions", way="list", pairs=pairs)
    assert list(app.dataframe[0].value["first"]) == ["P00000", "P00001"]
    told = words(app)
    assert "3 lines left out" in told
    assert "line 4: there are 1 columns" in told.lower()
    assert "no protein P99999" in told


def test_a_list_can_be_uploaded_and_the_link_opens_it(page) -> None:
    app = page("interactions", way="list")
    assert "At most 200,000 bytes" in words(app)
    content = ("P00000\tP00004\n" * 40).encode()
    app.file_uploader(key="upload-pairs").set_value(("p.tsv", content, "text/plain")).run()
    while any(button.label == "Cancel" for button in app.button):
        app.run()
    assert len(app.dataframe[0].value) == 40
    again = page("interactions", way="list", **{"pairs-file": app.query_params["pairs-file"]})
    assert len(again.dataframe[0].value) == 40


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"way": "list", "pairs": "P99999 P99998"}, "no protein P99999"),
        ({"way": "list", "pairs": "a b\n" * 70}, "line 1"),
        ({"a": "P99999", "b": "P00000"}, "no protein P99999"),
        ({"a": "hemoglobin", "b": "P00000"}, "neither an accession nor a protein sequence"),
        ({"way": "sideways"}, "“way” was ignored"),
    ],
)
def test_what_cannot_be_used_is_a_sentence(page, asked, told) -> None:
    assert told in words(page("interactions", **asked)).replace("Line", "line")


def test_downloads_have_what_the_table_has_and_more(page) -> None:
    from streamlit_app import engine, resources
    from streamlit_app.downloads import TABLE_FORMATS, Table
    from streamlit_app.interaction_results import pair_rows
    from streamlit_app.interaction_work import atlas_work
    from streamlit_app.origins import origin_now

    app = page("interactions", way="atlas", a="P00002", top="10")
    opened = resources.shared_opening().engine
    assert isinstance(opened, engine.Engine)
    answer = atlas_work(lambda: opened.tools, opened.protein("P00002"), 10)(lambda done, total: None)
    rows = pair_rows(opened, answer)
    shown = app.dataframe[0].value
    assert [row["probability"] for row in rows] == list(shown["probability"])
    table, origin = Table(names=tuple(rows[0]), lines=tuple(rows)), origin_now(opened, "q")
    files = {form.ending: form.write(table, origin) for form in TABLE_FORMATS}
    told = json.loads(files["json"])
    assert told["rows"] == rows
    assert told["fingerprint"] == "f00dcafe"
    import io

    import pyarrow.parquet as pq

    assert pq.read_table(io.BytesIO(files["parquet"])).column("probability").to_pylist() == [
        row["probability"] for row in rows
    ]


def links(app) -> list[str]:
    return [link.proto.query_string for link in app.get("page_link") if link.proto.label == "Its card"]


def mark(app, row) -> None:
    identity = app.dataframe[0].proto.id
    app.session_state[identity[identity.index("pairs-") :]] = {"selection": {"rows": [row]}}
    app.run()
    assert not app.exception


def test_both_proteins_of_a_pair_lead_on_where_the_index_has_them(page) -> None:
    assert links(page("interactions", a="P00000", b="P00004")) == ["acc=P00000", "acc=P00004"]
    app = page("interactions", a="P00000", b=UNKNOWN)
    assert links(app) == ["acc=P00000"]
    (kept,) = [
        link.proto.query_string
        for link in app.get("page_link")
        if link.proto.label == "All that is predicted"
    ]
    assert session.uploads().load(kept.removeprefix("p-seq=")).endswith(f"\n{UNKNOWN}\n")


def test_a_marked_partner_leads_on(page) -> None:
    app = page("interactions", way="atlas", a="P00002", top="10")
    assert links(app) == []
    assert "Mark a row in the first column" in words(app)
    mark(app, 3)
    assert links(app) == [f"acc={app.dataframe[0].value['second'].iloc[3]}"]


def test_a_marked_pair_of_a_list_leads_on(page) -> None:
    pairs = f"P00000\tP00004\n{UNKNOWN}\t{UNKNOWN}"
    app = page("interactions", way="list", pairs=pairs)
    mark(app, 0)
    assert links(app) == ["acc=P00000", "acc=P00004"]
    mark(app, 1)
    assert links(app) == []
    assert "All that is predicted" in {link.proto.label for link in app.get("page_link")}


NETWORK = "P00000\tP00004\nP00008\tP00004\nuniprotkb:P00001\tuniprotkb:P00002\n"


def test_without_a_file_it_says_that_one_can_be_given(page) -> None:
    for asked in ({"a": "P00000", "b": "P00004"}, {"way": "atlas", "a": "P00000"}):
        app = page("interactions", **asked)
        assert "shipped. Give a file of them" in words(app)
        assert not any("joint identity" in d.value or "interologs" in d.value for d in app.dataframe)


def test_a_file_tells_the_pair_itself_and_its_homologues(page) -> None:
    app = page("interactions", a="P00000", b="P00004", known=NETWORK)
    told = words(app)
    assert "Your file has the interaction of P00000 and P00004 itself" in told
    assert "3 known interactions of 5 proteins; 5 of these are in the atlas" in told
    assert "In use: 3 known interactions of 5 proteins." in told
    assert "to find none is no sign against an interaction." in told
    assert "shipped. Give a file" not in told
    (shown,) = [d.value for d in app.dataframe if "joint identity" in d.value]
    assert [list(shown[name]) for name in ("like first", "like second")] == [["P00001"], ["P00002"]]
    assert list(shown["joint identity"]) == [1.0]
    assert "protein kinase 1" in shown["it is"][0]
    assert any("--known known.tsv" in code.value for code in app.code)
    next(b for b in app.button if b.label == "Forget the file").click().run()
    assert "known" not in app.query_params
    assert "shipped. Give a file of them" in words(app)


def test_a_long_file_is_uploaded_and_the_link_opens_it(page) -> None:
    pairs = f"P00000\tP00004\nP00003\tP00005\n{UNKNOWN}\t{UNKNOWN}"
    app = page("interactions", way="list", pairs=pairs)
    app.file_uploader(key="upload-known").set_value(("k.tsv", (NETWORK * 20).encode(), "text/plain")).run()
    while any(button.label == "Cancel" for button in app.button):
        app.run()
    assert list(app.dataframe[0].value["known"]) == ["itself", "homologues", ""]
    again = page("interactions", way="list", pairs=pairs, **{"known-file": app.query_params["known-file"]})
    assert list(again.dataframe[0].value["known"]) == list(app.dataframe[0].value["known"])
    assert "P00001-P00002" in again.dataframe[0].value["interologs"][0]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("9606.ENSP00000269305 9606.ENSP00000258149", "STRING's and Ensembl's ids"),
        ("<b>1234</b>\t=1234+1", "'<b>1234</b>' is no UniProt accession"),
        (">chr1\n" + "ACGT" * 70, "there is one column"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_and_the_page_goes_on(page, content, told) -> None:
    app = page("interactions", a="P00000", b="P00004", known=content)
    assert told in words(app)
    assert app.metric
    assert "shipped. Give a file of them" in words(app)
    for error in app.error:
        assert "<b>" not in error.value.replace("\\<", "")


def test_lines_left_out_are_counted_beside_the_box(page) -> None:
    app = page("interactions", a="P00000", b="P00004", known=NETWORK + "[x](http://e1234)\tP00001\n")
    assert "1 of 4 lines of the file cannot be used and are left out" in words(app)
    assert not any("[x](" in caption.value for caption in app.caption)


def test_downloads_have_the_columns_of_the_command_line(page) -> None:
    from streamlit_app import resources
    from streamlit_app.interaction_results import pair_rows
    from streamlit_app.interaction_work import atlas_work

    page("interactions", a="P00000", b="P00004")
    opened = resources.shared_opening().engine
    for known in ("", NETWORK):
        work = atlas_work(lambda: opened.tools, opened.protein("P00000"), 10, known)
        rows = pair_rows(opened, work(lambda done, total: None))
        assert all(("known" in row) == ("interologs" in row) == bool(known) for row in rows)
    assert {row["second"] for row in rows if row["known"] == "itself"} == {"P00004"}
