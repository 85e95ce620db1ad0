"""Pieces that pages share: errors as sentences, score legend, protein card, downloads, the same without a browser."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from protclip.errors import ProtCLIPError
from protclip.records import Protein
from streamlit_app.annotation_view import (
    ASPECTS,
    GoLine,
    TermSource,
    go_by_aspect,
    outside_links,
    prose,
    term_link,
    with_code,
)
from streamlit_app.downloads import FORMATS, TABLE_FORMATS, Origin, Table
from streamlit_app.glossary import meanings
from streamlit_app.recipes import OWN_MODEL, Recipe
from streamlit_app.recognition import as_sentence
from streamlit_app.rows import Row, is_named
from vector_store.opening import default_model

_VIEWS = Path(__file__).parent / "views"
PAGES = {
    name: _VIEWS / f"{name}.py"
    for name in (
        *("search", "protein", "explain", "map", "annotate", "mutations", "interactions", "model"),
        "help",
    )
}
"""Every page by its name, in the order of the menu."""
SEARCH_PAGE, PROTEIN_PAGE, EXPLAIN_PAGE, MAP_PAGE = (
    PAGES[name] for name in ("search", "protein", "explain", "map")
)
ANNOTATE_PAGE, MUTATIONS_PAGE, INTERACTIONS_PAGE = (
    PAGES[name] for name in ("annotate", "mutations", "interactions")
)
_MAX_GO_ROWS = 8
_MAX_TOLD = 5
_MARKUP = re.compile(r"([!#$&()*+./:<=>@\[\\\]^_`{|}~-])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")


_STYLE = """<style>
.stMainBlockContainer { padding-top: 4rem; padding-bottom: 3rem; }
[data-testid=stCaptionContainer] { opacity: 0.8; }
/* What is wrong with a file that is refused is else told on pointing at it alone. */
.stFileChip[aria-invalid=true] { flex-wrap: wrap; width: auto; max-width: calc(100vw - 6rem); height: auto; }
.stFileChip [role=alert] { position: static; width: auto; height: auto; margin: 0 0.6rem; clip: auto;
  clip-path: none; overflow: visible; overflow-wrap: anywhere; white-space: normal; font-size: 0.875rem; }
/* Its file tells no origin and keeps formulas; those of the row below a table are the ones to take. */
[data-testid=stDataFrame] button[aria-label^="Download as CSV"] { display: none; }
@media (max-width: 520px) {
  .stMainBlockContainer h1 { font-size: 2rem; }
  .stMarkdown th, .stMarkdown td { padding: 0.25rem 0.3rem; }
  [data-testid=stPageLink-NavLink] { height: auto; }
  [data-testid=stPageLink-NavLink] :is(span, p) { white-space: normal; overflow: visible; line-height: 1.4; }
}
</style>"""


def own_style() -> None:
    """Begin nearer to the page's top, so that hits are seen without scrolling, and let captions have contrast."""
    st.html(_STYLE)


def page_head(title: str, name: str, *, small: bool = False) -> None:
    """The title of the page ``name``, with the link to its help beside it."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        (st.subheader if small else st.title)(title, anchor=False, width="content")
        help_link(name)


def help_link(name: str) -> None:
    """A link to the help for the page ``name``."""
    st.page_link(
        PAGES["help"], label="How this page works", icon=":material/help:", query_params={"topic": name}
    )


def plain(text: str, limit: int = 600) -> str:
    """Text from outside, made safe for Streamlit's Markdown: no link, image, formula or directive survives."""
    flat = _CONTROL.sub(" ", text)
    short = flat if len(flat) <= limit else flat[: limit - 1] + "…"
    return _MARKUP.sub(r"\\\1", short)


@contextmanager
def errors_as_sentences() -> Iterator[None]:
    """Show a `ProtCLIPError` as its sentence; what follows the block is still drawn."""
    try:
        yield
    except ProtCLIPError as error:
        st.error(plain(as_sentence(str(error)), limit=2000), icon=":material/error:")


