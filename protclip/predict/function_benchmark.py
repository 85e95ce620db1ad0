"""Function prediction on proteins of held-out clusters: the fused predictor, its parts, and what others would do.

`protclip.predict.function_study` puts these parts together, and ``protclip calibrate`` runs it.
"""

import csv
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from protclip.benchmarks.function_metrics import (
    TermScores,
    expected_calibration_error,
    fmax,
    micro_aupr,
)
from protclip.data.ontology import ASPECTS
from protclip.data.splits import write_numbered_fasta
from protclip.encode import Encoder
from protclip.errors import AssetError
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
from protclip.records import Protein

Floats = npt.NDArray[np.float64]
Scored = tuple[npt.NDArray[np.int64], Floats]
"""The columns of the terms predicted for a protein, and their scores."""
Scores = Callable[[int], Scored]
"""Gives them for a protein by its place."""


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


def mmseqs_transfer(
    held: HeldOut, known: Sequence[Protein], columns: TermColumns, folder: Path, threads: int = 2
) -> tuple[Scores, dict[str, float]]:
    """Terms of mmseqs2's hits weighed by bits, and the greatest identity of a hit by accession.

    Raises
    ------
    AssetError
        If the program mmseqs is not there.
    """
    hits: dict[str, list[tuple[Protein, float]]] = {}
    identity: dict[str, float] = {}
    by_accession = {p.accession: p for p in known}
    for query, target, share, bits in _mmseqs(held.proteins, known, folder, threads):
        hits.setdefault(query, []).append((by_accession[target], bits))
        identity[query] = max(identity.get(query, 0.0), share)

    def scores(number: int) -> Scored:
        found = hits.get(held.proteins[number].accession, [])
        total = np.zeros(len(columns))
        for protein, bits in found:
            total[columns.of(protein)] += bits
        places = np.flatnonzero(total)
        return places, total[places] / max(sum(bits for _, bits in found), 1e-9)

    return scores, identity


def strata_by(identity: Mapping[str, float], held: HeldOut) -> npt.NDArray[np.int64]:
    """The place in STRATA of each protein, by its greatest identity with a known one."""
    return np.array([stratum_of(identity.get(p.accession)) for p in held.proteins])


def measured(
    methods: Mapping[str, Scores], held: HeldOut, columns: TermColumns, stratum: npt.NDArray[np.int64]
) -> Iterator[dict[str, object]]:
    """Rows of results/function.csv: Fmax and AUPR by aspect and stratum, and the fused predictor's calibration."""
    for name, scores in methods.items():
        of_proteins = [scores(number) for number in range(len(held.proteins))]
        for aspect in ASPECTS:
            told = scored(held, columns, aspect, of_proteins)
            for part, mask in _parts(stratum):
                some = told.of(mask)
                count = int((some.num_true > 0).sum())
                yield {
                    "benchmark": part,
                    "metric": f"{name}/{aspect}/fmax",
                    "value": fmax(some)[0],
                    "n": count,
                }
                yield {
                    "benchmark": part,
                    "metric": f"{name}/{aspect}/aupr",
                    "value": micro_aupr(some),
                    "n": count,
                }
            if name == "fused":
                error = expected_calibration_error(told.score, told.right)
                pairs = len(told.score)
                yield {"benchmark": "all", "metric": f"fused/{aspect}/ece", "value": error, "n": pairs}


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


def _mmseqs(
    queries: Sequence[Protein], known: Sequence[Protein], folder: Path, threads: int
) -> Iterator[tuple[str, str, float, float]]:
    """(query, target, identity, bits) of mmseqs easy-search at its default sensitivity."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        place = Path(scratch)
        accessions = {
            name: write_numbered_fasta(proteins, place / f"{name}.fasta")
            for name, proteins in (("query", queries), ("known", known))
        }
        columns = "query,target,fident,bits"
        command = ["mmseqs", "easy-search", "query.fasta", "known.fasta", "hits.tsv", "scratch",
                   "--format-output", columns, "--threads", str(threads), "-v", "1"]  # fmt: skip
        try:
            subprocess.run(command, cwd=place, check=True)
        except FileNotFoundError as error:
            raise AssetError("the baseline needs the program mmseqs (Debian: apt install mmseqs2)") from error
        with open(place / "hits.tsv", encoding="utf-8", newline="") as file:
            for query, target, identity, bits in csv.reader(file, delimiter="\t"):
                pair = accessions["query"][int(query[1:])], accessions["known"][int(target[1:])]
                yield *pair, float(identity), float(bits)
