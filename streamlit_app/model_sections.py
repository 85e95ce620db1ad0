"""The sections of the model page: each reads shipped files or results/, and says so where they are not there."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from protclip.benchmarks.published import PUBLISHED_TABLES
from protclip.benchmarks.result_rows import ResultRow
from protclip.data.sampling import SamplingRule
from protclip.data.statistics import PUBLISHED
from protclip.errors import AssetError
from streamlit_app import model_figures as figures
from streamlit_app.benchmark_section import citation, cited_sources
from streamlit_app.comparisons import compared
from streamlit_app.downloads import Cell, Origin, Table
from streamlit_app.figure_view import show_figure
from streamlit_app.measured import all_columns, chosen, conditions, pivot
from streamlit_app.measured_tables import TABLES
from streamlit_app.own_model import ServedModel
from streamlit_app.run_curves import RunCurves, read_runs
from streamlit_app.widgets import download_row, legend, plain, table_height

Results = Mapping[str, Sequence[ResultRow]]
OVERVIEW = Path(__file__).parent / "static" / "model-overview.svg"
_OVERVIEW_WORDS = (
    "A protein passes a tower of 3-mers, 4-mers and spaced words, a text a frozen text tower; a projection brings "
    "each into a shared space of 256 dimensions. Three contrasts trained it; segment reconstruction, segment "
    "alignment and masked residues are in the library, not part of this model."
)
RUN_LOG = "run.jsonl"
_WORKS = (
    "It is no part of this installation. Search, Protein, Explain and Mutations work with it; what rests on files "
    "fitted to another checkpoint (predicted functions, Annotate, Interactions, Map) says so in its place, and which "
    "command makes such files (docs/app.md)."
)
_WHOLE = 30
"""Rows that a table of results may have and still be shown at its full height."""
_STEPS = {
    "read: reviewed": "read",
    "existence unknown: reviewed": "of these, without a level of existence",
    "removed: ": "removed: ",
    "kept: reviewed": "kept",
}


def card(model: ServedModel) -> None:
    """What the model is, by its own card; the shipped one with a drawing."""
    if model.is_shipped:
        st.image(OVERVIEW.read_text(encoding="utf-8"), width="stretch", alt=_OVERVIEW_WORDS)
        _svg_button()
    else:
        st.markdown(_WORKS)
    path = model.folder / "README.md"
    if not path.is_file():
        st.info(
            "This checkpoint has no card: put a README.md into its folder.", icon=":material/description:"
        )
        return
    st.markdown(card_text(path.read_text(encoding="utf-8", errors="replace")))


def card_text(text: str) -> str:
    """The Markdown of a card below the page's headings: without metadata, title, comments; pictures are links."""
    text = re.sub(r"\A---\n.*?\n---\n\s*", "", text, flags=re.DOTALL)
    body = re.sub(r"<!--.*?-->\n?", "", re.sub(r"\A# .*\n?", "", text))
    return re.sub(r"^##? ", "#### ", body.replace("![", "["), flags=re.MULTILINE)


def _svg_button() -> None:
    st.download_button(
        "Drawing as SVG",
        data=OVERVIEW.read_bytes,
        file_name=OVERVIEW.name,
        mime="image/svg+xml",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )


def data(results: Results, model: ServedModel, origin: Origin) -> None:
    """What the model was trained on, and property-driven sampling before and after."""
    if not model.is_shipped:
        st.info(
            "What this checkpoint was trained on is told by its card and its run log. This section is on the data of "
            "the shipped protclip-mini alone (docs/data.md).",
            icon=":material/database:",
        )
        return
    rows = {(m.benchmark, m.metric): m for m in results.get("protanno.csv", ())}
    st.markdown(
        "**ProtAnno-S from the Debian packages of Swiss-Prot 2014_01.** Each step leaves proteins out; the test sets "
        "of the benchmarks are among them."
    )
    steps = [m for (benchmark, _), m in rows.items() if benchmark == "protanno-s"]
    lines: tuple[dict[str, Cell], ...] = tuple(
        {"proteins": int(m.value), "step": m.metric.replace(start, words).replace("reviewed, ", "")}
        for start, words in _STEPS.items()
        for m in steps
        if m.metric.startswith(start)
    )
    _table(Table(names=("proteins", "step"), lines=lines), origin, "data-steps")
    trained_on = _logged_runs(model.folder)[0].facts["proteins to train on"]
    st.caption(
        f"protclip-mini was trained before these sets were left out: on {trained_on} proteins of the same release, "
        "all but the clusters held out for validation and test."
    )
    st.markdown("**Property-driven sampling of ProtAnno-D.**")
    rule = SamplingRule()
    sampled = figures.sampling_rows(rule)
    show_figure(
        figures.sampling_figure(sampled),
        key="sampling",
        stem="protclip-sampling",
        origin=origin,
        alt="Shares of existence levels and of known properties before and after sampling; the table below has them.",
    )
    _, expected = figures.sampled_marginals(PUBLISHED["ProtAnno-D"], rule)
    kept = rows.get(("sampling/simulated", "kept"))
    measured = "" if kept is None else (
        f" A run over {int(kept.n):,} made-up records with the published shares kept {kept.value / int(kept.n):.3%}."
    )  # fmt: skip
    st.caption(
        "Before: read off the figures of the authors' repository (diaoshaoyou/ProtCLIP). After: expected by the rule "
        f"(levels 4 and 5 and less than 3 of 4 properties dropped, the rest kept with √R / C³), {expected:.3%} in "
        f"all, if level and properties were independent, because their joint distribution is not published.{measured}"
    )
    _as_table(sampled, origin, "sampling")


