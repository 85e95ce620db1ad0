"""A prediction as a JSON document, and documents as the rows of a table: one for each statement. Pure.

Every format is made of documents, so that all of them say the same.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any

import pyarrow as pa

from protclip.data.ontology import ASPECTS, Ontology
from protclip.predict.function import FunctionPrediction
from protclip.predict.neighbours import DATABASE_RESIDUES, Neighbour
from protclip.predict.statements import Statement, Wanted, specific_terms, statements

Document = dict[str, Any]
Row = dict[str, Any]
NUM_HOMOLOGUES = 10
"""Homologues that a document lists."""
_DIGITS = 4
_OF_STATEMENT = tuple(f.name for f in fields(Statement))
COLUMNS = ("accession", "length", *_OF_STATEMENT, "stratum", "warnings")
"""Of the table, in every format; docs/annotation.md says what they mean."""
_ARROW = {
    "length": pa.int64(), "most_specific": pa.bool_(), "supporters": pa.list_(pa.string()),
    "warnings": pa.list_(pa.string()),
} | dict.fromkeys(
    ("probability", "homologues", "neighbours", "text", "identity", "query_coverage", "target_coverage"),
    pa.float64(),
)  # fmt: skip
ARROW_SCHEMA = pa.schema([(name, _ARROW.get(name, pa.string())) for name in COLUMNS])


def document(prediction: FunctionPrediction, ontology: Ontology, wanted: Wanted | None = None) -> Document:
    """A prediction as JSON: what is said, what speaks for it, and what it was made with.

    ``predicted_function`` and ``confidence_score`` (0 to 1) are those of the task protein_function_classification:
    of the most specific terms the one with the greatest product of probability and information (in bits), a molecular
    function where there is one, and its probability.
    """
    chosen = wanted or Wanted()
    told = statements(prediction, ontology, chosen)
    function, confidence = _leading_function(prediction, ontology, chosen)
    return {
        "accession": prediction.label,
        "length": prediction.length,
        "predicted_function": function,
        "confidence_score": round(confidence, _DIGITS),
        "description": told[0].name,
        "known": prediction.known.accession if prediction.known else None,
        "statements": [_plain(statement) for statement in told],
        "homologues": [_homologue(n) for n in prediction.homologues[:NUM_HOMOLOGUES]],
        "stratum": prediction.stratum,
        "ec_calibrated": prediction.ec_calibrated,
        "warnings": list(prediction.warnings),
        "source": prediction.source,
        "fingerprint": prediction.fingerprint,
    }


def rows_of(made: Document) -> Iterator[Row]:
    """The rows of a document, a dict with COLUMNS for each statement, the description first."""
    for statement in made["statements"]:
        yield {name: statement[name] if name in statement else made[name] for name in COLUMNS}


def table_of(documents: Iterable[Document]) -> Any:
    """The rows as an Arrow table with ARROW_SCHEMA."""
    return pa.Table.from_pylist([row for made in documents for row in rows_of(made)], schema=ARROW_SCHEMA)


def separated(rows: Iterable[Row], *, header: bool = False, by: str = "\t") -> str:
    """TSV, or CSV, in the order of COLUMNS: nothing for None, lists joined by "; ", true and false in lower case."""
    target = io.StringIO()
    writer = csv.writer(target, delimiter=by, lineterminator="\n")
    writer.writerows([COLUMNS] if header else [])
    writer.writerows([_cell(row[name]) for name in COLUMNS] for row in rows)
    return target.getvalue()


def _leading_function(
    prediction: FunctionPrediction, ontology: Ontology, wanted: Wanted
) -> tuple[str, float]:
    for aspect in (a for a in ASPECTS if a in wanted.aspects):
        found = specific_terms(prediction.of_aspect(aspect), ontology, wanted)
        if found:
            leading = max(found, key=lambda term: term.weight)  # of equals the most probable
            return leading.name, leading.probability
    return "no confident prediction", 0.0


def _plain(statement: Statement) -> dict[str, Any]:
    """The statement's fields with fewer digits; `dataclasses.asdict` took a tenth of the time of a prediction."""
    values = {name: getattr(statement, name) for name in _OF_STATEMENT}
    rounded = {name: round(v, _DIGITS) for name, v in values.items() if isinstance(v, float)}
    return values | rounded | {"supporters": list(statement.supporters)}


def _homologue(neighbour: Neighbour) -> dict[str, Any]:
    alignment, protein = neighbour.alignment, neighbour.protein
    assert alignment is not None, "homologues are aligned"
    return {
        "accession": protein.accession,
        "name": protein.name,
        "organism": protein.organism,
        "cosine": round(neighbour.cosine, _DIGITS),
        "identity": round(alignment.identity, _DIGITS),
        "query_coverage": round(alignment.query_coverage, _DIGITS),
        "target_coverage": round(alignment.target_coverage, _DIGITS),
        "bits": round(alignment.bits, 1),
        "expect": float(f"{alignment.expect(DATABASE_RESIDUES):.2e}"),
    }


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "; ".join(value)
    return " ".join(str(value).split())
