"""What is told of the selected part of a map: its proteins, its GO terms, and both to take home."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from protclip.predict.enrichment import EnrichedTerm
from protclip.predict.map_regions import Region, box
from protclip.records import Protein
from streamlit_app import map_resources, map_session
from streamlit_app.annotation_view import term_link
from streamlit_app.downloads import Origin, Table
from streamlit_app.map_points import Codes, Colouring, MapPoints
from streamlit_app.map_state import MapState
from streamlit_app.resources import Engine
from streamlit_app.rows import is_named
from streamlit_app.widgets import PROTEIN_PAGE, download_row, go_id_column, marked_rows, table_height

MAX_LISTED, MAX_TERMS, LEVEL = 5_000, 500, 0.05
_LEAST_FDR = 1e-290
_PROTEINS = ("accession", "title", "named", "organism", "length", "category", "x", "y", "sequence")
_TERMS = (
    "go_id",
    "name",
    "aspect",
    "num_selected",
    "of_selected",
    "num_known",
    "of_known",
    "fold",
    "p",
    "fdr",
)


def show_selection(
    engine: Engine, points: MapPoints, colouring: Colouring, state: MapState, inside: Codes, origin: Origin
) -> None:
    """Draw everything about the points in the state's region."""
    region = state.region
    assert region is not None, "there is a selection"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(f"{len(inside):,} proteins selected", anchor=False, width="content")
        around = box(*region.bounds)
        if state.view != around:
            st.button(
                "Draw this part alone",
                icon=":material/zoom_in:",
                on_click=map_session.change,
                kwargs={"view": around},
            )
        st.button(
            "End selection",
            icon=":material/close:",
            on_click=map_session.change_region,
            args=(None,),
        )
    if not len(inside):
        st.info("No protein lies in that part. Draw around some points.", icon=":material/info:")
        return
    terms, proteins = st.tabs(["GO terms that are frequent here", "Proteins"])
    with terms:
        _terms(engine, points, region, inside, origin)
    with proteins:
        _proteins(engine, points, colouring, inside, origin)


def _terms(engine: Engine, points: MapPoints, region: Region, inside: Codes, origin: Origin) -> None:
    found = map_resources.map_terms(engine, points, region)
    sure = [term for term in found if term.fdr <= LEVEL]
    listed = sure[:MAX_TERMS]
    st.caption(
        f"{len(sure):,} GO terms are more frequent among these {len(inside):,} than among all {len(points):,} "
        f"proteins of the map, at a false discovery rate of {LEVEL:.0%} (hypergeometric test, Benjamini and "
        "Hochberg; a protein has the terms of its annotation and all that these imply). The map was made by a model "
        "that learned from such annotation: this describes a part of the map, it is no independent evidence."
    )
    if not sure:
        return
    table = term_table(listed)
    st.dataframe(
        [
            {
                "term": line["name"],
                "GO id": term_link(term.go_id),
                "aspect": line["aspect"],
                "here": f"{line['num_selected']:,} of {line['of_selected']:,}",
                "in all": f"{line['num_known']:,} of {line['of_known']:,}",
                "fold": line["fold"],
                "FDR": _fdr_words(term.fdr),
            }
            for term, line in zip(listed, table.lines, strict=True)
        ],
        key="map-terms",
        hide_index=True,
        height=table_height(len(table), 12),
        alt=f"{len(table)} GO terms that are frequent in the selection, surest first",
        column_config={
            "term": st.column_config.TextColumn("GO term", width="large"),
            "GO id": go_id_column(),
            "aspect": st.column_config.TextColumn("Aspect", width="small"),
            "here": st.column_config.TextColumn(
                "Here", help="Of the selected proteins with a term of the aspect."
            ),
            "in all": st.column_config.TextColumn(
                "In all", help="Of the map's proteins with a term of the aspect."
            ),
            "fold": st.column_config.NumberColumn("Fold", format="%.1f", width="small"),
            "FDR": st.column_config.TextColumn("FDR", width="small", help="False discovery rate."),
        },
    )
    if len(sure) > MAX_TERMS:
        st.caption(f"The surest {MAX_TERMS} are listed; `protclip map select --enrich` gives all.")
    download_row(table, origin, stem="protclip-map-terms", key="map-terms-file")


def _fdr_words(fdr: float) -> str:
    return f"{fdr:.1e}" if fdr >= _LEAST_FDR else f"< {_LEAST_FDR:.0e}"


def term_table(found: Sequence[EnrichedTerm]) -> Table:
    """Terms as lines."""
    return Table(names=_TERMS, lines=tuple({name: getattr(term, name) for name in _TERMS} for term in found))


def _proteins(engine: Engine, points: MapPoints, colouring: Colouring, inside: Codes, origin: Origin) -> None:
    listed = central(points, inside)
    found = map_resources.map_proteins(engine, tuple(points.made.accessions[n] for n in listed))
    table = protein_table(found, points, colouring, listed)
    if len(listed) < len(inside):
        st.caption(
            f"The {len(listed):,} nearest to the middle of the selection are listed, of {len(inside):,}."
        )
    event = st.dataframe(
        [{name: line[name] for name in _PROTEINS if name != "sequence"} for line in table.lines],
        key=f"map-proteins-{len(inside)}-{int(inside.sum())}",
        hide_index=True,
        height=table_height(len(table), 12),
        placeholder="–",
        on_select="rerun",
        selection_mode="single-row",
        alt=f"{len(table)} selected proteins",
        column_order=[name for name in _PROTEINS if name not in ("named", "sequence")],
        column_config={
            "title": st.column_config.TextColumn("Protein", width="large"),
            "accession": st.column_config.TextColumn("Accession"),
            "organism": st.column_config.TextColumn("Organism"),
            "length": st.column_config.NumberColumn("Length", help="Residues."),
            "category": st.column_config.TextColumn("Colour"),
            "x": st.column_config.NumberColumn(format="%.2f"),
            "y": st.column_config.NumberColumn(format="%.2f"),
        },
    )
    marked = marked_rows(event, len(table))
    if marked:
        accession = str(table.lines[marked[0]]["accession"])
        st.page_link(
            PROTEIN_PAGE,
            label=f"Open {accession}",
            icon=":material/open_in_full:",
            query_params={"acc": accession},
        )
    else:
        st.caption("Mark a row in the first column to open that protein.")
    download_row(table, origin, stem="protclip-map-proteins", key="map-proteins-file")


def central(points: MapPoints, inside: Codes, most: int = MAX_LISTED) -> Codes:
    """Of some points the nearest to their middle, those first."""
    own = points.made.coordinates[inside]
    away = np.linalg.norm(own - np.median(own, axis=0), axis=1)
    found: Codes = inside[np.argsort(away, kind="stable")[:most]]
    return found


def protein_table(
    found: Sequence[tuple[Protein | None, str]],
    points: MapPoints,
    colouring: Colouring,
    listed: Codes,
) -> Table:
    """Proteins, given with their titles, as lines; one that the index lacks has its accession and its place."""
    lines = []
    for n, (protein, title) in zip(listed, found, strict=True):
        x, y = points.made.coordinates[n]
        lines.append(
            {
                "accession": points.made.accessions[n],
                "title": title if protein is None or is_named(protein) else f"[unnamed] {title}",
                "named": protein is not None and is_named(protein),
                "organism": protein.organism if protein else "",
                "length": len(protein.sequence) if protein else None,
                "category": colouring.labels[colouring.codes[n]],
                "x": round(float(x), 3),
                "y": round(float(y), 3),
                "sequence": protein.sequence if protein else "",
            }
        )
    return Table(names=_PROTEINS, lines=tuple(lines))
