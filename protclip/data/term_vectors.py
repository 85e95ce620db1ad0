"""GO terms as vectors of the shared space, and which of them a text speaks of."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from protclip.data.files import replacing
from protclip.data.int8 import quantize_rows, unit_rows
from protclip.errors import AssetError

NUM_TERMS = 20
"""Terms that a text is read as, at most."""
TEMPERATURE = 0.08
"""How fast a term's weight falls with its distance in cosine from the nearest one."""

_FINGERPRINT = "fingerprint"
Rows = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class TermVectors:
    """Unit rows (n, E) of wordings and the term that each speaks of, made by the checkpoint ``fingerprint``.

    A term may have several rows; it is as near to a text as its nearest one.
    """

    ids: tuple[str, ...]
    vectors: Rows
    fingerprint: str

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2 or len(self.vectors) != len(self.ids):
            raise ValueError(f"vectors of shape {self.vectors.shape} for {len(self.ids)} terms")

    @cached_property
    def _most_rows(self) -> int:
        """The most rows that a term has."""
        return max(Counter(self.ids).values())

    def closeness(self, query: Rows) -> float:
        """The cosine, -1 to 1, of a unit vector (E,) with the wording nearest to it; -1 without any."""
        return float((self.vectors @ query).max(initial=-1.0))

    def nearest(self, query: Rows, number: int = NUM_TERMS) -> tuple[tuple[str, float], ...]:
        """The terms nearest to a unit vector (E,), with weights that sum to 1, greatest first.

        The weights are the softmax over the cosines of the nearest terms at `TEMPERATURE`; they say how
        the terms compare with each other, not how probable one is.
        """
        if not self.ids:
            return ()
        cosines = self.vectors @ query
        wanted = min(number * self._most_rows, len(cosines))
        leading = np.sort(np.argpartition(-cosines, wanted - 1)[:wanted])
        best: dict[str, float] = {}
        for row in leading[np.argsort(-cosines[leading], kind="stable")]:
            best.setdefault(self.ids[row], float(cosines[row]))
            if len(best) == number:
                break
        weights = np.exp((np.array(list(best.values())) - max(best.values())) / TEMPERATURE)
        weights /= weights.sum()
        return tuple(zip(best, weights.tolist(), strict=True))


def write_term_vectors(terms: TermVectors, path: Path) -> None:
    """Write terms as int8 rows with one scale each, and the ids as seven digits."""
    codes, scales = quantize_rows(terms.vectors)
    numbers = np.array([int(i.removeprefix("GO:")) for i in terms.ids], dtype=np.int32)
    with replacing(path) as unfinished:
        save_file(
            {"go": numbers, "vector": codes, "vector.row_scale": scales},
            unfinished,
            metadata={_FINGERPRINT: terms.fingerprint},
        )


def read_term_vectors(path: Path) -> TermVectors:
    """Read what `write_term_vectors` wrote; rows come back with length 1.

    Raises
    ------
    AssetError
        If the file is missing or damaged.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            fingerprint = (file.metadata() or {})[_FINGERPRINT]
            ids = tuple(f"GO:{number:07d}" for number in file.get_tensor("go"))
            rows = unit_rows(file.get_tensor("vector"), file.get_tensor("vector.row_scale"))
        return TermVectors(ids=ids, vectors=rows, fingerprint=fingerprint)
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise AssetError(f"{path} is missing or damaged ({error}). Restore or remove it") from error


def most_of(weights: Sequence[tuple[str, float]], share: float) -> tuple[tuple[str, float], ...]:
    """The leading terms whose weights make up ``share`` of the whole, one at least."""
    total, kept = 0.0, []
    for term, weight in weights:
        kept.append((term, weight))
        total += weight
        if total >= share:
            break
    return tuple(kept)
