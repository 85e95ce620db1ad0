"""What goes into a search and what comes out of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from protclip.records import Hit
from vector_store.recognise import FoundKind, QueryKind
from vector_store.store import SearchFilter, Vector

SearchMode = Literal["hybrid", "semantic", "lexical"]
MODES: tuple[SearchMode, ...] = ("hybrid", "semantic", "lexical")
MAX_TOP = 1_000


class QueryEncoder(Protocol):
    """What searching needs of `protclip.encode.Encoder`."""

    def proteins(self, sequences: Sequence[str]) -> npt.NDArray[np.float32]:
        """Unit rows (n, d) of sequences."""
        ...

    def texts(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Unit rows (n, d) of texts."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """One question. ``text`` is a sentence, keyword, accession, or sequence (FASTA too).

    ``semantic`` searches the protein tower's vectors alone, ``lexical`` words alone, ``hybrid`` fuses
    both with the GO terms that the text is read as. A text that is the gene or name of a protein, or
    words of it, is searched by words before all; those it names exactly come first.
    ``more_like`` and ``less_like`` are accessions of the index; with them ``text`` is not used. ``top``
    is 1 to 1,000.
    """

    text: str = ""
    kind: QueryKind = "auto"
    mode: SearchMode = "hybrid"
    top: int = 10
    filter: SearchFilter = field(default_factory=SearchFilter)
    more_like: tuple[str, ...] = ()
    less_like: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """The answer to one question.

    ``terms`` are the GO terms a text was read as, with weights that sum to 1, greatest first.

    ``kind`` is what the query was taken for. ``num_background`` proteins stand behind the percentiles
    (0 where there are none). ``confident`` is False where a text reads like no known function, so that the
    hits may mean nothing (`protclip.predict.query_cutoff`), and None where that was not judged. ``vector``
    (d,) is what the cosines were taken with, None for a purely lexical search.
    """

    query: SearchQuery
    kind: FoundKind
    hits: tuple[Hit, ...]
    fingerprint: str
    index: str
    num_indexed: int
    terms: tuple[tuple[str, float], ...] = ()
    confident: bool | None = None
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    num_background: int = 0
    vector: Vector | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetCount:
    """A value to filter by, its name in words, and how many proteins have it."""

    value: str
    label: str
    count: int
