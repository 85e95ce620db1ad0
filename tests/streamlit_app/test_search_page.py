"""The search page by its logic: what a visitor does, what the retriever is asked, what stands in the address."""

import time

from streamlit_app.tracks import NUM_BINS
from vector_store.recognise import MAX_RESIDUES, MAX_TEXT
from vector_store.store import SearchFilter


def words(app) -> str:
    """All text of the page, without the backslashes that keep it from being read as Markdown."""
    kinds = (app.markdown, app.caption, app.text, app.warning, app.error, app.info, app.subheader)
    return "\n".join(str(e.value) for kind in kinds for e in kind).replace("\\", "")


def hits(app):
    return app.dataframe[0].value


def address(app):
    return {k: v if isinstance(v, str) else list(v) for k, v in app.query_params.items()}


def test_first_visit_says_what_it_does_and_searches_nothing(app, retriever) -> None:
    app.run()
    assert not app.exception
    assert "**12 proteins**" in words(app)
    assert "Type a sentence, a keyword" in words(app)
    assert f"at most {MAX_TEXT:,} characters of text, or {MAX_RESIDUES:,} residues" in words(app)
    assert retriever.asked == []


def test_one_click_on_an_example_fills_the_form_and_answers(app, retriever) -> None:
    app.run()
    app.button(key="example-0").click().run()
    assert not app.exception
    assert retriever.asked[-1].text == "ATP-dependent DNA helicase involved in repair"
    assert list(hits(app)["rank"]) == list(range(1, 11))
    assert address(app)["q"] == "ATP-dependent DNA helicase involved in repair"
    assert "**10 hits** out of 12 proteins" in words(app)
    assert "A hit has no probability" in words(app)
    assert "Recognised as: a text of 6 words" in words(app)


def test_the_address_alone_gives_the_same_view(app, retriever) -> None:
    app.query_params.update(
        {
            "q": "protein kinase",
            "mode": "semantic",
            "top": "25",
            "org": "Homo sapiens (Human)",
            "sel": "P00005",
        }
    )
    app.run()
    assert not app.exception
    asked = retriever.asked[-1]
    assert (asked.text, asked.mode, asked.top) == ("protein kinase", "semantic", 25)
    assert asked.filter == SearchFilter(organism=("Homo sapiens (Human)",))
    assert set(hits(app)["organism"]) == {"Homo sapiens (Human)"}
    assert app.segmented_control(key="mode").value == "semantic"
    assert app.selectbox(key="top").value == 25
    assert app.multiselect(key="f_organism").value == ["Homo sapiens (Human)"]
    assert "1 marked:" in words(app)
    assert address(app)["sel"] == "P00005"


def test_marking_rows_opens_their_cards_and_stands_in_the_address(app) -> None:
    app.query_params["q"] = "protein kinase"
    app.run()
    assert "Best hit" in words(app)
    second, third = list(hits(app)["accession"])[1:3]
    mark(app, [1, 2])
    assert address(app)["sel"] == [second, third]
    assert "2 marked:" in words(app)
    assert second in words(app)
    assert "Best hit" not in words(app)


def mark(app, rows) -> None:
    key = app.dataframe[0].proto.id[app.dataframe[0].proto.id.index("hits-") :]
    app.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    app.run()


def press(app, label) -> None:
    next(b for b in app.button if b.label == label).click().run()


def test_more_and_less_like_these_searches_by_example_until_it_is_ended(app, retriever) -> None:
    app.query_params["q"] = "protein kinase"
    app.run()
    best, worst = hits(app)["accession"].iloc[0], hits(app)["accession"].iloc[9]
    mark(app, [0])
    press(app, "More like these")
    assert retriever.asked[-1].more_like == (best,)
    assert address(app)["like"] == best
    assert "The text in the box is set aside" in words(app)
    row = list(hits(app)["accession"]).index(worst) if worst in list(hits(app)["accession"]) else 0
    chosen = hits(app)["accession"].iloc[row]
    mark(app, [row])
    press(app, "Less like those")
    assert chosen in retriever.asked[-1].less_like
    press(app, "End search by example")
    assert address(app) == {"q": "protein kinase"}
    assert hits(app)["accession"].iloc[0] == best


