"""Function prediction on proteins of held-out clusters: the fused predictor, its parts, and what others would do.

`protclip.predict.function_study` puts these parts together, and ``protclip calibrate`` runs it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from protclip.benchmarks.function_metrics import (
    TermScores,
    expected_calibration_error,
    fmax,
    micro_aupr,
    reliability,
)
from protclip.benchmarks.held_out import MAX_SHARE, MIN_POSITIVES
from protclip.benchmarks.retrieval import average_precisions
from protclip.data.ontology import ASPECTS
from protclip.encode import Encoder
from protclip.predict.calibration import Calibration
from protclip.predict.function import implied_too
from protclip.predict.neighbours import ProteinSource
from protclip.predict.term_evidence import (
    STRATA,
    TermColumns,
    TermEvidence,
    TermRows,
    gather_evidence,
    look_near,
    stratum_of,
)
from protclip.predict.transfer_baselines import Scored, Scores
from protclip.records import Protein

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """Held-out proteins with their evidence and their terms, in one order."""

    proteins: tuple[Protein, ...]
    evidence: tuple[TermEvidence, ...]
    terms: tuple[npt.NDArray[np.int64], ...]


def gather(
    proteins: Sequence[Protein],
    encoder: Encoder,
    source: ProteinSource,
    columns: TermColumns,
    rows: TermRows,
    say: Callable[[int, int], None] | None = None,
) -> HeldOut:
    """The evidence for held-out proteins; the source must not hold them or their clusters."""
    evidence: list[TermEvidence] = []
    for first in range(0, len(proteins), 256):
        some = proteins[first : first + 256]
        embeddings = encoder.proteins([p.sequence for p in some])
        near = look_near([p.sequence for p in some], embeddings, source)
        for embedding, found in zip(embeddings, near, strict=True):
            evidence.append(gather_evidence(embedding, found, columns, rows))
        if say is not None:
            say(len(evidence), len(proteins))
    return HeldOut(
        proteins=tuple(proteins), evidence=tuple(evidence), terms=tuple(columns.of(p) for p in proteins)
    )


def scored(held: HeldOut, columns: TermColumns, aspect: str, told: Sequence[Scored]) -> TermScores:
    """Scores of the terms of each protein as the metrics take them, for the terms of one aspect."""
    owner, value, right, num_true = [], [], [], []
    for number, ((places, given), terms) in enumerate(zip(told, held.terms, strict=True)):
        mine = columns.aspects[places] == aspect
        owner.append(np.full(int(mine.sum()), number))
        value.append(np.clip(given[mine], 0, 1))
        right.append(np.isin(places[mine], terms))
        num_true.append(int((columns.aspects[terms] == aspect).sum()))
    return TermScores(
        protein=np.concatenate(owner),
        score=np.concatenate(value),
        right=np.concatenate(right),
        num_true=np.array(num_true, dtype=np.int64),
    )


def methods_of(held: HeldOut, columns: TermColumns, calibration: Calibration) -> dict[str, Scores]:
    """The fused predictor, each of its parts alone, and the terms' frequency."""
    everything = np.arange(len(columns))

    def fused(number: int) -> Scored:
        evidence = held.evidence[number]
        told = calibration.probabilities(evidence, columns.aspects[evidence.columns])
        return _with_implied(evidence.columns, told, columns)

    def part(name: str) -> Scores:
        return lambda number: (held.evidence[number].columns, getattr(held.evidence[number], name))

    def text(number: int) -> Scored:
        evidence = held.evidence[number]
        prior = np.log(evidence.frequency / (1 - np.minimum(evidence.frequency, 0.999)))
        return evidence.columns, expit(evidence.text + prior)

    return {
        "fused": fused,
        "homologues": part("homologues"),
        "neighbours": part("neighbours"),
        "text": text,
        "frequency": lambda number: (everything, columns.frequency),
    }


