"""The comparison as a visitor meets it: added, shown, sent by its address, taken home, ended."""

import pytest

from tests.streamlit_app.test_search_page import address, press, words


def open_comparison(app, *versus: str):
    app.query_params.update({"q": "protein kinase", "vs": list(versus)})
    app.run()
    assert not app.exception
    return app


def tables(app):
    return [frame.value for frame in app.dataframe]


def test_a_query_is_added_beside_the_first_and_removed_again(app, retriever) -> None:
    app.query_params["q"] = "protein kinase"
    app.run()
    app.text_input(key="versus_box").set_value("  potassium   channel ").run()
    assert not app.exception
    assert address(app) == {"q": "protein kinase", "vs": "potassium channel"}
    first, second = tables(app)
    assert [list(t["rank"]) for t in (first, second)] == [list(range(1, 11))] * 2
    shared = set(first["accession"]) & set(second["accession"])
    every = set(first["accession"]) | set(second["accession"])
    assert 0 < len(shared) < len(every) <= 12
    told = f"**2 queries side by side** · {len(shared)} of {len(every)} proteins found by both"
    assert told in words(app)
    assert set(first.loc[first["shared"] == "2", "accession"]) == shared
    assert set(second.loc[second["shared"] == "1", "accession"]) == shared
    press(app, "Remove")
    assert address(app) == {"q": "protein kinase"}
    assert "side by side" not in words(app)


def test_the_address_alone_gives_the_same_comparison(app, retriever) -> None:
    app.query_params["top"] = "25"
    open_comparison(app, "potassium channel", "kinesin motor")
    asked = {query.text: query for query in retriever.asked}
    assert set(asked) == {"protein kinase", "potassium channel", "kinesin motor"}
    assert {query.top for query in asked.values()} == {25}
    assert len(tables(app)) == 3
    assert set(tables(app)[0]["shared"]) == {"all"}
    assert address(app) == {"q": "protein kinase", "vs": ["potassium channel", "kinesin motor"], "top": "25"}
    press(app, "End comparison")
    assert address(app) == {"q": "protein kinase", "top": "25"}


def test_filters_and_mode_hold_for_all_of_them(app, retriever) -> None:
    app.query_params["org"] = "Mus musculus (Mouse)"
    open_comparison(app, "kinesin")
    retriever.asked.clear()
    app.segmented_control(key="mode").set_value("semantic").run()
    assert {query.mode for query in retriever.asked} == {"semantic"}
    assert {query.filter.organism for query in retriever.asked} == {("Mus musculus (Mouse)",)}


def test_a_query_that_cannot_be_answered_says_so_and_leaves_the_others(app) -> None:
    open_comparison(app, "ACGTACGTACGTACGTACGTACGTACGT", "kinesin")
    assert "looks like DNA" in words(app)
    assert len(tables(app)) == 2


@pytest.mark.parametrize(
    "versus", [["a", "b", "c", "d"], ["x" * 201], ["MKVLAAGGTWYRNDEFHCIPQS" * 4], ["\x00"]]
)
def test_hostile_values_are_ignored_with_a_notice(app, retriever, versus) -> None:
    open_comparison(app, *versus)
    assert "“vs” was ignored: it takes at most 3 queries of 200 characters" in words(app)
    assert len(retriever.asked) <= 4


def test_markup_in_a_compared_query_stays_text(app) -> None:
    open_comparison(app, "kinase ![x](http://evil.example/x.png) <img src=x> :red[a]")
    assert not any("![" in e.value or ":red[" in e.value for e in app.markdown)
    assert not any(e.proto.allow_html for e in app.markdown)


def test_each_query_has_its_lines_to_do_without_the_browser(app) -> None:
    open_comparison(app, "kinesin")
    lines = [code.value for code in app.code]
    assert [line for line in lines if line.startswith("curl")][1].count("kinesin") == 1
    assert {e.label for e in app.expander} >= {
        "Do this without the browser: query 1", "Do this without the browser: query 2",
    }  # fmt: skip


def test_a_sequence_is_not_taken_beside_another_and_four_are_the_most(app) -> None:
    open_comparison(app, "kinesin", "channel")
    app.text_input(key="versus_box").set_value("MKVLAAGGTWYRNDEFHCIPQS" * 4).run()
    assert "Give its accession, or a sentence." in words(app)
    app.text_input(key="versus_box").set_value("   ").run()
    assert len(tables(app)) == 3
    app.text_input(key="versus_box").set_value("repair").run()
    assert len(tables(app)) == 4
    assert "which is the most" in words(app)


def test_a_marked_hit_leads_on_with_its_own_query(app) -> None:
    open_comparison(app, "potassium channel")
    assert "Mark a row in the first column" in words(app)
    identity = app.dataframe[1].proto.id
    app.session_state[identity[identity.index("compared-") :]] = {"selection": {"rows": [2]}}
    app.run()
    assert not app.exception
    handed = {link.proto.label: link.proto.query_string for link in app.get("page_link")}
    marked = tables(app)[1]["accession"].iloc[2]
    assert handed["Explain a sentence"] == f"p={marked}&text=potassium+channel"
