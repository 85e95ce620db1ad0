"""A visitor in Chromium on the pages of mutations and interactions; needs the shipped atlas and model."""

import csv
import io
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser.conftest import needs_browser, needs_shipped

SECONDS = 300_000


pytestmark = [*needs_browser, needs_shipped]


@pytest.fixture
def visitor(browser, base):
    """Opens a page for a new visitor; whatever it requests is checked at the end."""
    contexts, seen = [], []

    def open_page(address):
        contexts.append(browser.new_context(viewport={"width": 1360, "height": 1400}))
        page = contexts[-1].new_page()
        page.set_default_timeout(SECONDS)
        page.on("request", lambda request: seen.append(request.url))
        page.goto(base + address)
        page.get_by_role("textbox").first.wait_for()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert {urlsplit(url).hostname for url in seen if url.startswith("http")} == {"127.0.0.1"}


def downloaded(page, key):
    """The rows of the CSV button below a table."""
    with page.expect_download() as begun:
        page.locator(f".st-key-{key}-csv button").click()
    text = Path(begun.value.path()).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def test_an_example_is_scanned_drawn_and_taken_home(visitor) -> None:
    page = visitor("/mutations")
    page.get_by_role("button", name="insulin (P01308)").click()
    page.get_by_text(re.compile(r"2,090 substitutions")).wait_for()
    assert parse_qs(urlsplit(page.url).query)["p"] == ["P01308"]
    page.locator(".js-plotly-plot .heatmaplayer image").first.wait_for()
    box = page.get_by_role("textbox", name="Your variants")
    box.fill("C31S C31S:C96S K1M")
    box.press("Control+Enter")
    page.get_by_text("the sequence has M at 1, not K").wait_for()
    # The pages' tables are canvases: their numbers are read from the downloads.
    scan, listed = (downloaded(page, key) for key in ("scan", "variants"))
    assert len(scan) == 19 * 110
    assert scan[0]["model"] == "protclip-mini"
    single = next(row for row in scan if row["variant"] == "C31S")
    assert [row["variant"] for row in listed] == ["C31S", "C31S:C96S"]
    assert listed[0]["combined"] == single["combined"]
    assert float(listed[1]["combined"]) < float(single["combined"]) < 0
    again = visitor("/" + page.url.split("/", 3)[3])
    again.get_by_text("the sequence has M at 1, not K").wait_for()
    strip = ("variant", "combined", "label")
    assert [[row[name] for name in strip] for row in downloaded(again, "variants")] == [
        [row[name] for name in strip] for row in listed
    ]


def test_partners_are_ranked_and_drawn_as_a_network(visitor) -> None:
    page = visitor("/interactions")
    page.get_by_role("button", name="Example: p53 and MDM2").click()
    page.get_by_text("Probability that they interact").wait_for()
    page.get_by_text("no network of known interactions is shipped").first.wait_for()
    page.get_by_text("not far from chance").wait_for()
    page.get_by_text("One against all of the atlas").click()
    page.locator(".js-plotly-plot .scatterlayer").first.wait_for()
    rows = downloaded(page, "pairs")
    probabilities = [float(row["probability"]) for row in rows]
    assert len(rows) == 20
    assert probabilities == sorted(probabilities, reverse=True)
    assert {row["first"] for row in rows} == {"P04637"}
    assert "way=atlas" in page.url
