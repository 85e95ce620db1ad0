"""A function predictor put together from what is shipped, with known proteins of the caller's."""

from pathlib import Path

from protclip import starter
from protclip.data.atlas import Atlas
from protclip.data.ontology import Ontology
from protclip.data.term_vectors import TermVectors
from protclip.encode import Encoder
from protclip.errors import FingerprintError
from protclip.predict.calibration import read_calibration
from protclip.predict.function import FunctionPredictor
from protclip.predict.neighbours import AtlasSource, ProteinSource
from protclip.predict.term_evidence import TermColumns

STARTER_ATLAS = "starter atlas"
"""What results call the shipped atlas."""


def open_function_predictor(
    encoder: Encoder,
    source: ProteinSource,
    columns: TermColumns,
    terms: TermVectors,
    calibration: Path | None = None,
) -> FunctionPredictor:
    """A predictor on known proteins.

    Parameters
    ----------
    source
        Annotated proteins, embedded by the encoder's checkpoint.
    columns
        The ontology's terms with their frequencies among the proteins of the source.
    terms
        Vectors of the terms, by the encoder's checkpoint.
    calibration
        File of `protclip calibrate --save` for the checkpoint; None for the one shipped with protclip-mini.

    Raises
    ------
    AssetError
        If the calibration is missing or damaged.
    FingerprintError
        If the parts are not all of one checkpoint.
    """
    fitted = read_calibration(calibration or starter.calibration_path())
    return FunctionPredictor(encoder, source, columns, terms, fitted)


def function_predictor_on_atlas(
    encoder: Encoder, ontology: Ontology, atlas: Atlas, terms: TermVectors, calibration: Path | None = None
) -> FunctionPredictor:
    """A predictor whose known proteins are those of the starter atlas that have GO terms.

    Raises
    ------
    AssetError, FingerprintError
        As `open_function_predictor`.
    """
    if atlas.fingerprint != encoder.fingerprint:
        raise FingerprintError(
            f"functions are predicted from the {STARTER_ATLAS}, with embeddings and a calibration of the checkpoint "
            f"{atlas.fingerprint}; the model is {encoder.name} ({encoder.fingerprint}). Calibrate it (protclip "
            "calibrate --model FOLDER --save FILE) and predict on an index of it: protclip annotate --model FOLDER "
            "--index PLACE --calibration FILE"
        )
    known = atlas.part([place for place, protein in enumerate(atlas.proteins) if protein.of_kind("go")])
    source = AtlasSource(known, STARTER_ATLAS, encoder.fingerprint)
    columns = TermColumns.counted(ontology, known.proteins)
    return open_function_predictor(encoder, source, columns, terms, calibration)
