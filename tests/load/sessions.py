"""How the app bears visitors: sessions at once, sessions one after another, and the first page of a new server.

Every session is a real one: a browser context of its own with its own websocket. Not part of the tests:

    python -m tests.load.sessions --sessions 20 --sequential 200 --results results/app.csv

starts a server of its own (index: PROTCLIP_INDEX, else var/index); --url takes one that runs, whose memory is read
where --pid names its process.
"""

import asyncio
import itertools
import json
import re
import shlex
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import numpy as np
from playwright.async_api import Browser, Error, Page, async_playwright

from protclip.benchmarks.results import append_rows
from streamlit_app.verbs import app_command, app_environment
from tests.browser.conftest import CHROMIUM

HITS = re.compile(r"\d+ hits? out of")
SECONDS = 240
KEY_MS = 30
WARMING = 15
"""Seconds that an open server gets to warm up, which a visitor need not wait for."""
Row = dict[str, object]
_WHAT = ("helicase", "kinase", "protease", "channel", "receptor", "ligase", "hydrolase", "isomerase")
_OF = ("virus", "yeast", "bacterium", "muscle", "liver", "root", "leaf", "embryo", "sperm", "brain", "heart")
_AT = ("nucleus", "membrane", "ribosome")
QUERIES = [f"{what} of {of} at the {at}" for what, of, at in itertools.product(_WHAT, _OF, _AT)]
"""264 that differ, so that none is answered from memory."""


@dataclass(slots=True)
class Seen:
    """Seconds of each session that got its answer, and how many did not."""

    seconds: list[float] = field(default_factory=list)
    num_errors: int = 0


async def first_page(browser: Browser, url: str) -> Page:
    """A new visitor's page, whose query box can be used."""
    context = await browser.new_context(viewport={"width": 1360, "height": 1000}, reduced_motion="reduce")
    page = await context.new_page()
    page.set_default_timeout(SECONDS * 1000)
    await page.goto(url)
    await page.get_by_role("textbox", name="Query").wait_for()
    return page


async def search(page: Page, query: str, seen: Seen) -> None:
    """Type a query, faster than a person would, and wait for its hits."""
    box = page.get_by_role("textbox", name="Query")
    await box.press_sequentially(query, delay=KEY_MS)
    begun = time.perf_counter()
    try:
        await box.press("Enter")
        await page.get_by_text(HITS).wait_for()
        seen.seconds.append(time.perf_counter() - begun)
    except Error as error:
        print(f"{query}: {error}", file=sys.stderr)
        seen.num_errors += 1


def resident(pid: int) -> float:
    """Resident memory of a process in MiB."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(text.split("VmRSS:")[1].split()[0]) / 1024


class Report:
    """Measures a server; the rows come together in ``rows``."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser, self._url, self.rows = browser, url, list[Row]()

    def _tell(self, metric: str, value: float, n: int = 1) -> None:
        self.rows.append({"metric": metric, "value": value, "n": n})
        print(f"{metric}: {value:.4g} (n = {n})", flush=True)

    async def cold(self, started: float) -> None:
        """The first visitor of a server that was started at ``started``."""
        await (await first_page(self._browser, self._url)).context.close()
        self._tell("seconds from the start of the server to the first page", time.perf_counter() - started)

    async def opened(self, started: float) -> None:
        """When that server can answer: what is asked before waits for it."""
        while (told := await asyncio.to_thread(health_of, self._url))["status"] == "opening":
            await asyncio.sleep(0.2)
        if told["status"] != "ready":
            raise click.ClickException(f"the server cannot open its index: {told}")
        self._tell("seconds from the start of the server to an open index", time.perf_counter() - started)
        await asyncio.sleep(WARMING)

    async def warm(self, number: int) -> None:
        """Visitors of a warm server, one after another."""
        seconds = []
        for _ in range(number):
            begun = time.perf_counter()
            await (await first_page(self._browser, self._url)).context.close()
            seconds.append(time.perf_counter() - begun)
        self._tell("seconds to the first page of a warm server, median", float(np.median(seconds)), number)

    async def at_once(self, number: int) -> None:
        """Sessions that are all open before they search in the same moment."""
        pages, seen = [await first_page(self._browser, self._url) for _ in range(number)], Seen()
        await asyncio.gather(*(search(page, QUERIES[n], seen) for n, page in enumerate(pages)))
        for page in pages:
            await page.context.close()
        self._searched(seen, f"{number} sessions at once")

    async def in_turn(self, number: int, every: int, pid: int | None) -> None:
        """Sessions that search and leave, and the server's memory before and after every so many."""
        seen = Seen()
        for done in range(number + 1):
            if pid and (done % every == 0 or done == number):
                self._tell(f"resident MiB after {done} sessions in turn", resident(pid))
            if done < number:
                page = await first_page(self._browser, self._url)
                await search(page, QUERIES[-1 - done % len(QUERIES)], seen)
                await page.context.close()
        self._searched(seen, f"{number} sessions in turn")

    def _searched(self, seen: Seen, how: str) -> None:
        for name, share in (("median", 50), ("95th percentile", 95)):
            if seen.seconds:
                value = float(np.percentile(seen.seconds, share))
                self._tell(f"seconds from Enter to hits, {how}, {name}", value, len(seen.seconds))
        num_asked = len(seen.seconds) + seen.num_errors
        self._tell(f"searches without an answer, {how}", seen.num_errors, num_asked)


