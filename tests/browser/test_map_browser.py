"""A visitor to the map in Chromium: colour it, draw around points, see what they have in common, send the address."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import needs_browser, parameters, picture, script, settled

pytestmark = needs_browser


def drawn(page):
    """Wait until the figure has its points."""
    page.locator(".js-plotly-plot .gl-canvas").first.wait_for(timeout=60_000)
    settled(page)
    page.wait_for_timeout(1_500)
    return page.locator(".js-plotly-plot .nsewdrag").first


def lasso(page, left, top, right, bottom):
    """Draw around a part of the figure, given as shares of its width and height."""
    place = drawn(page).bounding_box()
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    points = [(place["x"] + x * place["width"], place["y"] + y * place["height"]) for x, y in corners]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=8)
    page.mouse.up()
    page.wait_for_url("**region=*", timeout=60_000)
    page.get_by_text(re.compile(r"[\d,]+ proteins selected")).wait_for(timeout=60_000)
    return settled(page)


def test_colour_draw_around_points_and_take_home_what_they_have_in_common(visit) -> None:
    if script().name != "serve.py":
        pytest.skip("needs the shipped atlas and its map")
    page = visit("/map?colour=process")
    drawn(page)
    assert page.get_by_text(re.compile(r"translation \([\d,]+\)")).count()
    picture(page, "map")
    lasso(page, 0.45, 0.35, 0.6, 0.6)
    told = page.get_by_text(re.compile(r"[\d,]+ proteins selected")).inner_text()
    number = int(told.split()[0].replace(",", ""))
    assert 0 < number < 45_000
    page.get_by_text(re.compile(r"[1-9][\d,]* GO terms are more frequent among these")).wait_for()
    page.get_by_text("GO terms that are frequent here").scroll_into_view_if_needed()
    picture(page, "map-selected")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV", exact=True).first.click()
    lines = Path(waiting.value.path()).read_text().splitlines()
    assert lines[0].startswith("go_id,name,aspect,num_selected")
    assert lines[1].startswith("GO:")

    other = visit("/map?" + urlsplit(page.url).query)
    other.get_by_text(told).wait_for(timeout=60_000)
    assert parameters(other) == parameters(page)
    other.get_by_role("tab", name="Proteins").click()
    with other.expect_download() as waiting:
        other.get_by_role("button", name="FASTA", exact=True).click()
    # Names such as "alpha-(1->3)" have the sign in them, too.
    headers = [line for line in Path(waiting.value.path()).read_text().splitlines() if line.startswith(">")]
    assert len(headers) == min(number, 5_000)


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark")])
def test_a_phone_and_the_dark_theme_show_map_and_hits(visit, width, scheme) -> None:
    if script().name != "serve.py":
        pytest.skip("needs the shipped atlas and its map")
    page = visit("/map?q=DNA+helicase", color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 1000})
    drawn(page)
    page.locator(".js-plotly-plot .legendtext").get_by_text("hits").wait_for()
    picture(page, f"map-{width}-{scheme}")
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0, "the page scrolls sideways"
