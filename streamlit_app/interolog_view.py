"""What a visitor's file of known interactions has of the pairs on the interactions page."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from protclip.errors import InputError
from protclip.records import Protein
from streamlit_app.downloads import Cell
from streamlit_app.engine import Engine
from streamlit_app.interaction_words import string_link
from streamlit_app.interaction_work import PairAnswer, PairsAnswer
from streamlit_app.origins import title_of
from streamlit_app.rows import short_title
from streamlit_app.widgets import plain, table_height

if TYPE_CHECKING:
    from protclip.predict.interologs import KnownEvidence

WITHOUT_FILE = (
    "no network of known interactions is shipped. Give a file of them in the box “Known interactions”."
)


def show_known(engine: Engine, pair: PairAnswer, answer: PairsAnswer) -> None:
    """Whether a pair is known to interact, and which of their homologues are."""
    if pair.known is None:
        st.caption(f"Known partners of homologues are not looked up: {WITHOUT_FILE}{_elsewhere(pair)}")
        return
    st.subheader("Known interactions", anchor=False)
    first, second = plain(pair.first.accession), plain(pair.second.accession)
    if pair.known.itself:
        st.markdown(f"**Your file has the interaction of {first} and {second} itself.**")
    if pair.known.interologs:
        _table(engine, pair, pair.known)
    else:
        st.caption(f"Your file has no interaction of a homologue of {first} with a homologue of {second}.")
    st.caption(f"{known_sentence(answer)}{_elsewhere(pair)}")


def known_sentence(answer: PairsAnswer) -> str:
    """What the pairs were looked up in and how it is to be read; without a file, that they were not."""
    from protclip.predict.interologs import MAX_TOLD, MIN_COVERAGE, MIN_IDENTITY

    if not answer.known_told:
        return f"Known partners of homologues are not among the evidence: {WITHOUT_FILE}"
    return plain(
        f"Your file has {answer.known_told}: E-value below 0.001, identity from {MIN_IDENTITY:.0%}, aligned over "
        f"{MIN_COVERAGE:.0%} of both. Told are the {MAX_TOLD} of greatest joint identity (geometric mean). "
        "Between species interactions carry over above 80% (Yu et al. 2004); lower is a hint. The probability reads "
        "none of it, and to find none is no sign against an interaction.",
        limit=1000,
    )


def known_cells(pair: PairAnswer) -> dict[str, Cell]:
    """The columns that `protclip interact --known` adds; none without a file."""
    if pair.known is None:
        return {}
    return {"known": pair.known.label, "interologs": pair.known.listed}


def _table(engine: Engine, pair: PairAnswer, known: "KnownEvidence") -> None:
    own = {protein.accession: protein for protein in (pair.first, pair.second)}
    left_out = known.num_interologs - len(known.interologs)
    st.markdown(
        "**Known partners of homologues**"
        + (f": the best, {left_out:,} more are left out" if left_out else "")
    )
    st.dataframe(
        [
            {
                "like first": one.first,
                "it is": _title(engine, one.first, own),
                "identity to first": one.first_identity,
                "like second": one.second,
                "that is": _title(engine, one.second, own),
                "identity to second": one.second_identity,
                "joint identity": one.joint_identity,
            }
            for one in known.interologs
        ],
        hide_index=True,
        height=table_height(len(known.interologs), 10),
        alt="Known interactions of homologues of both proteins, with identities",
        column_config={
            name: st.column_config.NumberColumn(format="percent")
            for name in ("identity to first", "identity to second", "joint identity")
        },
    )


def _title(engine: Engine, accession: str, own: Mapping[str, Protein]) -> str:
    try:
        return short_title(title_of(engine, own.get(accession) or engine.tools.known_protein(accession)))
    except InputError:
        return ""


def _elsewhere(pair: PairAnswer) -> str:
    links = {p.accession: string_link(p.accession) for p in (pair.first, pair.second)}
    told = " · ".join(f"[{plain(name)}]({link})" for name, link in links.items() if link)
    return f" STRING has known ones of {told}." if told else ""
