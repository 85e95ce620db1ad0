"""What is known of each point of a map, and by what it can be coloured (pure)."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from protclip.data.go_slim import BP_SLIM, CC_SLIM, MF_SLIM
from protclip.data.ontology import Ontology
from protclip.predict.enrichment import TermSets, term_sets
from protclip.predict.protein_map import ProteinMap
from protclip.records import Protein
from streamlit_app.map_state import ColourBy
from streamlit_app.rows import short_title

Codes = npt.NDArray[np.int64]
MAX_CATEGORIES = 8
OTHER, NOTHING = "other", "not known"
_READ_AT_ONCE = 2_000
_SLIMS: dict[str, tuple[str, ...]] = {"function": MF_SLIM, "process": BP_SLIM, "location": CC_SLIM}
EC_NAMES = (
    "1 oxidoreductases",
    "2 transferases",
    "3 hydrolases",
    "4 lyases",
    "5 isomerases",
    "6 ligases",
    "7 translocases",
)
_SEVERAL = "several classes"


@dataclass(frozen=True, slots=True, kw_only=True)
class MapPoints:
    """The n points of a map with what the index knows of them.

    ``titles`` has names or genes ("" where there is neither), ``lengths`` residues (0 where the index lacks the
    protein), ``organisms`` and ``enzymes`` a word each ("" where not known), ``terms`` the GO terms.
    """

    made: ProteinMap
    titles: tuple[str, ...]
    lengths: Codes
    organisms: tuple[str, ...]
    enzymes: tuple[str, ...]
    terms: TermSets

    def __len__(self) -> int:
        return len(self.made.accessions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Colouring:
    """A category for each of n points, or a number.

    ``codes`` (n,) index ``labels``, whose last two are `OTHER` and `NOTHING`. Where ``values`` (n,) are given,
    they are drawn instead, except of what is not known. ``note`` says how it was made.
    """

    labels: tuple[str, ...]
    codes: Codes
    note: str
    values: npt.NDArray[np.float64] | None = None

    def counts(self, places: Codes | None = None) -> list[int]:
        """How many of some points (all of them by default) have each label."""
        codes = self.codes if places is None else self.codes[places]
        return [int(n) for n in np.bincount(codes, minlength=len(self.labels))]


def gather_points(
    made: ProteinMap,
    get: Callable[[Sequence[str]], Sequence[Protein | None]],
    ontology: Ontology,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> MapPoints:
    """Read what the index knows of a map's proteins, part by part, and keep what the page needs."""
    lines: list[tuple[str, int, str, str]] = []
    go_ids: list[tuple[str, ...]] = []
    for first in range(0, len(made.accessions), _READ_AT_ONCE):
        progress(first, len(made.accessions))
        for protein in get(made.accessions[first : first + _READ_AT_ONCE]):
            lines.append(_facts(protein))
            go_ids.append(tuple(a.id for a in protein.of_kind("go")) if protein else ())
    titles, lengths, organisms, enzymes = zip(*lines, strict=True)
    return MapPoints(
        made=made,
        titles=titles,
        lengths=np.array(lengths, dtype=np.int64),
        organisms=organisms,
        enzymes=enzymes,
        terms=term_sets(go_ids, ontology),
    )


def _facts(protein: Protein | None) -> tuple[str, int, str, str]:
    if protein is None:
        return "", 0, "", ""
    classes = sorted({a.id.partition(".")[0] for a in protein.of_kind("ec")} & set("1234567"))
    enzyme = EC_NAMES[int(classes[0]) - 1] if len(classes) == 1 else _SEVERAL if classes else ""
    title = short_title(protein.name, 60) if protein.name else protein.gene
    return title, len(protein.sequence), protein.organism, enzyme


def colour(points: MapPoints, by: ColourBy, ontology: Ontology) -> Colouring:
    """Sort points into at most `MAX_CATEGORIES` categories, "other" and "not known", or give each its length."""
    if by == "length":
        values = np.where(points.lengths > 0, points.lengths, np.nan).astype(np.float64)
        codes = np.where(points.lengths > 0, 0, 2)
        note = "Residues, on a logarithmic scale; the colours end where 1 and 99 of 100 proteins lie."
        return Colouring(labels=("known", OTHER, NOTHING), codes=codes, note=note, values=values)
    if by == "organism":
        note = (
            "The most frequent organisms; for more than half of the shipped proteins the source names none."
        )
        return _of_words(points.organisms, note)
    if by == "ec":
        return _of_words(
            points.enzymes, "First digit of the EC number where the source has one; most proteins have none."
        )
    words = _slim_words(points.terms, _SLIMS[by], ontology)
    note = (
        "Each protein has the colour of the rarest term that it has or implies, from a short list (GO slim). "
        "The most frequent are coloured, the others are grey."
    )
    return _of_words(words, note)


def _of_words(words: Sequence[str], note: str) -> Colouring:
    frequent = [word for word, _ in Counter(filter(None, words)).most_common(MAX_CATEGORIES)]
    labels = (*frequent, OTHER, NOTHING)
    code_of = {word: n for n, word in enumerate(frequent)} | {"": len(labels) - 1}
    codes = np.array([code_of.get(word, len(labels) - 2) for word in words], dtype=np.int64)
    return Colouring(labels=labels, codes=codes, note=note)


def _slim_words(terms: TermSets, slim: Sequence[str], ontology: Ontology) -> list[str]:
    """The name of the rarest slim term of each protein, "" where it has none."""
    current = [ontology.resolve(go_id) for go_id in slim if go_id in ontology]
    column_of = {go_id: n for n, go_id in enumerate(terms.ids)}
    ids = [go_id for go_id in current if go_id in column_of]
    if not ids:
        return [""] * len(terms)
    owned: Any = terms.terms[:, [column_of[i] for i in ids]].toarray()
    rarest_first = np.argsort(owned.sum(axis=0), kind="stable")
    owned = owned[:, rarest_first]
    names = [ontology.term(ids[n]).name for n in rarest_first]
    return [names[n] if any_ else "" for n, any_ in zip(owned.argmax(axis=1), owned.any(axis=1), strict=True)]
