"""The interactions page's answer: a pair in detail, or a table and a network of many, each with its evidence."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from protclip.records import Protein
from streamlit_app.annotation_view import term_link
from streamlit_app.card_links import links_of_each
from streamlit_app.downloads import Cell, Table
from streamlit_app.engine import Engine
from streamlit_app.figure_view import show_figure
from streamlit_app.interaction_charts import Edge, network_chart, type_chart
from streamlit_app.interaction_words import distance_sentence, prevalence_sentence
from streamlit_app.interaction_work import PairAnswer, PairsAnswer
from streamlit_app.interolog_view import known_cells, known_sentence, show_known
from streamlit_app.origins import ATLAS, origin_now, title_of
from streamlit_app.page_params import choice_box
from streamlit_app.rows import short_title
from streamlit_app.widgets import (
    INTERACTIONS_PAGE,
    download_row,
    go_id_column,
    marked_rows,
    plain,
    show_errors,
    table_height,
)

if TYPE_CHECKING:
    from protclip.predict.shared_terms import SharedTerm

CUTOFFS = ("0", "0.5", "0.7", "0.9")
MAX_EDGES = 100
_ASPECTS = (("CC", "location"), ("BP", "process"))


def show_pair(engine: Engine, answer: PairsAnswer) -> None:
    """One pair: probability, types, what both share, and how far each lies from training."""
    (pair,) = answer.pairs
    found = pair.interaction
    left, right = st.columns(2, gap="large")
    with left:
        st.metric("Probability that they interact", f"{found.probability:.2f}")
        st.caption(prevalence_sentence(found.probability))
        st.markdown("**Likely types**: " + (", ".join(found.likely) or "none above the head's threshold"))
        _distances(answer)
    with right:
        st.markdown("**How, given that they interact**")
        show_figure(
            type_chart(found.types, answer.type_threshold),
            key="types",
            stem="protclip-types",
            origin=origin_now(engine, f"{found.first} and {found.second}", source=ATLAS),
            alt="Bars: probability of each of the seven types; the table below has the numbers.",
        )
        with st.expander("The figure as a table"):
            st.dataframe(
                [{"type": name, "probability": round(p, 4)} for name, p in found.types], hide_index=True
            )
        st.caption(
            f"The dashed line is the threshold ({answer.type_threshold:.2f}) from which a type is called likely."
        )
    _shared(pair, answer)
    show_known(engine, pair, answer)
    links_of_each(engine, (pair.first, pair.second), here=INTERACTIONS_PAGE)
    _take_home(engine, pair_rows(engine, answer), f"{found.first} and {found.second}")


def _take_home(engine: Engine, rows: Sequence[dict[str, Cell]], query: str) -> None:
    origin = origin_now(engine, query, source=ATLAS)
    table = Table(names=tuple(rows[0]), lines=tuple(rows))
    download_row(table, origin, stem="protclip-interactions", key="pairs")


def _distances(answer: PairsAnswer) -> None:
    """A sentence for each protein; a warning where it lies far from training."""
    (pair,) = answer.pairs
    found = pair.interaction
    for name, near in ((found.first, found.first_nearest), (found.second, found.second_nearest)):
        told = plain(distance_sentence(name, near.accession, near.cosine, answer.usual_cosine))
        if near.cosine < answer.usual_cosine:
            st.warning(f"{told} Take this probability as a guess.", icon=":material/warning:")
        else:
            st.caption(told)


def _shared(pair: PairAnswer, answer: PairsAnswer) -> None:
    st.subheader("What both share", anchor=False)
    for column, (aspect, label) in zip(st.columns(2, gap="large"), _ASPECTS, strict=True):
        terms = _rarest_first(pair, aspect, answer)
        with column:
            st.markdown(f"**The same {label}**")
            if terms:
                _term_table(terms, label, answer)
            else:
                st.caption(_nothing_shared(pair, label))


def _rarest_first(pair: PairAnswer, aspect: str, answer: PairsAnswer) -> "list[SharedTerm]":
    return sorted(
        (t for t in pair.shared if t.aspect == aspect), key=lambda t: answer.num_having.get(t.id, 0)
    )


def _term_table(terms: "Sequence[SharedTerm]", label: str, answer: PairsAnswer) -> None:
    st.dataframe(
        [
            {
                "term": term.name,
                "GO id": term_link(term.id),
                "proteins with it": answer.num_having.get(term.id, 0),
                "evidence": _codes(term),
            }
            for term in terms
        ],
        hide_index=True,
        height=table_height(len(terms), 8),
        alt=f"GO terms of {label} that both proteins have",
        column_config={
            "GO id": go_id_column(),
            "evidence": st.column_config.TextColumn(help="GO evidence codes: first / second protein."),
            "proteins with it": st.column_config.NumberColumn(
                help=f"Of the {answer.num_known:,} proteins of the atlas: the more, the less it says."
            ),
        },
    )


def _codes(term: "SharedTerm") -> str:
    return " / ".join(
        ", ".join(codes) or "not recorded" for codes in (term.first_evidence, term.second_evidence)
    )


def _nothing_shared(pair: PairAnswer, label: str) -> str:
    bare = [p.accession for p in (pair.first, pair.second) if not p.of_kind("go")]
    if bare:
        return plain(f"Cannot be told: no GO annotation is known of {' and '.join(dict.fromkeys(bare))}.")
    return f"No {label} below the root of the ontology is annotated to both."


def show_many(engine: Engine, answer: PairsAnswer, *, query: str) -> None:
    """A table of pairs with their evidence, the network, and the downloads."""
    show_errors(answer.errors, "lines left out" if len(answer.errors) != 1 else "line left out")
    num_far = sum(bool(pair.interaction.warnings) for pair in answer.pairs)
    if num_far:
        st.warning(
            f"In {num_far:,} of {len(answer.pairs):,} pairs a protein lies farther from training than 95 of 100 "
            "proteins the head was tested on: take their probabilities as guesses. The column “far” marks them.",
            icon=":material/warning:",
        )
    rows = pair_rows(engine, answer)
    marked = _table(rows)
    if marked is None:
        st.caption("Mark a row in the first column to go on with its proteins.")
    else:
        pair = answer.pairs[marked]
        proteins = (pair.second,) if _is_one_against_many(rows) else (pair.first, pair.second)
        links_of_each(engine, proteins, here=INTERACTIONS_PAGE)
    _take_home(engine, rows, query)
    st.caption(known_sentence(answer))
    _network(engine, answer)


def pair_rows(engine: Engine, answer: PairsAnswer) -> list[dict[str, Cell]]:
    """What the table and every download have: the columns of `protclip interact`, titles, and what is shared."""
    return [_row(engine, pair, answer) for pair in answer.pairs]


def _row(engine: Engine, pair: PairAnswer, answer: PairsAnswer) -> dict[str, Cell]:
    found = pair.interaction
    return {
        "first": found.first,
        "second": found.second,
        "first_title": _title(engine, pair.first),
        "second_title": _title(engine, pair.second),
        "probability": round(found.probability, 4),
        **{name: round(p, 4) for name, p in found.types},
        "likely": ", ".join(found.likely),
        **{f"shared_{label}": _names(pair, aspect, answer) for aspect, label in _ASPECTS},
        **known_cells(pair),
        "first_nearest": found.first_nearest.accession,
        "first_cosine": round(found.first_nearest.cosine, 4),
        "second_nearest": found.second_nearest.accession,
        "second_cosine": round(found.second_nearest.cosine, 4),
        "warnings": " ".join(found.warnings),
    }


def _title(engine: Engine, protein: Protein) -> str:
    """Nothing for a sequence that nothing is known of: its name stands there already."""
    return short_title(title_of(engine, protein)) if protein.annotations else ""


def _names(pair: PairAnswer, aspect: str, answer: PairsAnswer) -> str:
    return "; ".join(term.name for term in _rarest_first(pair, aspect, answer))


def _is_one_against_many(rows: Sequence[dict[str, Cell]]) -> bool:
    return len({row["first"] for row in rows}) == 1 < len(rows)


def _table(rows: Sequence[dict[str, Cell]]) -> int | None:
    """Draw the table; gives the place of the marked row."""
    is_one = _is_one_against_many(rows)
    shown = ("second", "second_title", "probability", "likely")
    event = st.dataframe(
        [
            ({} if is_one else {"first": row["first"]})
            | {name: row[name] for name in shown}
            | {"far": bool(row["warnings"])}
            | {"nearest": min(_number(row["first_cosine"]), _number(row["second_cosine"]))}
            | {
                name: row[name]
                for name in ("known", "interologs", "shared_location", "shared_process")
                if name in row
            }
            for row in rows
        ],
        key=f"pairs-{hash(tuple((row['first'], row['second']) for row in rows))}",
        hide_index=True,
        height=table_height(len(rows), 12),
        on_select="rerun",
        selection_mode="single-row",
        alt="Pairs with probability, likely types, distance to training, and what both share",
        column_config={
            "second_title": "second is",
            "probability": st.column_config.ProgressColumn(format="%.2f", min_value=0, max_value=1),
            "likely": "likely types",
            "far": st.column_config.CheckboxColumn(help="One of the two lies far from training."),
            "nearest": st.column_config.NumberColumn(
                format="%.2f", help="Cosine to the nearest training protein; of the one farther out."
            ),
            "interologs": st.column_config.TextColumn(
                "known of homologues", help="Known interactions of homologues of both, with joint identity."
            ),
            "shared_location": "same location",
            "shared_process": "same process",
        },
    )
    return next(iter(marked_rows(event, len(rows))), None)


def _number(cell: Cell) -> float:
    return float(cell) if isinstance(cell, int | float) else 0.0


def _network(engine: Engine, answer: PairsAnswer) -> None:
    st.subheader("Network", anchor=False)
    cutoff = float(choice_box("Edges from probability", "cut", CUTOFFS, "0.5"))
    chosen = sorted(
        (p for p in answer.pairs if p.interaction.probability >= cutoff),
        key=lambda p: -p.interaction.probability,
    )
    edges, names, far = _drawn(engine, chosen[:MAX_EDGES], answer.usual_cosine)
    if not edges:
        st.caption(f"No pair has a probability of {cutoff:g} or more.")
        return
    show_figure(
        network_chart(edges, names, far),
        key="network",
        stem="protclip-network",
        origin=origin_now(engine, f"pairs from probability {cutoff:g}", source=ATLAS),
        alt="Network of the pairs: nodes are proteins, wider edges are more probable; the table above has the "
        "numbers.",
    )
    left_out = (
        f" Only the {MAX_EDGES} most probable of {len(chosen):,} are drawn."
        if len(chosen) > MAX_EDGES
        else ""
    )
    st.caption(
        "Wider edges are more probable; a hollow node lies far from training. Where a node stands says nothing but "
        f"what it is joined to. Edges are predictions, none is from known data.{left_out} The table above has the "
        "numbers."
    )


def _drawn(
    engine: Engine, pairs: Sequence[PairAnswer], usual_cosine: float
) -> tuple[list[Edge], dict[str, str], list[str]]:
    """Edges, titles of the nodes, and the nodes that lie far from training."""
    edges = [
        Edge(first=p.interaction.first, second=p.interaction.second, probability=p.interaction.probability)
        for p in pairs
    ]
    proteins = {protein.accession: protein for p in pairs for protein in (p.first, p.second)}
    names = {name: _title(engine, protein) for name, protein in proteins.items()}
    cosines: dict[str, Any] = {}
    for pair in pairs:
        found = pair.interaction
        cosines |= {found.first: found.first_nearest.cosine, found.second: found.second_nearest.cosine}
    return edges, names, [name for name, cosine in cosines.items() if cosine < usual_cosine]
