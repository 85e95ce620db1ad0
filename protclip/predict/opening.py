"""A function predictor put together from what is shipped, with known proteins of the caller's."""

from pathlib import Path

from protclip import starter
from protclip.data.term_vectors import TermVectors
from protclip.encode import Encoder
from protclip.predict.calibration import read_calibration
from protclip.predict.function import FunctionPredictor
from protclip.predict.neighbours import ProteinSource
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
