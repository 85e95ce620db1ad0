"""Predicted functions and the generated description on the protein page, marked apart from what is curated."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from protclip.records import Protein
from streamlit_app import session
from streamlit_app.engine import Engine
from streamlit_app.jobs import key_of
from streamlit_app.origins import origin_now
from streamlit_app.own_model import is_refused
from streamlit_app.page_params import switch
from streamlit_app.predicted_recipe import predicted_recipe
from streamlit_app.predicted_view import (
    KINDS,
    description_table,
    found_again,
    homologue_rows,
    is_backed,
    statement_table,
    term_rows,
)
from streamlit_app.predicted_work import Described, described, predicted
from streamlit_app.waiting import result_of
from streamlit_app.widgets import download_row, plain, recipe_panel, show_warnings, table_height

if TYPE_CHECKING:
    from protclip.predict.translate import Description

MAX_RESIDUES = 10_000
"""Longest protein that is predicted here: that of the HTTP API."""
_MAX_ROWS = 9


def show_predictions(engine: Engine, protein: Protein) -> None:
    """Draw what is predicted of a protein without looking at what is known of it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("What is predicted", anchor=False, width="content")
        st.badge("predicted", icon=":material/model_training:", color="orange")
    if len(protein.sequence) > MAX_RESIDUES:
        st.info(
            f"The protein has {len(protein.sequence):,} residues; functions are predicted here for at most "
            f"{MAX_RESIDUES:,}. `protclip annotate` takes longer ones."
        )
        return
    if is_refused(engine, lambda tools: tools.function()):
        return
    st.caption(
        "By model and homologues, as if nothing were known of this protein: its own annotation is no evidence here. "
        "Probabilities were fitted on proteins held out of training."
    )
    asked = {"accession": protein.accession, "sequence": protein.sequence}
    document = result_of(
        key_of("functions", engine.fingerprint, **asked),
        lambda report: predicted(engine.tools, protein, report),
        what="Predicting functions",
    )
    if document is not None:
        _functions(engine, protein, document)
    found = result_of(
        key_of("description", engine.fingerprint, **asked),
        lambda report: described(engine.tools, protein, report),
        what="Describing the protein in words",
    )
    if found is not None:
        _description(engine, protein, found, document)


def _functions(engine: Engine, protein: Protein, document: Mapping[str, Any]) -> None:
    confidence = document["confidence_score"]
    st.markdown(f"**{plain(document['predicted_function'])}**, probability {confidence:.2f}")
    show_warnings(document["warnings"])
    if document["known"]:
        st.caption(
            f"{plain(document['known'])} has this very sequence: what is curated of it is listed too, and said so."
        )
    again, known = found_again(document, protein, engine.ontology)
    if known:
        st.caption(
            f"{again} of the {known} GO terms known of this protein, implied ones too, are among these."
        )
    implied = switch("Also the terms that these imply", "implied")
    tabs = st.tabs([label.split(",")[0].split(":")[0] for label in KINDS.values()])
    for tab, (kind, label) in zip(tabs, KINDS.items(), strict=True):
        with tab:
            has_probability = kind != "EC" or document["ec_calibrated"]
            rows = term_rows(document, kind, protein, engine.ontology, implied=implied)
            _terms(rows, label if has_probability else f"{label}: not calibrated", has_probability)
    _homologues(document)
    origin = origin_now(engine, f"functions of {protein.accession}, without its own annotation")
    download_row(statement_table(document), origin, stem=f"{protein.accession}-predicted", key="predicted")
    recipe_panel(
        predicted_recipe(protein, session.server_address()),
        label="Predict these functions without the browser",
        answer="This server answers with “results”, a document as the JSON Lines of `protclip annotate` have it.",
    )


