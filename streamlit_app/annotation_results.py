"""A job of the annotate page: how far it is, its table, its files, and one protein in detail."""

import csv
import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from protclip.errors import InputError
from streamlit_app import resources, session
from streamlit_app.annotation_detail import protein_detail
from streamlit_app.annotation_form import left_out_table
from streamlit_app.annotation_overview import COLUMNS, KINDS, numbers_of, overview_table
from streamlit_app.annotation_recipe import BODY, FASTA, annotation_recipe, http_body
from streamlit_app.annotation_request import MAX_QUICK, AnnotationRequest
from streamlit_app.downloads import Origin
from streamlit_app.engine import Engine
from streamlit_app.fasta_input import LeftOut
from streamlit_app.job_folders import INPUT
from streamlit_app.page_params import set_param
from streamlit_app.waiting import result_of
from streamlit_app.widgets import download_row, legend, marked_rows, plain, recipe_panel, table_height

if TYPE_CHECKING:
    from protclip.predict.annotation_formats import Form
    from streamlit_app.annotation_job import Annotated

_FILES: tuple[tuple[str, "Form", str], ...] = (
    ("GAF 2.2", "gaf", "text/plain"),
    ("CSV", "csv", "text/csv"),
    ("TSV", "tsv", "text/tab-separated-values"),
    ("JSON Lines", "jsonl", "application/x-ndjson"),
    ("Parquet", "parquet", "application/vnd.apache.parquet"),
)


def show_job(engine: Engine, key: str) -> None:
    """Draw a job by its key.

    Raises
    ------
    InputError
        When the server does not hold it (any more), or it was made for another model.
    """
    folders = session.job_folders()
    folder, request = folders.find(key), AnnotationRequest.of(folders.request(key))
    if request.fingerprint != engine.fingerprint:
        raise InputError(
            f"this job was made for the model {request.fingerprint}; the model here is {engine.fingerprint}. "
            "Give the sequences again"
        )
    _heading(key, request)
    view = resources.jobs().view(key)
    if view is not None and view.state == "done" and not view.result.is_there:
        resources.jobs().forget(key)  # pruned since: begin anew from the input
    done = result_of(
        key,
        _work(folder, request, engine),
        what="Annotating",
        lane=request.lane(),
        kept="The parts that are done are kept.",
        again="Go on",
    )
    # HTTP takes so few proteins only, and nothing else needs the text: a large file is not read at each drawing.
    text = (folder / INPUT).read_text(encoding="utf-8") if request.num_usable <= MAX_QUICK else ""
    if done is not None:
        _results(engine, key, request, done, text)
    recipe_panel(
        annotation_recipe(request, text, session.server_address()),
        answer="The results are the documents of the JSON Lines file.",
    )


def _work(folder: Path, request: AnnotationRequest, engine: Engine) -> Any:
    """The work, with what loads torch imported in its own thread."""

    def work(report: Any) -> Any:
        from streamlit_app.annotation_job import annotation_work

        return annotation_work(folder, request, engine.tools)(report)

    return work


def _heading(key: str, request: AnnotationRequest) -> None:
    number = f"{request.num_usable:,} protein{'s' if request.num_usable != 1 else ''}"
    top = "" if request.top is None else f", at most {request.top} most specific terms of a kind"
    source = "pasted" if request.name == "pasted" else f"of {request.name}"
    st.markdown(
        plain(f"{number}, {source}; terms of a probability of {request.min_probability:g} or more{top}.")
    )
    with st.container(horizontal=True, gap="small"):
        st.button("Annotate other proteins", icon=":material/add:", on_click=_leave)
        st.button(
            "Delete this job",
            icon=":material/delete:",
            on_click=_delete,
            args=(key,),
            help="Deletes sequences and results from this server. The link to it leads nowhere then.",
        )
    if request.cleaned:
        with st.expander(f"{len(request.cleaned):,} records were cleaned up"):
            st.dataframe([{"protein": a, "what was changed": c} for a, c in request.cleaned], hide_index=True)


def _leave() -> None:
    set_param("job", "")
    set_param("acc", "")
    set_param("broader", "")


def _delete(key: str) -> None:
    resources.jobs().cancel(key)
    session.job_folders().drop(key)
    resources.jobs().forget(key)
    _leave()


def _results(engine: Engine, key: str, request: AnnotationRequest, done: "Annotated", text: str) -> None:
    counts = numbers_of(done.lines)
    left_out = _left_out(done.skipped)
    st.markdown(f"**{len(done.lines):,} annotated**: {_counts_in_words(counts)}.")
    left_out_table(left_out)
    chosen = _table(key, done)
    legend(
        "What do probability, agreement and the other columns mean?",
        *(
            "probability",
            "agreement",
            "curated",
            "homologues",
            "identity",
            "coverage",
            "stratum",
            "EC",
            "most specific",
        ),
    )
    _downloads(engine, key, request, done, text)
    if chosen is None:
        st.caption("Mark a row to see all that is told of a protein, and what speaks for it.")
    else:
        protein_detail(engine, done.document(chosen), done.protein(chosen))


