"""One annotated protein: every statement with what speaks for it, and the known proteins it is like."""

from typing import Any

import streamlit as st

from protclip.records import Protein
from streamlit_app.annotation_overview import KIND_WORDS, Document, statement_lines
from streamlit_app.card_links import sequence_links
from streamlit_app.engine import Engine
from streamlit_app.page_params import switch
from streamlit_app.widgets import (
    ANNOTATE_PAGE,
    PROTEIN_PAGE,
    errors_as_sentences,
    legend,
    plain,
    show_warnings,
    table_height,
)


def protein_detail(engine: Engine, made: Document, protein: Protein) -> None:
    """Draw what a document tells of a protein, and links to what else can be asked of it."""
    st.subheader(plain(str(made["accession"]), limit=160), anchor=False)
    st.markdown(plain(str(made["description"])))
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.badge(f"nearest known protein: {made['stratum']}", color="gray")
        if made["known"]:
            st.badge("this sequence is known", icon=":material/verified:", color="green")
        st.text(f"{made['length']:,} residues")
    with errors_as_sentences():
        sequence_links(protein, here=ANNOTATE_PAGE)
    show_warnings(made["warnings"])
    all_of_them = switch("Broader terms too, which these imply", "broader")
    for kind, words in KIND_WORDS.items():
        lines = statement_lines(made, kind, all_of_them=all_of_them)
        if lines:
            st.markdown(f"**{words}**")
            _statements(lines, kind, words)
    if not any(statement_lines(made, kind) for kind in KIND_WORDS):
        st.info("Nothing is confident enough to be told. Ask for a lower probability, and take it as a hint.")
    _homologues(engine, made)
    legend(
        "What do these columns mean?",
        "homologues",
        "neighbours",
        "text",
        "agreement",
        "identity",
        "coverage",
        "IEA",
    )


def _statements(lines: list[dict[str, Any]], kind: str, words: str) -> None:
    columns = st.column_config
    st.dataframe(
        lines,
        hide_index=True,
        height=table_height(len(lines), 8),
        placeholder="–",
        alt=words,
        column_order=[name for name in _shown(kind) if any(line[name] is not None for line in lines)],
        column_config={
            "name": columns.TextColumn("Term" if kind != "EC" else "Number", width=260, pinned=True),
            "link": columns.LinkColumn(
                "Id", display_text=r"(?:term|EC)/(.+)$", width=95, help="Opens a page elsewhere."
            ),
            "probability": columns.ProgressColumn(
                "Probability", min_value=0, max_value=1, format="%.2f", width=105
            ),
            "status": columns.TextColumn("Status", width=105),
            "agreement": columns.TextColumn("What speaks for it", width=190),
            "homologues": columns.NumberColumn("Homologues", format="%.2f", width=85),
            "neighbours": columns.NumberColumn("Neighbours", format="%.2f", width=85),
            "text": columns.NumberColumn("Name", format="%.1f σ", width=70),
            "homologue": columns.TextColumn("Best that has it", width=105),
            "identity": columns.NumberColumn("Identity", format="percent", width=75),
            "query_coverage": columns.NumberColumn("Covers", format="percent", width=75),
            "supporters": columns.TextColumn("All that have it", width=230),
        },
    )


def _shown(kind: str) -> list[str]:
    numbers = ["homologues"] if kind == "EC" else ["homologues", "neighbours", "text"]
    last = ["homologue", "identity", "query_coverage", "supporters"]
    return ["name", "link", "probability", "status", "agreement", *numbers, *last]


def _homologues(engine: Engine, made: Document) -> None:
    st.markdown("**Known proteins that align with it**")
    if not made["homologues"]:
        st.caption("None. What is told rests on the model alone.")
        return
    columns = st.column_config
    st.dataframe(
        made["homologues"],
        hide_index=True,
        height=table_height(len(made["homologues"]), 8),
        placeholder="–",
        alt="Known proteins that align, best first",
        column_config={
            "accession": columns.TextColumn("Protein", width=100, pinned=True),
            "name": columns.TextColumn("Name", width=250),
            "organism": columns.TextColumn("Organism", width=160),
            "cosine": columns.NumberColumn("Cosine", format="%.3f", width=75),
            "identity": columns.NumberColumn("Identity", format="percent", width=75),
            "query_coverage": columns.NumberColumn("Covers it", format="percent", width=80),
            "target_coverage": columns.NumberColumn("Covers the known", format="percent", width=85),
            "bits": columns.NumberColumn("Bits", format="%.0f", width=65),
            "expect": columns.NumberColumn("E-value", format="scientific", width=85),
        },
    )
    nearest = str(made["homologues"][0]["accession"])
    if engine.is_known(nearest):
        st.page_link(
            PROTEIN_PAGE,
            label=f"Open the page of {nearest}",
            icon=":material/genetics:",
            query_params={"acc": nearest},
        )