def _terms(rows: Sequence[Mapping[str, Any]], label: str, has_probability: bool) -> None:
    if not rows:
        floor = "nothing with a probability of 0.5 or more" if has_probability else "no homologue with one"
        st.caption(f"{label}: {floor}.")
        return
    st.caption(label)
    hidden = {"share of homologues"} if has_probability else {"probability"}
    if all(row["status"] == "predicted" for row in rows):
        hidden.add("status")
    st.dataframe(
        rows,
        hide_index=True,
        height=table_height(len(rows), _MAX_ROWS),
        placeholder="–",
        alt=f"Predicted: {label}",
        column_order=[name for name in rows[0] if name not in hidden],
        column_config=_term_columns(),
    )


def _term_columns() -> dict[str, Any]:
    columns = st.column_config
    return {
        "term": columns.TextColumn(width=270),
        "id": columns.LinkColumn(display_text=r"([^/]+)$", width=95),
        "probability": columns.ProgressColumn(min_value=0, max_value=1, format="percent", width=95),
        "share of homologues": columns.ProgressColumn(
            min_value=0, max_value=1, format="percent", width=130, help="Of the bits of homologues with any."
        ),
        "beside what is known": columns.TextColumn(width=150),
        "speaks for it": columns.TextColumn(
            width=150, help="Homology: aligned proteins have the term. Model: near proteins, or its name."
        ),
        "nearest that has it": columns.TextColumn(
            width=130, help="The best aligned protein of which the same is known."
        ),
        "identity": columns.NumberColumn(format="percent", width=80, help="Of the alignment with it."),
        "coverage": columns.NumberColumn(
            format="percent", width=85, help="Share of this protein in the alignment."
        ),
    }


def _homologues(document: Mapping[str, Any]) -> None:
    rows = homologue_rows(document)
    with st.expander(f"The evidence: {len(rows)} nearest annotated proteins, aligned"):
        st.caption(
            f"Identity with the nearest: {plain(document['stratum'])}. Source: {plain(document['source'])}."
        )
        if rows:
            st.dataframe(
                rows,
                hide_index=True,
                placeholder="–",
                alt="Aligned homologues, best first",
                column_config={
                    **{
                        name: st.column_config.NumberColumn(format="percent")
                        for name in ("identity", "query_coverage", "target_coverage")
                    },
                    "expect": st.column_config.NumberColumn("E-value", format="%.1e"),
                    "cosine": st.column_config.NumberColumn(format="%.3f"),
                },
            )


def _description(
    engine: Engine, protein: Protein, found: Described, document: Mapping[str, Any] | None
) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**In words**", width="content")
        st.badge("generated", icon=":material/model_training:", color="orange")
    if not found.parts:
        st.caption("Near proteins do not agree on anything: there is no confident description.")
    for part in found.parts:
        st.markdown(f"**{part.property.capitalize()}** {plain(part.text, limit=2000)} {_support(part)}")
    if found.parts:
        st.caption(
            f"Put together of the texts of known proteins near this one. Support {found.support:.2f}: how far near "
            "proteins agree, 0 to 1; no probability."
        )
    sources = [source for part in found.parts for source in part.sources]
    if sources and document is not None and not is_backed(sources, document):
        st.warning(
            "Model and homology disagree: none of the proteins that these texts are taken from is among the nearest "
            "that align with this one. Trust the aligned ones more.",
            icon=":material/compare_arrows:",
        )
    table = description_table(protein.accession, found.ranked)
    with st.expander(f"All {len(table)} texts that were ranked"):
        st.dataframe(
            table.lines,
            hide_index=True,
            column_order=["rank", "property", "text", "support", "cosine", "sources"],
            alt="Ranked texts",
        )
        origin = origin_now(engine, f"description of {protein.accession}, without its own text")
        download_row(table, origin, stem=f"{protein.accession}-description", key="description")
        target = protein.accession if protein.annotations else "FILE.fasta"
        st.caption(f"On the command line: `protclip translate {target} --top {len(table)}`.")


def _support(part: "Description") -> str:
    first = ", ".join(part.sources[:3])
    return f":gray[(support {part.support:.2f}; {plain(first)})]"