def _counts_in_words(counts: dict[str, int]) -> str:
    words = {
        "curated": "with a known sequence (what is curated of it comes first)",
        "predicted": "predicted",
        "nothing": "without a statement that is confident enough",
    }
    return ", ".join(f"{number:,} {words[name]}" for name, number in counts.items() if number)


def _table(key: str, done: "Annotated") -> int | None:
    """Draw a line for each protein; the place of the marked one, which stands in the address."""
    accessions = [str(line["accession"]) for line in done.lines]
    named = st.query_params.get("acc", "")
    has_ec_probability = any(line["EC_probability"] is not None for line in done.lines)
    event = st.dataframe(
        list(done.lines),
        key=f"annotated-{key}",
        hide_index=True,
        height=table_height(len(accessions), 11),
        placeholder="–",
        alt=f"{len(accessions)} annotated proteins; the files below hold the same",
        on_select="rerun",
        selection_mode="single-row",
        selection_default={"selection": {"rows": [accessions.index(named)] if named in accessions else []}},  # type: ignore[arg-type]
        column_order=[name for name in COLUMNS if name != "EC_probability" or has_ec_probability],
        column_config=_columns(),
    )
    marked = marked_rows(event, len(accessions))
    set_param("acc", accessions[marked[0]] if marked else "")
    return marked[0] if marked else None


def _columns() -> dict[str, Any]:
    columns = st.column_config
    made: dict[str, Any] = {
        "accession": columns.TextColumn("Protein", width=110, pinned=True),
        "length": columns.NumberColumn("Residues", width=70),
        "description": columns.TextColumn("Description", width=330),
        "EC_share": columns.NumberColumn(
            "EC share", format="%.2f", help="Share of the homologues' bits, which is no probability."
        ),
        "homologue": columns.TextColumn("Nearest known", width=110),
        "identity": columns.NumberColumn("Identity", format="percent", width=75),
        "query_coverage": columns.NumberColumn("Covers it", format="percent", width=75),
        "target_coverage": columns.NumberColumn("Covers the known", format="percent", width=75),
        "stratum": columns.TextColumn("Nearest, by identity", width=110),
        "warnings": columns.TextColumn("Warnings", width=200),
    }
    labels = {"MF": "Function", "BP": "Process", "CC": "Component", "location": "Location", "EC": "EC"}
    for kind in KINDS:
        made[kind] = columns.TextColumn(labels[kind], width=210 if kind != "EC" else 100)
        made[f"{kind}_evidence"] = columns.TextColumn("What speaks for it", width=230)
        made[f"{kind}_probability"] = columns.ProgressColumn(
            "Probability", min_value=0, max_value=1, format="%.2f", width=95,
            help=f"Of the {labels[kind] if kind == 'EC' else labels[kind].lower()}; empty where it is curated.",
        )  # fmt: skip
    return made


def _downloads(engine: Engine, key: str, request: AnnotationRequest, done: "Annotated", text: str) -> None:
    stem = Path(request.name).name.partition(".")[0] or "annotations"
    origin = Origin(
        model=engine.model,
        fingerprint=request.fingerprint,
        index=str(done.facts["index"]),
        date=str(done.facts["date"]),
        query=f"annotate {request.name}, probability {request.min_probability:g} or more",
    )
    download_row(overview_table(done.lines), origin, stem=f"{stem}-proteins", key=f"overview-{key}")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption("Every statement, as `protclip annotate` writes it:", width="content")
        for label, form, mime in _FILES:
            _button(label, partial(done.file, form), f"{stem}-annotations.{form}", mime, key)
        _button(
            "How it was made", partial(_facts, done), f"{stem}-annotations.run.json", "application/json", key
        )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption("What went in:", width="content")
        _button("FASTA", (done.folder / INPUT).read_bytes, FASTA, "text/x-fasta", key)
        if body := http_body(request, text):
            _button("JSON for HTTP", body.encode, BODY, "application/json", key)
        if done.skipped.exists():
            _button(
                "Left out", done.skipped.read_bytes, f"{stem}.skipped.tsv", "text/tab-separated-values", key
            )


def _button(label: str, data: Any, file_name: str, mime: str, key: str) -> None:
    st.download_button(
        label,
        data=data,
        file_name=file_name,
        mime=mime,
        key=f"file-{label}-{key}",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )


def _facts(done: "Annotated") -> bytes:
    return (json.dumps(done.facts, indent=2, ensure_ascii=False) + "\n").encode()


def _left_out(path: Path) -> tuple[LeftOut, ...]:
    if not path.exists():
        return ()
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            LeftOut(
                accession=row["accession"], line=int(row["line"]), reason=row["reason"], remedy=row["remedy"]
            )
            for row in csv.DictReader(file, delimiter="\t")
        )
