"""Where the vectors of GO terms come from: shipped with the model, kept from last time, or made now."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from protclip import starter
from protclip.data.ontology import Ontology
from protclip.data.term_vectors import TermVectors, read_term_vectors, write_term_vectors
from protclip.data.term_wordings import make_term_vectors
from protclip.errors import AssetError
from vector_store.store import ProteinStore, SearchFilter

DEFAULT_CACHE = "var/terms"


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
    cache: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> TermVectors:
    """The vectors of the terms that proteins of an index have, by the model of that index.

    Those shipped with the model are taken where the model is the shipped one. For another one names and
    everyday wordings are encoded once (some thousand a minute on a laptop) and kept in ``cache``, by default
    the folder PROTCLIP_TERMS or else var/terms.

    Raises
    ------
    AssetError
        If the shipped file is missing or damaged.
    """
    folder = cache or Path(os.environ.get("PROTCLIP_TERMS", DEFAULT_CACHE))
    kept = folder / f"{encoder.fingerprint}.safetensors"
    shipped = read_term_vectors(starter.terms_path())
    if shipped.fingerprint == encoder.fingerprint:
        return shipped
    try:
        return read_term_vectors(kept)
    except AssetError:  # missing or damaged: made anew
        pass
    ids = _carried(store, ontology)
    encode = partial(encoder.texts, progress=progress)
    made = make_term_vectors(ids, ontology, encode, encoder.fingerprint, names_only=True)
    write_term_vectors(made, kept)
    return read_term_vectors(kept)  # as it will be read from now on: rows lose a little in the file


def _carried(store: ProteinStore, ontology: Ontology) -> list[str]:
    counts = store.facet("go", SearchFilter(), len(ontology) + 1)
    return sorted(go_id for go_id, _ in counts if go_id in ontology and go_id not in ontology.roots)
