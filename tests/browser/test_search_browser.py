"""A visitor in Chromium: type, see hits, filter, open a card, send the address; nothing leaves this machine."""

import json
import re
import shlex
import shutil
import subprocess
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import needs_browser, parameters, picture, script, settled

QUERY = "ATP-dependent DNA helicase involved in repair"
HUMAN = "Homo sapiens (Human)"

pytestmark = needs_browser


def box(page):
    return page.get_by_role("textbox", name="Query")


def search(page, text):
    before = page.url
    box(page).fill(text)
    box(page).press("Enter")
    page.wait_for_function("before => location.href !== before", arg=before)
    page.get_by_text(re.compile(r"\d+ hits? out of")).wait_for()
    return settled(page)


def mark_row(page, number):
    """Tick the box of a row of the table (a canvas, so by its place: a head and rows of 35 pixels)."""
    table = page.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    place = table.bounding_box()
    page.mouse.click(place["x"] + 12, place["y"] + 35 * number + 17)
    page.get_by_text(re.compile(r"\d marked:")).wait_for()
    return settled(page)


def card_titles(page):
    return page.locator("[data-testid=stVerticalBlock] h3").all_inner_texts()


def test_type_filter_open_a_card_and_send_the_address(visit) -> None:
    page = visit()
    picture(page, "search-start")
    box(page).press_sequentially("DNA helicase")
    page.get_by_text("Recognised as: a text of 2 words.").wait_for()
    assert "q" not in parameters(page), "typing alone must not search"
    search(page, QUERY)
    assert parameters(page) == {"q": [QUERY]}
    assert "helicase" in " ".join(card_titles(page)).lower()
    picture(page, "search-hits")

    page.get_by_label("Organism").click()
    page.get_by_role("option", name=re.compile(r"Homo sapiens")).first.click()
    page.keyboard.press("Escape")
    page.wait_for_url("**org=*")
    settled(page)
    mark_row(page, 1)
    page.wait_for_url("**sel=*")
    marked = parameters(page)
    assert marked["org"] == [HUMAN]
    picture(page, "search-card")

    other = visit("/?" + urlsplit(page.url).query)
    other.get_by_text("1 marked:").wait_for()
    settled(other)
    assert parameters(other) == marked
    assert box(other).input_value() == QUERY
    assert card_titles(other) == card_titles(page)

    other.get_by_text("Its card", exact=True).click()
    other.get_by_text("Nearest proteins in the model's space").wait_for()
    assert parameters(other) == {"acc": marked["sel"], "text": [QUERY]}
    settled(other)
    picture(other, "protein")
    assert other.get_by_role("textbox", name="Any sentence").input_value() == QUERY
    other.get_by_role("textbox", name="Any sentence").fill("unwinds DNA")
    other.get_by_role("textbox", name="Any sentence").press("Enter")
    other.wait_for_url("**text=unwinds*")
    settled(other)
    other.get_by_text(re.compile(r"is above [\d.]+% of the [\d,]+ proteins compared")).wait_for()
    assert parameters(other)["text"] == ["unwinds DNA"]


def test_one_click_on_an_example_and_the_way_back(visit) -> None:
    page = visit()
    page.get_by_role("button", name="DNA helicase in repair").click()
    page.get_by_text(re.compile(r"\d+ hits? out of")).wait_for()
    settled(page)
    assert box(page).input_value() == QUERY
    search(page, "kinesin")
    assert parameters(page) == {"q": ["kinesin"]}
    page.go_back()
    page.wait_for_url("**helicase**")
    settled(page)
    assert box(page).input_value() == QUERY


def test_a_pasted_sequence_stays_out_of_the_address_and_travels_by_its_hash(visit) -> None:
    from streamlit_app.examples import INSULIN

    page = visit()
    record = f">mine Insulin\n{INSULIN[:60]}\n{INSULIN[60:]}"
    search(page, record)
    assert set(parameters(page)) == {"seq"}
    assert INSULIN[:20] not in page.url
    other = settled(visit("/?" + urlsplit(page.url).query))
    other.get_by_text(re.compile(r"\d+ hits? out of")).wait_for()
    assert box(other).input_value() == record


