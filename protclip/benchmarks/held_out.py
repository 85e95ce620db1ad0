"""The towers alone on proteins of held-out clusters, by text, by protein, and by the name of a term."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from protclip.benchmarks.results import Measurement
from protclip.benchmarks.retrieval import average_precisions, partner_ranks, rank_metrics
from protclip.data.biotext import describe
from protclip.data.ontology import Ontology
from protclip.data.splits import Split, Splits, text_groups
from protclip.encode import Encoder
from protclip.records import Protein

MIN_POSITIVES, MAX_SHARE = 3, 0.2
"""A term is searched for where at least 3 and at most a fifth of the proteins have it."""
_RESAMPLES = 1000


def choose_held_out(
    proteins: Sequence[Protein], splits: Splits, split: Split, *, limit: int, seed: int
) -> list[Protein]:
    """At most ``limit`` annotated proteins of a split, one a cluster, drawn and ordered by the seed."""
    held = sorted(
        (p for p in proteins if splits.of(p.accession) == split and p.of_kind("go")),
        key=lambda p: p.accession,
    )
    one_each: dict[str, Protein] = {}
    for place in np.random.default_rng(seed).permutation(len(held)):
        one_each.setdefault(splits.cluster_of[held[place].accession], held[place])
    return list(one_each.values())[:limit]


def evaluate_towers(
    encoder: Encoder, proteins: Sequence[Protein], ontology: Ontology, *, seed: int
) -> list[Measurement]:
    """Retrieval among held-out proteins by the towers alone, no known annotation given to the search.

    "text_to_protein" and "protein_to_text" use the whole annotation text, statement by statement
    (`Encoder.biotexts`); "string_to_protein" gives the same text as one string, cut where the text
    tower ends. "term_retrieval" ranks the proteins by the name of a GO term.
    """
    biotexts = [describe(p, ontology) for p in proteins]
    known = [i for i, biotext in enumerate(biotexts) if biotext.properties]
    proteins, biotexts = [proteins[i] for i in known], [biotexts[i] for i in known]
    protein_NE = encoder.proteins([p.sequence for p in proteins])
    groups = np.array(text_groups([b.text for b in biotexts]), dtype=np.int64)
    text_NE = encoder.biotexts(biotexts)
    whole_NE = encoder.texts([b.text for b in biotexts])
    found = _rank_measurements("text_to_protein", partner_ranks(text_NE, protein_NE, groups), seed)
    found += _rank_measurements("protein_to_text", partner_ranks(protein_NE, text_NE, groups), seed)
    found += _rank_measurements("string_to_protein", partner_ranks(whole_NE, protein_NE, groups), seed)
    return [*found, *_term_measurements(encoder, proteins, protein_NE, ontology, seed)]


def membership(proteins: Sequence[Protein], ontology: Ontology) -> tuple[list[str], npt.NDArray[np.bool_]]:
    """GO ids with enough positives, and which protein has which: bool (num_terms, num_proteins)."""
    closures = [ontology.closure(a.id for a in p.of_kind("go") if a.id in ontology) for p in proteins]
    ids = sorted(set().union(*closures) - set(ontology.roots))
    place = {go_id: k for k, go_id in enumerate(ids)}
    has_term = np.zeros((len(ids), len(proteins)), dtype=bool)
    for column, closure in enumerate(closures):
        has_term[[place[go_id] for go_id in closure if go_id in place], column] = True
    counts = has_term.sum(axis=1)
    keep = np.flatnonzero((counts >= MIN_POSITIVES) & (counts <= MAX_SHARE * len(proteins)))
    return [ids[k] for k in keep], has_term[keep]


def bootstrap(
    metric: str,
    values: npt.NDArray[np.float64],
    seed: int,
    statistic: Callable[..., npt.NDArray[np.float64]] = np.mean,
) -> Measurement:
    """A statistic of per-unit values with its 95% interval over 1,000 resamples of the units."""
    rng = np.random.default_rng(seed)
    draws = rng.integers(0, len(values), (_RESAMPLES, len(values)))
    low, high = np.quantile(statistic(values[draws], axis=1), (0.025, 0.975))
    return Measurement(
        metric=metric, value=float(statistic(values)), low=float(low), high=float(high), n=len(values)
    )


def _rank_measurements(prefix: str, ranks: npt.NDArray[np.int64], seed: int) -> list[Measurement]:
    exact = rank_metrics(ranks).as_dict(prefix)
    found = [
        bootstrap(f"{prefix}/mrr", 1 / ranks, seed),
        bootstrap(f"{prefix}/recall_at_1", (ranks <= 1).astype(float), seed),
        bootstrap(f"{prefix}/recall_at_10", (ranks <= 10).astype(float), seed),
        bootstrap(f"{prefix}/median_rank", ranks.astype(float), seed, np.median),
    ]
    assert all(np.isclose(m.value, exact[m.metric]) for m in found)
    return found


def _term_measurements(
    encoder: Encoder,
    proteins: Sequence[Protein],
    protein_NE: npt.NDArray[np.float32],
    ontology: Ontology,
    seed: int,
) -> list[Measurement]:
    ids, has_term_KN = membership(proteins, ontology)
    scores_KN = encoder.texts([ontology.term(go_id).name for go_id in ids]) @ protein_NE.T
    top = np.argsort(-scores_KN, axis=1, kind="stable")[:, :1]
    return [
        bootstrap("term_retrieval/map", average_precisions(scores_KN, has_term_KN), seed),
        bootstrap(
            "term_retrieval/precision_at_1",
            np.take_along_axis(has_term_KN, top, axis=1)[:, 0].astype(float),
            seed,
        ),
    ]
