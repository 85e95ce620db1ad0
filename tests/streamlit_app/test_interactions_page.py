"""The interactions page by its logic, over a tiny product."""

import json
import runpy
from pathlib import Path

import pytest

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
    assert links(page("interactions", a="P00000", b=UNKNOWN)) == ["acc=P00000"]


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
    assert "has no protein of this index" in words(app)
