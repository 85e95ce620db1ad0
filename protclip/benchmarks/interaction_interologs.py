"""How many hidden interactions have interologs among the others, and how many pairs that do not interact have."""

from collections.abc import Iterator

import numpy as np

from protclip.benchmarks.pair_metrics import Row, measured
from protclip.data.known_interactions import KnownInteractions
from protclip.data.ppi_pairs import Places, ProteinPairs
from protclip.predict.interaction_fit import with_non_pairs
from protclip.predict.interologs import InterologSearch
from protclip.records import Protein

HIDDEN_SHARE = 0.1
NUM_ASKED = 400
JOINT_IDENTITIES = (0.0, 0.6, 0.8)
"""From which on an interolog counts; Yu et al. 2004 transfer interactions above 0.8."""


def interolog_rows(data: ProteinPairs, *, seed: int, num_asked: int = NUM_ASKED) -> Iterator[Row]:
    """Hide a tenth of the pairs and look for interologs of some, and of as many pairs of no interaction.

    "interologs/hidden/0.8" is the share, 0 to 1, of hidden pairs with an interolog of a joint identity of 0.8 or more
    among the pairs that are left, "interologs/no_pair/0.8" that of random pairs that are nowhere in the data, of
    proteins that are as frequent.
    """
    order = np.random.default_rng(seed).permutation(len(data.pairs))
    hidden, left = np.split(order, [round(HIDDEN_SHARE * len(order))])
    proteins = [
        Protein(accession=a, sequence=s) for a, s in zip(data.accessions, data.sequences, strict=True)
    ]
    search = InterologSearch(_known(data, data.pairs[left]), proteins)
    asked = with_non_pairs(data.of(hidden[:num_asked]), data, seed=seed)
    best = np.array([_best(search, proteins[a], proteins[b]) for a, b in asked.pairs.tolist()])
    for name, chosen in (("hidden", asked.interacts), ("no_pair", ~asked.interacts)):
        for least in JOINT_IDENTITIES:
            found = (best[chosen] > 0) & (best[chosen] >= least)
            yield {"model": "interologs", "fingerprint": ""} | dict(
                measured(f"interologs/{name}/{least:.1f}", float(found.mean()), int(chosen.sum()))
            )


def _known(data: ProteinPairs, pairs: Places) -> KnownInteractions:
    partners: dict[str, set[str]] = {}
    for a, b in pairs.tolist():
        partners.setdefault(data.accessions[a], set()).add(data.accessions[b])
        partners.setdefault(data.accessions[b], set()).add(data.accessions[a])
    return KnownInteractions(
        source="the pairs that are left",
        partners={accession: frozenset(others) for accession, others in partners.items()},
        num_lines=len(pairs),
    )


def _best(search: InterologSearch, first: Protein, second: Protein) -> float:
    """The greatest joint identity of an interolog, 0 where there is none."""
    return max((one.joint_identity for one in search.find(first, second).interologs), default=0.0)
