"""The HTTP API as an OpenAPI 3.1 document: fields, examples and answers of each path, as `/api/v1/openapi.json`."""

import json
from typing import Any

from streamlit_app.api_query import (
    ANNOTATE,
    EXPLAIN,
    HEALTH,
    INTERACT,
    LISTS,
    MAP,
    MAX_VALUES,
    MUTATE,
    PREDICT,
    SCHEMA,
    SEARCH,
)
from vector_store.search_records import MAX_TOP, MODES

Schema = dict[str, Any]

_UBIQUITIN = "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG"
_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_SEQUENCE: Schema = {"type": "string", "maxLength": 10_000, "description": "Residues in one-letter code."}
_ACCESSION: Schema = {"type": "string", "description": "An accession of the shipped atlas."}
_EITHER: Schema = {"type": "string", "description": "A sequence, or an accession of the shipped atlas."}
_TOP: Schema = {"type": "integer", "minimum": 1, "maximum": MAX_TOP}
_SOME_TEXTS: Schema = {"anyOf": [_TEXT, {**_TEXTS, "maxItems": MAX_VALUES}]}


def _object(properties: Schema, *required: str, **more: Any) -> Schema:
    closed = {"type": "object", "properties": properties, "additionalProperties": False}
    return closed | ({"required": list(required)} if required else {}) | more


def _one_of(*names: str) -> list[Schema]:
    return [{"required": [name]} for name in names]


def _answer(*promised: str, **properties: Schema) -> Schema:
    """An answer has more than what is promised here."""
    fields: Schema = {name: {} for name in promised} | properties
    return {"type": "object", "properties": fields, "required": list(fields)}


