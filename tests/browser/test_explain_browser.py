"""A visitor in Chromium explains a sentence: tracks, sequence and structure, each marking what another points at."""

import io
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from PIL import Image

from tests.browser.conftest import needs_browser, needs_shipped

LONG = 240_000
pytestmark = [*needs_browser, needs_shipped]


def rests(page):
    page.wait_for_timeout(400)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=LONG)
    return page


def structure(page):
    frame = page.frame_locator("iframe")
    frame.locator("canvas").first.wait_for(timeout=LONG)
    frame.locator("body[data-marked]").wait_for(timeout=LONG)
    return frame.locator("body")


def num_colours(picture: bytes) -> int:
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    return len(image.getcolors(image.width * image.height))


def test_explain_an_enzyme_in_sequence_and_structure(visit, base) -> None:
    page = visit()
    page.goto(f"{base}/explain")
    page.get_by_role("button", name="DD-peptidase").click(timeout=LONG)
    page.get_by_text("Take the numbers home").wait_for(timeout=LONG)
    rests(page)
    body = structure(page)
    page.wait_for_timeout(3000)
    assert num_colours(page.locator("iframe").screenshot()) > 100, "nothing is drawn"

    with page.expect_download() as waiting:
        page.frame_locator("iframe").get_by_role("button", name="Save the picture: PNG").click()
    assert waiting.value.suggested_filename == "P15555-structure.png"
    assert num_colours(Path(waiting.value.path()).read_bytes()) > 100

    residue = page.locator(".lines .r").nth(92)
    residue.scroll_into_view_if_needed()
    residue.hover()
    page.wait_for_function(
        "() => document.querySelector('iframe').contentDocument.body.dataset.marked === '93'"
    )
    assert page.locator(".told").inner_text().startswith("S93 · contribution")
    residue.click()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "() => document.querySelector('iframe').contentDocument.body.dataset.marked === '94'"
    )

    table = page.get_by_test_id("stDataFrame").nth(1)
    table.scroll_into_view_if_needed()
    place = table.bounding_box()
    page.mouse.click(place["x"] + 12, place["y"] + 35 + 17)
    page.wait_for_url("**mark=*", timeout=LONG)
    rests(page)
    mark = parse_qs(urlsplit(page.url).query)["mark"][0]
    start, end = map(int, mark.split("-"))
    assert body.get_attribute("data-marked").split() == [str(n) for n in range(start, end + 1)]
    with page.expect_download() as waiting:
        page.get_by_role("button", name="TSV", exact=True).first.click()
    lines = Path(waiting.value.path()).read_text().splitlines()
    assert lines[0].split("\t")[:3] == ["position", "residue", "contribution"]
    assert len(lines) == 1 + page.locator(".lines .r").count()

    other = visit()
    other.goto(page.url)
    other.get_by_text("Take the numbers home").wait_for(timeout=LONG)
    rests(other)
    marked = other.locator(".lines .r.m")
    marked.first.wait_for()
    assert marked.count() == end - start + 1
    assert structure(other).get_attribute("data-marked").split()[0] == str(start)
