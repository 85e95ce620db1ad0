"""A visitor saves a figure as SVG and as PNG by the buttons below it, with the keyboard."""

import io
from pathlib import Path

from PIL import Image

from tests.browser.conftest import needs_browser, settled

pytestmark = needs_browser


def saved(page, form):
    with page.expect_download() as begun:
        page.get_by_role("button", name=form, exact=True).press("Enter")
    return begun.value.suggested_filename, Path(begun.value.path()).read_bytes()


def test_a_figure_is_saved_in_both_formats_as_it_is_seen(visit) -> None:
    page = settled(visit("/protein?acc=P38398&text=DNA+repair", shows="The figure as a table"))
    figure = page.locator(".st-key-fit .js-plotly-plot")
    place = figure.bounding_box()
    name, drawn = saved(page, "SVG")
    assert name == "protclip-sentence.svg"
    assert drawn.startswith(b"<svg")
    assert "cosine between the query and a protein" in drawn.decode()
    name, drawn = saved(page, "PNG")
    assert name == "protclip-sentence.png"
    picture = Image.open(io.BytesIO(drawn))
    assert abs(picture.width - 2 * place["width"]) < 4, "two dots for each of the screen's"
    assert len(picture.convert("RGB").getcolors(picture.width * picture.height)) > 10
