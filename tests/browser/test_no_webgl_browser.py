"""A Chromium without WebGL: map and structure say so, in words that are seen, and the rest of their pages works."""

import pytest

from tests.browser.conftest import CHROMIUM, FLAGS, needs_browser, needs_shipped, settled

pytestmark = [*needs_browser, needs_shipped]
LONG = 240_000
WITHOUT = ("--disable-gpu", "--disable-webgl", "--disable-webgl2", "--disable-3d-apis")


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    flags = [flag for flag in FLAGS if not flag.startswith(("--use-", "--enable-"))]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=[*flags, *WITHOUT]
        )
        yield chromium
        chromium.close()


def has_webgl(page) -> bool:
    return page.evaluate("() => document.createElement('canvas').getContext('webgl') !== null")


def test_the_map_tells_of_a_way_without_points_and_it_works(visit) -> None:
    page = visit("/map?colour=process")
    assert not has_webgl(page)
    told = page.get_by_role("alert").filter(has_text="This browser cannot draw the points")
    told.wait_for(timeout=LONG)
    assert told.bounding_box()["height"] > 10
    settled(page)
    page.get_by_role("button", name="Select by numbers").click()
    for place, value in enumerate(("0", "10", "0", "10")):
        page.locator(f".st-key-map_side_{place} input").fill(value)
    page.get_by_role("button", name="Select", exact=True).click()
    page.wait_for_url("**region=*", timeout=LONG)
    page.get_by_text("proteins selected").first.wait_for(timeout=LONG)


def test_a_structure_that_cannot_be_drawn_is_told_of_in_its_frame(visit) -> None:
    page = visit(
        "/explain?p=P15555&text=serine-type+carboxypeptidase+activity", shows="Take the numbers home"
    )
    told = page.frame_locator("iframe").get_by_role("alert")
    told.wait_for(timeout=LONG)
    assert told.inner_text().startswith("The structure cannot be drawn: WebGL")
    assert page.get_by_role("button", name="as B-factors").is_visible()
