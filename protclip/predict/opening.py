"""A function predictor put together from what is shipped, with known proteins of the caller's."""

from dataclasses import replace
from pathlib import Path

from protclip import starter
from protclip.data.atlas import Atlas
from protclip.data.ontology import Ontology
from protclip.data.term_vectors import TermVectors, read_term_vectors
from protclip.encode import Encoder
from protclip.predict.calibration import read_calibration
from protclip.predict.function import FunctionPredictor
from protclip.predict.neighbours import AtlasSource, ProteinSource
from protclip.predict.term_evidence import TermColumns


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
    encoder: Encoder, ontology: Ontology, atlas: Atlas, name: str, calibration: Path | None = None
) -> FunctionPredictor:
    """A predictor whose known proteins are those of an atlas that have GO terms.

    Raises
    ------
    AssetError, FingerprintError
        As `open_function_predictor`.
    """
    kept = [place for place, protein in enumerate(atlas.proteins) if protein.of_kind("go")]
    known = replace(
        atlas,
        proteins=tuple(atlas.proteins[place] for place in kept),
        protein_vectors=atlas.protein_vectors[kept],
        biotext_vectors=atlas.biotext_vectors[kept],
    )
    return open_function_predictor(
        encoder,
        AtlasSource(known, name, encoder.fingerprint),
        TermColumns.counted(ontology, known.proteins),
        read_term_vectors(starter.terms_path()),
        calibration,
    )
