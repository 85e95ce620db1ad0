"""Every page in light, in dark and on a narrow screen, to look at: three sheets of small pictures.

Beside them the list of all that the pages asked for, to see that nothing comes from elsewhere.

Not part of the tests; takes a server that runs:

    python -m tests.browser.pictures --url http://127.0.0.1:8501 --output docs
"""

import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS, settled
from tests.browser.test_accessibility_browser import LONG, PAGES

_GAP = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a visitor sees the pages, and how their pictures stand on the sheet."""

    width: int
    height: int
    scheme: str
    columns: int
    share: float
    """Size of a picture on the sheet, of that on the screen."""


LOOKS = {
    "light": Look(width=1360, height=1000, scheme="light", columns=3, share=0.47),
    "dark": Look(width=1360, height=1000, scheme="dark", columns=3, share=0.47),
    "narrow": Look(width=390, height=844, scheme="light", columns=6, share=0.8),
}


def pictures(browser: Browser, url: str, look: Look, asked: set[str]) -> Iterator[Image.Image]:
    """The top of each page, once everything is drawn; the addresses it asks for are added to ``asked``."""
    options: dict[str, Any] = {"color_scheme": look.scheme, "reduced_motion": "reduce"}
    options["viewport"] = {"width": look.width, "height": look.height}
    for address, shows in PAGES.values():
        context = browser.new_context(**options)
        page = context.new_page()
        page.set_default_timeout(LONG)
        page.on("request", lambda request: asked.add(_shown(request.url)))
        page.on("websocket", lambda websocket: asked.add(_shown(websocket.url)))
        page.goto(url.rstrip("/") + address)
        page.get_by_text(shows).first.wait_for()
        yield Image.open(io.BytesIO(settled(page).screenshot())).convert("RGB")
        context.close()


def _shown(url: str) -> str:
    """Scheme, host and path; what is in the page itself, such as a picture, by its scheme alone."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}{parts.path}" if parts.hostname else f"{parts.scheme}:"


def sheet(found: Sequence[Image.Image], look: Look) -> Image.Image:
    """The pictures in rows, from left to right."""
    width, height = round(look.width * look.share), round(look.height * look.share)
    num_rows = math.ceil(len(found) / look.columns)
    size = (look.columns * (width + _GAP) - _GAP, num_rows * (height + _GAP) - _GAP)
    whole = Image.new("RGB", size, "#808080")
    for number, picture in enumerate(found):
        row, column = divmod(number, look.columns)
        small = picture.resize((width, height), Image.Resampling.LANCZOS)
        whole.paste(small, (column * (width + _GAP), row * (height + _GAP)))
    return whole


@click.command()
@click.option("--url", required=True, help="A server that runs.")
@click.option("--output", type=click.Path(path_type=Path), required=True, help="Folder of the sheets.")
def main(url: str, output: Path) -> None:
    """Draw OUTPUT/pages-light.webp, pages-dark.webp and pages-narrow.webp, and write OUTPUT/requests.txt."""
    asked: set[str] = set()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, look in LOOKS.items():
            path = output / f"pages-{name}.webp"
            sheet(list(pictures(browser, url, look, asked)), look).save(path, quality=60, method=6)
            click.echo(f"{path}: {path.stat().st_size:,} bytes")
        browser.close()
    (output / "requests.txt").write_text("".join(f"{one}\n" for one in sorted(asked)), encoding="utf-8")


if __name__ == "__main__":
    main()
