"""An index opened for searching, with the model, the ontology and the term vectors that go with it."""

from dataclasses import dataclass
from pathlib import Path

from protclip import starter
from protclip.data.atlas import read_atlas
from protclip.data.ontology import Ontology
from protclip.encode import Encoder
from protclip.predict.query_cutoff import QueryCutOff, read_cut_off
from vector_store.build_index import Progress, ensure_index
from vector_store.locking import StoreBusyError
from vector_store.manifest import OpenMode
from vector_store.retriever import Retriever
from vector_store.store import ProteinStore
from vector_store.terms import term_vectors_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a search needs; close ``store`` when done."""

    store: ProteinStore
    encoder: Encoder
    ontology: Ontology
    retriever: Retriever


def open_search(
    target: str | None = None,
    model: Path | None = None,
    *,
    share: bool = True,
    progress: Progress | None = None,
) -> Opened:
    """Open an index with its model; an index that is not there yet is built from the shipped atlas.

    Parameters
    ----------
    target
        A folder or the address of a Qdrant server; see `vector_store.opening.open_store`.
    model
        Checkpoint folder, None for the shipped one.
    share
        Whether to read a private copy of a folder that another process holds (a tenth of a second), as
        the command line does beside the running app. Without it that is a `StoreBusyError`.
    progress
        Called with proteins loaded and proteins in all while an index is built.

    Raises
    ------
    ProtCLIPError
        If model, atlas, term vectors or index are missing or damaged, or do not belong together.
    """
    encoder, ontology = Encoder.from_pretrained(model), Ontology.read_parquet(starter.ontology_path())

    def opened(mode: OpenMode) -> ProteinStore:
        return ensure_index(
            target,
            lambda: read_atlas(starter.atlas_path()),
            ontology,
            expected=(encoder.fingerprint, encoder.dimension),
            mode=mode,
            progress=progress,
        )

    try:
        store = opened("read")
    except StoreBusyError:
        if not share:
            raise
        store = opened("copy")
    try:
        terms = term_vectors_of(encoder, store, ontology)
        cut_off = cut_off_of(encoder.fingerprint, model)
        retriever = Retriever(store, encoder, ontology, terms=terms, cut_off=cut_off)
    except BaseException:
        store.close()
        raise
    return Opened(store=store, encoder=encoder, ontology=ontology, retriever=retriever)


def cut_off_of(fingerprint: str, model: Path | None) -> QueryCutOff | None:
    """The cut-off beside a checkpoint; else the shipped one, for the shipped checkpoint alone."""
    own = model and model / starter.CUT_OFF
    if own and own.is_file():
        return read_cut_off(own)
    shipped = read_cut_off(starter.cut_off_path())
    return shipped if shipped.fingerprint == fingerprint else None
