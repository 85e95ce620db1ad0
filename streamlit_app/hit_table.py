"""The table of hits, as the search page and the protein page show it."""

import hashlib
from collections.abc import Sequence
from typing import Any, Literal

import streamlit as st

from streamlit_app.rows import Row
from streamlit_app.tracks import for_the_eye
from streamlit_app.widgets import marked_rows, table_height

_HELP = {
    "score": "What the list is ordered by: the cosine for Meaning, BM25 for Words, combined ranks for Both.",
    "cosine": "How near query and protein lie in the model's space, from −1 to 1. Compare within one query only.",
    "percentile": "Share of the whole index whose cosine for this query is lower.",
    "found_by": "Which searches found it, and at which rank.",
    "residues": "Which residues draw the protein towards the query in the model's view, from the first to the last.",
    "matched": "What is known of the protein that shares words with the query.",
}


def hit_table(
    rows: Sequence[Row],
    selected: Sequence[str],
    *,
    key: str,
    mode: Literal["multi-row", "single-row"] = "multi-row",
) -> tuple[str, ...]:
    """Draw the hits; returns the accessions of the marked rows.

    Other rows make another table, so that marks never move to proteins nobody marked; ``selected``
    are the accessions marked in a table that is new.
    """
    accessions = [row.accession for row in rows]
    digest = hashlib.sha256(" ".join(accessions).encode()).hexdigest()[:12]
    cells = [_cells(row) for row in rows]
    default: Any = {"selection": {"rows": [accessions.index(a) for a in selected if a in accessions]}}
    event = st.dataframe(
        cells,
        key=f"{key}-{digest}",
        hide_index=True,
        column_order=[name for name in _columns() if any(line[name] is not None for line in cells)],
        height=table_height(len(rows), 12),
        placeholder="–",
        alt=f"{len(rows)} hits, best first",
        on_select="rerun",
        selection_mode=mode,
        selection_default=default,
        column_config=_columns(),
    )
    marked = marked_rows(event, len(rows))
    return tuple(accessions[n] for n in sorted(marked))


def _cells(row: Row) -> dict[str, str | int | float | list[float] | None]:
    return {
        "rank": row.rank,
        "title": row.title if row.named else f"[unnamed] {row.title}",
        "accession": row.accession,
        "organism": row.organism or None,
        "percentile": row.percentile,
        "cosine": row.cosine,
        "residues": for_the_eye(row.residue_track) or None,
        "matched": row.matched or None,
        "found_by": row.found_by or None,
        "length": row.length,
        "score": row.score,
    }


def _columns() -> dict[str, Any]:
    columns = st.column_config
    return {
        "rank": columns.NumberColumn("#", width=40, pinned=True),
        "title": columns.TextColumn(
            "Protein", width=270, help="Name or gene; for [unnamed], its most informative function."
        ),
        "accession": columns.TextColumn("Accession", width=95),
        "organism": columns.TextColumn("Organism", width=150),
        "percentile": columns.ProgressColumn(
            "Percentile", min_value=0, max_value=100, format="%.3f", width=115, help=_HELP["percentile"]
        ),
        "cosine": columns.NumberColumn("Cosine", format="%.3f", width=70, help=_HELP["cosine"]),
        "residues": columns.BarChartColumn("Residues", y_min=-1, y_max=1, width=125, help=_HELP["residues"]),
        "matched": columns.TextColumn("Matched annotations", width=230, help=_HELP["matched"]),
        "found_by": columns.TextColumn("Found by", width=200, help=_HELP["found_by"]),
        "length": columns.NumberColumn("Length", width=70, help="Residues."),
        "score": columns.NumberColumn("Score", format="%.4f", width=75, help=_HELP["score"]),
    }
