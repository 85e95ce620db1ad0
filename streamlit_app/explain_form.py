"""What the explain page asks: a protein and a sentence."""

from dataclasses import dataclass

import streamlit as st

from protclip.records import Protein
from streamlit_app.engine import Engine
from streamlit_app.page_params import set_param, text_box
from streamlit_app.protein_box import protein_box
from streamlit_app.structure_input import EXAMPLE_ACCESSION, EXAMPLE_NAME
from streamlit_app.url_state import MAX_TEXT_IN_URL

MAX_RESIDUES = 10_000
"""Longest protein: that of the HTTP API (`protclip.predict.tasks.MAX_RESIDUES`)."""
_OF_OTHERS = ("p-seq", "mark", "track", "structure")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainExample:
    """A question that a button fills in."""

    label: str
    protein: str
    sentence: str


EXAMPLES = (
    ExplainExample(label="BRCA1: DNA repair", protein="P38398", sentence="DNA repair"),
    ExplainExample(
        label=f"DD-peptidase, with its structure ({EXAMPLE_NAME})",
        protein=EXAMPLE_ACCESSION,
        sentence="serine-type D-Ala-D-Ala carboxypeptidase activity",
    ),
    ExplainExample(label="EGFR: kinase", protein="P00533", sentence="protein tyrosine kinase"),
    ExplainExample(
        label="carbonic anhydrase 2: EC 4.2.1.1", protein="P00918", sentence="carbonate dehydratase activity"
    ),
)


def explain_form(engine: Engine) -> tuple[Protein | None, str]:
    """Draw the inputs and give what they hold; None and "" for what is missing or cannot be used."""
    left, right = st.columns(2, gap="medium")
    with left:
        protein = protein_box(engine, max_residues=MAX_RESIDUES)
    with right:
        sentence = text_box(
            "Sentence",
            "text",
            limit=MAX_TEXT_IN_URL,
            draw=st.text_area,
            height=92,
            placeholder="What the protein may do: DNA repair",
            help=f"At most {MAX_TEXT_IN_URL} characters. The words of GO terms are what the model knows best.",
        )
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.caption("Try one:", width="content")
        for example in EXAMPLES:
            st.button(example.label, type="tertiary", on_click=_fill, args=(example,))
    return protein, sentence


def _fill(example: ExplainExample) -> None:
    for name in _OF_OTHERS:
        set_param(name, "")
    set_param("p", example.protein)
    set_param("text", example.sentence)