def show_warnings(warnings: Iterable[object], icon: str = ":material/info:") -> None:
    """Each warning as a sentence."""
    for warning in warnings:
        st.warning(plain(as_sentence(str(warning)), limit=2000), icon=icon)


def marked_rows(event: Any, num_rows: int) -> list[int]:
    """The places of the marked rows of an `st.dataframe`, without those of a longer table that stood there before."""
    return [place for place in event["selection"]["rows"] if 0 <= place < num_rows]


def table_height(num_rows: int, most: int) -> int:
    """Pixels of a table that shows its head and its rows, at most so many of them; more are scrolled."""
    return 35 * min(num_rows, most) + 38


def show_errors(errors: Sequence[str], what: str) -> None:
    """The first few of what was left out in sight, all of them one press away."""
    if not errors:
        return
    first = " ".join(as_sentence(error) for error in errors[:_MAX_TOLD])
    st.warning(plain(f"{len(errors):,} {what}: {first}", limit=3000), icon=":material/warning:")
    if len(errors) > _MAX_TOLD:
        with st.expander(f"All {len(errors):,}"):
            st.dataframe([{"what is wrong": error} for error in errors], hide_index=True)


def score_legend(num_indexed: int) -> None:
    """Explain score, cosine and percentile where they are shown."""
    one_in = max(round(num_indexed / 1000), 1)
    with st.expander("What do score, cosine and percentile mean?", icon=":material/help:"):
        st.markdown(meanings("cosine", "percentile", "score", "found by"))
        st.markdown(
            f"Here 99.9% means that about {one_in:,} of {num_indexed:,} proteins score as high or higher. A hit has "
            "no probability: a list is always filled, so the best of it may still be no match. Predicted functions "
            "have one, on the pages Protein and Annotate."
        )


def legend(question: str, *names: str) -> None:
    """Explain words and numbers where they are shown; ``names`` are of `glossary.GLOSSARY`."""
    with st.expander(question, icon=":material/help:"):
        st.markdown(meanings(*names))


def track_legend() -> None:
    """Say in place what the residue tracks are, and what they are not."""
    st.caption(
        "**Residues**: the sequence from left to right; above the middle, residues that draw this protein towards "
        "your words, below it, residues that hold it back, each row to its own scale. It is the model's view, "
        "no proof that these residues do it. The downloads have the numbers."
    )


def download_row(rows: Sequence[Row] | Table, origin: Origin, *, stem: str, key: str) -> None:
    """Buttons that hand out exactly these rows in every format; a file is made when its button is pressed."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        these = "this row" if len(rows) == 1 else f"these {len(rows):,} rows"
        st.caption(f"Download {these}:", width="content")
        has_sequences = not isinstance(rows, Table) or "sequence" in rows.names
        for form in FORMATS if has_sequences else TABLE_FORMATS:
            st.download_button(
                form.name,
                data=partial(form.write, rows, origin),
                file_name=f"{stem}.{form.ending}",
                mime=form.mime,
                key=f"{key}-{form.ending}",
                on_click="ignore",
                type="tertiary",
                icon=":material/download:",
            )


def recipe_panel(
    recipe: Recipe,
    label: str = "Do this without the browser",
    *,
    answer: str = "This server answers with the JSON that `protclip search --format json` prints.",
) -> None:
    """Show how to get the same result from the command line, from Python and, where there is a way, over HTTP.

    ``answer`` says what HTTP gives.
    """
    with st.expander(label, icon=":material/terminal:"):
        own_model_note()
        shell, python, *over_http = st.tabs(["Command line", "Python", *(["HTTP"] if recipe.curl else [])])
        shell.code(recipe.shell, language="bash", wrap_lines=True)
        python.code(recipe.python, language="python", wrap_lines=True)
    for curl in over_http:
        curl.code(recipe.curl, language="bash", wrap_lines=True)
        curl.caption(answer)


def own_model_note() -> None:
    """Say that lines to copy need the checkpoint's folder, where the server has one of its own."""
    if default_model() is not None:
        st.caption(OWN_MODEL)


