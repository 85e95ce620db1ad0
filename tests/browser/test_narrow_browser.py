"""On a phone no page scrolls sideways, with a result on it."""

import pytest

from tests.browser.conftest import needs_browser, needs_shipped, picture, settled

pytestmark = [*needs_browser, needs_shipped]
PAGES = {
    "protein": ("/protein?acc=P00918&text=carbonate+dehydratase+activity", "The figure as a table"),
    "explain": ("/explain?p=P15555&text=serine-type+carboxypeptidase+activity", "Take the numbers home"),
    "mutations": ("/mutations?p=P01308&v=C31S", "What do the scores and labels mean?"),
    "interactions": ("/interactions?a=P04637&b=Q00987", "What both share"),
    "help": ("/help", "Before you believe a result"),
    "help on a page": ("/help?topic=annotate", "Words and numbers of this page"),
}


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wider_than_a_phone(visit, name) -> None:
    address, last = PAGES[name]
    page = settled(visit(address, shows=last, viewport={"width": 390, "height": 844}))
    picture(page, f"narrow-{name.replace(' ', '-')}")
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0, "the page scrolls sideways"
