"""How alike two proteins are: by their embeddings, and by what the Gene Ontology says of them.

Cosine and Manhattan similarity as PROBE compares them (Unsal et al. 2022); Lin's similarity of GO terms (Lin 1998)
with the best-match average over the terms of two proteins, as GOSemSim computes what PROBE compares with.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from protclip.data.ontology import ASPECTS, Aspect, Ontology
from protclip.errors import InputError
from protclip.records import Protein

Rows = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Similarity:
    """Two proteins compared. ``cosine`` is -1 to 1, ``manhattan`` 0 to 1.

    ``lin`` has each aspect (MF, BP, CC) with Lin's similarity, 0 to 1, or None where one of the two has no term.
    """

    cosine: float
    manhattan: float
    lin: tuple[tuple[Aspect, float | None], ...]


def of_unit_length(rows: Rows) -> Rows:
    """Rows (n, E) scaled to length 1; rows of zeros stay.

    Examples
    --------
    >>> of_unit_length(np.array([[3, 4], [0, 0]], dtype=np.float32)).tolist()
    [[0.6000000238418579, 0.800000011920929], [0.0, 0.0]]
    """
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Rows = (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return scaled


def cosine_similarity(first: Rows, second: Rows) -> npt.NDArray[np.float64]:
    """Cosines (n,), -1 to 1, of rows (n, E) with rows (n, E); a row of zeros has 0 with every other.

    Raises
    ------
    InputError
        If the shapes differ.

    Examples
    --------
    >>> rows = np.array([[1, 0], [1, 1]], dtype=np.float32)
    >>> cosine_similarity(rows, rows[::-1]).round(4).tolist()
    [0.7071, 0.7071]
    """
    a, b = _matched(first, second)
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.clip((a * b).sum(1) / np.where(lengths > 0, lengths, 1), -1, 1)


def manhattan_similarity(first: Rows, second: Rows) -> npt.NDArray[np.float64]:
    """1 - |a - b| / (|a| + |b|) in the 1-norm (n,), 0 to 1, of rows (n, E) with rows (n, E).

    Raises
    ------
    InputError
        If the shapes differ.

    Examples
    --------
    >>> rows = np.array([[1, 0], [1, 1]], dtype=np.float32)
    >>> manhattan_similarity(rows, rows[::-1]).round(4).tolist()
    [0.6667, 0.6667]
    """
    a, b = _matched(first, second)
    both = np.abs(a).sum(1) + np.abs(b).sum(1)
    return 1 - np.abs(a - b).sum(1) / np.where(both > 0, both, 1)


class LinSimilarity:
    """Lin's similarity of terms and of proteins; how common a term is comes from a corpus.

    Parameters
    ----------
    ontology
        The graph, whose ancestors are of a term's own aspect.
    corpus
        The terms of each protein of the corpus, such as all proteins of the atlas.

    Examples
    --------
    >>> from protclip.data.ontology import Term
    >>> from protclip.data.ontology_io import TermTable
    >>> names = {"GO:0003674": "molecular_function", "GO:0004386": "helicase activity", "GO:0005524": "ATP binding"}
    >>> root, *others = names
    >>> terms = [Term(id=i, name=names[i], aspect="MF", parents=(root,) if i in others else ()) for i in names]
    >>> lin = LinSimilarity(Ontology(TermTable(terms=tuple(terms), version="example")), [[i] for i in others])
    >>> lin.of_terms("GO:0004386", "GO:0004386"), lin.of_terms("GO:0004386", "GO:0005524")
    (1.0, 0.0)
    >>> lin.of_proteins(others, others[:1], "MF"), lin.of_proteins(others, [], "MF")
    (0.6666666666666666, None)
    """

    def __init__(self, ontology: Ontology, corpus: Iterable[Iterable[str]]) -> None:
        self._ontology = ontology
        # What every protein has says nothing of any.
        self._bits = {i: bits for i, bits in ontology.information_content(corpus).items() if bits > 0}

    def of_terms(self, first: str, second: str) -> float:
        """2 IC(common ancestor) / (IC(first) + IC(second)), 0 to 1, by the ancestor with the most information.

        Raises
        ------
        InputError
            If an id is unknown, or the corpus says nothing of a term.
        """
        for term in (first, second):
            if self._current(term) not in self._bits:
                raise InputError(
                    f"how rare {term} is cannot be told: no protein of the corpus has it, or all have. Compare terms "
                    "that some have, or proteins (LinSimilarity.of_proteins)"
                )
        return self._lin(self._current(first), self._current(second))

    def of_proteins(self, first: Iterable[str], second: Iterable[str], aspect: Aspect) -> float | None:
        """Best-match average, 0 to 1, over the terms of two proteins in one aspect; None where one has none.

        The mean over all terms of both of each one's similarity to the nearest term of the other. A term that the
        corpus does not have counts as its nearest ancestors that it has; one that was withdrawn is left out.

        Raises
        ------
        InputError
            If an id is unknown.
        """
        rows, columns = self._placed(first, aspect), self._placed(second, aspect)
        if not rows or not columns:
            return None
        table = np.array([[self._lin(a, b) for b in columns] for a in rows])
        best = np.concatenate([table.max(axis=1), table.max(axis=0)])
        return float(best.mean())

    def of_all(self, proteins: Sequence[Iterable[str]], aspect: Aspect) -> npt.NDArray[np.float32]:
        """`of_proteins` for every two of n proteins (n, n), given by their terms; NaN where one of the two has none.

        Memory holds a number for every two of the terms: some thousand terms, as 500 proteins have, are quick.

        Raises
        ------
        InputError
            If an id is unknown.
        """
        placed = [self._placed(terms, aspect) for terms in proteins]
        known = sorted(set().union(*placed))
        place_of = {term: place for place, term in enumerate(known)}
        columns = [np.array([place_of[term] for term in terms], dtype=np.int64) for terms in placed]
        lin_TT = self._lin_table(known)
        nearest_TN = np.full((len(known), len(proteins)), np.nan, dtype=np.float32)
        for number, own in enumerate(columns):
            if len(own):
                nearest_TN[:, number] = lin_TT[:, own].max(axis=1)
        sums_NN = np.array([nearest_TN[own].sum(axis=0) for own in columns])
        sizes = np.array([len(own) for own in columns])
        sums_NN[sizes == 0] = np.nan
        both = np.maximum(sizes[:, None] + sizes, 1)
        return ((sums_NN + sums_NN.T) / both).astype(np.float32)

    def _lin_table(self, terms: Sequence[str]) -> npt.NDArray[np.float32]:
        """Lin's similarity of every two of some current terms that the corpus has."""
        below: dict[str, list[int]] = {}
        for place, term in enumerate(terms):
            for ancestor in self._ontology.ancestors(term) & self._bits.keys():
                below.setdefault(ancestor, []).append(place)
        shared = np.zeros((len(terms), len(terms)), dtype=np.float32)
        # The most informative comes last and stays.
        for ancestor in sorted(below, key=self._bits.__getitem__):
            shared[np.ix_(below[ancestor], below[ancestor])] = self._bits[ancestor]
        bits = np.array([self._bits[term] for term in terms], dtype=np.float32)
        table: npt.NDArray[np.float32] = 2 * shared / (bits[:, None] + bits)
        return table

    def has_terms(self, terms: Iterable[str], aspect: Aspect) -> bool:
        """Whether any of the terms has something to compare in an aspect.

        Raises
        ------
        InputError
            If an id is unknown.
        """
        return bool(self._placed(terms, aspect))

    def _lin(self, first: str, second: str) -> float:
        common = self._ontology.ancestors(first) & self._ontology.ancestors(second)
        shared = max((self._bits.get(term, 0.0) for term in common), default=0.0)
        return 2 * shared / (self._bits[first] + self._bits[second])

    def _placed(self, terms: Iterable[str], aspect: Aspect) -> tuple[str, ...]:
        found: set[str] = set()
        for term in map(self._current, terms):
            if self._ontology.term(term).aspect == aspect:
                known = self._ontology.ancestors(term) & self._bits.keys()
                found.update((term,) if term in known else self._ontology.leaves(known))
        return tuple(sorted(found))

    def _current(self, term: str) -> str:
        return self._ontology.resolve(term) or self._ontology.term(term).id


def compare(proteins: tuple[Protein, Protein], rows: tuple[Rows, Rows], lin: LinSimilarity) -> Similarity:
    """Compare two proteins by their embeddings (E,) and their GO terms.

    Raises
    ------
    InputError
        If the embeddings differ in width, or a protein has a GO id that the ontology does not know.
    """
    first, second = (row[None] for row in rows)
    terms: Sequence[list[str]] = [[a.id for a in protein.of_kind("go")] for protein in proteins]
    return Similarity(
        cosine=float(cosine_similarity(first, second)[0]),
        manhattan=float(manhattan_similarity(first, second)[0]),
        lin=tuple((aspect, lin.of_proteins(terms[0], terms[1], aspect)) for aspect in ASPECTS),
    )


def _matched(first: Rows, second: Rows) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    if first.shape != second.shape or first.ndim != 2:
        raise InputError(f"rows of shapes {first.shape} and {second.shape}; give two arrays (n, E) alike")
    return first.astype(np.float64), second.astype(np.float64)