def protein_heading(protein: Protein, title: str) -> None:
    """Title, then what identifies the protein in one line."""
    st.subheader(plain(title, limit=160), anchor=False)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if not is_named(protein):
            st.badge("unnamed: titled by its most informative function", color="gray")
        if protein.reviewed:
            st.badge("reviewed", icon=":material/verified:", color="green")
        facts = [
            protein.accession,
            protein.organism or "organism not recorded",
            f"{len(protein.sequence):,} residues",
        ]
        facts += [f"gene {protein.gene}"] if protein.gene else []
        st.text(" · ".join(facts))


def outside_link_row(accession: str) -> None:
    """Links to the protein's pages elsewhere; nothing is fetched from there."""
    links = outside_links(accession)
    if links:
        st.markdown("Elsewhere: " + " · ".join(f"[{label}]({address})" for label, address in links))


def go_summary(protein: Protein, ontology: TermSource, limit: int = 5) -> None:
    """The best supported GO terms of each aspect, as a few lines."""
    groups = go_by_aspect(protein, ontology)
    for aspect, label in ASPECTS:
        if groups[aspect]:
            shown = "; ".join(map(with_code, groups[aspect][:limit]))
            more = len(groups[aspect]) - limit
            st.markdown(
                f"**{label.split(':')[0]}** " + plain(shown + (f"; and {more} more" if more > 0 else ""))
            )
    if not any(groups.values()):
        st.caption("No GO annotation is known.")


def go_tables(protein: Protein, ontology: TermSource) -> None:
    """All GO annotations by aspect, with evidence and support."""
    groups = go_by_aspect(protein, ontology)
    for aspect, label in (*ASPECTS, ("", "Terms that the ontology does not know")):
        if groups[aspect]:
            st.markdown(f"**{label}**")
            _go_table(groups[aspect], label)
    lines = [line for group in groups.values() for line in group]
    if not lines:
        st.caption("No GO annotation is known.")
    elif not any(line.evidence for line in lines):
        st.caption("The source gives no evidence codes; support counts its annotations with a term.")


def go_id_column() -> Any:
    """The column of a table that has `term_link`s of GO ids."""
    return st.column_config.LinkColumn(display_text=r"term/(.+)$", help="Opens QuickGO.", width=115)


def _go_table(lines: Sequence[GoLine], label: str) -> None:
    has_evidence = any(line.evidence for line in lines)
    st.dataframe(
        [
            {
                "term": line.name,
                "GO id": term_link(line.go_id),
                "evidence": line.evidence or "not recorded",
                "support": line.count,
            }
            for line in lines
        ],
        hide_index=True,
        height=table_height(len(lines), _MAX_GO_ROWS),
        alt=label,
        column_order=["term", "GO id", *(["evidence"] if has_evidence else []), "support"],
        column_config={
            "term": st.column_config.TextColumn(width="medium"),
            "GO id": go_id_column(),
            "support": st.column_config.NumberColumn(
                width="small", help="How many lines of the source annotate this protein with this term."
            ),
        },
    )


def other_annotations(protein: Protein) -> None:
    """EC numbers, Pfam families and the prose of UniProt, where known."""
    for kind, label in (("ec", "Enzyme classes (EC)"), ("pfam", "Pfam families")):
        found = [" ".join(filter(None, (a.id, a.text))) for a in protein.annotations if a.kind == kind]
        if found:
            st.markdown(f"**{label}** " + plain("; ".join(found)))
    for kind, label in (("function", "Function"), ("location", "Location"), ("similarity", "Similarity")):
        for annotation in protein.annotations:
            if annotation.kind == kind:
                st.markdown(f"**{label}** " + plain(prose(annotation), limit=4000))