def test_filters_narrow_the_hits_and_their_counts(app, retriever) -> None:
    app.query_params["q"] = "protein kinase"
    app.run()
    app.multiselect(key="f_organism").select("Mus musculus (Mouse)").run()
    assert not app.exception
    assert set(hits(app)["organism"]) == {"Mus musculus (Mouse)"}
    app.segmented_control(key="f_named").set_value("Unnamed").run()
    assert retriever.asked[-1].filter == SearchFilter(organism=("Mus musculus (Mouse)",), named=False)
    assert all(title.startswith("[unnamed] ") for title in hits(app)["title"])
    assert address(app)["named"] == "no"
    assert "Mus musculus (Mouse) · 2" in app.multiselect(key="f_organism").options
    press(app, "Clear all filters")
    assert address(app) == {"q": "protein kinase"}
    assert app.multiselect(key="f_organism").value == []


def test_evidence_is_a_filter_with_words_and_stands_in_the_address(app, retriever) -> None:
    app.query_params["q"] = "protein kinase"
    app.run()
    assert app.multiselect(key="f_evidence").options == ["Not recorded · 9", "Experimental · 3"]
    app.multiselect(key="f_evidence").select("experimental").run()
    assert not app.exception
    assert retriever.asked[-1].filter == SearchFilter(evidence=("experimental",))
    assert set(hits(app)["accession"]) == {"P00000", "P00001", "P00002"}
    assert address(app)["ev"] == "experimental"


def test_a_go_filter_takes_ids_and_names_and_says_what_it_does_not_know(app, retriever) -> None:
    app.query_params["q"] = "protein kinase"
    app.run()
    app.multiselect(key="f_go").set_value(["dna repair"]).run()
    assert retriever.asked[-1].filter.go == ("GO:0006281",)
    app.multiselect(key="f_go").set_value(["GO:0006281", "GO:9999999"]).run()
    assert "GO:9999999 is no GO term. Near ones: GO:0004386" in words(app)
    assert retriever.asked[-1].filter.go == ("GO:0006281",)
    assert not app.exception


def test_an_ec_filter_takes_what_people_write(app, retriever) -> None:
    app.query_params["q"] = "protein kinase"
    app.run()
    app.multiselect(key="f_ec").set_value(["EC 3.6.4.-"]).run()
    assert retriever.asked[-1].filter.ec == ("3.6.4",)
    app.multiselect(key="f_ec").set_value(["kinase"]).run()
    assert "'kinase' is no EC number" in words(app)


def test_words_alone_have_no_cosine_and_say_so(app) -> None:
    app.query_params.update({"q": "kinase", "mode": "lexical"})
    app.run()
    assert hits(app)["cosine"].isna().all()
    assert "there is no cosine to explain" in words(app)


def test_hits_of_a_text_have_residue_tracks_with_a_legend_and_others_have_none(app) -> None:
    app.query_params["q"] = "protein kinase"
    app.run()
    tracks = list(hits(app)["residues"])
    lengths = hits(app)["length"]
    assert [len(track) for track in tracks] == [min(length, NUM_BINS) for length in lengths]
    assert all(max(track) == 1.0 and min(track) < 0 for track in tracks)
    assert "no proof that these residues do it" in words(app)
    for address in ({"q": "P00004"}, {"q": "kinase", "mode": "lexical"}):
        app.query_params.clear()
        app.query_params.update(address)
        app.run()
        assert hits(app)["residues"].isna().all()
        assert "no proof" not in words(app)


def test_no_hit_is_a_sentence(app) -> None:
    app.query_params.update({"q": "xyzzy", "mode": "lexical"})
    app.run()
    assert not app.exception
    assert "No protein passes" in words(app)


def test_strangers_text_is_never_markup(app) -> None:
    app.query_params["q"] = "warn ![x](http://evil.example/x.png) <img src=x> :red[a] $x$"
    app.run()
    assert not app.exception
    shown = [e for kind in (app.markdown, app.caption, app.warning, app.error) for e in kind]
    assert not any(e.proto.allow_html for e in app.markdown)
    assert not any("![" in e.value or "<b>" in e.value or ":red[" in e.value for e in shown)
    assert r"A warning with \<b\>HTML\</b\> in it\." in [w.value.replace(r"\/", "/") for w in app.warning]


def test_too_long_a_query_is_a_sentence_with_both_numbers(app) -> None:
    app.run()
    app.session_state["state"] = type(app.session_state["state"])(text="word " * 20_000)
    app.run()
    assert not app.exception
    assert "at most 2,000 are searched" in words(app)


