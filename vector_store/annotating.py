"""What `protclip annotate` and the page of the web app have in common: documents, and what they depend on."""

from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from protclip import starter
from protclip.data.files import sha256_of
from protclip.predict.annotate import annotate
from protclip.predict.annotation_rows import Document, document
from protclip.predict.gaf import UNIDENTIFIED
from protclip.predict.statements import Wanted
from protclip.records import Protein
from vector_store.predicting import OpenedPredictor

Settings = dict[str, str | int | float | bool | None]


def documents_of(
    proteins: Sequence[Protein], opened: OpenedPredictor, wanted: Wanted, *, exclude_self: bool = False
) -> Iterator[Document]:
    """The documents of a few proteins, in their order; see `protclip.predict.annotate.annotate`."""
    found = annotate(proteins, opened.predictor, batch=len(proteins), exclude_self=exclude_self)
    return (document(prediction, opened.ontology, wanted) for prediction in found)


def annotation_settings(
    opened: OpenedPredictor,
    wanted: Wanted,
    *,
    exclude_self: bool = False,
    taxon: int = UNIDENTIFIED,
    calibration: Path | None = None,
) -> Settings:
    """All that the result depends on besides the proteins, and which version made it."""
    return {
        "version": version("protclip"),
        "model": opened.model,
        "fingerprint": opened.fingerprint,
        "index": opened.known,
        "known_proteins": opened.num_known,
        "calibration_sha256": sha256_of(calibration or starter.calibration_path()),
        "min_probability": wanted.min_probability,
        "aspects": " ".join(wanted.aspects),
        "top": wanted.top,
        "exclude_self": exclude_self,
        "taxon": taxon,
    }
