"""The mutations page by its logic, over a tiny product."""

import runpy
from pathlib import Path

import numpy as np
import pytest

page = runpy.run_path(str(Path(__file__).with_name("tiny_product.py")))["page"]
SEQUENCE = ("MKVLAAGGTWYRN" * 6)[:70]
"""Of P00004."""


def words(app) -> str:
    kinds = (app.markdown, app.caption, app.text, app.warning, app.error, app.info, app.subheader)
    return "\n".join(str(e.value) for kind in kinds for e in kind).replace("\\", "")


def measured(number=60) -> str:
    rng = np.random.default_rng(2)
    lines = [
        f"{wild}{i + 1}{new},{(i % 7) + 3 * (new == 'P') + 0.1 * rng.normal():.3f}"
        for i, wild in enumerate(SEQUENCE)
        for new in "PEW"
        if new != wild
    ]
    return "\n".join(["variant,value", *lines[:number]])


def test_without_a_protein_it_says_what_can_be_asked(page) -> None:
    app = page("mutations")
    assert "What you can ask" in words(app)
    assert "At most 2,000 residues, 300 characters of text" in words(app)
    assert "At most 200,000 bytes" in words(app)


def test_an_example_fills_the_form(page) -> None:
    app = page("mutations")
    next(b for b in app.button if b.label == "insulin (P01308)").click().run()
    assert app.query_params["p"] == "P01308"
    assert "no protein P01308" in words(app)  # the tiny index does not hold it, and says so
    next(b for b in app.button if b.label == "Variants of p53").click().run()
    assert "R248Q:R249S" in app.query_params["v"]


def test_a_scan_tells_labels_and_what_is_absent_and_why(page) -> None:
    app = page("mutations", p="P00004")
    told = words(app)
    assert f"{19 * 70:,} substitutions" in told
    assert f"Download these {19 * 70:,} rows" in told
    assert "Deleterious where the combined score is −4 or less" in told
    assert "Not among the scores: masked marginals and wild-type marginals" in told
    assert "iny has no transformer blocks and no MLM head" in told
    options = app.segmented_control(key="param-score").options
    assert options == ["combined", "homologue profile", "conservation", "text match"]
    best = app.dataframe[-3].value
    assert list(best["combined"]) == sorted(best["combined"], reverse=True)


def test_score_and_region_live_in_the_address(page) -> None:
    app = page("mutations", p="P00004", score="text_match", region="11-30")
    assert app.slider(key="region-box").value == (11, 30)
    assert "text match" in app.dataframe[-3].value
    app.slider(key="region-box").set_value((5, 9)).run()
    assert app.query_params["region"] == "5-9"
    app.segmented_control(key="param-score").set_value("combined").run()
    assert "score" not in app.query_params


@pytest.mark.parametrize("bad", [{"region": "9-3"}, {"region": "<b>"}, {"score": "masked"}])
def test_what_a_link_cannot_mean_is_said(page, bad) -> None:
    app = page("mutations", p="P00004", **bad)
    assert f"“{next(iter(bad))}” was ignored" in words(app)
    assert "1,330 substitutions" in words(app)


def test_variants_that_do_not_fit_are_named_and_the_others_scored(page) -> None:
    app = page("mutations", p="P00004", v="K2G K3G A5del M1A:K2G A5C,A6G")
    told = words(app)
    assert list(app.dataframe[-1].value["variant"]) == ["K2G", "M1A:K2G"]
    assert "3 left out" in told
    assert "the sequence has V at 3, not K" in told
    assert "a deletion or a stop" in told
    assert "can be read in two ways" in told
    told = page("mutations", p="P00004", v="K3G W1A").error[0].value.replace("\\", "")
    assert told.startswith("None of the 2 variants can be scored")
    assert "not K" in told
    assert "not W" in told
    app = page("mutations", p="P00004", v="K3G")
    assert "the sequence has V at 3, not K" in app.error[0].value.replace("\\", "")


