"""Where the vectors of GO terms come from: shipped with the model, kept from last time, or made now."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from protclip import starter
from protclip.data.ontology import Ontology
from protclip.data.term_vectors import TermVectors, read_term_vectors, write_term_vectors
from protclip.errors import AssetError
from vector_store.store import ProteinStore, SearchFilter

CACHE = Path("var/terms")


class TermEncoder(Protocol):
    """What making term vectors needs of `protclip.encode.Encoder`."""

    fingerprint: str

    def texts(
        self, texts: Sequence[str], *, progress: Callable[[int, int], None] | None = None
    ) -> npt.NDArray[np.float32]:
        """Unit rows (n, E) of texts."""
        ...


def term_vectors_of(
    encoder: TermEncoder,
    store: ProteinStore,
    ontology: Ontology,
    *,
    cache: Path = CACHE,
    progress: Callable[[int, int], None] | None = None,
) -> TermVectors:
    """The vectors of the terms that proteins of an index have, by the model of that index.

    Those shipped with the model are taken where the model is the shipped one. For another one they are
    encoded once (some thousand names a minute on a laptop) and kept in ``cache``.

    Raises
    ------
    AssetError
        If the shipped file is missing or damaged.
    """
    kept = cache / f"{encoder.fingerprint}.safetensors"
    shipped = read_term_vectors(starter.terms_path())
    if shipped.fingerprint == encoder.fingerprint:
        return shipped
    try:
        return read_term_vectors(kept)
    except AssetError:  # missing or damaged: made anew
        pass
    ids = _carried(store, ontology)
    rows = encoder.texts([ontology.term(i).name for i in ids], progress=progress)
    made = TermVectors(ids=tuple(ids), vectors=rows, fingerprint=encoder.fingerprint)
    write_term_vectors(made, kept)
    return made


def _carried(store: ProteinStore, ontology: Ontology) -> list[str]:
    counts = store.facet("go", SearchFilter(), len(ontology) + 1)
    return sorted(go_id for go_id, _ in counts if go_id in ontology and go_id not in ontology.roots)
