"""The sidebar's filters: each is set from the state before it is drawn and changes it when touched."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from protclip.errors import InputError
from streamlit_app import session
from streamlit_app.recognition import as_sentence
from streamlit_app.resources import Engine, FilterValues
from streamlit_app.url_state import EC_PREFIX
from vector_store.filters import ec_prefix
from vector_store.store import SearchFilter

NAMED_LABELS = {None: "All", True: "Named", False: "Unnamed"}
EVIDENCE_LABELS = {
    "experimental": "Experimental",
    "curated": "Stated by curators or authors",
    "computational": "Computational or by homology",
    "unknown": "Not recorded",
}
_TYPED = ("f_go", "f_ec")
"""Where a value may be typed that is not in the list."""
_MAX_LENGTH = 100_000
_EC_NAMES = {
    "1": "oxidoreductases",
    "2": "transferases",
    "3": "hydrolases",
    "4": "lyases",
    "5": "isomerases",
    "6": "ligases",
    "7": "translocases",
}


def show_filters(engine: Engine, values: FilterValues, scope: str) -> None:
    """Draw the filters with the counts of ``values``; ``scope`` says in words what is counted."""
    where = session.state().filter
    st.subheader("Filters", anchor=False)
    st.caption(scope)
    _named(where)
    _choice("Organism", "f_organism", values["organism"], where.organism, engine)
    _choice("Location in the cell", "f_location", values["location"], where.location, engine)
    _choice(
        "GO term, descendants included",
        "f_go",
        values["go"],
        where.go,
        engine,
        hint="Choose, or type any GO id or name: helicase activity, GO:0004386",
    )
    _choice(
        "Enzyme class (EC)",
        "f_ec",
        values["ec_class"],
        where.ec,
        engine,
        hint="Choose, or type the beginning of an EC number: 3.6.4",
    )
    _choice(
        "Evidence",
        "f_evidence",
        values["evidence"],
        where.evidence,
        engine,
        hint="What stands behind a GO annotation of the protein: an experiment, a curator's or an author's "
        "statement, a likeness or a program, or nothing the source tells.",
    )
    _lengths(where)
    if where != SearchFilter():
        st.button(
            "Clear all filters", on_click=session.update, kwargs={"filter": SearchFilter()}, width="stretch"
        )


def _named(where: SearchFilter) -> None:
    st.session_state["f_named"] = NAMED_LABELS[where.named]
    st.segmented_control(
        "Names",
        list(NAMED_LABELS.values()),
        key="f_named",
        on_change=_named_changed,
        help="Most proteins of the source come without a name. They are titled by their most informative function.",
    )


def _named_changed() -> None:
    chosen = st.session_state["f_named"]
    value = next((named for named, label in NAMED_LABELS.items() if label == chosen), None)
    _set(named=value)


def _choice(
    label: str,
    key: str,
    num_of: Mapping[str, int | None],
    chosen: Sequence[str],
    engine: Engine,
    hint: str = "",
) -> None:
    """A list of values with their counts; what is chosen stays in the list even where its count is gone."""
    options = list(dict.fromkeys([*num_of, *chosen]))

    def words(value: str) -> str:
        count = num_of.get(value)
        return value_words(key, value, engine) + ("" if count is None else f" · {count:,}")

    st.session_state[key] = list(chosen)
    st.multiselect(
        label,
        options,
        key=key,
        format_func=words,
        on_change=_choice_changed,
        args=(key, engine),
        accept_new_options=key in _TYPED,
        placeholder="Any",
        help=hint or None,
        max_selections=20,
        filter_mode="contains",
        select_all=False,
    )


def value_words(key: str, value: str, engine: Engine) -> str:
    """How a filter value is shown: GO ids with their names, top EC classes with theirs."""
    if key in ("f_go", "f_location"):
        name = engine.go_name(value)
        return f"{name} ({value})" if name and key == "f_go" else name or value
    if key == "f_ec" and EC_PREFIX.fullmatch(value):
        return f"EC {value} {_EC_NAMES.get(value, '')}".rstrip()
    if key == "f_evidence":
        return EVIDENCE_LABELS.get(value, value)
    return value


def _choice_changed(key: str, engine: Engine) -> None:
    values: list[str] = list(st.session_state[key])
    try:
        if key == "f_go":
            values = [engine.go_id(value) for value in values]
        elif key == "f_ec":
            values = [ec_prefix(value) for value in values]
    except InputError as error:
        session.notify(as_sentence(str(error)))
        return
    _set(**{key.removeprefix("f_"): tuple(dict.fromkeys(values))})


def _lengths(where: SearchFilter) -> None:
    columns = st.columns(2)
    for column, key, label, value in zip(
        columns,
        ("f_length_min", "f_length_max"),
        ("Residues from", "to"),
        (where.length_min, where.length_max),
        strict=True,
    ):
        st.session_state[key] = value
        column.number_input(
            label, 1, _MAX_LENGTH, value=None, step=50, key=key, placeholder="any", on_change=_lengths_changed
        )


def _lengths_changed() -> None:
    low, high = st.session_state["f_length_min"], st.session_state["f_length_max"]
    if low is not None and high is not None and low > high:
        session.notify(
            f"No protein has from {low:,} to {high:,} residues: the first number must not be above the second."
        )
        return
    _set(length_min=low, length_max=high)


def _set(**changes: object) -> None:
    session.update(filter=replace(session.state().filter, **changes))  # type: ignore[arg-type]