_SEARCH_FIELDS: Schema = {
    "text": {**_TEXT, "description": "A sentence, a keyword, or anything the search box takes."},
    "sequence": _TEXT,
    "accession": {**_TEXT, "description": "An accession of the index."},
    "mode": {"enum": list(MODES), "default": "hybrid"},
    "top": {**_TOP, "default": 10},
    **dict.fromkeys(LISTS, _SOME_TEXTS),
}
_PROTEINS: Schema = {
    "sequences": {
        "type": "array",
        "items": _object({"accession": _TEXT, "sequence": _SEQUENCE}, "sequence"),
        "maxItems": 20,
    },
    "fasta": {**_TEXT, "description": "The text of a FASTA file of at most 20 proteins."},
}
TASK_FIELDS = {
    "protein_function_classification": ("protein_sequence",),
    "mutation_effect_prediction": ("original_sequence", "mutated_sequence"),
    "cross_modal_transformation": ("protein_sequence",),
    "ppi_prediction": ("protein_A", "protein_B"),
}
"""The fields of each task; `protclip.predict.tasks` has the same, but loads torch."""
_CONFIDENCE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
_TASK_ANSWERS: dict[str, dict[str, Schema]] = {
    "protein_function_classification": {"predicted_function": _TEXT, "confidence_score": _CONFIDENCE},
    "mutation_effect_prediction": {"predicted_fitness_score": {"type": "number"}, "mutation_effect": _TEXT},
    "cross_modal_transformation": {"predicted_text": _TEXT, "confidence_score": _CONFIDENCE},
    "ppi_prediction": {"interaction_type": _TEXT, "confidence_score": _CONFIDENCE},
}
_FIELDS: dict[str, Schema] = {
    SEARCH: _object(_SEARCH_FIELDS),
    PREDICT: {
        "oneOf": [
            _object({"task": {"const": task}, **dict.fromkeys(fields, _SEQUENCE)}, "task", *fields)
            for task, fields in TASK_FIELDS.items()
        ]
    },
    ANNOTATE: _object(
        {
            **_PROTEINS,
            "min_probability": {"type": "number", "minimum": 0.05, "maximum": 1, "default": 0.5},
            "top": {**_TOP, "description": "Most specific terms of each kind; all of them without it."},
            "exclude_self": {
                "type": "boolean",
                "default": False,
                "description": "Take no evidence from known proteins of the same accession.",
            },
        },
        oneOf=_one_of("sequences", "fasta"),
    ),
    EXPLAIN: _object(
        {"sequence": _SEQUENCE, "accession": _ACCESSION, "text": {**_TEXT, "maxLength": 2_000}},
        "text",
        oneOf=_one_of("sequence", "accession"),
    ),
    MUTATE: _object(
        {
            "sequence": _SEQUENCE,
            "accession": _ACCESSION,
            "variants": {
                **_TEXTS,
                "minItems": 1,
                "maxItems": 1_000,
                "description": "Without it every substitution of a protein of at most 400 residues.",
            },
            "text": {**_TEXT, "maxLength": 2_000, "description": "What the protein does."},
        },
        oneOf=_one_of("sequence", "accession"),
    ),
    INTERACT: _object(
        {
            "protein_A": _EITHER,
            "protein_B": _EITHER,
            "against": {"const": "atlas"},
            "top": {**_TOP, "default": 20, "description": "Partners; goes with against."},
            "pairs": {
                "type": "array",
                "items": {"type": "array", "items": _EITHER, "minItems": 2, "maxItems": 2},
                "minItems": 1,
                "maxItems": 500,
                "description": "A list instead of protein_A; pairs that cannot be used are told under skipped.",
            },
        },
        oneOf=[{"required": ["protein_A", name]} for name in ("protein_B", "against")] + _one_of("pairs"),
    ),
    MAP: _object(_PROTEINS, oneOf=_one_of("sequences", "fasta")),
}
EXAMPLES: dict[str, list[dict[str, Any]]] = {
    SEARCH: [
        {"text": "DNA helicase", "top": 5, "filter": ["organism=human"]},
        {"more_like": ["P38398"]},
    ],
    PREDICT: [
        {"task": "protein_function_classification", "protein_sequence": _UBIQUITIN},
        {
            "task": "mutation_effect_prediction",
            "original_sequence": _UBIQUITIN,
            "mutated_sequence": _UBIQUITIN.replace("LIFAG", "LIWAG"),
        },
        {"task": "cross_modal_transformation", "protein_sequence": _UBIQUITIN},
        {"task": "ppi_prediction", "protein_A": _UBIQUITIN, "protein_B": _UBIQUITIN},
    ],
    ANNOTATE: [
        {"sequences": [{"accession": "mine", "sequence": _UBIQUITIN}], "min_probability": 0.3},
        {"fasta": f">mine ubiquitin\n{_UBIQUITIN}\n", "top": 3},
    ],
    EXPLAIN: [{"accession": "P38398", "text": "DNA repair"}, {"sequence": _UBIQUITIN, "text": "DNA repair"}],
    MUTATE: [
        {"sequence": _UBIQUITIN, "variants": ["F45W", "I44A:F45W"], "text": "marks proteins"},
        {"accession": "P62987"},
    ],
    INTERACT: [
        {"protein_A": "P38398", "protein_B": _UBIQUITIN},
        {"protein_A": "P38398", "against": "atlas", "top": 5},
        {"pairs": [["P38398", "P62987"], ["P38398", _UBIQUITIN]]},
    ],
    MAP: [
        {"sequences": [{"accession": "mine", "sequence": _UBIQUITIN}]},
        {"fasta": f">mine ubiquitin\n{_UBIQUITIN}\n"},
    ],
}
"""Bodies that each POST path takes."""
_NUMBER: Schema = {"type": "number"}
_PLACED: Schema = {
    "type": "array",
    "items": _answer(
        accession=_TEXT, x=_NUMBER, y=_NUMBER, nearest=_TEXT, distance=_NUMBER, spread=_NUMBER, warnings=_TEXT
    ),
}
_MEASURES = _answer(
    num_proteins={"type": "integer"}, trustworthiness=_NUMBER, overlap=_NUMBER, usual_distance=_NUMBER
)
_ANSWERS: dict[str, Schema] = {
    SEARCH: _answer(
        "query", "kind", "mode", "fingerprint", "index", "confident_match", "warnings", hits={"type": "array"}
    ),
    PREDICT: {"oneOf": [_answer(task={"const": task}, **told) for task, told in _TASK_ANSWERS.items()]},
    ANNOTATE: _answer(results={"type": "array"}, skipped={"type": "array"}),
    EXPLAIN: _answer(
        "accession",
        "sequence",
        "sentence",
        "cosine",
        "tracks",
        "controls",
        "warnings",
        "model",
        "fingerprint",
    ),
    MUTATE: _answer("accession", "sequence", "text", "homologues", "variants", "skipped", "warnings"),
    INTERACT: _answer("head", interactions={"type": "array"}),
    MAP: _answer("model", "fingerprint", placed=_PLACED, skipped={"type": "array"}, map=_MEASURES),
    HEALTH: _answer("status", "model", "fingerprint", "index"),
}
_SUMMARIES = {
    SEARCH: "Search proteins by text, sequence, accession or examples.",
    PREDICT: "Answer one of the four tasks of `protclip predict`.",
    ANNOTATE: "Predict functions of proteins; those that cannot be used are listed under skipped.",
    EXPLAIN: "Say which residues of a protein a sentence speaks of.",
    MUTATE: "Score substitutions of a protein.",
    INTERACT: "Predict whether two proteins interact, those of a list, or which of the atlas one interacts with.",
    MAP: "Place proteins on the shipped map; those that cannot be used are listed under skipped.",
    HEALTH: "Whether model and index are open.",
}
_REFUSALS = {
    400: "A field cannot be used; field names it.",
    401: "The token is missing or wrong.",
    413: "The body is larger than 200,000 bytes.",
    429: "Too many requests wait; Retry-After says when to ask again.",
    503: "The server opens its index (Retry-After), or a file of it is missing.",
}
_ERROR = _object({"error": _TEXT, "field": _TEXT}, "error", "field")


