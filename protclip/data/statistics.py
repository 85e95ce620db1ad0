"""What a set of proteins holds, counted in one pass: strata (C, R), properties, lengths, families.

Pure: records in, numbers out. Memory grows with the number of distinct lengths and families, not of proteins.
The published marginals of the two sets of ProtAnno stand here to be compared with.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from protclip.data.biotext import describe
from protclip.data.sampling import NUM_PROPERTIES, Stratum, num_properties
from protclip.errors import InputError
from protclip.records import PROPERTIES, Biotext, Protein

if TYPE_CHECKING:
    from protclip.data.ontology import Ontology

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
"""Of the lengths; 0 is the shortest and 1 the longest."""

MOST_FAMILIES = 100
"""Families that are kept in a result, the largest first."""

_FAMILY = re.compile(r"Belongs to (?:the |an? )?([^.;]+?)(?:\.|;|$)", re.IGNORECASE)
_PFAM = re.compile(r"PF\d{5}(?: \([^)]*\))?")
_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marginals:
    """Shares of existence levels 1 to 5 (None where no level is known), and of coverage 1/4 to 4/4."""

    existence: tuple[float, ...] | None
    coverage: tuple[float, ...]


PUBLISHED: Mapping[str, Marginals] = {
    "ProtAnno-S": Marginals(
        existence=(0.1982, 0.0980, 0.6777, 0.0229, 0.0032), coverage=(0.0259, 0.1062, 0.3691, 0.4988)
    ),
    "ProtAnno-D": Marginals(
        existence=(0.0013, 0.0057, 0.3269, 0.6661, 0.0000), coverage=(0.6211, 0.1814, 0.1182, 0.0793)
    ),
}
"""Read off the data-distribution figures of the authors' repository (diaoshaoyou/ProtCLIP)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetStatistics:
    """Counts over a set of proteins.

    ``strata`` and ``properties`` hold what occurs only; ``lengths`` are (quantile, residues) for QUANTILES,
    each the length of a protein of the set; ``families`` are (family, proteins), the largest first.
    """

    num_proteins: int
    strata: tuple[tuple[Stratum, int], ...]
    properties: tuple[tuple[str, int], ...]
    lengths: tuple[tuple[float, int], ...]
    families: tuple[tuple[str, int], ...]

    def size_of(self, stratum: Stratum) -> int:
        """Proteins of a stratum."""
        return dict(self.strata).get(stratum, 0)

    def marginals(self) -> Marginals:
        """Shares by level, among the proteins whose level is known, and by coverage, among all.

        All shares of an empty set are 0.
        """
        levels, coverage = Counter[int](), Counter[int]()
        for stratum, size in self.strata:
            coverage[stratum.num_properties] += size
            if stratum.existence is not None:
                levels[stratum.existence] += size
        by_level = tuple(levels[level] / levels.total() for level in range(1, 6)) if levels else None
        num = max(self.num_proteins, 1)
        return Marginals(
            existence=by_level, coverage=tuple(coverage[r] / num for r in range(1, NUM_PROPERTIES + 1))
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; levels are strings, "unknown" among them."""
        return {
            "num_proteins": self.num_proteins,
            "strata": [
                {
                    "existence": stratum.existence or _UNKNOWN,
                    "num_properties": stratum.num_properties,
                    "proteins": n,
                }
                for stratum, n in self.strata
            ],
            "properties": dict(self.properties),
            "lengths": {f"{quantile:g}": length for quantile, length in self.lengths},
            "families": dict(self.families),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """What ``to_dict`` gave.

        Raises
        ------
        InputError
            If something is missing or of another kind.
        """
        try:
            return cls(
                num_proteins=int(values["num_proteins"]),
                strata=tuple((_stratum(each), int(each["proteins"])) for each in values["strata"]),
                properties=tuple((str(k), int(v)) for k, v in values["properties"].items()),
                lengths=tuple((float(k), int(v)) for k, v in values["lengths"].items()),
                families=tuple((str(k), int(v)) for k, v in values["families"].items()),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(
                f"these are no statistics of a set ({error}); count them again with protclip data stats"
            ) from error


class StatisticsCounter:
    """Counts proteins as they pass; ``result`` may be asked at any time."""

    def __init__(self) -> None:
        self._strata = Counter[Stratum]()
        self._properties = Counter[str]()
        self._lengths = Counter[int]()
        self._families = Counter[str]()

    def add(self, protein: Protein, biotext: Biotext) -> None:
        """Count one protein with its text."""
        stratum = Stratum(existence=protein.existence, num_properties=num_properties(biotext))
        self._strata[stratum] += 1
        self._lengths[len(protein.sequence)] += 1
        for label, text in biotext.properties:
            self._properties[label] += 1
            if label == "SIMILARITY" and (name := family(text)):
                self._families[name] += 1

    def result(self) -> SetStatistics:
        """The counts so far, in an order that does not depend on that of the proteins."""
        largest = sorted(self._families.items(), key=lambda item: (-item[1], item[0]))
        return SetStatistics(
            num_proteins=self._strata.total(),
            strata=tuple(sorted(self._strata.items(), key=lambda item: _sort_key(item[0]))),
            properties=tuple((label, self._properties[label]) for label in PROPERTIES),
            lengths=quantiles(self._lengths),
            families=tuple(largest[:MOST_FAMILIES]),
        )


def statistics_of(proteins: Iterable[Protein], ontology: "Ontology | None") -> SetStatistics:
    """Count proteins, describing each; see ``describe`` for what ``ontology`` is for."""
    counter = StatisticsCounter()
    for protein in proteins:
        counter.add(protein, describe(protein, ontology))
    return counter.result()


def family(similarity: str) -> str:
    """The family a SIMILARITY text names: UniProt's "Belongs to the X family.", else the first Pfam entry.

    Text in another form counts whole, without its full stop: older exports name the family alone.
    """
    if match := _FAMILY.search(similarity):
        return match[1].strip()
    if match := _PFAM.search(similarity):
        return match[0]
    return similarity.partition(";")[0].strip(" .")


def quantiles(counts: Mapping[int, int]) -> tuple[tuple[float, int], ...]:
    """QUANTILES of counted whole numbers: the least number with at least that share at or below it.

    Empty where nothing was counted.
    """
    total, passed, found = sum(counts.values()), 0, []
    wanted = list(QUANTILES)
    for number in sorted(counts):
        passed += counts[number]
        while wanted and counts[number] and passed >= wanted[0] * total:
            found.append((wanted.pop(0), number))
    return tuple(found)


def _stratum(values: Mapping[str, Any]) -> Stratum:
    level = values["existence"]
    return Stratum(
        existence=None if level == _UNKNOWN else int(level), num_properties=int(values["num_properties"])
    )


def _sort_key(stratum: Stratum) -> tuple[int, int]:
    """By level, unknown last, then by coverage."""
    return stratum.existence or 6, stratum.num_properties
