"""Property-driven sampling of ProtAnno: which unreviewed proteins are worth a pair (Zhou et al. 2025).

Confidence C is UniProt's protein-existence level, 1 (best) to 5. Coverage R is the share of the four
properties that are known, the name always counting. Entries with C of 4 or 5 or R of 1/4 or 2/4 are
dropped, and each other one is kept with probability p = √R / C³. In the paper a cluster, all N entries of
equal (C, R), is drawn with P ∝ C⁻³ · √R · N; per entry that is the same in expectation.

Everything here is pure. A draw is a hash of seed and accession, so what is kept does not depend on the
order, the shards or the number of processes, and sampling what was sampled changes nothing.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal, TypeVar

import numpy as np

from protclip.errors import InputError
from protclip.records import PROPERTIES, Biotext

NUM_PROPERTIES = len(PROPERTIES)
_LEVELS = range(1, 6)

Verdict = Literal["kept", "existence unknown", "existence 4 or 5", "coverage below 3/4", "not drawn"]
"""What became of an unreviewed protein."""

WORST_EXISTENCE, LEAST_PROPERTIES = 3, 3
"""The hard filter: the worst level and the fewest properties that can be kept."""

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Stratum:
    """A cluster of the paper: proteins of one existence level (None where unknown) and one coverage.

    ``num_properties`` is R as a count, 1 to 4.
    """

    existence: int | None
    num_properties: int

    def __post_init__(self) -> None:
        if self.existence is not None and self.existence not in _LEVELS:
            raise InputError(
                f"existence level {self.existence!r} is not 1 to 5; give None where it is unknown"
            )
        if not 1 <= self.num_properties <= NUM_PROPERTIES:
            raise InputError(
                f"{self.num_properties!r} properties are not 1 to {NUM_PROPERTIES}; the name always counts"
            )

    @property
    def coverage(self) -> float:
        """R of the paper: 0.25, 0.5, 0.75 or 1."""
        return self.num_properties / NUM_PROPERTIES


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingRule:
    """p = R ** coverage_exponent / C ** existence_exponent, and the seed of the draws.

    Larger exponents filter harder: with both at 0 all that pass the hard filter are kept. The paper's
    third exponent, that of N, is 1 here: any other would need the cluster sizes before the first draw.
    """

    coverage_exponent: float = 0.5
    existence_exponent: float = 3.0
    seed: int = 17

    def __post_init__(self) -> None:
        for name in ("coverage_exponent", "existence_exponent"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise InputError(
                    f"{name.replace('_', ' ')} {value!r} is not accepted: give a finite number of at least 0 "
                    "(the paper has coverage 0.5 and existence 3), or the probability would exceed 1"
                )

    def probability(self, stratum: Stratum) -> float:
        """How likely an entry of a stratum is kept, in [0, 1]; 0 behind the hard filter."""
        if refusal(stratum) is not None:
            return 0.0
        assert stratum.existence is not None
        return float(stratum.coverage**self.coverage_exponent / stratum.existence**self.existence_exponent)


def num_properties(biotext: Biotext) -> int:
    """How many of the four properties a text has, 1 to 4. The name counts also where it is unknown."""
    return 1 + sum(label != PROPERTIES[0] for label, _ in biotext.properties)


def refusal(stratum: Stratum) -> Verdict | None:
    """Why the hard filter drops a stratum whatever the draw, or None where it does not."""
    if stratum.existence is None:
        return "existence unknown"
    if stratum.existence > WORST_EXISTENCE:
        return "existence 4 or 5"
    if stratum.num_properties < LEAST_PROPERTIES:
        return "coverage below 3/4"
    return None


def draw(accession: str, seed: int) -> float:
    """A number in [0, 1) from a hash of seed and accession: uniform over accessions, the same everywhere."""
    digest = blake2b(f"{seed}:{accession}".encode(), digest_size=8, person=b"protanno").digest()
    # 53 bits are what a float holds; all 64 could round up to 1.
    return (int.from_bytes(digest, "big") >> 11) / 2**53


def judge(accession: str, stratum: Stratum, rule: SamplingRule) -> Verdict:
    """Keep an unreviewed protein, or say why not.

    The same draw serves every rule, so a milder rule keeps all that a harder one keeps.
    """
    refused = refusal(stratum)
    if refused is not None:
        return refused
    return "kept" if draw(accession, rule.seed) < rule.probability(stratum) else "not drawn"


def expected_size(sizes: Mapping[Stratum, int], rule: SamplingRule) -> float:
    """How many proteins are kept on average of strata of these sizes."""
    return sum(size * rule.probability(stratum) for stratum, size in sizes.items())


def cluster_probabilities(sizes: Mapping[Stratum, int], rule: SamplingRule) -> dict[Stratum, float]:
    """The paper's form: P(cluster) ∝ C⁻³ · √R · N, summing to 1.

    Raises
    ------
    InputError
        If no cluster can be drawn, because all are empty or behind the hard filter.
    """
    weights = {stratum: size * rule.probability(stratum) for stratum, size in sizes.items()}
    total = sum(weights.values())
    if not total:
        raise InputError(
            "no cluster can be drawn: all are empty, of existence 4 or 5, or with fewer than 3 of 4 properties"
        )
    return {stratum: weight / total for stratum, weight in weights.items()}


def draw_by_cluster(
    clusters: Mapping[Stratum, Sequence[T]], num_draws: int, rule: SamplingRule
) -> list[tuple[Stratum, T]]:
    """Draw as the paper words it: a cluster by its probability, then one of its members, uniformly.

    With replacement, and only for clusters that fit into memory: it is what ``judge`` is compared with.
    ``num_draws`` equal to ``expected_size`` draws each entry √R / C³ times on average.
    """
    sizes = {stratum: len(members) for stratum, members in clusters.items()}
    probabilities = cluster_probabilities(sizes, rule)
    rng = np.random.default_rng(rule.seed)
    strata = list(probabilities)
    chosen = rng.choice(len(strata), size=num_draws, p=list(probabilities.values()))
    return [
        (strata[i], clusters[strata[i]][int(rng.integers(len(clusters[strata[i]])))]) for i in chosen.tolist()
    ]
