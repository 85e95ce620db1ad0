"""The scan on the mutations page: score, heatmap, means by position, best and worst, variants, evidence."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from streamlit_app.downloads import Origin, Table
from streamlit_app.engine import Engine
from streamlit_app.figure_view import show_figure
from streamlit_app.mutation_charts import BY_CHEMISTRY, Grid, heatmap, position_chart
from streamlit_app.mutation_inputs import region_slider
from streamlit_app.mutation_words import SCORE_NAMES, UNITS, absent_scores
from streamlit_app.mutation_work import Fitted, Scanned
from streamlit_app.origins import ATLAS, origin_now
from streamlit_app.page_params import choice_box
from streamlit_app.recognition import as_sentence
from streamlit_app.widgets import download_row, plain, show_errors

if TYPE_CHECKING:
    from protclip.predict.mutation import MutationScan
    from protclip.predict.mutation_table import Scored

NUM_RANKED = 10
_ROW_HEIGHT, _MAX_ROWS = 35, 10


def show_scan(engine: Engine, found: Scanned, fitted: Fitted | None, *, is_fitting: bool) -> None:
    """Draw the scan by the score that the visitor chooses; a head that is being fitted is one of them already."""
    from protclip.predict.mutation_grid import position_means, position_rows, ranked, substitution_rows

    scan, sequence = found.scan, found.scan.sequence
    grids: dict[str, Grid] = {"combined": scan.combined, **{str(k): v for k, v in scan.scores.items()}}
    grids |= {"predicted": fitted.grid} if fitted else {}
    rows = substitution_rows(scan, fitted.grid if fitted else None)
    _summary(rows)
    names = [*grids, *(["predicted"] if is_fitting and not fitted else [])]
    chosen = choice_box("Score", "score", names, "combined", format_func=SCORE_NAMES.get)
    if chosen not in grids:
        st.caption("There is no fitted head yet: until there is, the combined score is shown.")
        chosen = "combined"
    _notes(scan)
    origin = origin_now(engine, f"every substitution of {found.protein.accession}", source=ATLAS)
    region = _heatmap(found, grids[chosen], chosen, origin)
    means, by_position = position_means(grids[chosen], sequence), position_rows(scan, grids[chosen])
    _positions(means, by_position, chosen, region, engine, found)
    best, worst = ranked(rows, chosen, NUM_RANKED)
    _best_and_worst(best, worst, chosen)
    st.caption("**Every substitution**, with all scores:")
    table = Table(names=tuple(rows[0]) if rows else ("variant",), lines=tuple(rows))
    download_row(table, origin, stem=f"{_stem(found)}-mutations", key="scan")
    _homologues(found)


def _summary(rows: Sequence[Mapping[str, Any]]) -> None:
    counts = Counter(row["label"] for row in rows)
    parts = ", ".join(f"{counts[name]:,} {name}" for name in ("deleterious", "neutral", "beneficial"))
    st.markdown(
        f"**{len(rows):,} substitutions**: {parts}. Deleterious where the combined score is −4 or less; else "
        "beneficial where the homologue profile is above 0; else neutral."
    )


def _notes(scan: "MutationScan") -> None:
    """What is absent and why, and what the scores rest on."""
    absent = absent_scores(list(scan.scores))
    lines = [f"Not among the scores: {absent}."] if absent else []
    lines += [as_sentence(warning) for warning in scan.warnings]
    if lines:
        st.info(plain(" ".join(lines), limit=1500), icon=":material/info:")


def _heatmap(found: Scanned, grid_LR: Grid, chosen: str, origin: Origin) -> tuple[int, int]:
    """Draw the heatmap; the region drawn is returned."""
    from protclip.predict.mutation import label_grid

    scan = found.scan
    region = region_slider(len(scan.sequence))
    labels = None if chosen == "predicted" else label_grid(scan)
    show_figure(
        heatmap(grid_LR, scan.sequence, region, unit=UNITS[chosen], labels_LR=labels),
        key="heatmap",
        stem="protclip-heatmap",
        origin=origin,
        alt=f"Heatmap of the score {SCORE_NAMES[chosen]}: positions {region[0]} to {region[1]} against the new "
        "residue, the wild type marked by a dot. The downloads have the numbers.",
    )
    meaning = (
        "dark is low, bright is high"
        if labels is None
        else "orange is worse than the wild type, purple is better"
    )
    st.caption(
        f"A dot marks the wild type; {meaning}. Rows stand by chemistry, from {BY_CHEMISTRY[0]} at the bottom to "
        f"{BY_CHEMISTRY[-1]} at the top. One scale of colours for the whole protein. Point at a cell for its value."
    )
    return region


def _positions(
    means_L: Grid,
    rows: Sequence[Mapping[str, Any]],
    chosen: str,
    region: tuple[int, int],
    engine: Engine,
    found: Scanned,
) -> None:
    st.subheader("By position", anchor=False)
    origin = origin_now(engine, f"positions of {found.protein.accession} by {chosen}", source=ATLAS)
    show_figure(
        position_chart(means_L, found.scan.sequence, region, unit=UNITS[chosen]),
        key="positions",
        stem="protclip-positions",
        origin=origin,
        alt="Bars: the mean score of the 19 substitutions at each position; the table below has the numbers.",
    )
    with st.expander("The figure as a table"):
        table = Table(names=tuple(rows[0]) if rows else ("position",), lines=tuple(rows))
        st.dataframe(list(rows), hide_index=True, height=_height(len(rows)))
        st.caption(
            f"Mean, lowest and highest are by the score “{SCORE_NAMES[chosen]}”; conservation in nats; "
            "effective number: how many equally weighed sequences stand at the position, 1 where it is alone."
        )
        download_row(table, origin, stem=f"{_stem(found)}-positions", key="positions-table")


def _best_and_worst(
    best: Sequence[Mapping[str, Any]], worst: Sequence[Mapping[str, Any]], chosen: str
) -> None:
    left, right = st.columns(2, gap="medium")
    for place, title, rows in ((left, "Best", best), (right, "Worst", worst)):
        with place:
            st.subheader(f"{title} {len(rows)}", anchor=False)
            st.dataframe(
                [
                    {"variant": row["variant"], SCORE_NAMES[chosen]: row[chosen], "label": row["label"]}
                    for row in rows
                ],
                hide_index=True,
                height=_height(len(rows)),
                alt=f"{title} substitutions by the score {SCORE_NAMES[chosen]}",
            )


def _homologues(found: Scanned) -> None:
    scan = found.scan
    number = len(scan.homologues)
    told = "no homologue: BLOSUM62 alone" if not number else f"{number:,} homologues of the shipped atlas"
    with st.expander(f"What the profile rests on: {told}", icon=":material/account_tree:"):
        if scan.text:
            st.markdown("**Text compared with** " + plain(scan.text, limit=1500))
        st.caption(f"Effective number of sequences at a position, on average: {scan.effective_number:.1f}.")
        if number:
            st.dataframe(
                [
                    {
                        "accession": h.protein.accession,
                        "name": h.protein.name,
                        "identity": h.alignment.identity,
                        "coverage": h.alignment.query_coverage,
                        "E-value": f"{h.expect:.1e}",
                        "GO evidence": ", ".join(
                            sorted({a.evidence for a in h.protein.of_kind("go") if a.evidence})
                        )
                        or "not recorded",
                    }
                    for h in scan.homologues
                ],
                hide_index=True,
                height=_height(number),
                alt="Homologues that the profile is counted from",
                column_config={
                    "identity": st.column_config.NumberColumn(format="percent"),
                    "coverage": st.column_config.NumberColumn(format="percent"),
                },
            )


def show_variants(engine: Engine, found: Scanned, scored: "Scored") -> None:
    """The visitor's variants with their scores, and what is wrong with those that were left out."""
    from protclip.predict.mutation_table import table_rows

    st.subheader("Your variants", anchor=False)
    show_errors([str(error) for error in scored.errors], "left out")
    rows = list(table_rows(scored))
    empty = [name for name in rows[0] if all(row[name] is None for row in rows)]
    st.dataframe(
        [{SCORE_NAMES.get(k, k): v for k, v in row.items() if k not in empty} for row in rows],
        hide_index=True,
        height=_height(len(rows)),
        alt="Scores of the variants given",
    )
    if any(":" in row["variant"] for row in rows):
        st.caption(
            "The scores of a mutant with several substitutions are sums, but for the text match, which is the whole "
            "mutant's. The label is made for single substitutions."
        )
    origin = origin_now(engine, f"variants of {found.protein.accession}", source=ATLAS)
    table = Table(names=tuple(rows[0]), lines=tuple(rows))
    download_row(table, origin, stem=f"{_stem(found)}-variants", key="variants")


def _height(number: int) -> int:
    return _ROW_HEIGHT * min(max(number, 1), _MAX_ROWS) + 38


def _stem(found: Scanned) -> str:
    return found.protein.accession if found.protein.accession.isalnum() else "protein"
