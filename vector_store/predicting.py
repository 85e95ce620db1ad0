"""A function predictor on an index, or on the shipped atlas where there is none."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from protclip import starter
from protclip.data.atlas import read_atlas
from protclip.data.ontology import Ontology
from protclip.data.term_vectors import read_term_vectors
from protclip.encode import Encoder
from protclip.predict.function import FunctionPredictor
from protclip.predict.opening import STARTER_ATLAS, function_predictor_on_atlas, open_function_predictor
from protclip.predict.tasks import Tools
from protclip.records import Protein
from vector_store.locking import StoreBusyError
from vector_store.neighbours import StoreSource, term_columns_of
from vector_store.opening import index_info, open_store
from vector_store.store import ProteinStore
from vector_store.terms import term_vectors_of

ATLAS = "atlas"
"""The target that stands for the shipped atlas, whatever index is there; a folder of this name is ./atlas."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedPredictor:
    """A predictor with what it was made of; call ``close`` when done. ``known`` names the index or atlas."""

    predictor: FunctionPredictor
    ontology: Ontology
    model: str
    fingerprint: str
    known: str
    num_known: int
    close: Callable[[], None]


def open_predictor(
    target: str | None = None, model: Path | None = None, calibration: Path | None = None
) -> OpenedPredictor:
    """Open a predictor.

    Parameters
    ----------
    target
        An index (see `vector_store.opening.open_store`); None for the default one if it is there and complete,
        else the shipped atlas, which needs no index; `ATLAS` for the shipped atlas in any case.
    model
        Checkpoint folder, None for the shipped one.
    calibration
        See `protclip.predict.opening.open_function_predictor`.

    Raises
    ------
    ProtCLIPError
        If model, index, atlas, term vectors or calibration are missing or damaged, or do not belong together.
    """
    encoder, ontology = Encoder.from_pretrained(model), Ontology.read_parquet(starter.ontology_path())
    store = None if target == ATLAS else _existing_index(target, encoder)
    if store is None:
        return _on_atlas(encoder, ontology, calibration)
    try:
        terms = term_vectors_of(encoder, store, ontology)
        source, columns = StoreSource(store, annotated=True), term_columns_of(store, ontology)
        predictor = open_function_predictor(encoder, source, columns, terms, calibration)
    except BaseException:
        store.close()
        raise
    return OpenedPredictor(
        predictor=predictor,
        ontology=ontology,
        model=encoder.name,
        fingerprint=encoder.fingerprint,
        known=source.name,
        num_known=store.info().num_points,
        close=store.close,
    )


def _existing_index(target: str | None, encoder: Encoder) -> ProteinStore | None:
    """The index, read from a private copy where another process holds it; None where none has to be there."""
    info = index_info(target)
    if target is None and (info is None or not info.complete):
        return None
    try:
        return open_store(target, encoder.fingerprint, encoder.dimension, "read")
    except StoreBusyError:
        return open_store(target, encoder.fingerprint, encoder.dimension, "copy")


def _on_atlas(encoder: Encoder, ontology: Ontology, calibration: Path | None) -> OpenedPredictor:
    atlas, terms = read_atlas(starter.atlas_path()), read_term_vectors(starter.terms_path())
    return OpenedPredictor(
        predictor=function_predictor_on_atlas(encoder, ontology, atlas, terms, calibration),
        ontology=ontology,
        model=encoder.name,
        fingerprint=encoder.fingerprint,
        known=STARTER_ATLAS,
        num_known=_num_annotated(atlas.proteins),
        close=lambda: None,
    )


def opened_of(tools: Tools) -> OpenedPredictor:
    """The predictor of tools that are open already, which is one on the shipped atlas."""
    return OpenedPredictor(
        predictor=tools.function(),
        ontology=tools.ontology,
        model=tools.encoder.name,
        fingerprint=tools.encoder.fingerprint,
        known=STARTER_ATLAS,
        num_known=_num_annotated(tools.atlas().proteins),
        close=lambda: None,
    )


def _num_annotated(proteins: Iterable[Protein]) -> int:
    return sum(bool(protein.of_kind("go")) for protein in proteins)
