"""The four tasks, plain values in and out: what `protclip predict`, HTTP and `protclip.predict_task` answer."""

import reprlib
import threading
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from protclip import starter
from protclip.data.atlas import Atlas, read_atlas
from protclip.data.ontology import Ontology
from protclip.data.term_vectors import TermVectors, read_term_vectors
from protclip.encode import Encoder
from protclip.errors import FieldError, InputError
from protclip.predict.annotation_rows import document
from protclip.predict.function import FunctionPredictor
from protclip.predict.interaction import InteractionPredictor
from protclip.predict.interaction_file import read_predictor
from protclip.predict.map_file import read_map
from protclip.predict.mutation import MutationScanner
from protclip.predict.neighbours import AtlasSource
from protclip.predict.opening import STARTER_ATLAS, function_predictor_on_atlas
from protclip.predict.profile import HomologueSearch
from protclip.predict.protein_map import ProteinMap
from protclip.predict.targets import known_protein
from protclip.predict.translate import Translator
from protclip.predict.variants import variant_between
from protclip.records import Protein
from protclip.sequence import clean_sequence

MAX_RESIDUES = 10_000
"""Longest sequence that a task takes."""
NO_INTERACTION = "none"
"""``interaction_type`` of a pair that more probably does not interact."""
_DIGITS = 4
_NUM_ALTERNATIVES = 5

Answer = dict[str, Any]


class Tools:
    """Model, known proteins and predictors, each opened when first needed and then kept; safe in threads.

    Parameters
    ----------
    encoder, model
        An opened model, or the folder of a checkpoint; without either it is protclip-mini.

    Raises
    ------
    AssetError
        When a part that is needed is missing or damaged.
    FingerprintError
        When it was made with another checkpoint: homologues are looked for with any, functions, descriptions and
        interactions are predicted with the shipped one alone.
    """

    def __init__(self, encoder: Encoder | None = None, model: Path | None = None) -> None:
        self._given, self._model = encoder, model
        self._lock = threading.RLock()

    def function(self) -> FunctionPredictor:
        """Predicts functions."""
        with self._lock:
            return self._function

    def translator(self) -> Translator:
        """Describes proteins."""
        with self._lock:
            return self._translator

    def scanner(self) -> MutationScanner:
        """Scores substitutions."""
        with self._lock:
            return self._scanner

    def interactions(self) -> InteractionPredictor:
        """Predicts interactions."""
        with self._lock:
            return self._interactions

    def atlas(self) -> Atlas:
        """The known proteins with their vectors."""
        with self._lock:
            return self._atlas

    def protein_map(self) -> ProteinMap:
        """The map of the known proteins."""
        with self._lock:
            return self._map

    def known_protein(self, accession: str) -> Protein:
        """A protein of the atlas; an unknown accession is an InputError that names the nearest."""
        with self._lock:
            return known_protein(accession.strip().upper(), self._by_accession)

    @cached_property
    def encoder(self) -> Encoder:
        """The model; protclip-mini unless another was given."""
        return self._given or Encoder.from_pretrained(self._model)

    @cached_property
    def ontology(self) -> Ontology:
        """The Gene Ontology."""
        return Ontology.read_parquet(starter.ontology_path())

    @cached_property
    def _atlas(self) -> Atlas:
        return read_atlas(starter.atlas_path())

    @cached_property
    def _map(self) -> ProteinMap:
        return read_map(starter.map_path())

    @cached_property
    def _terms(self) -> TermVectors:
        return read_term_vectors(starter.terms_path())

    @cached_property
    def _by_accession(self) -> dict[str, Protein]:
        return {protein.accession: protein for protein in self._atlas.proteins}

    @cached_property
    def _function(self) -> FunctionPredictor:
        return function_predictor_on_atlas(self.encoder, self.ontology, self._atlas, self._terms)

    @cached_property
    def _translator(self) -> Translator:
        source = AtlasSource(self._atlas, STARTER_ATLAS, self.encoder.fingerprint)
        return Translator(self.encoder, source, self.ontology, self._terms)

    @cached_property
    def _scanner(self) -> MutationScanner:
        return MutationScanner(self.encoder, HomologueSearch(self._atlas.proteins), self.ontology)

    @cached_property
    def _interactions(self) -> InteractionPredictor:
        predictor = read_predictor(starter.interaction_path())
        predictor.check(self.encoder.fingerprint)
        return predictor


