"""The map page by its logic, on the map of a dozen proteins."""

from pathlib import Path

import numpy as np
import pytest

from protclip.predict.map_file import write_map
from protclip.predict.map_measures import measure_map
from protclip.predict.protein_map import MapSettings, ProteinMap
from streamlit_app.map_session import drawn_region

PAGE = "views/map.py"
NUM = 12
# Helicases (every fourth) in one corner, all others in a row far off.
PLACES = np.array([[n / 8, n / 8] if n % 4 == 0 else [8 + n / 4, 1] for n in range(NUM)], np.float32)
CORNER = "-1,-1_3,3"


@pytest.fixture
def app(app, retriever, monkeypatch, tmp_path):
    """The app with a map of the fakes' proteins."""
    save(tmp_path / "map.safetensors", retriever.store.rows)
    monkeypatch.setenv("PROTCLIP_MAP", str(tmp_path / "map.safetensors"))
    return app


def save(path: Path, rows: np.ndarray, fingerprint: str = "f00dcafe", extra: tuple[str, ...] = ()) -> None:
    places = np.concatenate([PLACES, np.full((len(extra), 2), 5, np.float32)])
    rows = np.concatenate([rows, rows[: len(extra)]])
    made = ProteinMap(
        accessions=(*(f"P{n:05d}" for n in range(NUM)), *extra),
        coordinates=places,
        fingerprint=fingerprint,
        settings=MapSettings(num_neighbours=2),
        measures=measure_map(rows, places, np.arange(len(rows)), 2),
    )
    write_map(made, path)


def open_map(app, **params):
    app.run()
    app.switch_page(PAGE)
    app.query_params.update(params)
    return app.run()


def words(app) -> str:
    kinds = (app.markdown, app.caption, app.text, app.warning, app.error, app.info, app.subheader)
    return "\n".join(str(e.value) for kind in kinds for e in kind).replace("\\", "")


def tables(app):
    return [table.value for table in app.dataframe]


def table_with(app, column):
    return next(t for t in tables(app) if column in t.columns)


def address(app):
    return {key: value[0] if isinstance(value, list) else value for key, value in app.query_params.items()}


def test_it_says_how_far_to_believe_it_and_what_the_colours_are(app) -> None:
    open_map(app)
    assert not app.exception
    assert not app.error
    assert "12 proteins" in words(app)
    assert "trustworthiness is" in words(app)
    assert "A search takes at most 2,000 characters of text" in words(app)
    counts = table_with(app, "what")
    assert dict(zip(counts["what"], counts["proteins"], strict=True)) == {"not known": 12}
    app.selectbox(key="map_colour").set_value("organism").run()
    counts = table_with(app, "what")
    assert dict(zip(counts["what"], counts["proteins"], strict=True)) == {
        "Homo sapiens (Human)": 6,
        "Mus musculus (Mouse)": 6,
    }
    assert address(app) == {"colour": "organism"}


def test_a_region_lists_its_proteins_and_what_they_have_in_common(app) -> None:
    open_map(app, region=CORNER, colour="organism")
    assert not app.exception
    assert "3 proteins selected" in words(app)
    listed = table_with(app, "category")
    assert set(listed["accession"]) == {"P00000", "P00004", "P00008"}
    assert set(listed["category"]) == {"Mus musculus (Mouse)"}
    assert next(
        t for a, t in zip(listed["accession"], listed["title"], strict=True) if a == "P00008"
    ).startswith("[unnamed]")
    told = table_with(app, "what")
    assert dict(zip(told["what"], told["selected"], strict=True)) == {
        "Homo sapiens (Human)": 0,
        "Mus musculus (Mouse)": 3,
    }
    # Three proteins with a term are too few to be tested: it says so rather than nothing.
    assert "0 GO terms are more frequent among these 3" in words(app)


def test_what_is_drawn_on_the_figure_is_a_region() -> None:
    drawn = {"selection": {"lasso": [], "box": [{"x": [-1, 3], "y": [3, -1]}], "points": []}}
    assert drawn_region(drawn).text == "-1.00,-1.00_3.00,3.00"
    lasso = {"selection": {"lasso": [{"x": [0, 2, 1], "y": [0, 0, 2]}], "box": []}}
    assert drawn_region(lasso).text == "0.00,0.00_2.00,0.00_1.00,2.00"
    assert drawn_region({"selection": {"lasso": [], "box": []}}) is None
    assert drawn_region({"selection": {"lasso": [{"x": [0, 0], "y": [0, 0]}], "box": []}}) is None
    assert drawn_region(None) is None


def test_a_selection_by_numbers_and_its_end(app) -> None:
    open_map(app)
    for place, value in enumerate((-1.0, 3.0, -1.0, 3.0)):
        app.number_input(key=f"map_side_{place}").set_value(value)
    next(b for b in app.button if b.label == "Select").click().run()
    assert address(app)["region"] == "-1.00,-1.00_3.00,3.00"
    next(b for b in app.button if b.label == "Draw this part alone").click().run()
    assert address(app)["view"] == address(app)["region"]
    next(b for b in app.button if b.label == "End selection").click().run()
    assert "region" not in address(app)
    assert "Draw around some points" in words(app)
    app.number_input(key="map_side_1").set_value(-5.0)
    next(b for b in app.button if b.label == "Select").click().run()
    assert "holds nothing" in words(app)


