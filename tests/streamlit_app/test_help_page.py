"""The help page by its logic: a topic for every page, in which the page and its words are found."""

import pytest

from streamlit_app.glossary import GLOSSARY
from streamlit_app.help_topics import TOPICS
from streamlit_app.widgets import PAGES


@pytest.fixture
def open_topic(app):
    def open_page(name=None):
        app.run()
        app.switch_page("views/help.py")
        if name:
            app.query_params["topic"] = name
        return app.run()

    return open_page


def words(app) -> str:
    return "\n".join(str(e.value) for kind in (app.subheader, app.markdown) for e in kind).replace("\\", "")


def links(app) -> list[tuple[str, str]]:
    return [(e.proto.label, e.proto.query_string) for e in app.get("page_link")]


def test_every_page_but_this_has_a_topic_in_the_order_of_the_menu() -> None:
    assert [*TOPICS, "help"] == list(PAGES)


def test_the_beginning_leads_to_every_page(open_topic) -> None:
    app = open_topic()
    assert not app.exception
    told = [label for label, _ in links(app)]
    assert told == [f"**{topic.title}**: {topic.question}" for topic in TOPICS.values()]


@pytest.mark.parametrize("name", TOPICS)
def test_a_topic_leads_to_its_page_and_explains_its_words(open_topic, name) -> None:
    app, topic = open_topic(name), TOPICS[name]
    assert not app.exception
    assert links(app)[0][0] == f"Open {topic.title}"
    assert (len(links(app)) == 2) == bool(topic.example)
    assert all(GLOSSARY[word] in words(app) for word in topic.words)


def test_all_words_are_there(open_topic) -> None:
    told = words(open_topic("words"))
    assert all(meaning in told for meaning in GLOSSARY.values())


@pytest.mark.parametrize("name", TOPICS)
def test_each_page_leads_to_its_topic(app, name) -> None:
    app.run()
    if name != "search":
        app.switch_page(f"views/{name}.py").run()
    assert not app.exception
    assert ("How this page works", f"topic={name}") in links(app)