async def measure(url: str, pid: int | None, started: float | None, options: dict[str, int]) -> list[Row]:
    """All measurements, as rows without what they have in common."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        report = Report(browser, url)
        if started is not None:
            await report.cold(started)
            await report.opened(started)
        await report.warm(options["warm"])
        await report.at_once(options["sessions"])
        await report.in_turn(options["sequential"], options["every"], pid)
        await browser.close()
    return report.rows


def health_of(url: str) -> dict[str, Any]:
    """What a server says of itself, also while it cannot answer yet."""
    try:
        with urllib.request.urlopen(f"{url}/api/v1/health", timeout=SECONDS) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        return dict(json.load(error))


def facts_of(url: str) -> dict[str, object]:
    """Model and index of a server, as the columns of results/*.csv."""
    told = health_of(url)
    index = told["index"]
    data = f"index of {index['num_proteins']} proteins"
    return {
        "benchmark": "app/sessions",
        "model": told["model"],
        "fingerprint": told["fingerprint"],
        "data": data,
    }


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@click.command()
@click.option("--url", help="A server that runs; without it one is started.")
@click.option("--pid", type=int, help="The process of --url, to read its memory.")
@click.option("--sessions", type=click.IntRange(1, len(QUERIES)), default=20, show_default=True)
@click.option("--sequential", default=200, show_default=True, help="Sessions one after another.")
@click.option("--every", default=20, show_default=True, help="Sessions between two readings of the memory.")
@click.option("--warm", default=5, show_default=True, help="First pages of the warm server.")
@click.option("--results", type=click.Path(path_type=Path), help="CSV to append to.")
def main(url: str | None, pid: int | None, results: Path | None, **options: Any) -> None:
    """Measure how the app bears visitors."""
    server, started = None, None
    if url is None:
        port, started = free_port(), time.perf_counter()
        server = subprocess.Popen(
            app_command(port, "127.0.0.1"), env=app_environment(), stdout=subprocess.DEVNULL
        )
        url, pid = f"http://127.0.0.1:{port}", server.pid
    try:
        _wait_for(f"{url}/_stcore/health")
        rows = asyncio.run(measure(url.rstrip("/"), pid, started, options))
        if results:
            common = facts_of(url.rstrip("/"))
            command = shlex.join(["python", "-m", "tests.load.sessions", *sys.argv[1:]])
            append_rows(results, [common | row for row in rows], command=command)
    finally:
        if server is not None:
            server.terminate()
            server.wait(30)


def _wait_for(address: str) -> None:
    for _ in range(10 * SECONDS):
        try:
            with urllib.request.urlopen(address, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise click.ClickException(f"{address} did not answer within {SECONDS} seconds")


if __name__ == "__main__":
    main()
