"""A visitor saves a figure as SVG and as PNG by the buttons below it, with the keyboard."""

import io
from pathlib import Path

from PIL import Image

from tests.browser.conftest import needs_browser, needs_shipped, settled

pytestmark = needs_browser


def saved(page, form, key):
    with page.expect_download() as begun:
        page.locator(f".st-key-{key}-save").get_by_role("button", name=form, exact=True).press("Enter")
    return begun.value.suggested_filename, Path(begun.value.path()).read_bytes()


@needs_shipped
def test_a_saved_figure_says_at_its_foot_what_made_it(visit) -> None:
    page = settled(visit("/model?show=data", shows="The figure as a table"))
    _, drawn = saved(page, "SVG", "sampling")
    assert "ProtCLIP: protclip-mini (" in drawn.decode()
    shown = page.locator(".st-key-sampling .js-plotly-plot")
    assert shown.get_by_text("ProtCLIP: protclip-mini").count() == 0, "the page's figure has it not"


def test_tables_offer_the_downloads_of_the_pages_alone(visit) -> None:
    page = settled(visit("/?q=kinesin"))
    table = page.get_by_test_id("stDataFrame").first
    table.wait_for()
    table.hover()
    table.locator("button[aria-label^=Fullscreen]").wait_for()
    assert not table.locator("button[aria-label^='Download as CSV']").is_visible()


def test_a_figure_is_saved_in_both_formats_as_it_is_seen(visit) -> None:
    page = settled(visit("/protein?acc=P38398&text=DNA+repair", shows="The figure as a table"))
    figure = page.locator(".st-key-fit .js-plotly-plot")
    place = figure.bounding_box()
    name, drawn = saved(page, "SVG", "fit")
    assert name == "protclip-sentence.svg"
    assert drawn.startswith(b"<svg")
    assert "cosine between the query and a protein" in drawn.decode()
    name, drawn = saved(page, "PNG", "fit")
    assert name == "protclip-sentence.png"
    picture = Image.open(io.BytesIO(drawn))
    assert abs(picture.width - 2 * place["width"]) < 4, "two dots for each of the screen's"
    assert len(picture.convert("RGB").getcolors(picture.width * picture.height)) > 10
