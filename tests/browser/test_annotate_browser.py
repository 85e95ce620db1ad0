"""A visitor with a FASTA in Chromium: start, watch, cancel, go on, take home, send the link; the model page."""

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.browser.conftest import needs_browser, parameters, picture, script, settled

LONG = 500_000

pytestmark = [
    *needs_browser,
    pytest.mark.skipif(script().name != "serve.py", reason="needs the shipped atlas and calibration"),
]


@pytest.fixture
def annotate(visit, base):
    """Opens the annotate page as a new visitor; the first page waits for model and index."""

    def open_page(path="/annotate", **options):
        page = visit(**options)
        page.goto(base + path)
        page.get_by_role("heading", name="Annotate proteins").wait_for(timeout=LONG)
        return settled(page)

    return open_page


def started(page, button):
    page.get_by_role("button", name=button).click()
    page.wait_for_url("**job=*")
    return page


def done(page, number):
    page.get_by_text(f"{number} annotated").wait_for(timeout=LONG)
    return settled(page)


def test_a_table_with_evidence_its_files_and_its_link(annotate) -> None:
    page = annotate()
    page.get_by_role("button", name="three that are little known").click()
    page.get_by_text("3 can be annotated").wait_for()
    done(started(settled(page), "Annotate 3 proteins"), 3)
    place = page.get_by_test_id("stDataFrame").first.bounding_box()
    page.mouse.click(place["x"] + 12, place["y"] + 35 + 17)
    page.get_by_text("Known proteins that align with it").wait_for()
    settled(page)
    marked = parameters(page)
    assert marked["acc"] == ["P35530"]
    picture(page, "annotate")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="JSON Lines", exact=True).click()
    documents = [json.loads(line) for line in Path(waiting.value.path()).read_text().splitlines()]
    assert [d["accession"] for d in documents] == ["P35530", "A0A183", "A0PJW8"]
    with page.expect_download() as waiting:
        page.get_by_role("button", name="GAF 2.2", exact=True).click()
    assert Path(waiting.value.path()).read_text().startswith("!gaf-version: 2.2\n")

    page.get_by_text("Do this without the browser").click()
    page.get_by_role("tab", name="HTTP").click()
    line = page.get_by_text(re.compile(r"^curl -sS")).inner_text()
    if shutil.which("curl"):
        answer = json.loads(subprocess.run(shlex.split(line), capture_output=True, check=True).stdout)
        assert answer["results"] == documents

    other = annotate(f"/annotate?job={marked['job'][0]}&acc=P35530")
    done(other, 3)
    other.get_by_role("heading", name="P35530").wait_for()
    stranger = annotate()
    assert stranger.get_by_text("P35530").count() == 0
    assert stranger.get_by_role("textbox", name="FASTA").input_value() == ""


def test_a_batch_is_cancelled_keeps_its_parts_and_goes_on_after_a_reload(annotate, tmp_path) -> None:
    import pyarrow.parquet as pq

    from protclip import starter

    table = pq.read_table(starter.atlas_path() / "proteins.parquet", columns=["sequence"]).slice(500, 36)
    fasta = "".join(f">new{n}\nM{s[3:]}\n" for n, s in enumerate(table["sequence"].to_pylist()))
    (tmp_path / "many.fasta").write_text(fasta + ">broken\nMK?\n")
    page = annotate("/annotate?in=upload")
    page.locator("input[type=file]").set_input_files(tmp_path / "many.fasta")
    page.get_by_text("Recognised: 37 records, of which 36 can be annotated").wait_for()
    started(settled(page), "Annotate 36 proteins")
    page.get_by_text(re.compile(r"Annotating: [1-9]\d* of 36")).wait_for(timeout=LONG)
    picture(page, "annotate-progress")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("The parts that are done are kept").wait_for(timeout=LONG)
    page.reload()
    page.get_by_role("button", name="Go on").click()
    done(page, 36)
    page.get_by_text("1 record cannot be used").wait_for()


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark")])
def test_a_phone_and_the_dark_theme_show_form_and_model(annotate, base, width, scheme) -> None:
    page = annotate(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    for path, words in (
        ("/annotate", "Try:"),
        ("/model", "Where it fails"),
        ("/model?show=data", "ProtAnno-D after sampling"),
        ("/model?show=results", "Function prediction by the nearest homologue"),
    ):
        page.goto(base + path)
        page.get_by_text(words).first.wait_for()
        settled(page)
        picture(page, f"{re.sub(r'[^a-z]+', '-', path[1:])}-{width}-{scheme}")
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, f"{path} scrolls sideways"
