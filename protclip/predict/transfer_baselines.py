"""What a practitioner would try first: terms of the hits of a search program, or of proteins with the same 3-mers."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from protclip.benchmarks.three_mers import three_mer_rows
from protclip.predict.search_programs import ProgramName, program_hits
from protclip.predict.term_evidence import NEIGHBOUR_TEMPERATURE, NUM_NEIGHBOURS, TermColumns
from protclip.records import Protein

Floats = npt.NDArray[np.float64]
Scored = tuple[npt.NDArray[np.int64], Floats]
"""The columns of the terms predicted for a protein, and their scores."""
Scores = Callable[[int], Scored]
"""Gives them for a protein by its place."""


def program_transfer(
    name: ProgramName,
    queries: Sequence[Protein],
    known: Sequence[Protein],
    columns: TermColumns,
    threads: int = 2,
) -> tuple[Scores, dict[str, float]]:
    """Terms of a program's hits weighed by bits, and the greatest identity of a hit by accession.

    A pair of proteins counts once, by its best alignment, to an E-value of 0.001.

    Raises
    ------
    AssetError
        If the program is not there.
    """
    best: dict[str, dict[str, float]] = {}
    identity: dict[str, float] = {}
    for hit in program_hits(name, queries, known, threads):
        found = best.setdefault(hit.query, {})
        found[hit.target] = max(found.get(hit.target, 0.0), hit.bits)
        identity[hit.query] = max(identity.get(hit.query, 0.0), hit.identity)
    by_accession = {p.accession: p for p in known}

    def scores(number: int) -> Scored:
        found = best.get(queries[number].accession, {})
        owned = [columns.of(by_accession[target]) for target in found]
        return _weighed(owned, list(found.values()), len(columns))

    return scores, identity


def kmer_transfer(queries: Sequence[Protein], known: Sequence[Protein], columns: TermColumns) -> Scores:
    """Terms of the nearest known proteins by the cosine of their counts of 3-mers, weighed as embeddings are.

    ``protclip.predict.term_evidence`` has the number of neighbours and the temperature.
    """
    all_known = three_mer_rows([protein.sequence for protein in known]).T.tocsr()
    all_queries = three_mer_rows([protein.sequence for protein in queries])

    def scores(number: int) -> Scored:
        cosines = np.asarray((all_queries[number] @ all_known).todense()).ravel()
        near = np.argsort(-cosines, kind="stable")[:NUM_NEIGHBOURS]
        weights = np.exp((cosines[near] - cosines[near[0]]) / NEIGHBOUR_TEMPERATURE)
        return _weighed([columns.of(known[place]) for place in near], weights.tolist(), len(columns))

    return scores


def _weighed(owned: Sequence[npt.NDArray[np.int64]], weights: Sequence[float], num_columns: int) -> Scored:
    """The share of the weight whose proteins have each term."""
    if not owned:
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    each = np.repeat(weights, [len(o) for o in owned])
    total = np.bincount(np.concatenate(owned), each, minlength=num_columns)
    places = np.flatnonzero(total)
    return places, total[places] / sum(weights)