def test_a_dirty_sequence_is_cleaned_on_request_and_a_huge_one_refused(visit) -> None:
    from streamlit_app.examples import INSULIN

    page = visit()
    box(page).fill("\n".join(f"{i + 1} {INSULIN[i : i + 10]}" for i in range(0, 110, 10)))
    page.get_by_text("needs a clean-up").wait_for()
    page.get_by_role("button", name="Use the cleaned sequence").click()
    page.get_by_text(re.compile(r"\d+ hits? out of")).wait_for()
    settled(page)
    assert box(page).input_value() == INSULIN
    box(page).fill("word " * 20_000)
    page.get_by_text("at most 2,000 are searched").wait_for()
    box(page).press("Enter")
    page.get_by_role("alert").get_by_text("at most 2,000 are searched").first.wait_for()


def test_queries_side_by_side_travel_by_the_address_and_come_home_as_one_table(visit) -> None:
    page = search(visit(), QUERY)
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("textbox", name="Another query").fill("DNA helicase")
    page.get_by_role("textbox", name="Another query").press("Enter")
    page.get_by_text("2 queries side by side").wait_for()
    settled(page)
    assert parameters(page) == {"q": [QUERY], "vs": ["DNA helicase"]}
    other = settled(visit("/?" + urlsplit(page.url).query))
    other.get_by_text("2 queries side by side").wait_for()
    settled(other)
    assert other.get_by_test_id("stDataFrame").count() == 2
    picture(other, "search-compare")
    with other.expect_download() as waiting:
        other.get_by_role("button", name="CSV", exact=True).click()
    lines = Path(waiting.value.path()).read_text().splitlines()
    assert lines[0].split(",")[:6] == ["accession", "title", "organism", "length", "num_queries", "rank_1"]
    assert 11 <= len(lines) <= 21


def test_the_curl_line_of_the_page_gives_the_hits_of_the_page(visit, base) -> None:
    if script().name != "serve.py" or shutil.which("curl") is None:
        pytest.skip("needs the shipped atlas and curl")
    with urllib.request.urlopen(f"{base}/api/v1/health") as answer:
        assert json.load(answer)["status"] == "ready"
    page = search(visit(), "kinesin")
    page.get_by_text("Do this without the browser").click()
    page.get_by_role("tab", name="HTTP").click()
    line = page.get_by_text(re.compile(r"^curl -sS")).inner_text()
    assert line.startswith(f"curl -sS {base}/api/v1/search")
    hits = json.loads(subprocess.run(shlex.split(line), capture_output=True, check=True).stdout)["hits"]
    with page.expect_download() as waiting:
        page.get_by_role("button", name="JSON", exact=True).click()
    rows = json.loads(Path(waiting.value.path()).read_text())["rows"]
    assert [h["accession"] for h in hits] == [row["accession"] for row in rows]
    assert all(len(row["residue_track"]) == 40 for row in rows)


def test_downloads_hold_what_the_table_shows(visit) -> None:
    page = search(visit(), QUERY)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="TSV", exact=True).click()
    lines = Path(waiting.value.path()).read_text().splitlines()
    assert lines[0].split("\t")[:4] == ["rank", "title", "named", "accession"]
    assert len(lines) == 11
    assert f"\t{QUERY}" in lines[1]


def test_markup_in_query_and_address_stays_text(visit) -> None:
    hits = []
    page = visit()
    page.on("dialog", lambda dialog: (hits.append(dialog.message), dialog.dismiss()))
    search(page, "kinase <img src=x onerror=alert(1)> ![x](http://evil.example/x.png)")
    other = visit("/?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E&top=banana&sel=%3Cb%3E")
    other.get_by_text("was ignored").first.wait_for()
    settled(other)
    assert hits == []
    assert page.locator("img[src=x]").count() == 0


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1360, "dark")])
def test_a_phone_and_the_dark_theme_show_box_hits_and_card(visit, width, scheme) -> None:
    page = visit("/?q=kinesin", color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.get_by_text("Why this score?").wait_for()
    settled(page)
    picture(page, f"search-{width}-{scheme}")
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0, "the page scrolls sideways"
    assert box(page).is_visible()
