"""Rows of floats as 4-bit codes, two a byte, with one scale a row: for tables of which hundreds of rows are summed.

A single row's direction is kept to about 0.1 rad only; over the words of a protein the errors average out
(docs/lab_log.md has the numbers).
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

_LARGEST = 7


def quantize_pairs(rows: Floats) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float16]]:
    """Bytes (n, d/2), each of two codes -7 to 7, and scales (n,), such that codes * scale is nearest to the rows.

    Raises
    ------
    ValueError
        If the rows (n, d) have an odd number of entries.
    """
    if rows.shape[1] % 2:
        raise ValueError(f"rows of {rows.shape[1]} entries cannot be packed in pairs; take an even width")
    largest = np.abs(rows).max(axis=1, initial=0)
    # Rounded up to float16, so that the largest entry of a row still fits.
    scales = np.nextafter((largest / _LARGEST).astype(np.float16), np.float16(np.inf))
    codes = np.rint(rows / scales[:, None].astype(np.float32)).astype(np.int8).view(np.uint8) & 0xF
    return codes[:, ::2] | codes[:, 1::2] << 4, scales


def dequantize_pairs(pairs: npt.NDArray[np.uint8], scales: npt.NDArray[np.float16]) -> Floats:
    """The rows (n, d) as float32, each entry within half a scale of what was quantised."""
    codes = (
        np.stack([pairs & 0xF, pairs >> 4], axis=-1).reshape(len(pairs), 2 * pairs.shape[1]).astype(np.int8)
    )
    signed = codes - 16 * (codes > _LARGEST).astype(np.int8)
    return signed.astype(np.float32) * scales[:, None].astype(np.float32)
