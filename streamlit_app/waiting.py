"""What a page shows of a job: its place in the line, its progress, a button that stops it, and how it ended."""

from typing import Any

import streamlit as st

from streamlit_app import resources
from streamlit_app.jobs import JobView, LaneFullError, LaneName, Work
from streamlit_app.recognition import as_sentence
from streamlit_app.widgets import plain

_FIRST_WAIT = 0.8
_EVERY = 0.7


def result_of(
    key: str,
    work: Work,
    *,
    what: str,
    lane: LaneName = "quick",
    kept: str = "Nothing was kept.",
    again: str = "Do it again",
) -> Any | None:
    """The result of a job, begun now unless it has been; while there is none, say how far it is, and give None.

    Parameters
    ----------
    key
        Of `jobs.key_of`: the same key is the same job, for every tab.
    what
        What is done, for the eye: "Scoring every substitution".
    kept, again
        What is said to be left of a cancelled job, and what stands on the button that begins it once more.
    """
    jobs = resources.jobs()
    try:
        jobs.ensure(key, work, lane)
    except LaneFullError as error:
        st.warning(plain(as_sentence(str(error))), icon=":material/hourglass_top:")
        st.button("Ask again", icon=":material/refresh:", key=f"again-{key}")
        return None
    view = jobs.wait(key, _FIRST_WAIT)
    assert view is not None, "a job that was just asked for is kept"
    if view.state == "done":
        return view.result
    if view.finished:
        _show_end(view, what, kept, again)
    else:
        _show_progress(key, what)
    return None


@st.fragment(run_every=_EVERY)
def _show_progress(key: str, what: str) -> None:
    view = resources.jobs().view(key)
    if view is None or view.finished:
        st.rerun()
    share = view.done / view.total if view.total else 0.0
    st.progress(min(share, 1.0), text=plain(progress_words(view, what)))
    st.button(
        "Cancel",
        icon=":material/stop_circle:",
        key=f"cancel-{key}",
        on_click=resources.jobs().cancel,
        args=(key,),
    )


def progress_words(view: JobView, what: str) -> str:
    """How far a job is, in a sentence."""
    if view.state == "waiting":
        return f"{what}: {view.ahead} before you." if view.ahead else f"{what}: about to begin."
    if not view.total:
        return f"{what}…"
    left = "" if view.seconds_left is None else f", about {_time_words(view.seconds_left)} left"
    return f"{what}: {view.done:,} of {view.total:,}{left}. It goes on if you close this page."


def _time_words(seconds: float) -> str:
    return f"{max(seconds, 1):.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def _show_end(view: JobView, what: str, kept: str, again: str) -> None:
    if view.state == "cancelled":
        st.info(plain(f"{what} was cancelled. {kept}"), icon=":material/stop_circle:")
    else:
        st.error(plain(as_sentence(view.error), limit=2000), icon=":material/error:")
    st.button(
        again,
        icon=":material/refresh:",
        key=f"retry-{view.key}",
        on_click=resources.jobs().forget,
        args=(view.key,),
    )
