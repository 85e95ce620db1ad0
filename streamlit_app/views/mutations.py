"""The mutations page: every single substitution of a protein, a list of variants, and a head on measured ones."""

from typing import TYPE_CHECKING

import streamlit as st

from streamlit_app import resources, session
from streamlit_app.card_links import protein_links
from streamlit_app.jobs import LaneName, key_of
from streamlit_app.mutation_inputs import (
    Given,
    listed_variants,
    measured_variants,
    mutation_form,
    read_or_sentence,
)
from streamlit_app.mutation_measured import show_head
from streamlit_app.mutation_recipes import MAX_OVER_HTTP, AskedMutations, mutation_recipe
from streamlit_app.mutation_results import show_scan, show_variants
from streamlit_app.mutation_words import LEGEND
from streamlit_app.mutation_work import Fitted, Scanned, head_work, list_work, scan_work
from streamlit_app.origins import title_of
from streamlit_app.resources import Engine
from streamlit_app.waiting import result_of
from streamlit_app.widgets import (
    MUTATIONS_PAGE,
    errors_as_sentences,
    page_head,
    plain,
    protein_heading,
    recipe_panel,
)

if TYPE_CHECKING:
    from protclip.predict.mutation_table import Listed

# Residues above which a scan waits in the lane for what takes minutes. (Streamlit would draw a docstring here.)
_LONG = 600


def show() -> None:
    """Draw the page."""
    session.enter_page("mutations")
    page_head("What does a mutation do?", "mutations")
    engine = resources.engine_or_sentence()
    given = mutation_form(engine)
    if given is None:
        _welcome()
        return
    found = _scan(engine, given)
    if found is None:
        return
    _heading(engine, found)
    measured = read_or_sentence(measured_variants, given.measured, found.scan.sequence)
    fitted = None if measured is None else _fit(engine, given, found, measured)
    with errors_as_sentences():
        show_scan(engine, found, fitted, is_fitting=measured is not None)
    with errors_as_sentences():
        variants = _variants(engine, given, found, fitted)
    if fitted is not None:
        show_head(engine, found, fitted, given)
    with st.expander("What do the scores and labels mean?", icon=":material/help:"):
        st.markdown(LEGEND)
    _recipes(given, variants)


def _scan(engine: Engine, given: Given) -> Scanned | None:
    protein = given.protein
    key = key_of(
        "mutation-scan",
        engine.fingerprint,
        sequence=protein.sequence,
        accession=protein.accession,
        known=[a.id or a.text for a in protein.annotations],
        text=given.text,
    )
    found: Scanned | None = result_of(
        key,
        scan_work(lambda: engine.tools, protein, given.text),
        what="Scoring every substitution",
        lane=_lane(protein.sequence),
    )
    return found


def _lane(sequence: str) -> LaneName:
    return "batch" if len(sequence) > _LONG else "quick"


def _heading(engine: Engine, found: Scanned) -> None:
    protein = found.protein
    if protein.annotations:
        protein_heading(protein, title_of(engine, protein))
    else:
        st.subheader(plain(protein.accession, limit=160), anchor=False)
        st.text(f"{len(protein.sequence):,} residues")
    protein_links(engine, protein, here=MUTATIONS_PAGE)


def _fit(engine: Engine, given: Given, found: Scanned, measured: "Listed") -> Fitted | None:
    """The head on the measured variants; None where it is not fitted yet."""
    key = key_of(
        "mutation-head", engine.fingerprint, sequence=found.scan.sequence, text=given.text, rows=given.measured,
        head=given.kind,
    )  # fmt: skip
    fitted: Fitted | None = result_of(
        key,
        head_work(found, measured, given.kind),
        what="Fitting and cross-validating the head",
        lane="batch",
    )
    return fitted


def _variants(engine: Engine, given: Given, found: Scanned, fitted: Fitted | None) -> tuple[str, ...]:
    """Show the list of variants; gives those that could be scored."""
    listed = read_or_sentence(listed_variants, given.variants, found.scan.sequence)
    if listed is None:
        return ()
    key = key_of(
        "mutation-list", engine.fingerprint, sequence=found.scan.sequence, text=given.text,
        accession=found.protein.accession, variants=given.variants, rows=given.measured if fitted else "",
        head=given.kind,
    )  # fmt: skip
    scored = result_of(
        key, list_work(found, listed, fitted.head if fitted else None), what="Scoring the variants"
    )
    if scored is not None:
        show_variants(engine, found, scored)
    return tuple(map(str, listed.variants))


def _recipes(given: Given, variants: tuple[str, ...]) -> None:
    server = session.server_address()
    asked = AskedMutations(protein=given.protein, text=given.text)
    over_http = "This server answers with the JSON that `protclip mutate --format json` prints."
    recipe_panel(mutation_recipe(asked, server), "Do this without the browser: the scan", answer=over_http)
    if not asked.is_over_http:
        st.caption(
            f"Over HTTP every substitution is scored of proteins of at most {MAX_OVER_HTTP} residues; this one has "
            f"{len(given.protein.sequence):,}. Use the command line, or give variants."
        )
    if variants:
        listed = AskedMutations(protein=given.protein, text=given.text, variants=variants)
        recipe_panel(
            mutation_recipe(listed, server), "Do this without the browser: your variants", answer=over_http
        )


def _welcome() -> None:
    left, middle, right = st.columns(3, gap="medium")
    left.markdown(
        "**What you can ask**\n\nA protein of the index by its accession, or any sequence. All 19 substitutions at "
        "each position are scored; your own list may have mutants of several substitutions."
    )
    middle.markdown(
        "**What comes back**\n\nA heatmap with the wild type marked, the mean at each position, the best and the "
        "worst, and what the scores rest on. With measured variants, a head that is fitted on them and judged on "
        "what it has not seen."
    )
    right.markdown(
        "**What it cannot do**\n\nIt knows nothing of structure, and adds up substitutions as if they did not meet. "
        "It ranks well where a protein has homologues, and hardly better than chance where it has none."
    )


if __name__ == "__main__":
    show()
