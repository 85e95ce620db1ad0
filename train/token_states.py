"""Token states of the frozen text tower on disk: ragged, half precision, memory-mapped.

They are computed once for each text by the hash of what made them, as the pooled features are
(`train.text_cache`), and a run maps the files into memory instead of reading them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from protclip.data.files import replacing
from train.text_cache import CHUNK, chunk_key

States = npt.NDArray[np.float16]
Ints = npt.NDArray[np.int64]
EncodeTokens = Callable[[Sequence[str]], Sequence[States]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenStates:
    """States (num_tokens, width) of some of a table's texts.

    Attributes
    ----------
    chunks
        Token states of `CHUNK` texts each, one text after the other.
    place
        For each row of the table which of the kept texts it is; -1 for a text that is not kept.
    starts
        Where each kept text begins in its chunk, and where the next one would (num_kept, 2).
    """

    chunks: tuple[States, ...]
    place: Ints
    starts: Ints

    @property
    def width(self) -> int:
        """Features of a token."""
        return int(self.chunks[0].shape[1]) if self.chunks else 0

    def of(self, rows: Ints, limit: int) -> States:
        """Token states (at most ``limit``, width) of the texts at these rows, one after the other."""
        found: list[States] = [np.zeros((0, self.width), dtype=np.float16)]
        left = limit
        for place in self.place[rows].tolist():
            if left <= 0:
                break
            assert place >= 0, "the token states of this text were not asked for"
            start, end = self.starts[place].tolist()
            found.append(self.chunks[place // CHUNK][start : min(end, start + left)])
            left -= end - start
        return np.concatenate(found)


def cached_token_states(
    texts: Sequence[str],
    rows: Ints,
    encode: EncodeTokens,
    tower: str,
    folder: Path | None,
    report: Callable[[int, int], None] | None = None,
) -> TokenStates:
    """Token states of ``texts`` at ``rows``, from the cache where it has them.

    Parameters
    ----------
    encode
        Texts to the states of their tokens; called with at most `CHUNK` texts at a time.
    tower
        Whatever identifies the tower and its settings.
    folder
        Where the files are; None keeps the states in memory.
    report
        Called with (done, total) after each file.
    """
    chunks, starts = [], []
    place = np.full(len(texts), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    for first in range(0, len(rows), CHUNK):
        chunk = [texts[row] for row in rows[first : first + CHUNK]]
        stem = None if folder is None else folder / f"tokens-{chunk_key(chunk, tower)}"
        states, lengths = _chunk_states(chunk, encode, stem)
        ends = np.cumsum(lengths)
        chunks.append(states)
        starts.append(np.stack([ends - lengths, ends], axis=1))
        if report is not None:
            report(min(first + CHUNK, len(rows)), len(rows))
    every = np.concatenate([np.zeros((0, 2), dtype=np.int64), *starts])
    return TokenStates(chunks=tuple(chunks), place=place, starts=every)


def _chunk_states(chunk: Sequence[str], encode: EncodeTokens, stem: Path | None) -> tuple[States, Ints]:
    """States of one file and the token count of each text; a missing or damaged file is made anew."""
    if stem is not None:
        try:
            return _read(stem)
        except (OSError, ValueError, EOFError):
            pass
    found = encode(chunk)
    lengths = np.array([len(states) for states in found], dtype=np.int64)
    states = np.concatenate(found).astype(np.float16, copy=False)
    if stem is None:
        return states, lengths
    # The states last: they are what tells that the pair is whole.
    for path, values in ((_lengths_of(stem), lengths), (stem.with_suffix(".npy"), states)):
        with replacing(path) as part, part.open("wb") as file:
            np.save(file, values)
    return _read(stem)


def _read(stem: Path) -> tuple[States, Ints]:
    states = np.load(stem.with_suffix(".npy"), mmap_mode="r")
    lengths = np.load(_lengths_of(stem))
    if lengths.sum() != len(states):
        raise ValueError(f"{stem} does not hold the tokens its lengths tell of")
    return states, lengths


def _lengths_of(stem: Path) -> Path:
    return stem.with_suffix(".lengths.npy")
