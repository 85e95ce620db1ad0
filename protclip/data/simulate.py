"""What sampling costs at the size of ProtAnno-D, measured on made-up records and on real ones.

A made-up record is light: accession, existence level, number of properties. Levels and properties are drawn
independently from the published marginals of unsampled ProtAnno-D, because their joint distribution is not
published. That understates what is kept (well-described entries are rather those with better evidence):
0.64 million of 251.5 against the 1.7 million the published size of the sampled set suggests. The cost of a
record does not depend on it.
"""

import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from protclip.data.biotext import describe
from protclip.data.hash_set import HashSet
from protclip.data.ontology import Ontology
from protclip.data.sampling import SamplingRule, Stratum, expected_size, judge, num_properties
from protclip.data.statistics import PUBLISHED
from protclip.errors import InputError
from protclip.records import Protein

NUM_TREMBL_AND_SWISSPROT = 251_500_000
"""Pairs of ProtAnno-D before sampling (Zhou et al. 2025)."""

_CHUNK = 1 << 16
_NUM_MEMORY_READINGS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class LightRecord:
    """What sampling needs of an unreviewed protein."""

    accession: str
    stratum: Stratum


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingCost:
    """What a pass over records took.

    ``seconds`` are those of the clock, ``cpu_seconds`` those this process computed, which other work on the
    machine hardly changes. ``expected`` is how many are kept on average of the strata that came. ``memory``
    are readings of the process's peak memory in bytes, evenly over the pass: flat where memory does not grow
    with the number of records. ``set_bytes`` is what the hashes of the kept ones take of it.
    """

    num_records: int
    kept: int
    expected: float
    seconds: float
    cpu_seconds: float
    memory: tuple[int, ...]
    set_bytes: int

    @property
    def records_per_second(self) -> float:
        """Rate of the whole pass on one free core, the making of the records included."""
        return self.num_records / self.cpu_seconds

    def hours_for(self, num_records: int) -> float:
        """Hours that many records would take at this rate."""
        return num_records / self.records_per_second / 3600


def simulate(num_records: int, seed: int) -> Iterator[LightRecord]:
    """Made-up records with the published marginals of ProtAnno-D, level and properties independent.

    Raises
    ------
    InputError
        If ``num_records`` is below 1.
    """
    if num_records < 1:
        raise InputError(f"{num_records} records cannot be simulated; give a number of at least 1")
    marginals = PUBLISHED["ProtAnno-D"]
    assert marginals.existence is not None
    rng = np.random.default_rng(seed)
    # Shared, as records are immutable.
    strata = {(c, r): Stratum(existence=c, num_properties=r) for c in range(1, 6) for r in range(1, 5)}
    for start in range(0, num_records, _CHUNK):
        # Whole chunks are drawn, so that fewer records are the first of more.
        drawn = zip(_choose(rng, marginals.existence), _choose(rng, marginals.coverage), strict=True)
        for number, key in enumerate(islice(drawn, num_records - start), start):
            yield LightRecord(accession=f"SIM{number:09d}", stratum=strata[key])


def as_unreviewed(proteins: Iterable[Protein], ontology: Ontology | None, seed: int) -> Iterator[LightRecord]:
    """Real proteins through ``describe``, as if they came from TrEMBL: the level is drawn where it is unknown."""
    marginals = PUBLISHED["ProtAnno-D"]
    assert marginals.existence is not None
    rng = np.random.default_rng(seed)
    levels: list[int] = []
    for protein in proteins:
        if not levels:
            levels = _choose(rng, marginals.existence)
        level = protein.existence or levels.pop()
        known = num_properties(describe(protein, ontology))
        yield LightRecord(accession=protein.accession, stratum=Stratum(existence=level, num_properties=known))


def measure(records: Iterable[LightRecord], num_records: int, rule: SamplingRule) -> SamplingCost:
    """Sample records, remember the kept ones by hash as a build does, and read clock and memory meanwhile.

    ``num_records`` is how many there will be, to take the readings evenly.
    """
    strata, kept, memory = Counter[Stratum](), HashSet(), []
    every = max(num_records // _NUM_MEMORY_READINGS, 1)
    start, cpu_start = time.perf_counter(), time.process_time()
    for number, record in enumerate(records, 1):
        strata[record.stratum] += 1
        if judge(record.accession, record.stratum, rule) == "kept":
            kept.add(record.accession)
        if number % every == 0:
            memory.append(peak_memory())
    return SamplingCost(
        num_records=strata.total(),
        kept=len(kept),
        expected=expected_size(strata, rule),
        seconds=time.perf_counter() - start,
        cpu_seconds=time.process_time() - cpu_start,
        memory=tuple(memory),
        set_bytes=kept.num_bytes,
    )


def peak_memory() -> int:
    """The most memory this process has held so far, in bytes; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak) if sys.platform == "darwin" else int(peak) * 1024


def _choose(rng: np.random.Generator, shares: Sequence[float]) -> list[int]:
    """A chunk of numbers from 1 with these shares, scaled to a sum of 1: published ones are rounded."""
    weights = np.array(shares)
    return (rng.choice(len(weights), size=_CHUNK, p=weights / weights.sum()) + 1).tolist()
