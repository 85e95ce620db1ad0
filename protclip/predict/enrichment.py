"""GO terms that a selection of proteins has more often than all: hypergeometric test, false discovery rate."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from protclip.data.ontology import ASPECTS, Aspect, Ontology

Places = npt.NDArray[np.int64]
MIN_PROTEINS = 5
"""A term that fewer proteins of the background have is not tested: it could not be told from chance."""
LEAST_CHANCE = 1e-300
_NEGLIGIBLE = 1e-17


@dataclass(frozen=True, slots=True, kw_only=True)
class TermSets:
    """The GO terms that each of n proteins has or implies, roots left out.

    ``terms`` is a scipy CSR matrix (n, T) of True, ``ids`` and ``aspects`` (T,) say what its columns are.
    """

    ids: tuple[str, ...]
    aspects: npt.NDArray[np.str_]
    terms: Any

    def __len__(self) -> int:
        return int(self.terms.shape[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrichedTerm:
    """A term of a selection.

    ``num_selected`` of ``of_selected`` proteins have it, against ``num_known`` of ``of_known`` in all; only proteins
    with a term of the aspect are counted. ``fold`` is the ratio of the two shares. ``p`` is the chance of as many
    or more in a draw of that size (`LEAST_CHANCE` stands for any that is less), ``fdr`` the same after Benjamini
    and Hochberg over all terms tested.
    """

    go_id: str
    name: str
    aspect: Aspect
    num_selected: int
    of_selected: int
    num_known: int
    of_known: int
    fold: float
    p: float
    fdr: float


def term_sets(go_ids: Sequence[Sequence[str]], ontology: Ontology) -> TermSets:
    """Close the annotations of n proteins over their ancestors; ids the ontology has not are passed over."""
    from scipy.sparse import csr_matrix

    direct = sorted({i for ids in go_ids for i in ids if i in ontology})
    implied = [sorted(ontology.ancestors(i) - set(ontology.roots)) for i in direct]
    ids = tuple(sorted({i for found in implied for i in found}))
    row_of = {i: n for n, i in enumerate(direct)}
    column_of = {i: n for n, i in enumerate(ids)}
    owned = [[row_of[i] for i in dict.fromkeys(found) if i in row_of] for found in go_ids]
    closed = _incidence(owned, len(direct)) @ _incidence(
        [[column_of[i] for i in f] for f in implied], len(ids)
    )
    return TermSets(
        ids=ids,
        aspects=np.array([ontology.term(i).aspect for i in ids], dtype=np.str_),
        terms=csr_matrix(closed, dtype=bool),
    )


def _incidence(columns: Sequence[Sequence[int]], width: int) -> Any:
    from scipy.sparse import csr_matrix

    starts = np.cumsum([0, *map(len, columns)])
    flat = np.fromiter((c for row in columns for c in row), dtype=np.int64, count=int(starts[-1]))
    return csr_matrix((np.ones(len(flat), dtype=np.int32), flat, starts), shape=(len(columns), width))


def enriched_terms(sets: TermSets, selected: Places, ontology: Ontology) -> list[EnrichedTerm]:
    """The terms of a selection that are more frequent in it than among all proteins, surest first.

    Parameters
    ----------
    sets
        Of all proteins, which are the background.
    selected
        Places of the selected ones, each once.

    Returns
    -------
    list of EnrichedTerm
        By p, then by fold; terms with a fold of 1 or less are left out. All terms of `MIN_PROTEINS` or
        more proteins are tested, and count in the false discovery rate.
    """
    from scipy.stats import false_discovery_control

    known = _counts(sets.terms)
    tested = np.flatnonzero(known >= MIN_PROTEINS)
    if not len(tested) or not len(selected):
        return []
    chosen = sets.terms[selected]
    inside, known = _counts(chosen)[tested], known[tested]
    of_known = _annotated(sets.terms, sets.aspects)[tested]
    of_inside = _annotated(chosen, sets.aspects)[tested]
    p = as_many_or_more(inside, of_known, known, of_inside)
    p = np.maximum(p, LEAST_CHANCE)
    fdr = false_discovery_control(p)
    fold = (inside / np.maximum(of_inside, 1)) / (known / of_known)
    order = [n for n in np.lexsort((-fold, p)) if fold[n] > 1]
    return [
        EnrichedTerm(
            go_id=sets.ids[tested[n]],
            name=ontology.term(sets.ids[tested[n]]).name,
            aspect=_aspect(str(sets.aspects[tested[n]])),
            num_selected=int(inside[n]),
            of_selected=int(of_inside[n]),
            num_known=int(known[n]),
            of_known=int(of_known[n]),
            fold=float(fold[n]),
            p=float(p[n]),
            fdr=float(fdr[n]),
        )
        for n in order
    ]


def as_many_or_more(inside: Places, total: Places, good: Places, drawn: Places) -> npt.NDArray[np.float64]:
    """The chance that a draw holds as many good ones or more: the upper tail of the hypergeometric distribution.

    The same as ``scipy.stats.hypergeom.sf(inside - 1, total, good, drawn)``, which takes a millisecond for each
    value; here all tails (T,) are summed at once, each from its greatest term on.
    """
    is_above = inside * total > good * drawn
    start = np.where(is_above, inside, inside - 1)
    first = _log_chance(start, total, good, drawn)
    term, added, rest = np.ones(len(start)), np.ones(len(start)), total - good - drawn
    under_way = np.arange(len(start))
    while len(under_way):
        j, g, d, r = (each[under_way] for each in (start, good, drawn, rest))
        up = (g - j) * (d - j) / np.maximum((j + 1) * (r + j + 1), 1)
        down = j * (r + j) / np.maximum((g - j + 1) * (d - j + 1), 1)
        term[under_way] *= np.where(is_above[under_way], up, down)
        added[under_way] += term[under_way]
        start[under_way] += np.where(is_above[under_way], 1, -1)
        under_way = under_way[term[under_way] > _NEGLIGIBLE * added[under_way]]
    tail = np.exp(first) * added
    return np.clip(np.where(is_above, tail, 1 - tail), 0, 1)


def _log_chance(j: Places, total: Places, good: Places, drawn: Places) -> npt.NDArray[np.float64]:
    """The logarithm of the chance of exactly j good ones; -inf where that cannot be."""
    from scipy.special import gammaln

    def ways(n: Places, k: Places) -> npt.NDArray[np.float64]:
        found: npt.NDArray[np.float64] = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
        return found

    can_be = (j >= np.maximum(0, drawn + good - total)) & (j <= np.minimum(good, drawn))
    k = np.where(can_be, j, np.maximum(0, drawn + good - total))
    chance = ways(good, k) + ways(total - good, drawn - k) - ways(total, drawn)
    return np.where(can_be, chance, -np.inf)


def _counts(terms: Any) -> Places:
    """How many of the rows have each column, shape (T,)."""
    return np.bincount(terms.indices, minlength=terms.shape[1])


def _annotated(terms: Any, aspects: npt.NDArray[np.str_]) -> Places:
    """For each column, how many rows have any term of its aspect, shape (T,)."""
    number = np.zeros(len(aspects), dtype=np.int64)
    for aspect in ASPECTS:
        of_aspect = aspects == aspect
        running = np.concatenate([[0], np.cumsum(of_aspect[terms.indices])])
        number[of_aspect] = int((np.diff(running[terms.indptr]) > 0).sum())
    return number


def _aspect(value: str) -> Aspect:
    found: Aspect = next(aspect for aspect in ASPECTS if aspect == value)
    return found
