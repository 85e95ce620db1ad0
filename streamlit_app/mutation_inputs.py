"""What a visitor gives the mutations page: protein, text, variants, measurements, and the stretch that is shown."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from protclip.errors import InputError
from protclip.records import Protein
from streamlit_app.engine import Engine
from streamlit_app.kept_text import keep_text, kept_text, kept_text_box, upload_box
from streamlit_app.mutation_work import HEADS, HeadKind
from streamlit_app.page_params import choice_box, set_param, text_box
from streamlit_app.protein_box import ProteinExample, protein_box
from streamlit_app.widgets import errors_as_sentences

if TYPE_CHECKING:
    from collections.abc import Callable

    from protclip.predict.mutation_table import Listed

    ReadList = Callable[[str, str], Listed | None]

MAX_RESIDUES, MAX_VARIANTS, MAX_TEXT = 2_000, 1_000, 300
MAX_CELLS = 60_000_000
"""Measured variants times the residues that a head sees of each; more would not fit in memory beside the index."""
FIRST_SHOWN = 80
EXAMPLES = (
    ProteinExample(label="insulin (P01308)", text="P01308"),
    ProteinExample(label="p53 (P04637)", text="P04637"),
    ProteinExample(label="beta-lactamase (P0C5C1)", text="P0C5C1"),
)
P53_VARIANTS = "R175H R273H P72R R248Q:R249S"
_REGION = re.compile(r"([1-9]\d{0,5})-([1-9]\d{0,5})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The inputs; ``variants`` and ``measured`` are texts, not read yet."""

    protein: Protein
    text: str
    variants: str
    measured: str
    kind: HeadKind


def mutation_form(engine: Engine) -> Given | None:
    """Draw the inputs; None while there is no protein."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        protein = protein_box(engine, max_residues=MAX_RESIDUES, examples=EXAMPLES)
        text = text_box(
            "What the protein does (optional)",
            "text",
            limit=MAX_TEXT,
            placeholder="hydrolyses penicillins",
            help="For the score “text match”. Without it, what is known of the protein or of its closest homologue.",
        )
    with right:
        variants = _variant_box()
        measured, kind = _measured_box()
    st.caption(
        f"At most {MAX_RESIDUES:,} residues, {MAX_TEXT} characters of text and {MAX_VARIANTS:,} variants. "
        "Substitutions only: no insertions, deletions or stops. A scan of 300 residues takes some ten seconds."
    )
    if protein is None:
        return None
    return Given(protein=protein, text=text, variants=variants, measured=measured, kind=kind)


def _variant_box() -> str:
    variants = kept_text_box(
        "Your variants (optional)",
        "v",
        height=92,
        placeholder="A42G R175H A42G:T50C",
        help="A42G or p.Ala42Gly, positions from 1; “:” joins the substitutions of one mutant, a space parts "
        "variants.",
    )
    st.button("Variants of p53", type="tertiary", on_click=_take_p53)
    return variants


def _take_p53() -> None:
    set_param("p", "P04637")
    set_param("p-seq", "")
    keep_text("v", P53_VARIANTS)


def _measured_box() -> tuple[str, HeadKind]:
    """The text of the file with measured variants, and which head is fitted on it."""
    given = kept_text("m")
    with st.expander(
        "Measured variants: fit a head on them", icon=":material/model_training:", expanded=bool(given)
    ):
        st.caption(
            "A CSV or TSV file with the columns `variant` and `value`, 20 rows at least, higher values better. A "
            "head is fitted on it and predicts all other substitutions."
        )
        upload_box("Measured variants", "m", ("csv", "tsv", "txt"))
        chosen = choice_box(
            "Head", "head", HEADS, HEADS[0], format_func={"ridge": "ridge", "mlp": "network"}.get
        )
        if given:
            st.button("Forget the measurements", on_click=keep_text, args=("m", ""), icon=":material/delete:")
    return given, "mlp" if chosen == "mlp" else "ridge"


def listed_variants(text: str, sequence: str) -> "Listed | None":
    """The variants of the box that fit the protein; None where none is given.

    Raises
    ------
    InputError
        If there are too many, or none fits.
    """
    from protclip.predict.mutation_table import fitting_variants

    words = text.split()
    if not words:
        return None
    if len(words) > MAX_VARIANTS:
        raise InputError(
            f"{len(words):,} variants are given; at most {MAX_VARIANTS:,} are taken here. Give fewer, or use "
            "`protclip mutate --variants FILE`"
        )
    return fitting_variants([(f"variant {word[:40]!r}", word) for word in words], sequence, two_ways=(",",))


def measured_variants(text: str, sequence: str) -> "Listed | None":
    """The measured variants of the file; None where none is given.

    Raises
    ------
    InputError
        If the file has not the two columns, no row fits the protein, or there is too much to fit here.
    """
    from protclip.predict.mutation_table import measured_in
    from protclip.predict.supervised_mutation import changed_positions
    from protclip.sequence import RESIDUES

    if not text.strip():
        return None
    found = measured_in(text.splitlines(), "the file", sequence)
    num_cells = len(found.variants) * len(changed_positions(found.variants)) * len(RESIDUES)
    if num_cells > MAX_CELLS:
        raise InputError(
            f"{len(found.variants):,} variants at {len(changed_positions(found.variants)):,} positions are too much "
            "to fit here. Give fewer, or use `protclip mutate --measured FILE`"
        )
    return found


def region_slider(length: int) -> tuple[int, int]:
    """First and last position of the stretch that is drawn; it lives in the address as ``region``."""
    region = read_region(st.query_params.get("region", ""), length)
    if region is None:
        st.warning(
            "The link's “region” was ignored: it takes positions such as 1-80.", icon=":material/info:"
        )
        region = (1, min(FIRST_SHOWN, length))
    if length < 2:
        return region
    st.session_state["region-box"] = region
    st.slider(
        "Positions shown", 1, length, key="region-box", on_change=lambda: _keep_region(length),
        help="Drag either end, or use the arrow keys.",
    )  # fmt: skip
    return region


def read_region(text: str, length: int) -> tuple[int, int] | None:
    """A region of a protein of ``length`` residues; the first `FIRST_SHOWN` for "", None where it is none."""
    first = (1, min(FIRST_SHOWN, length))
    if not text:
        return first
    match = _REGION.fullmatch(text)
    if match is None:
        return None
    start, end = int(match[1]), min(int(match[2]), length)
    return (start, end) if start <= end else None


def _keep_region(length: int) -> None:
    start, end = st.session_state["region-box"]
    first = read_region("", length) or (1, length)
    set_param("region", f"{start}-{end}", f"{first[0]}-{first[1]}")


def read_or_sentence(read: "ReadList", text: str, sequence: str) -> "Listed | None":
    """What `listed_variants` or `measured_variants` gives; where it raises, its sentence is shown."""
    with errors_as_sentences():
        return read(text, sequence)
    return None