def test_a_hostile_address_is_ignored_with_a_notice_once(app, retriever) -> None:
    app.query_params.update(
        {"q": "kinase", "top": "<script>", "mode": "x" * 100_000, "seq": "../../etc/passwd"}
    )
    app.run()
    assert not app.exception
    assert len(app.warning) == 3
    assert (retriever.asked[-1].top, retriever.asked[-1].mode) == (10, "hybrid")
    app.run()
    assert len(app.warning) == 0
    assert address(app) == {"q": "kinase"}


def test_a_long_sequence_travels_by_its_hash(app, retriever) -> None:
    from tests.streamlit_app.conftest import PROTEINS

    sequence = PROTEINS[9].sequence
    app.run()
    app.session_state["state"] = type(app.session_state["state"])(text=f">mine\n{sequence}")
    app.run()
    params = address(app)
    assert set(params) == {"seq"}
    assert retriever.asked[-1].text == f">mine\n{sequence}"
    assert next(iter(hits(app)["accession"])) == PROTEINS[9].accession


def test_an_error_of_the_index_is_a_sentence_with_a_way_on(app, monkeypatch) -> None:
    from protclip.errors import StoreError
    from streamlit_app import engine

    def locked(url, progress):
        raise StoreError("The index in var/index is held by another program. Stop it, then try again.")

    works = engine.open_engine
    monkeypatch.setattr(engine, "open_engine", locked)
    app.run()
    assert not app.exception
    assert "held by another program. Stop it, then try again." in words(app)
    monkeypatch.setattr(engine, "open_engine", works)
    monkeypatch.setattr("streamlit_app.opening.RETRY_AFTER", 0.0)
    press(app, "Try again")
    assert "**12 proteins**" in words(app)


def test_the_form_is_there_before_the_index_and_what_is_asked_waits_for_it(
    app, retriever, monkeypatch
) -> None:
    from streamlit_app import engine, search_form

    works, seen = engine.open_engine, []
    show_form = search_form.show_form

    def slow(url, progress):
        while not seen:  # open only when the form stands there
            time.sleep(0.01)
        return works(url, progress)

    def shown(engine):
        seen.append(engine)
        show_form(engine)

    monkeypatch.setattr(engine, "open_engine", slow)
    monkeypatch.setattr(search_form, "show_form", shown)
    app.run()
    assert not app.exception
    assert seen[0] is None
    assert seen[-1] is not None
    assert "**12 proteins**" in words(app)
    assert "Ask already" not in words(app)


def test_an_unforeseen_error_of_the_index_shows_no_trace(app, monkeypatch) -> None:
    from streamlit_app import engine

    def broken(url, progress):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(engine, "open_engine", broken)
    app.run()
    assert not app.exception
    assert "protclip doctor" in words(app)
    assert "secret detail" not in words(app)


def test_an_accession_shows_that_protein_before_those_like_it(app) -> None:
    app.query_params["q"] = " p00004 "
    app.run()
    assert not app.exception
    assert "**P00004** is DNA helicase in repair 4." in words(app)
    assert "most similar sequences" in words(app)


def links(app) -> dict[str, str]:
    return {link.proto.label: link.proto.query_string for link in app.get("page_link")}


def test_a_hit_leads_on_with_the_sentence_that_found_it(app) -> None:
    app.query_params["q"] = "protein kinase"
    app.run()
    best = hits(app)["accession"].iloc[0]
    assert links(app)["Its card"] == f"acc={best}&text=protein+kinase"
    assert links(app)["Explain a sentence"] == f"p={best}&text=protein+kinase"
    assert links(app)["Scan its mutations"] == f"p={best}"
    assert links(app)["Find its partners"] == f"way=atlas&a={best}"
    assert links(app)["See it on the map"] == f"acc={best}"


def test_what_is_no_sentence_or_too_long_for_an_address_is_not_handed_on(app) -> None:
    for text, handed in (
        ("P00004", ""),
        ("kinase " * 100, ""),
        ("GO:0004672", "&text=protein+kinase+activity"),
    ):
        app.run()
        app.session_state["state"] = type(app.session_state["state"])(text=text)
        app.run()
        assert not app.exception
        assert links(app)["Explain a sentence"] == f"p={hits(app)['accession'].iloc[0]}{handed}"
