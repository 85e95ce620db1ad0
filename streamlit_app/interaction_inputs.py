"""What a visitor gives the interactions page: a pair, one protein against the atlas, or a list of pairs."""

from dataclasses import dataclass, replace
from typing import Literal

import streamlit as st

from protclip.records import Protein
from streamlit_app.engine import Engine
from streamlit_app.interaction_work import KNOWN_FILE
from streamlit_app.kept_text import keep_text, kept_text, kept_text_box, upload_box
from streamlit_app.page_params import choice_box, set_param
from streamlit_app.pair_list import MAX_PAIRS, PairLine, named, pair_lines
from streamlit_app.protein_box import ProteinExample, protein_box
from streamlit_app.widgets import errors_as_sentences, plain

Way = Literal["pair", "atlas", "list"]
WAYS: dict[str, str] = {"pair": "A pair", "atlas": "One against all of the atlas", "list": "A list of pairs"}
TOPS = ("10", "20", "50", "100")
MAX_RESIDUES = 10_000
LIST_EXAMPLE = "P04637\tQ00987\nP38398\tP51587\nP01308\tP06213\nP69905\tP68871\nP04637\tP38398"
"""Pairs of human proteins: p53 and MDM2, BRCA1 and BRCA2, insulin and its receptor, the hemoglobin chains."""
_FIRST = (
    ProteinExample(label="p53 (P04637)", text="P04637"),
    ProteinExample(label="insulin (P01308)", text="P01308"),
)
_SECOND = (
    ProteinExample(label="MDM2 (Q00987)", text="Q00987"),
    ProteinExample(label="insulin receptor (P06213)", text="P06213"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The inputs: ``proteins`` are a pair, or one whose ``top`` partners are wanted; ``lines`` are a list.

    ``known`` is the text of a file of known interactions, "" without one that can be used.
    """

    way: str
    proteins: tuple[Protein, ...] = ()
    top: int = 20
    lines: tuple[PairLine, ...] = ()
    known: str = ""


def interaction_form(engine: Engine) -> Given | None:
    """Draw the inputs; None while they are not complete."""
    way = choice_box("Which pairs?", "way", list(WAYS), "pair", format_func=WAYS.get)
    draw = {"pair": _pair, "atlas": _against, "list": _list}[way]
    given = draw(engine)
    st.caption(
        f"At most {MAX_RESIDUES:,} residues a protein and {MAX_PAIRS:,} pairs. An accession is one of the index; one "
        "protein against every other of the atlas takes seconds."
    )
    known = _known_box()
    return None if given is None else replace(given, known=known)


def _known_box() -> str:
    """The text of a file of known interactions; "" where none is given or it cannot be used, which is said."""
    from protclip.data.known_interactions import known_interactions_in

    text = kept_text("known")
    with st.expander("Known interactions (optional)", icon=":material/hub:", expanded=bool(text)):
        st.caption(
            "A text file with two UniProt accessions a line, or PSI-MI TAB as IntAct writes it; columns after the "
            "second are ignored. Each pair is looked up in it, and so are its homologues. The size allows some "
            "14,000 pairs; of wide files keep the first two columns. Larger ones, and .gz, are for "
            "`protclip interact --known FILE`."
        )
        upload_box("A file of known interactions", "known", ("tsv", "csv", "txt"))
        if not text:
            return ""
        st.button("Forget the file", on_click=keep_text, args=("known", ""), icon=":material/delete:")
        with errors_as_sentences():
            found = known_interactions_in(text.splitlines(), KNOWN_FILE)
            told = f"{found.num_pairs:,} known interactions of {len(found.partners):,} proteins"
            st.caption(plain(f"In use: {told}. {found.left_out}"))
            return text
    return ""


def _pair(engine: Engine) -> Given | None:
    left, right = st.columns(2, gap="large")
    with left:
        first = protein_box(
            engine, name="a", label="First protein", max_residues=MAX_RESIDUES, examples=_FIRST
        )
    with right:
        second = protein_box(
            engine, name="b", label="Second protein", max_residues=MAX_RESIDUES, examples=_SECOND
        )
    st.button("Example: p53 and MDM2", type="tertiary", on_click=_take_example)
    if first is None or second is None:
        return None
    return Given(way="pair", proteins=(named(first), named(second)))


def _take_example() -> None:
    for name, accession in (("a", "P04637"), ("b", "Q00987")):
        set_param(name, accession)
        set_param(f"{name}-seq", "")


def _against(engine: Engine) -> Given | None:
    protein = protein_box(engine, name="a", max_residues=MAX_RESIDUES, examples=_FIRST)
    top = choice_box("Partners", "top", TOPS, "20")
    return None if protein is None else Given(way="atlas", proteins=(named(protein),), top=int(top))


def _list(engine: Engine) -> Given | None:
    text = kept_text_box(
        "Pairs, one a line",
        "pairs",
        height=150,
        placeholder="P04637\tQ00987",
        help="Two accessions or sequences a line, parted by a tab, a comma, a semicolon or spaces.",
    )
    st.button("Example: five human pairs", type="tertiary", on_click=keep_text, args=("pairs", LIST_EXAMPLE))
    upload_box("Or a file with two columns", "pairs", ("tsv", "csv", "txt"))
    with errors_as_sentences():
        lines = pair_lines(text)
        return Given(way="list", lines=lines) if lines else None
    return None
