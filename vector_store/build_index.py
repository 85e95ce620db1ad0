"""From an atlas, or from proteins and a model, to a loaded index."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from protclip.batching import batches
from protclip.data.atlas import Atlas
from protclip.data.biotext import describe
from protclip.data.go_slim import CC_SLIM
from protclip.data.ontology import Ontology
from protclip.errors import FingerprintError
from protclip.records import Biotext, Protein
from vector_store.manifest import DEFAULT_AVERAGE_WORDS, OpenMode, StoreOptions
from vector_store.opening import default_target, index_info, open_store, place_shown
from vector_store.store import ProteinStore, StorePoint

Progress = Callable[[int, int], None]
"""Called with proteins done and proteins in all."""

Rows = npt.NDArray[np.float32]
_SAMPLED_TEXTS = 2_000
_ENCODED_AT_ONCE = 1_024


class IndexEncoder(Protocol):
    """What building an index needs of `protclip.encode.Encoder`."""

    fingerprint: str

    @property
    def dimension(self) -> int:
        """Width of the shared space."""
        ...

    def proteins(self, sequences: Sequence[str]) -> Rows:
        """Unit rows (n, d) of sequences."""
        ...

    def biotexts(self, biotexts: Sequence[Biotext], *, known: dict[str, Any] | None = None) -> Rows:
        """Unit rows (n, d) of biotexts, zero rows of empty ones; ``known`` keeps what is read of a clause."""
        ...


def lexical_text(protein: Protein, ontology: Ontology) -> str:
    """What BM25 sees of a protein: name, gene, accession, organism, names of its GO terms, EC, Pfam."""
    words = [protein.name, protein.gene, protein.accession, protein.organism]
    words.extend(a.text or _name(a.id, ontology) for a in protein.of_kind("go"))
    for kind in ("ec", "pfam"):
        words.extend(f"{a.id} {a.text}" for a in protein.of_kind(kind))
    return " ".join(" ".join(words).split())


def _name(go_id: str, ontology: Ontology) -> str:
    return ontology.term(go_id).name if go_id in ontology else ""


def point_of(protein: Protein, protein_vector: Rows, biotext_vector: Rows, ontology: Ontology) -> StorePoint:
    """A protein as it is stored; a biotext vector (d,) of zeros stands for "nothing is known".

    Terms that the ontology does not know (of a newer release) are kept without ancestors.
    """
    closure = frozenset[str]().union(*(_ancestors(a.id, ontology) for a in protein.of_kind("go")))
    return StorePoint(
        protein=protein,
        protein_vector=protein_vector,
        biotext_vector=biotext_vector if biotext_vector.any() else None,
        go_closure=tuple(sorted(closure)),
        location=tuple(term for term in _slim(ontology) if term in closure),
        lexical_text=lexical_text(protein, ontology),
    )


@lru_cache(65_536)
def _ancestors(go_id: str, ontology: Ontology) -> frozenset[str]:
    """A term with all it implies; one that the ontology does not know stands alone. Kept: terms repeat."""
    return ontology.ancestors(go_id) if go_id in ontology else frozenset((go_id,))


@lru_cache(8)
def _slim(ontology: Ontology) -> tuple[str, ...]:
    """The location terms by their current ids."""
    return tuple(ontology.resolve(term) or term for term in CC_SLIM)


def average_words(proteins: Sequence[Protein], ontology: Ontology) -> float:
    """The mean length in words of the texts that BM25 sees, over 2,000 proteins evenly spaced."""
    step = max(len(proteins) // _SAMPLED_TEXTS, 1)
    lengths = [len(lexical_text(p, ontology).split()) for p in proteins[::step]]
    return max(float(np.mean(lengths)), 1.0) if lengths else DEFAULT_AVERAGE_WORDS


def build_index(
    atlas: Atlas, ontology: Ontology, store: ProteinStore, progress: Progress | None = None
) -> int:
    """Load an atlas into a store opened for writing; what is there already is skipped.

    Returns
    -------
    int
        Proteins loaded now: all of them into a new store, none into one that is complete.

    Raises
    ------
    FingerprintError
        If atlas and store are of different checkpoints.
    StoreError
        If the engine fails; what was loaded stays, and the next call goes on from there.
    """
    fingerprint = store.info().fingerprint
    if atlas.fingerprint != fingerprint:
        raise FingerprintError(
            f"the atlas was made by the checkpoint {atlas.fingerprint}, the index is for {fingerprint}. "
            "Give the checkpoint of the atlas, or encode its proteins anew"
        )
    there = store.accessions()
    missing = [i for i, protein in enumerate(atlas.proteins) if protein.accession not in there]
    points = (
        point_of(atlas.proteins[i], atlas.protein_vectors[i], atlas.biotext_vectors[i], ontology)
        for i in missing
    )
    return _load(points, len(missing), len(atlas.proteins), store, progress)


def build_from_proteins(
    proteins: Sequence[Protein],
    ontology: Ontology,
    store: ProteinStore,
    encoder: IndexEncoder,
    progress: Progress | None = None,
) -> int:
    """Encode proteins and load them into a store opened for writing; see `build_index`."""
    there = store.accessions()
    missing = [p for p in proteins if p.accession not in there]
    points = _encoded(missing, ontology, encoder)
    return _load(points, len(missing), len(proteins), store, progress)


def _encoded(proteins: Iterable[Protein], ontology: Ontology, encoder: IndexEncoder) -> Iterator[StorePoint]:
    known: dict[str, Any] = {}
    for batch in batches(proteins, _ENCODED_AT_ONCE):
        rows = encoder.proteins([p.sequence for p in batch])
        texts = encoder.biotexts([describe(p, ontology) for p in batch], known=known)
        yield from (point_of(*row, ontology) for row in zip(batch, rows, texts, strict=True))


def _load(
    points: Iterable[StorePoint], missing: int, total: int, store: ProteinStore, progress: Progress | None
) -> int:
    if not missing and store.info().complete:
        return 0
    number = store.upsert(_counted(points, total - missing, total, progress))
    store.finish()
    return number


def _counted(
    points: Iterable[StorePoint], done: int, total: int, progress: Progress | None
) -> Iterator[StorePoint]:
    for number, point in enumerate(points, start=done + 1):
        yield point
        if progress is not None:
            progress(number, total)


def ensure_index(
    target: str | None,
    atlas: Callable[[], Atlas],
    ontology: Ontology,
    *,
    expected: tuple[str, int],
    mode: OpenMode = "read",
    progress: Progress | None = None,
) -> ProteinStore:
    """Open the index of a target; build it from an atlas of its checkpoint where there is none, or it is incomplete.

    Parameters
    ----------
    target
        See `open_store`.
    atlas
        Reads the atlas; called only if there is something to build.
    expected
        Fingerprint and dimension of the checkpoint in use.
    mode
        How to open what is complete, "read" or "copy".

    Raises
    ------
    StoreError
        As `open_store` and `build_index` do.
    """
    info = index_info(target)
    if info is not None and info.complete:
        return open_store(target, *expected, mode)
    source = atlas()
    if source.fingerprint != expected[0]:  # nothing is left there that another checkpoint would stumble over
        place = place_shown(target or default_target())
        raise FingerprintError(
            f"there is no finished index at {place}, and none is made by itself: the shipped atlas is of the "
            f"checkpoint {source.fingerprint}, the one in use is {expected[0]}. Build it: protclip index --model "
            "FOLDER --index PLACE, and name PLACE in PROTCLIP_INDEX"
        )
    options = StoreOptions(average_words=average_words(source.proteins, ontology))
    store = open_store(target, *expected, "write", options)
    try:
        build_index(source, ontology, store, progress)
    except BaseException:
        store.close()
        raise
    return store