def strata_by(identity: Mapping[str, float], held: HeldOut) -> npt.NDArray[np.int64]:
    """The place in STRATA of each protein, by its greatest identity with a known one."""
    return np.array([stratum_of(identity.get(p.accession)) for p in held.proteins])


def measured(
    methods: Mapping[str, Scores], held: HeldOut, columns: TermColumns, stratum: npt.NDArray[np.int64]
) -> Iterator[dict[str, object]]:
    """Rows of results/function.csv.

    Of every method Fmax and AUPR by aspect and stratum, and the mean average precision of terms: how well the
    proteins that have a term are found among all by the scores for it. Of the fused predictor, the error and the
    curve of its calibration.
    """
    for name, scores in methods.items():
        of_proteins = [scores(number) for number in range(len(held.proteins))]
        for aspect in ASPECTS:
            told = scored(held, columns, aspect, of_proteins)
            yield from _by_part(f"{name}/{aspect}", told, stratum)
            if name == "fused":
                yield from _calibration_rows(f"fused/{aspect}", told)
        precisions = term_precisions(held, of_proteins)
        if len(precisions):
            value, count = float(precisions.mean()), len(precisions)
            yield {"benchmark": "all", "metric": f"{name}/term_map", "value": value, "n": count}


def _by_part(prefix: str, told: TermScores, stratum: npt.NDArray[np.int64]) -> Iterator[dict[str, object]]:
    for part, mask in _parts(stratum):
        some = told.of(mask)
        count = int((some.num_true > 0).sum())
        for metric, value in (("fmax", fmax(some)[0]), ("aupr", micro_aupr(some))):
            yield {"benchmark": part, "metric": f"{prefix}/{metric}", "value": value, "n": count}


def _calibration_rows(prefix: str, told: TermScores) -> Iterator[dict[str, object]]:
    """The expected calibration error, and for each bin how often what was promised came true."""
    error = expected_calibration_error(told.score, told.right)
    yield {"benchmark": "all", "metric": f"{prefix}/ece", "value": error, "n": len(told.score)}
    for promised, came_true, count in reliability(told.score, told.right):
        metric = f"{prefix}/came_true/{promised:.3f}"
        yield {"benchmark": "all", "metric": metric, "value": came_true, "n": count}


def term_precisions(held: HeldOut, told: Sequence[Scored]) -> Floats:
    """The average precision (K,) of each term as a query for proteins, their annotation hidden.

    Of the terms of `protclip.benchmarks.held_out.membership`: those that 3 proteins or more and at most a fifth of
    them have. A protein without a score for a term scores 0 and comes after all others.
    """
    counts = np.bincount(np.concatenate(held.terms))
    kept = np.flatnonzero((counts >= MIN_POSITIVES) & (counts <= MAX_SHARE * len(held.proteins)))
    row = np.full(max(len(counts), max(int(c.max(initial=0)) for c, _ in told) + 1), -1)
    row[kept] = np.arange(len(kept))
    scores = np.zeros((len(kept), len(held.proteins)), dtype=np.float32)
    relevant = np.zeros(scores.shape, dtype=bool)
    for number, ((places, given), terms) in enumerate(zip(told, held.terms, strict=True)):
        mine = row[places] >= 0
        scores[row[places[mine]], number] = given[mine]
        relevant[row[terms[row[terms] >= 0]], number] = True
    return average_precisions(scores, relevant)


def _parts(stratum: npt.NDArray[np.int64]) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    yield "all", np.ones(len(stratum), dtype=bool)
    for number, name in enumerate(STRATA):
        if (stratum == number).any():
            yield name, stratum == number


def _with_implied(places: npt.NDArray[np.int64], told: Floats, columns: TermColumns) -> Scored:
    whole = implied_too(
        {columns.ids[c]: float(p) for c, p in zip(places, told, strict=True)}, columns.ontology
    )
    pairs = [(columns.column(go_id), p) for go_id, p in whole.items()]
    known = [(column, p) for column, p in pairs if column is not None]
    return np.array([c for c, _ in known], dtype=np.int64), np.array([p for _, p in known])
