"""The app in a process of its own and a Chromium that visits it.

Runs on the shipped model and atlas (index folder: PROTCLIP_INDEX, else a new one), or on a dozen proteins
where the atlas is absent. PROTCLIP_SCREENSHOTS names a folder for pictures.
"""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

import streamlit_app
from protclip.errors import AssetError

_BROWSERS = ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium")
CHROMIUM = next((path for path in _BROWSERS if Path(path).exists()), _BROWSERS[-1])
"""The shell, where it is: it has no window of its own to draw, and a page is there in two thirds of the time."""
FLAGS = (
    *("--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
    *("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"),
)
WAIT = 30_000

needs_browser = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no Chromium at {' or '.join(_BROWSERS)}"),
]


def is_shipped() -> bool:
    """Whether atlas and model are here, without which only search and card have something to show."""
    from protclip import starter

    try:
        starter.atlas_path()
        starter.checkpoint_path()
    except AssetError:
        return False
    return True


needs_shipped = pytest.mark.skipif(not is_shipped(), reason="needs the shipped atlas and model")


def script() -> Path:
    if is_shipped():
        return Path(streamlit_app.__file__).with_name("serve.py")
    return Path(__file__).with_name("fixture_app.py")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def base(tmp_path_factory):
    """The address of a running app."""
    home = tmp_path_factory.mktemp("app")
    port, main = free_port(), script()
    environment = {**os.environ, "PROTCLIP_UPLOADS": str(home / "uploads")}
    environment["PROTCLIP_JOBS"] = str(home / "jobs")
    if main.name != "serve.py" or "PROTCLIP_INDEX" not in environment:
        environment["PROTCLIP_INDEX"] = str(home / "index")
    environment.pop("QDRANT_URL", None)
    root = Path(streamlit_app.__file__).parents[1]
    command = [sys.executable, "-m", "streamlit", "run", str(main)]
    command += ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"]
    log = (home / "log.txt").open("w+")
    server = subprocess.Popen(command, cwd=root, env=environment, stdout=log, stderr=log)
    try:
        wait_for(f"http://127.0.0.1:{port}/_stcore/health", server, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def wait_for(address: str, server: subprocess.Popen, log) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(address, timeout=1) as answer:
                if answer.read() == b"ok":
                    return
        except OSError:
            pass
        if server.poll() is not None:
            break
        time.sleep(0.1)
    log.seek(0)
    pytest.fail(f"the app did not start: {log.read()[-2000:]}")


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser, base):
    """Opens pages in new contexts, as new visitors; whatever they request is checked at the end."""
    contexts, seen = [], []

    def open_page(path="/", *, shows="", **options):
        # Without a GPU an animation is drawn by the processor that the app needs.
        options = {"viewport": {"width": 1360, "height": 1000}, "reduced_motion": "reduce"} | options
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT)
        page.on("request", lambda request: seen.append(request.url))
        page.on("websocket", lambda websocket: seen.append(websocket.url))
        page.goto(base + path)
        shown = page.get_by_role("textbox", name="Query").or_(page.get_by_label("Colour by"))
        shown = page.get_by_text(shows) if shows else shown.or_(page.get_by_label("Accession"))
        shown.first.wait_for(timeout=240_000)
        return page

    yield open_page
    for context in contexts:
        context.close()
    hosts = {urlsplit(url).hostname for url in seen if url.startswith(("http", "ws"))}
    assert hosts == {"127.0.0.1"}


def settled(page):
    """Wait until the app rests: no script runs, and everything that is to be drawn is drawn."""
    page.wait_for_timeout(300)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.wait_for_function("() => !document.querySelector('[data-testid=stSkeleton]')")
    return page


def picture(page, name):
    folder = os.environ.get("PROTCLIP_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png")


def parameters(page):
    return parse_qs(urlsplit(page.url).query)
