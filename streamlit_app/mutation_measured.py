"""The fitted head on the mutations page: how it does on variants it has not seen, and what to hold that against."""

import numpy as np
import streamlit as st

from streamlit_app.downloads import Table
from streamlit_app.engine import Engine
from streamlit_app.figure_view import show_figure
from streamlit_app.mutation_charts import measured_chart
from streamlit_app.mutation_inputs import Given
from streamlit_app.mutation_recipes import AskedMutations, head_recipe
from streamlit_app.mutation_work import Fitted, Scanned
from streamlit_app.origins import ATLAS, origin_now
from streamlit_app.widgets import download_row, own_model_note, plain, show_errors

_NAMES = {"ridge": "ridge regression", "mlp": "network of 32 hidden units"}


def show_head(engine: Engine, found: Scanned, fitted: Fitted, given: Given) -> None:
    """Draw the head's cross-validation, its plot, and what it takes home."""
    st.subheader("The head on your measurements", anchor=False)
    show_errors([str(error) for error in fitted.measured.errors], "left out")
    _duplicates(fitted)
    rows = comparison(fitted)
    st.markdown(_verdict(fitted))
    st.dataframe(rows, hide_index=True, alt="Spearman's correlations of the head and its baselines")
    st.caption(
        "Five folds: each is predicted by a head whose penalty and features were chosen and fitted on the other four "
        "alone. The combined score saw no measurement; it is ranked within the same folds."
    )
    lines = measured_rows(fitted)
    origin = origin_now(engine, f"measured variants of {found.protein.accession}", source=ATLAS)
    show_figure(
        measured_chart(
            np.array(fitted.measured.values), fitted.held_out, [str(v) for v in fitted.measured.variants]
        ),
        key="measured",
        stem="protclip-measured",
        origin=origin,
        alt="Measured values against those predicted with the variant left out; the table below has the numbers.",
    )
    with st.expander("The figure as a table"):
        st.dataframe(lines, hide_index=True, height=388)
    table = Table(names=tuple(lines[0]), lines=tuple(lines))
    download_row(table, origin, stem=f"{found.protein.accession}-measured", key="measured")
    _recipe(given)


def comparison(fitted: Fitted) -> list[dict[str, str | float]]:
    """Spearman's correlations on held-out variants: the head, one-hot ridge, and the score without measurements."""
    methods = {
        f"this head ({_NAMES[fitted.head.kind]})": fitted.folds,
        "one-hot residues, ridge regression": fitted.baselines.one_hot,
        "combined score, no measurement": fitted.baselines.zero_shot,
    }
    return [
        {
            "method": name,
            "Spearman": round(float(np.mean(folds)), 3),
            "lowest fold": round(min(folds), 3),
            "highest fold": round(max(folds), 3),
        }
        for name, folds in methods.items()
    ]


def _verdict(fitted: Fitted) -> str:
    head, plain_ridge = float(np.mean(fitted.folds)), float(np.mean(fitted.baselines.one_hot))
    zero_shot = float(np.mean(fitted.baselines.zero_shot))
    best = max(plain_ridge, zero_shot)
    told = (
        "It ranks better than both things it has to beat."
        if head > best
        else "**It ranks no better than what it has to beat: use that instead.**"
    )
    return (
        f"Fitted on **{len(fitted.measured.variants):,} measured variants**. Where a variant was left out, "
        f"Spearman's correlation is **{head:.2f}**. {told}"
    )


def _duplicates(fitted: Fitted) -> None:
    variants = fitted.measured.variants
    number = len(variants) - len(set(variants))
    if number:
        st.warning(
            plain(
                f"{number:,} lines repeat a variant. Repeats may stand in different folds, which makes the "
                "cross-validation look better than it is: give each variant once, with its mean."
            ),
            icon=":material/warning:",
        )


def measured_rows(fitted: Fitted) -> list[dict[str, str | float]]:
    """Each measured variant with what the head predicts of it when it is left out, and the combined score."""
    columns = zip(
        fitted.measured.variants, fitted.measured.values, fitted.held_out, fitted.combined, strict=True
    )
    return [
        {
            "variant": str(variant),
            "measured": value,
            "predicted_held_out": round(float(held_out), 4),
            "combined": round(float(combined), 4),
        }
        for variant, value, held_out, combined in columns
    ]


def _recipe(given: Given) -> None:
    shell, python = head_recipe(AskedMutations(protein=given.protein, text=given.text), given.kind)
    with st.expander("Do this without the browser: the head", icon=":material/terminal:"):
        own_model_note()
        st.caption("With your file as measured.csv. A head is not fitted over HTTP.")
        first, second = st.tabs(["Command line", "Python"])
        first.code(shell, language="bash", wrap_lines=True)
        second.code(python, language="python", wrap_lines=True)
