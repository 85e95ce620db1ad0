"""Interologs: known interactions between a homologue of one protein and a homologue of another.

Evidence beside a prediction, which does not read it. The idea is that of Matthews et al. 2001 (Genome Research 11,
2120). Yu et al. 2004 ("Annotation transfer between genomes: protein-protein interologs and protein-DNA regulogs",
Genome Research 14, 1107) found that between species an interaction can be transferred where the joint identity, the
geometric mean of both identities, is above 0.8.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from protclip.data.known_interactions import KnownInteractions
from protclip.predict.alignment import SequenceSet, expect_values
from protclip.predict.profile import MAX_EXPECT, homologues_among
from protclip.records import Protein
from protclip.sequence import UNIPROT_ACCESSION

MIN_IDENTITY, MIN_COVERAGE = 0.3, 0.5
"""A homologue's least identity and the least share of either protein that is aligned; its E-value is below
`profile.MAX_EXPECT` (0.001) among the proteins of the network. A shared domain of a long protein is not enough."""
MAX_TOLD = 10
"""Interologs told of a pair, the best."""
COLUMNS = ("known", "interologs")
"""What a table has of a pair: `KnownEvidence.label` and `KnownEvidence.listed`."""
Label = Literal["itself", "homologues", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """How like a protein of the network is to a protein: identity and the smaller of both coverages, 0 to 1."""

    identity: float
    coverage: float
    is_same: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Interolog:
    """A known interaction of ``first``, like the first protein of a pair, with ``second``, like the second.

    Identities and coverages (of the less covered of two aligned proteins) are 0 to 1, 1 for a protein itself;
    ``joint_identity`` is sqrt(first_identity * second_identity).
    """

    first: str
    second: str
    first_identity: float
    second_identity: float
    first_coverage: float
    second_coverage: float
    joint_identity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEvidence:
    """What a network has of a pair: whether the two are known to interact themselves, and their interologs.

    ``interologs`` are the `MAX_TOLD` of greatest joint identity of ``num_interologs``.
    """

    itself: bool
    interologs: tuple[Interolog, ...]
    num_interologs: int

    @property
    def label(self) -> Label:
        """The strongest of what is known."""
        if self.itself:
            return "itself"
        return "homologues" if self.interologs else ""

    @property
    def listed(self) -> str:
        """The interologs with their joint identities, "P1-P2 0.83;P3-P4 0.71"."""
        return ";".join(f"{one.first}-{one.second} {one.joint_identity:.2f}" for one in self.interologs)


class InterologSearch:
    """Known interactions, with those of their proteins whose sequences are known."""

    def __init__(self, known: KnownInteractions, proteins: Iterable[Protein]) -> None:
        self.known = known
        self._sequenced = {p.accession: p for p in proteins if p.accession in known.partners}
        self._set = SequenceSet([protein.sequence for protein in self._sequenced.values()])
        self._num_residues = sum(len(protein.sequence) for protein in self._sequenced.values())
        self._like: dict[tuple[str, str], Mapping[str, Likeness]] = {}

    @property
    def told(self) -> str:
        """How much there is to look up in."""
        return (
            f"{self.known.num_pairs:,} known interactions of {len(self.known.partners):,} proteins; "
            f"{len(self._sequenced):,} of these are in the atlas, and homologues are sought among them"
        )

    def find(self, first: Protein, second: Protein) -> KnownEvidence:
        """What is known of two proteins and their homologues; their order only turns the pairs around.

        Likeness to the first protein is kept: pairs with the same first protein are fast.
        """
        partners = self.known.partners
        key = (first.accession, first.sequence)
        if key not in self._like:
            self._like[key] = self._alike(first, list(self._sequenced.values()), self._set)
        ones = self._like[key]
        near = dict.fromkeys(b for a in sorted(ones) for b in sorted(partners[a]) if b in self._sequenced)
        targets = [self._sequenced[accession] for accession in near]
        others = self._alike(second, targets, SequenceSet([target.sequence for target in targets]))
        edges = [(a, b) for a in ones for b in partners[a] & others.keys()]
        own = {frozenset((a, b)) for a, b in edges if ones[a].is_same and others[b].is_same}
        best = _each_once(
            _interolog(a, b, ones[a], others[b]) for a, b in edges if frozenset((a, b)) not in own
        )
        return KnownEvidence(itself=bool(own), interologs=tuple(best[:MAX_TOLD]), num_interologs=len(best))

    def _alike(self, query: Protein, targets: Sequence[Protein], aligned: SequenceSet) -> dict[str, Likeness]:
        """Those targets that are homologues of a protein, and the protein itself where the network has it."""
        expects = expect_values(aligned.scores(query.sequence), len(query.sequence), self._num_residues)
        near = [target for target, expect in zip(targets, expects, strict=True) if expect < MAX_EXPECT]
        found = {}
        for homologue in homologues_among(query.sequence, near, num_residues=self._num_residues):
            alignment = homologue.alignment
            coverage = min(alignment.query_coverage, alignment.target_coverage)
            if alignment.identity >= MIN_IDENTITY and coverage >= MIN_COVERAGE:
                target = homologue.protein
                found[target.accession] = Likeness(
                    identity=alignment.identity, coverage=coverage, is_same=_is_same(query, target)
                )
        if query.accession in self.known.partners:
            found[query.accession] = Likeness(identity=1, coverage=1, is_same=True)
        return found


def values(evidence: KnownEvidence) -> dict[str, Any]:
    """JSON values of what is known of a pair."""
    return {
        "known": evidence.label,
        "interologs": [asdict(one) for one in evidence.interologs],
        "num_interologs": evidence.num_interologs,
    }


def _is_same(query: Protein, target: Protein) -> bool:
    """A sequence that came without an accession is the protein whose whole sequence it is."""
    return query.sequence == target.sequence and not UNIPROT_ACCESSION.fullmatch(query.accession)


def _interolog(first: str, second: str, one: Likeness, other: Likeness) -> Interolog:
    return Interolog(
        first=first,
        second=second,
        first_identity=one.identity,
        second_identity=other.identity,
        first_coverage=one.coverage,
        second_coverage=other.coverage,
        joint_identity=math.sqrt(one.identity * other.identity),
    )


def _each_once(found: Iterable[Interolog]) -> list[Interolog]:
    """By joint identity, the greatest first; a known interaction that fits both ways stands once."""
    ordered = sorted(found, key=lambda one: (-one.joint_identity, *sorted((one.first, one.second))))
    kept: dict[frozenset[str], Interolog] = {}
    for one in ordered:
        kept.setdefault(frozenset((one.first, one.second)), one)
    return list(kept.values())
