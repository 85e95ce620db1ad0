"""The top of the search page: the box, what it recognises, the mode, and the examples."""

import streamlit as st

from streamlit_app import session
from streamlit_app.examples import EXAMPLES, Example
from streamlit_app.query_box import query_box
from streamlit_app.recognition import LIMITS, read_draft
from streamlit_app.resources import Engine
from streamlit_app.url_state import MAX_VERSUS, MAX_VERSUS_TEXT, MODES, TOPS, fit_to_compare
from streamlit_app.widgets import plain

MODE_LABELS = {"hybrid": "Both", "semantic": "Meaning", "lexical": "Words"}
MODE_WORDS = {
    "hybrid": "Both: by meaning, by words and by the GO terms your sentence is read as, ranks combined. "
    "The best start.",
    "semantic": "Meaning: the model compares your query with each protein's sequence alone. "
    "Finds proteins nobody has annotated.",
    "lexical": "Words: only proteins whose name, gene or GO terms hold the words you typed (BM25).",
}
PLACEHOLDER = "A sentence, a keyword, an accession, or a protein sequence"


def show_form(engine: Engine | None) -> None:
    """Draw the form. Whatever a visitor does with it ends up in the session's state.

    Without an engine, as it is not open yet, of accessions those alone are known that have UniProt's form.
    """
    _box(engine)
    is_new = session.state().is_empty
    if is_new:
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.caption("Try one:", width="content")
            _examples()
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        _switches()
        if not is_new:  # out of the way of the hits
            with st.popover("Examples", icon=":material/lightbulb:"):
                _examples()
            _compare()
    st.caption(MODE_WORDS[session.state().mode])


@st.fragment
def _box(engine: Engine | None) -> None:
    """The query box with its caption; typing reruns this piece only."""
    text = session.state().text
    draft, submitted = query_box(
        text, version=session.box_version(), placeholder=PLACEHOLDER, key="query_box"
    )
    if submitted is not None:
        submit(submitted)
        st.rerun()
    found = read_draft(draft, engine.is_known if engine else lambda word: False)
    if found.kind == "unusable":
        st.warning(plain(found.sentence), icon=":material/warning:")
    else:
        st.caption(f"{plain(found.sentence)} The box takes {LIMITS}.")
    if found.offer and st.button("Use the cleaned sequence", icon=":material/cleaning_services:", key="tidy"):
        submit(found.offer)
        st.rerun()


def submit(text: str) -> None:
    """Search for a text from the box; a search by example ends."""
    session.update(text=text, more_like=(), less_like=())


def _examples() -> None:
    for number, example in enumerate(EXAMPLES):
        st.button(
            example.label, key=f"example-{number}", on_click=_use, args=(example,), help=example.text[:200]
        )


def _use(example: Example) -> None:
    session.update(text=example.text, mode=example.mode, more_like=(), less_like=())


def _switches() -> None:
    state = session.state()
    st.session_state["mode"], st.session_state["top"] = state.mode, state.top
    st.segmented_control(
        "Search by",
        MODES,
        key="mode",
        format_func=MODE_LABELS.__getitem__,
        on_change=_switched,
        required=True,
        help="\n\n".join(MODE_WORDS.values()),
    )
    st.selectbox("Number of hits", TOPS, key="top", on_change=_switched, width=140)


def _switched() -> None:
    mode = st.session_state["mode"]
    session.update(mode=mode if mode in MODES else MODES[0], top=st.session_state["top"])


def _compare() -> None:
    """Where a visitor adds a query to the comparison."""
    with st.popover("Compare", icon=":material/compare_arrows:"):
        if len(session.state().versus) >= MAX_VERSUS:
            st.caption(f"{MAX_VERSUS + 1} queries stand side by side, which is the most. Remove one first.")
            return
        st.session_state["versus_box"] = ""
        st.text_input(
            "Another query",
            key="versus_box",
            placeholder="A sentence, a keyword or an accession",
            on_change=_added,
            help="Shown beside your query, with the same mode, filters and number of hits.",
        )


def _added() -> None:
    text = " ".join(st.session_state["versus_box"].split())
    versus = session.state().versus
    if not text:
        return
    if not fit_to_compare(text):
        session.notify(
            f"A long sequence, or more than {MAX_VERSUS_TEXT} characters, cannot be compared. Give its accession, "
            "or a sentence."
        )
    elif text not in versus:
        session.update(versus=(*versus, text))