def _responses(path: str, codes: tuple[int, ...]) -> Schema:
    done = {"description": "The answer.", "content": {"application/json": {"schema": _ANSWERS[path]}}}
    refused = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {"200": done} | {str(c): {"description": _REFUSALS[c], "content": refused} for c in codes}


def _post(path: str, codes: tuple[int, ...]) -> Schema:
    examples = {f"example {i}": {"value": value} for i, value in enumerate(EXAMPLES[path], start=1)}
    content = {"application/json": {"schema": _FIELDS[path], "examples": examples}}
    return {
        "summary": _SUMMARIES[path],
        "requestBody": {"required": True, "content": content},
        "responses": _responses(path, codes),
    }


def _search_by_parameters() -> Schema:
    example = EXAMPLES[SEARCH][0]
    parameters = [
        {
            "name": name,
            "in": "query",
            "schema": {**_TEXTS, "maxItems": MAX_VALUES} if name in LISTS else schema,
        }
        | ({"example": example[name]} if name in example else {})
        for name, schema in _SEARCH_FIELDS.items()
    ]
    codes = _responses(SEARCH, (400, 401, 503))
    return {"summary": _SUMMARIES[SEARCH], "parameters": parameters, "responses": codes}


_HEALTH: Schema = {"summary": _SUMMARIES[HEALTH], "security": [], "responses": _responses(HEALTH, (503,))}
_THIS: Schema = {"summary": "This document.", "responses": {"200": {"description": "OpenAPI 3.1."}}}
_TASK_CODES = (400, 401, 413, 429, 503)

DOCUMENT: Schema = {
    "openapi": "3.1.0",
    "info": {"title": "ProtCLIP", "version": "1", "description": "docs/api.md tells more."},
    "security": [{}, {"token": []}],
    "paths": {
        SEARCH: {"get": _search_by_parameters(), "post": _post(SEARCH, (400, 401, 413, 503))},
        HEALTH: {"get": _HEALTH},
        SCHEMA: {"get": _THIS},
        **{path: {"post": _post(path, _TASK_CODES)} for path in EXAMPLES if path != SEARCH},
    },
    "components": {
        "schemas": {"Error": _ERROR},
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
    },
}


def short_example(path: str) -> str:
    """A body that a POST path takes, as JSON; the shortest of its examples."""
    return min((json.dumps(example) for example in EXAMPLES[path]), key=len)
