"""The help page: where to begin, each page in plain words, and what words and scores mean."""

import streamlit as st

from streamlit_app import session
from streamlit_app.glossary import meanings
from streamlit_app.help_topics import BEGINNING, ON_EVERY_PAGE, THREE_WARNINGS, TOPICS
from streamlit_app.page_params import choice_box
from streamlit_app.widgets import PAGES

_NAMES = {"start": "Where to begin"} | {key: topic.title for key, topic in TOPICS.items()}
_NAMES |= {"words": "What words mean"}


def show() -> None:
    """Draw the page."""
    session.enter_page("help")
    st.title("Help", anchor=False)
    name = choice_box(
        "Topic", "topic", tuple(_NAMES), "start", format_func=_NAMES.__getitem__, label_visibility="collapsed"
    )
    if name == "start":
        _beginning()
    elif name == "words":
        st.markdown(meanings())
    else:
        _topic(name)


def _beginning() -> None:
    st.markdown(BEGINNING)
    st.subheader("What do you want to know?", anchor=False)
    for key, topic in TOPICS.items():
        st.page_link(
            PAGES[key], label=f"**{topic.title}**: {topic.question}", icon=":material/arrow_forward:"
        )
    st.subheader("Before you believe a result", anchor=False)
    st.markdown(THREE_WARNINGS)
    st.subheader("On every page", anchor=False)
    st.markdown(ON_EVERY_PAGE)


def _topic(name: str) -> None:
    topic = TOPICS[name]
    st.subheader(topic.question, anchor=False)
    st.markdown("\n".join(f"{number}. {step}" for number, step in enumerate(topic.steps, start=1)))
    st.markdown(f"**What comes back.** {topic.result}")
    st.markdown(f"**What it cannot do.** {topic.limits}")
    with st.container(horizontal=True, gap="medium"):
        st.page_link(PAGES[name], label=f"Open {topic.title}", icon=":material/open_in_full:")
        if topic.example:
            st.page_link(
                PAGES[name], label="Open an example", icon=":material/lightbulb:", query_params=topic.example
            )
    st.subheader("Words and numbers of this page", anchor=False)
    st.markdown(meanings(*topic.words))


if __name__ == "__main__":
    show()
