"""No page has a serious or critical violation of the rules that axe-core checks (WCAG 2 A and AA), light or dark.

axe-core is brought by axe-playwright-python, and runs in the page.
"""

import pytest

from tests.browser.conftest import needs_browser, needs_shipped, settled

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
pytestmark = [*needs_browser, needs_shipped]

PAGES = {
    "search": ("/?q=ATP-dependent+DNA+helicase&sel=P46063", "hits out of"),
    "search, compared": ("/?q=DNA+helicase&vs=kinesin", "queries side by side"),
    "protein": ("/protein?acc=P00918&text=carbonate+dehydratase+activity", "Nearest proteins in the model"),
    "explain": ("/explain?p=P00918&text=carbonate+dehydratase+activity", "Take the numbers home"),
    "map": ("/map?q=DNA+helicase", "The figure as a table"),
    "annotate": ("/annotate", "Annotate proteins"),
    "mutations": ("/mutations?p=P01308&v=C31S+K1M", "2,090 substitutions"),
    "interactions": ("/interactions?a=P04637&b=Q00987", "Probability that they interact"),
    "model, measured": ("/model?show=results", "Do this without the browser"),
    "help": ("/help", "On every page"),
    "help, search": ("/help?topic=search", "Words and numbers of this page"),
}


LONG = 240_000


def opened(visit, address, shows, **options):
    page = visit(address, shows=shows, **options)
    page.set_default_timeout(LONG)
    return settled(page)


def violations(page):
    """Rule, element and what is wrong, of what keeps somebody from using the page."""
    found = axe.Axe().run(page).response["violations"]
    return [
        (rule["id"], node["html"][:200], node["failureSummary"])
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


def in_the_dark(page):
    """The same page in the dark theme, which follows the visitor's system."""
    before = ground(page)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.wait_for_function(
        "before => getComputedStyle(document.querySelector('.stApp')).backgroundColor != before", arg=before
    )
    return settled(page)


def ground(page):
    return page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_keeps_nobody_out(visit, name) -> None:
    page = opened(visit, *PAGES[name])
    assert violations(page) == []
    assert violations(in_the_dark(page)) == []


def test_an_annotation_keeps_nobody_out(visit) -> None:
    page = opened(visit, "/annotate", "Annotate proteins")
    page.get_by_role("button", name="four human proteins").click()
    settled(page)
    page.get_by_role("button", name="Annotate").click()
    page.get_by_text(" annotated").wait_for()
    assert violations(settled(page)) == []
    assert violations(in_the_dark(page)) == []


def test_what_keeps_somebody_out_is_seen(visit) -> None:
    page = opened(visit, "/annotate", "Annotate proteins")
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<main><img src=x><button></button></main>')"
    )
    assert {rule for rule, _, _ in violations(page)} == {"image-alt", "button-name"}


def test_what_cannot_be_read_in_the_dark_is_seen(visit) -> None:
    page = in_the_dark(opened(visit, "/help", "On every page"))
    assert violations(page) == []
    page.evaluate("document.querySelector('h1').style.color = '#333'")
    assert {rule for rule, _, _ in violations(page)} == {"color-contrast"}
