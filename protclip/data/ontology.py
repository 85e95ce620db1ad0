"""The Gene Ontology as a graph: look-up, ancestors, most specific terms, information content."""

import difflib
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Self

from protclip.data import ontology_io
from protclip.data.ontology_io import ASPECTS, Aspect, Term, TermTable
from protclip.errors import AssetError, InputError

__all__ = ["ASPECTS", "ROOTS", "Aspect", "Ontology", "Term"]

ROOTS: Mapping[Aspect, str] = {"MF": "GO:0003674", "BP": "GO:0008150", "CC": "GO:0005575"}


class Ontology:
    """Gene Ontology terms with their is_a and part_of graph; read-only once made.

    An id is given in any of its forms (current, secondary, obsolete); answers hold current ids.
    ``len`` counts the current terms, ``in`` is true for every id that ``resolve`` can place.
    An obsolete id without known replacement stays itself: it has no parents and no children.

    Attributes
    ----------
    version : str
        Release date of the source, "" where the source does not say.

    Examples
    --------
    >>> root = Term(id="GO:0003674", name="molecular_function", aspect="MF")
    >>> catalysis = Term(id="GO:0003824", name="catalytic activity", aspect="MF", parents=(root.id,))
    >>> helicase = Term(id="GO:0004386", name="helicase activity", aspect="MF", parents=(catalysis.id,))
    >>> ontology = Ontology(TermTable(terms=(root, catalysis, helicase), version="example"))
    >>> sorted(ontology.ancestors(helicase.id))
    ['GO:0003674', 'GO:0003824', 'GO:0004386']
    >>> ontology.leaves([root.id, helicase.id, catalysis.id])
    ('GO:0004386',)
    >>> ontology.information_content([[helicase.id], [catalysis.id]])  # bits
    {'GO:0003674': 0.0, 'GO:0003824': 0.0, 'GO:0004386': 1.0}
    """

    def __init__(self, table: TermTable) -> None:
        self.version = table.version
        self._terms = {t.id: t for t in table.terms}
        if len(self._terms) != len(table.terms):
            raise AssetError("the ontology holds the same id twice. Read it anew from its source.")
        self._current: dict[str, str] = {s: t.id for t in table.terms if not t.obsolete for s in t.secondary}
        self._current.update((t.id, t.id) for t in table.terms if not t.obsolete)
        self._size = sum(not t.obsolete for t in table.terms)
        self._ancestors: dict[str, frozenset[str]] = {}
        self._children: dict[str, list[str]] | None = None
        self._by_text: dict[str, list[str]] | None = None

    @classmethod
    def from_sqlite(cls, path: Path | str) -> Self:
        """Read GO.sqlite of Bioconductor's GO.db. Raises AssetError if it cannot be read."""
        return cls(ontology_io.read_sqlite(Path(path)))

    @classmethod
    def from_obo(cls, path: Path | str) -> Self:
        """Read an OBO file (needs pronto). Raises AssetError if it cannot be read."""
        return cls(ontology_io.read_obo(Path(path)))

    @classmethod
    def read_parquet(cls, path: Path | str) -> Self:
        """Read what ``write_parquet`` wrote. Raises AssetError if it cannot be read."""
        return cls(ontology_io.read_parquet(Path(path)))

    def write_parquet(self, path: Path | str, definitions: bool) -> None:
        """Write every term, obsolete ones too, to one Parquet file; definitions only if asked for."""
        table = TermTable(terms=tuple(self.terms(obsolete=True)), version=self.version)
        ontology_io.write_parquet(Path(path), table, definitions=definitions)

    def __len__(self) -> int:
        return self._size

    def __contains__(self, go_id: object) -> bool:
        return isinstance(go_id, str) and self.resolve(go_id) is not None

    @property
    def roots(self) -> tuple[str, ...]:
        """The root ids of the aspects that are present, in the order MF, BP, CC."""
        return tuple(ROOTS[a] for a in ASPECTS if ROOTS[a] in self._terms)

    def terms(self, *, obsolete: bool = False) -> Iterator[Term]:
        """Every current term in order of id; with ``obsolete`` those that were withdrawn too."""
        return (t for t in self._terms.values() if obsolete or not t.obsolete)

    def resolve(self, go_id: str) -> str | None:
        """The current id: of a current, merged, or replaced term; None if unknown or withdrawn."""
        seen: set[str] = set()
        while go_id not in self._current:
            term = self._terms.get(go_id)
            if term is None or not term.replaced_by or go_id in seen:
                return None
            seen.add(go_id)  # two withdrawn terms that name each other must not turn for ever
            go_id = term.replaced_by
        return self._current[go_id]

    def term(self, go_id: str) -> Term:
        """The term of an id; a withdrawn term is given itself, with ``obsolete`` set.

        Raises
        ------
        InputError
            If the id is unknown; names up to three of the nearest.
        """
        term = self._terms.get(go_id) or self._terms.get(self._current.get(go_id, ""))
        if term is None:
            raise InputError(self._unknown(go_id))
        return term

    def _place(self, go_id: str) -> str:
        """The current id, or the id itself where it was withdrawn; InputError if unknown."""
        return self.resolve(go_id) or self.term(go_id).id

    def ancestors(self, go_id: str) -> frozenset[str]:
        """All terms this one implies by is_a and part_of, itself included (InputError if unknown)."""
        start = self._place(go_id)
        if start not in self._ancestors:
            seen, stack = {start}, [start]
            while stack:
                term = self._terms.get(stack.pop())
                fresh = [p for p in term.parents if p not in seen] if term else []
                seen.update(fresh)
                stack.extend(fresh)
            self._ancestors[start] = frozenset(seen)
        return self._ancestors[start]

    def closure(self, go_ids: Iterable[str]) -> frozenset[str]:
        """The ids with all their ancestors (InputError if one is unknown)."""
        return frozenset().union(*(self.ancestors(i) for i in go_ids))

    def leaves(self, go_ids: Iterable[str]) -> tuple[str, ...]:
        """The most specific of the ids, those no other one implies; current ids, sorted."""
        placed = {self._place(i) for i in go_ids}
        implied = frozenset().union(*(self.ancestors(i) - {i} for i in placed))
        return tuple(sorted(placed - implied))

    def descendants(self, go_id: str) -> frozenset[str]:
        """All terms that imply this one, itself included (InputError if unknown)."""
        start = self._place(go_id)
        children = self._child_lists()
        seen, stack = {start}, [start]
        while stack:
            fresh = [c for c in children.get(stack.pop(), ()) if c not in seen]
            seen.update(fresh)
            stack.extend(fresh)
        return frozenset(seen)

    def _child_lists(self) -> dict[str, list[str]]:
        if self._children is None:
            children: dict[str, list[str]] = defaultdict(list)
            for term in self._terms.values():
                for parent in term.parents:
                    children[parent].append(term.id)
            self._children = dict(children)
        return self._children

    def find(self, text: str) -> tuple[Term, ...]:
        """Current terms with exactly this name or synonym, whatever the case; names come first."""
        if self._by_text is None:
            by_text: dict[str, list[str]] = defaultdict(list)
            for term in self.terms():
                by_text[_folded(term.name)].append(term.id)
            for term in self.terms():
                for synonym in term.synonyms:
                    by_text[_folded(synonym)].append(term.id)
            self._by_text = dict(by_text)
        return tuple(self._terms[i] for i in dict.fromkeys(self._by_text.get(_folded(text), ())))

    def information_content(self, annotations: Iterable[Iterable[str]]) -> dict[str, float]:
        """How surprising each term is among the given annotation sets (one set per protein).

        Returns
        -------
        dict of str to float
            For every current term that some set holds or implies, ``-log2`` of its share, in bits
            (>= 0), among the sets with any term of its aspect. Withdrawn terms are left out.

        Raises
        ------
        InputError
            If an id is unknown.
        """
        # Sets repeat often (one in six is new in Swiss-Prot): close each distinct one once.
        distinct = Counter(frozenset(s) for s in annotations)
        terms: Counter[str] = Counter()
        sets: Counter[Aspect] = Counter()
        for ids, times in distinct.items():
            closed = [t for t in (self._terms[i] for i in self.closure(ids)) if not t.obsolete]
            for term in closed:
                terms[term.id] += times
            for aspect in {t.aspect for t in closed}:
                sets[aspect] += times
        return {i: math.log2(sets[self._terms[i].aspect] / n) for i, n in sorted(terms.items())}

    def _unknown(self, go_id: str) -> str:
        near = ", ".join(f"{i} ({self._terms[i].name})" for i in self._nearest(go_id))
        hint = f"Nearest: {near}" if near else "Give an id like GO:0004672"
        return f"unknown GO id {go_id!r}. {hint}."

    def _nearest(self, text: str) -> list[str]:
        """Up to three ids: with the most digits in place, or with a name alike."""
        digits = re.fullmatch(r"\s*(?:GO[:_]?)?(\d{1,7})\s*", text, re.IGNORECASE)
        if digits:
            wanted = digits[1].zfill(7)
            same = ((sum(map(str.__eq__, i[3:], wanted)), i) for i in self._terms)
            return [i for _, i in sorted(same, key=lambda pair: (-pair[0], pair[1]))[:3]]
        exact = [t.id for t in self.find(text)]
        words = {w for w in _folded(text).split() if len(w) > 3}
        # difflib over 40,000 names takes seconds: look at those that share a word only.
        names = {_folded(t.name): t.id for t in self.terms() if words.intersection(_folded(t.name).split())}
        alike = [names[n] for n in difflib.get_close_matches(_folded(text), names, n=3)]
        return list(dict.fromkeys(exact + alike))[:3]


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