def test_measured_variants_fit_a_head_that_is_held_against_its_baselines(page) -> None:
    app = page("mutations", p="P00004", v="M1P")
    content = (measured() + "\nK3G,1\nM1A,bright\n").encode()
    app.file_uploader(key="upload-m").set_value(("mine.csv", content, "text/csv")).run()
    while any(button.label == "Cancel" for button in app.button):
        app.run()
    assert not app.exception
    told = words(app)
    assert "Fitted on 60 measured variants" in told.replace("**", "")
    assert "2 left out" in told
    compared = next(frame.value for frame in app.dataframe if "Spearman" in frame.value)
    head, one_hot, zero_shot = compared["Spearman"]
    assert head > zero_shot + 0.2
    assert one_hot > zero_shot
    listed = next(frame.value for frame in app.dataframe if list(frame.value.get("variant", [])) == ["M1P"])
    assert listed["fitted head"][0] > 2  # every measured P is some 3 above the others of its position
    assert "fitted head" in app.segmented_control(key="param-score").options
    # The link opens the same view.
    stored = app.query_params["m-file"]
    again = page("mutations", p="P00004", **{"m-file": stored}, score="predicted")
    assert "Fitted on 60 measured variants" in words(again).replace("**", "")
    next(b for b in again.button if b.label == "Forget the measurements").click().run()
    assert "m-file" not in again.query_params
    assert "Fitted on" not in words(again)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"mutant,score\nK2G,1\n", "has the columns mutant, score"),
        (b"variant,value\nK2G,1\n", "at least 20 measured variants"),
        (b"variant,value\n", "has no row below its header"),
        (b"\xff\xfe\x00", "no text in UTF-8"),
        (b"variant,value\n" + b"K2G,1\n" * 40_000, "at most 200,000 are taken"),
    ],
)
def test_a_file_that_cannot_be_used_is_a_sentence(page, content, told) -> None:
    app = page("mutations", p="P00004")
    app.file_uploader(key="upload-m").set_value(("mine.csv", content, "text/csv")).run()
    while any(button.label == "Cancel" for button in app.button):
        app.run()
    assert not app.exception
    assert told in words(app)
    assert "1,330 substitutions" in words(app)


def test_what_is_too_long_for_its_box_is_said_and_never_cut_in_silence(page) -> None:
    app = page("mutations", p="P00004")
    app.text_input(key="param-text").set_value("unwinds DNA " * 60).run()
    assert "“What the protein does (optional)” takes at most 300 characters" in words(app)
    assert len(app.query_params["text"][0]) <= 300
    assert "was cut off" not in words(app.run()), "it is said once"
    assert "was cut off" in words(page("mutations", p="P00004", text="x" * 301))
    app.text_area(key="protein-p").set_value("MKVLAAGGTW" * 20_001).run()
    assert "What was given has more than 200,000 bytes" in words(app)
    app.text_area(key="kept-v").set_value("K2G " * 50_001).run()
    assert "The text has more than 200,000 bytes" in words(app)


def test_a_link_with_a_long_protein_and_many_variants_is_read_whole(page) -> None:
    long, variants = SEQUENCE + SEQUENCE[:60], " ".join(f"{wild}{i}P" for i, wild in enumerate(SEQUENCE, 1))
    assert len(variants) > 300
    app = page("mutations", p=long, v=variants)
    assert f"a protein sequence of {len(long)} residues" in words(app)
    assert f"{19 * len(long):,} substitutions" in words(app)
    assert len(app.dataframe[-1].value) == len(SEQUENCE)


def test_a_hostile_address_is_no_exception(page) -> None:
    odd = {"p": "P00004", "text": "\x00<script>", "v": "A" * 5_000, "m-file": "../../etc/passwd", "head": "x"}
    app = page("mutations", **odd)
    assert "<script>" not in "".join(m.value for m in app.markdown)
    assert "does not hold" in words(app)


def test_a_repeated_variant_is_warned_of(page) -> None:
    app = page("mutations", p="P00004")
    content = (measured(30) + "\n" + "\n".join(measured(5).splitlines()[1:])).encode()
    app.file_uploader(key="upload-m").set_value(("mine.csv", content, "text/csv")).run()
    while any(button.label == "Cancel" for button in app.button):
        app.run()
    assert "5 lines repeat a variant" in words(app)
