"""Rows of floats as int8 with one scale a row: a quarter of the bytes, the direction kept to about 1e-2 rad."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def quantize_rows(rows: Floats) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float16]]:
    """Int8 codes (n, d) and scales (n,), such that codes * scale is nearest to the rows.

    The scale is rounded up to float16 first, so that the largest entry of a row still fits.
    """
    largest = np.abs(rows).max(axis=1)
    scales = np.nextafter((largest / 127).astype(np.float16), np.float16(np.inf))
    codes = np.rint(rows / scales[:, None].astype(np.float32)).astype(np.int8)
    return codes, scales


def dequantize_rows(codes: npt.NDArray[np.int8], scales: npt.NDArray[np.float16]) -> Floats:
    """The rows as float32, each entry within half a scale of what was quantised."""
    return codes.astype(np.float32) * scales[:, None].astype(np.float32)


def unit_rows(codes: npt.NDArray[np.int8], scales: npt.NDArray[np.float16]) -> Floats:
    """The rows as float32 of length 1; rows of zeros stay zeros."""
    rows = dequantize_rows(codes, scales)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Floats = (rows / np.where(norms > 0, norms, 1)).astype(np.float32)
    return unit