def predict_task(request: Mapping[str, Any], tools: Tools | None = None) -> Answer:
    """Answer one request.

    Parameters
    ----------
    request
        ``task``, one of `TASKS`, and the fields of that task, protein sequences of at most `MAX_RESIDUES`.
    tools
        Opened parts to use again; a call without opens its own, which takes seconds.

    Returns
    -------
    dict
        Of JSON values, the fields that the task promises first:

        - protein_function_classification: ``predicted_function``, ``confidence_score`` (a probability)
        - mutation_effect_prediction: ``predicted_fitness_score`` (wild type 0, lower is worse), ``mutation_effect``
        - cross_modal_transformation: ``predicted_text``, ``confidence_score`` (agreement of near proteins)
        - ppi_prediction: ``interaction_type``, ``confidence_score`` (a probability, of pairs half of which interact)

    Raises
    ------
    FieldError
        If the request is no object, names no task, lacks a field or has one too many, or a sequence cannot be used.
    AssetError
        If something that is shipped is missing or damaged.
    """
    if not isinstance(request, Mapping):
        raise FieldError(
            "", f"a request is a JSON object with the field task; a {type(request).__name__} was given"
        )
    task = request.get("task")
    if not isinstance(task, str) or task not in TASKS:
        raise FieldError("task", f"task is {reprlib.repr(task)}; accepted are {', '.join(TASKS)}")
    fields, answer = TASKS[task]
    unknown = [name for name in request if name not in ("task", *fields)]
    if unknown:
        name = str(unknown[0])[:60]
        raise FieldError(name, f"{task} has no field {name!r}; it takes {', '.join(fields)}")
    return {"task": task, **answer(tools or Tools(), *(sequence_of(request, field) for field in fields))}


def sequence_of(request: Mapping[str, Any], field: str) -> str:
    """The protein sequence in a field of a request, cleaned.

    Raises
    ------
    FieldError
        If it is missing, no sequence, or has more than `MAX_RESIDUES`.
    """
    given = request.get(field)
    if not isinstance(given, str) or not given.strip():
        what = "is missing" if given is None else f"is {reprlib.repr(given)}"
        raise FieldError(field, f"{field} {what}; give a protein sequence in one-letter code")
    try:
        sequence = clean_sequence(given)
    except InputError as error:
        raise FieldError(field, f"{field}: {error}") from error
    if len(sequence) > MAX_RESIDUES:
        raise FieldError(
            field,
            f"{field} has {len(sequence):,} residues; at most {MAX_RESIDUES:,} are taken: give a domain of it",
        )
    return sequence


def _function(tools: Tools, sequence: str) -> Answer:
    found = tools.function().predict([sequence], ["query"])[0]
    told = document(found, tools.ontology)
    first = ("predicted_function", "confidence_score")
    return {name: told.pop(name) for name in first} | {"model": tools.encoder.name} | told


def _mutation(tools: Tools, original: str, mutated: str) -> Answer:
    if original == mutated:
        raise FieldError(
            "mutated_sequence", "mutated_sequence equals original_sequence; give one with a substitution"
        )
    try:
        variant = variant_between(original, mutated)
    except InputError as error:
        raise FieldError("mutated_sequence", f"mutated_sequence: {error}") from error
    scanner = tools.scanner()
    scan = scanner.scan(original, only=[variant])
    score = scanner.score(scan, [variant])[0]
    return {
        "predicted_fitness_score": round(score.combined, _DIGITS),
        "mutation_effect": score.label,
        "variant": str(variant),
        "scores": {name: round(value, _DIGITS) for name, value in score.scores.items()},
        "homologues": [h.protein.accession for h in scan.homologues[:_NUM_ALTERNATIVES]],
        "num_homologues": len(scan.homologues),
        **_made_with(tools, scan.warnings),
    }


def _text(tools: Tools, sequence: str) -> Answer:
    found = tools.translator().translate([Protein(accession="query", sequence=sequence)])[0]
    return {
        "predicted_text": found.predicted_text or "no confident description",
        "confidence_score": round(found.confidence_score, _DIGITS),
        "alternatives": [
            {
                "property": d.property,
                "text": d.text,
                "cosine": round(d.cosine, _DIGITS),
                "support": round(d.support, _DIGITS),
                "sources": list(d.sources),
            }
            for d in found.descriptions[:_NUM_ALTERNATIVES]
        ],
        **_made_with(tools, ()),
    }


def _interaction(tools: Tools, first: str, second: str) -> Answer:
    rows = tools.encoder.proteins([first, second])
    found = tools.interactions().predict([("protein_A", "protein_B")], rows[:1], rows[1:])[0]
    interacts = found.probability >= 0.5
    best = max(found.types, key=lambda pair: pair[1])[0]
    return {
        "interaction_type": best if interacts else NO_INTERACTION,
        "confidence_score": round(found.probability if interacts else 1 - found.probability, _DIGITS),
        "probability": round(found.probability, _DIGITS),
        "types": {name: round(p, _DIGITS) for name, p in found.types},
        "likely_types": list(found.likely),
        **_made_with(tools, found.warnings),
    }


def _made_with(tools: Tools, warnings: tuple[str, ...]) -> Answer:
    encoder = tools.encoder
    return {"model": encoder.name, "fingerprint": encoder.fingerprint, "warnings": list(warnings)}


TASKS: Mapping[str, tuple[tuple[str, ...], Callable[..., Answer]]] = {
    "protein_function_classification": (("protein_sequence",), _function),
    "mutation_effect_prediction": (("original_sequence", "mutated_sequence"), _mutation),
    "cross_modal_transformation": (("protein_sequence",), _text),
    "ppi_prediction": (("protein_A", "protein_B"), _interaction),
}
"""The fields of each task, and what answers it."""
