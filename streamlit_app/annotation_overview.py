"""Annotation documents for the eye: a line for each protein, and the statements of one (pure)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from streamlit_app.annotation_view import term_link
from streamlit_app.downloads import Cell, Table

Document = Mapping[str, Any]
"""As `protclip.predict.annotation_rows.document` makes it."""
Line = dict[str, Cell]
KINDS = ("MF", "BP", "CC", "location", "EC")
KIND_WORDS = {
    "MF": "Molecular function: what it does",
    "BP": "Biological process: what it is part of",
    "CC": "Cellular component: where it is",
    "location": "Location",
    "EC": "Enzyme class (EC)",
}
AGREEMENT_WORDS = {
    "homology and model": "homology and model agree",
    "homology only": "homology alone speaks for it",
    "model only": "the model alone speaks for it",
}
_OF_KIND = ("", "_probability", "_evidence")
_NEAREST = ("homologue", "identity", "query_coverage", "target_coverage")
COLUMNS = (
    *("accession", "length", "description"),
    *(f"{kind}{of}" for kind in KINDS for of in _OF_KIND),
    *("EC_share", *_NEAREST, "stratum", "warnings"),
)


def overview_line(made: Document) -> Line:
    """The best statement of each kind with its probability and evidence, and the nearest known protein.

    The best are the first of the most specific: curated before predicted, then the most probable. An EC number has
    a probability where the calibration knows of EC numbers.
    """
    described = made["statements"][0]
    line: Line = {
        "accession": made["accession"],
        "length": made["length"],
        "description": made["description"],
    }
    for kind in KINDS:
        best = next((s for s in made["statements"] if s["kind"] == kind and s["most_specific"]), None)
        line |= {kind: _called(best), f"{kind}_evidence": _evidence(best)}
        line[f"{kind}_probability"] = best and best["probability"]
        if kind == "EC":
            line["EC_share"] = best and best["homologues"]
    line |= {name: described[name] or None for name in _NEAREST}
    line |= {"stratum": made["stratum"], "warnings": "; ".join(made["warnings"]) or None}
    return {name: line[name] for name in COLUMNS}


def overview_table(lines: Sequence[Line]) -> Table:
    """The lines as a table to be downloaded."""
    return Table(names=COLUMNS, lines=tuple(lines))


def statement_lines(made: Document, kind: str, *, all_of_them: bool = False) -> list[dict[str, Any]]:
    """The statements of one kind as rows for the eye; without ``all_of_them`` only the most specific ones."""
    told = [s for s in made["statements"] if s["kind"] == kind and (s["most_specific"] or all_of_them)]
    return [
        {
            "name": s["name"] or s["id"],
            "id": s["id"] or None,
            "link": term_link(s["id"]),
            "probability": s["probability"],
            "status": f"curated ({s['evidence']})" if s["evidence"] else s["status"],
            "agreement": AGREEMENT_WORDS.get(s["agreement"]),
            "homologues": s["homologues"],
            "neighbours": s["neighbours"],
            "text": s["text"],
            "homologue": s["homologue"] or None,
            "identity": s["identity"],
            "query_coverage": s["query_coverage"],
            "supporters": ", ".join(s["supporters"]) or None,
        }
        for s in told
    ]


def numbers_of(lines: Iterable[Line]) -> dict[str, int]:
    """How many proteins are curated, have a prediction of some kind, or neither, in this order."""
    counts = {"curated": 0, "predicted": 0, "nothing": 0}
    for line in lines:
        if str(line["description"]).startswith("Curated"):
            counts["curated"] += 1
        elif any(line[kind] for kind in KINDS):
            counts["predicted"] += 1
        else:
            counts["nothing"] += 1
    return counts


def _called(statement: Document | None) -> str | None:
    if statement is None:
        return None
    name, given = statement["name"], statement["id"]
    return f"{name} ({given})" if name and given else name or given


def _evidence(statement: Document | None) -> str | None:
    """What speaks for a statement, in words."""
    if statement is None:
        return None
    if statement["status"] == "curated":
        code = f", {statement['evidence']}" if statement["evidence"] else ""
        return f"curated of {', '.join(statement['supporters'])}{code}"
    words = [AGREEMENT_WORDS[statement["agreement"]]] if statement["agreement"] else []
    if statement["homologue"]:
        words.append(
            f"{statement['homologue']} has it, {statement['identity']:.0%} identical over "
            f"{statement['query_coverage']:.0%}"
        )
    elif statement["supporters"]:
        words.append(f"near in the shared space: {statement['supporters'][0]}")
    return "; ".join(words) or None