def training(model: ServedModel, origin: Origin) -> None:
    """The curves of the model's run log."""
    runs = _logged_runs(model.folder)
    if not runs:
        st.info(
            f"This checkpoint has no run log: train/pretrain.py writes {RUN_LOG} beside it; a copy in its folder is "
            "read too.",
            icon=":material/monitoring:",
        )
        return
    st.caption(
        f"The runs that {plain(model.name)} was made in. Losses are of training batches; validation ranks proteins "
        "of held-out clusters."
    )
    for run in runs:
        st.markdown(f"**Run {plain(run.name)}**")
        st.caption(plain(" · ".join(f"{name} {value}" for name, value in run.facts.items()), limit=2000))
        if not run.losses:
            st.caption("No step was logged.")
            continue
        show_figure(
            figures.training_figure(run),
            key=f"training-{run.name}",
            stem="protclip-training",
            origin=origin,
            alt=f"Loss and validation of the run {run.name} over its steps; the table below has the numbers.",
        )
        _as_table(figures.curve_rows(run), origin, f"training-{run.name}")
    legend("What do the curves mean?", "MRR", "precision at 10")


def _logged_runs(checkpoint: Path) -> tuple[RunCurves, ...]:
    """The runs of the log in a checkpoint's folder, or beside it where training leaves it; () without one."""
    for path in (checkpoint / RUN_LOG, checkpoint.parent / RUN_LOG):
        if path.is_file():
            try:
                return read_runs(path.read_text(encoding="utf-8").splitlines())
            except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
                raise AssetError(
                    f"the run log {path.name} is damaged, or none of train/pretrain.py ({error!r}). Copy it "
                    "again, or remove it"
                ) from error
    return ()


def measured(results: Results, model: ServedModel, origin: Origin) -> None:
    """Our numbers, with the commands that made them; of an own checkpoint nothing that another was measured with."""
    fingerprint = model.fingerprint
    if not model.is_shipped:
        results = {name: [r for r in rows if r.fingerprint == fingerprint] for name, rows in results.items()}
    if results and not any(chosen(spec, results.get(spec.file, ()), fingerprint) for spec in TABLES):
        st.info(
            f"Nothing was measured with the model {plain(fingerprint)} that results/ has. `protclip evaluate --model "
            "FOLDER --output FILE` measures it (docs/benchmarks.md).",
            icon=":material/straighten:",
        )
        return
    pairs = compared(results, fingerprint)
    if pairs:
        st.markdown("**Ours beside a simple method for the same task**")
        st.caption("Lines are 95% bootstrap intervals, or the range of seeds. Further right is better.")
        show_figure(
            figures.comparison_figure(pairs),
            key="comparison",
            stem="protclip-measured",
            origin=origin,
            alt="Our method beside a simple baseline for each task; the table below has the numbers.",
        )
        _as_table(figures.comparison_rows(pairs), origin, "comparison")
    names = (
        "Fmax",
        "AUPR",
        "MRR",
        "recall at 10",
        "precision at 10",
        "Spearman",
        "AUROC",
        "calibration error",
        "interval",
        "stratum",
    )
    legend("What do these measures mean?", *names)
    for spec in TABLES:
        given = chosen(spec, results.get(spec.file, ()), fingerprint)
        st.markdown(f"**{spec.title}**")
        if not given:
            st.caption(f"Nothing of it was measured with the model {plain(fingerprint)}.")
            continue
        st.caption(plain(f"{spec.about} {conditions(given)}.", limit=1000))
        _shown(pivot(spec, given), most=_WHOLE)
        with st.expander("Each number with command, commit and hardware", icon=":material/receipt_long:"):
            rows = all_columns(given)
            _shown(rows)
            download_row(
                rows,
                origin,
                stem=re.sub(r"\W+", "-", spec.title.lower()).strip("-"),
                key=f"measured-{spec.title}",
            )


def published(origin: Origin) -> None:
    """Numbers of others, which do not compare with ours."""
    st.warning(
        "None of these was measured here. They are of other, larger models, other data and other splits: they say "
        "what the method reaches at full size, and do not compare with our tables. Numbers that could not "
        "be confirmed are left out, so tables have holes.",
        icon=":material/menu_book:",
    )
    for number, table in enumerate(PUBLISHED_TABLES):
        st.markdown(f"**{table.title}** · {table.metric}")
        lines = [
            {"model": name} | dict(zip(table.columns, values, strict=True)) | {"read in": source}
            for name, values, source in table.rows
        ]
        names = ("model", *table.columns, "read in")
        cited = tuple(line | {"read in": citation(str(line["read in"]))} for line in lines)
        _shown(Table(names=names, lines=cited))
        key = f"published-{number}"
        download_row(Table(names=names, lines=tuple(lines)), origin, stem=key, key=key)
    st.caption(plain(cited_sources(), limit=2000))


def _table(table: Table, origin: Origin, key: str) -> None:
    _shown(table)
    download_row(table, origin, stem=key, key=key)


def _shown(table: Table, most: int = 11) -> None:
    st.dataframe(
        list(table.lines),
        hide_index=True,
        placeholder="–",
        height=table_height(len(table), most),
        column_config={
            "what": st.column_config.TextColumn("", pinned=True),
            "model": st.column_config.TextColumn(pinned=table.names[0] == "model"),
            "read in": st.column_config.TextColumn(width="small"),
            "proteins": st.column_config.NumberColumn(format="localized"),
        },
    )


def _as_table(rows: Sequence[Mapping[str, Any]], origin: Origin, key: str) -> None:
    with st.expander("The figure as a table"):
        _table(Table(names=tuple(rows[0]), lines=tuple(rows)), origin, f"{key}-table")