def test_hits_of_a_search_and_a_protein_are_marked(app, retriever) -> None:
    open_map(app, acc="P00002")
    app.text_input(key="map_query").set_value("protein kinase").run()
    assert not app.exception
    assert retriever.asked[-1].text == "protein kinase"
    assert retriever.asked[-1].top == 25
    told = list(table_with(app, "what")["what"])
    assert any(line.startswith("asked for: P00002") for line in told)
    assert sum(line.startswith("hit ") for line in told) == 12
    assert address(app) == {"acc": "P00002", "q": "protein kinase"}


def test_new_sequences_are_placed_and_travel_by_their_hash(app) -> None:
    from tests.streamlit_app.conftest import PROTEINS

    open_map(app)
    known = f">like four\n{PROTEINS[4].sequence}\n>mine\nMKWVLLACDEFGHIKLMNPQRSTVWY\n>bad\nMK1\n"
    app.text_area(key="map_fasta").set_value(known)
    next(b for b in app.button if b.label == "Place").click().run()
    assert not app.exception
    placed = table_with(app, "nearest")
    assert list(placed["accession"]) == ["like", "mine"]
    assert placed["nearest"][0] == "P00004"
    assert placed["distance"][0] == pytest.approx(0, abs=1e-4)
    assert "far from every known protein" in placed["warning"][1]
    assert "mine is far" in words(app)
    assert "bad has '1' at position 3" in words(app)
    assert set(address(app)) == {"seqs"}
    assert "MKWVLL" not in str(address(app))


@pytest.mark.parametrize("given", [">bad\n1 MKWVLLACDE-11 FGHIKLMNPQ*", "1 MKWVLLACDE-11 FGHIKLMNPQ"])
def test_a_dirty_sequence_can_be_cleaned_and_is_placed(app, given) -> None:
    open_map(app)
    app.text_area(key="map_fasta").set_value(given)
    next(b for b in app.button if b.label == "Place").click().run()
    assert "dropped" in words(app)
    next(b for b in app.button if b.label == "Use the cleaned sequences").click().run()
    assert not app.exception
    assert list(table_with(app, "nearest")["length"]) == [20]
    assert "Use the cleaned sequences" not in [b.label for b in app.button]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("".join(f">s{n}\nMKWVLLACDEFGHIKLMN\n" for n in range(21)), "21 proteins were given; at most 20"),
        ("hello world", "text before the first '>'"),
        (">long\n" + "MKLV" * 2_600, "more than 10,000 residues"),
        (">x\n" + "MKLV" * 60_000, "at most 200,000"),
    ],
)
def test_what_cannot_be_placed_is_a_sentence(app, text, told) -> None:
    open_map(app)
    app.text_area(key="map_fasta").set_value(text)
    next(b for b in app.button if b.label == "Place").click().run()
    assert not app.exception
    assert told in words(app)
    assert "Use the cleaned sequences" not in [b.label for b in app.button]


def test_a_hostile_address_is_ignored_and_cleaned(app) -> None:
    open_map(
        app, region="<script>", view="1,2", colour="red", top="7", acc="<b>", seqs="../../etc", q="x" * 9_999
    )
    assert not app.exception
    for key in ("region", "view", "colour", "top", "acc", "seqs", "q"):
        assert f"“{key}” was ignored" in words(app), key
    assert "script" not in words(app)
    assert address(app) == {}


def test_markup_in_a_query_stays_text(app) -> None:
    open_map(app, q="warn <img src=x> ![x](http://evil.example/x.png)")
    assert not app.exception
    assert not any("![" in e.value for e in app.markdown)
    assert not any(e.proto.allow_html for e in app.markdown)


def test_a_map_of_another_model_or_a_damaged_one_is_a_sentence(app, retriever, tmp_path) -> None:
    save(tmp_path / "map.safetensors", retriever.store.rows, fingerprint="beef0000")
    open_map(app)
    assert not app.exception
    assert "beef0000" in words(app)
    assert "protclip map fit" in words(app)
    (tmp_path / "map.safetensors").write_bytes(b"damaged")
    app.run()
    assert "is no map, or a damaged one" in words(app)


def test_proteins_that_the_index_lacks_stay_on_the_map(app, retriever, tmp_path) -> None:
    save(tmp_path / "map.safetensors", retriever.store.rows, extra=("Q99999",))
    open_map(app, region="4,4_6,6", colour="organism")
    assert not app.exception
    assert list(table_with(app, "category")["accession"]) == ["Q99999"]
    assert list(table_with(app, "category")["category"]) == ["not known"]


def test_the_protein_page_leads_to_the_map(app) -> None:
    app.run()
    app.switch_page("views/protein.py")
    app.query_params["acc"] = "p00004"
    app.run()
    links = [e.proto for e in app.get("page_link")]
    assert any(link.label == "See it on the map" and "acc=P00004" in link.query_string for link in links)


def test_a_sequence_to_search_by_is_whole_and_travels_by_its_hash(app, retriever) -> None:
    from tests.streamlit_app.conftest import PROTEINS

    sequence = PROTEINS[9].sequence * 6
    open_map(app)
    app.text_input(key="map_query").set_value(sequence).run()
    assert not app.exception
    assert len(sequence) > 500
    assert retriever.asked[-1].text == sequence
    assert set(address(app)) == {"seq"}
    assert app.text_input(key="map_query").value == sequence
