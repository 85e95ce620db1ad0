"""The frozen text tower's features on disk, by the hash of what made them: computed once, exact ever after."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from protclip.data.files import replacing

CHUNK = 8192
"""Texts in one file: what an interrupted encoding may lose."""

Features = npt.NDArray[np.float16]
EncodeTexts = Callable[[Sequence[str]], npt.NDArray[np.float32]]


def cached_text_features(
    texts: Sequence[str],
    encode: EncodeTexts,
    tower: str,
    folder: Path,
    report: Callable[[int, int], None] | None = None,
) -> Features:
    """Features (n, D) of texts in their order, from the cache where it has them.

    Parameters
    ----------
    encode
        Texts to rows; called with at most `CHUNK` texts at a time.
    tower
        Whatever identifies the tower and its settings; other towers get other files.
    report
        Called with (done, total) after each file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = []
    for first in range(0, len(texts), CHUNK):
        chunk = texts[first : first + CHUNK]
        parts.append(_chunk_features(chunk, encode, folder / f"{chunk_key(chunk, tower)}.npy"))
        if report is not None:
            report(min(first + CHUNK, len(texts)), len(texts))
    return np.concatenate(parts)


def _chunk_features(chunk: Sequence[str], encode: EncodeTexts, path: Path) -> Features:
    """The rows of one file; a missing or damaged one is made anew."""
    try:
        return np.load(path)
    except (OSError, ValueError, EOFError):
        rows = encode(chunk).astype(np.float16)
    with replacing(path) as part, part.open("wb") as file:
        np.save(file, rows)
    return rows


def chunk_key(chunk: Sequence[str], tower: str) -> str:
    """The name of these texts' file for this tower."""
    digest = hashlib.sha256(tower.encode())
    for text in chunk:
        digest.update(b"\0" + text.encode())
    return digest.hexdigest()[:32]
