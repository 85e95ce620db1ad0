"""What the mutations page asks of the predictors, as work for a job: the scan, a list of variants, a fitted head."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from protclip.records import Protein
from streamlit_app.jobs import Report, Work

if TYPE_CHECKING:
    from protclip.predict.mutation import MutationScan, MutationScanner
    from protclip.predict.mutation_table import Listed, Scored
    from protclip.predict.supervised_mutation import Baselines, MutationHead
    from protclip.predict.tasks import Tools

GetTools = Callable[[], "Tools"]
Floats = npt.NDArray[np.floating]
HeadKind = Literal["ridge", "mlp"]
_PIECE = 1_000
"""Variants that a head predicts at once."""
HEADS: tuple[HeadKind, ...] = ("ridge", "mlp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """A protein's scan, with the scanner that scores more of its variants."""

    protein: Protein
    scan: "MutationScan"
    scanner: "MutationScanner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A head on measured variants, and how it does on those it was not fitted on.

    ``folds`` are Spearman's correlations of nested cross-validation, ``held_out`` (N,) its predictions of the N
    measured variants, ``combined`` (N,) their scores without measurements, and ``grid`` (L, 20) what the head
    predicts of every single substitution.
    """

    head: "MutationHead"
    measured: "Listed"
    folds: tuple[float, ...]
    baselines: "Baselines"
    held_out: Floats
    combined: Floats
    grid: npt.NDArray[np.float64]


def scan_work(tools: GetTools, protein: Protein, text: str) -> Work:
    """Score every single substitution of a protein."""
    return partial(_scanned, tools, protein, text)


def _scanned(tools: GetTools, protein: Protein, text: str, report: Report) -> Scanned:
    report(0, 0)
    scanner = tools().scanner()

    def progress(what: str, done: int, total: int) -> None:
        # Aligning is one step that nothing is heard of: what is counted are the mutants, which take longer.
        report(*((0, 0) if what == "proteins aligned" else (done, total)))

    scan = scanner.scan(protein.sequence, text=text, protein=protein, progress=progress)
    return Scanned(protein=protein, scan=scan, scanner=scanner)


def list_work(found: Scanned, listed: "Listed", head: "MutationHead | None") -> Work:
    """Score the variants of a list, by a fitted head too where there is one."""

    def work(report: Report) -> "Scored":
        from protclip.predict.mutation_table import Scored

        report(0, 0)
        return Scored(
            accession=found.protein.accession,
            scan=found.scan,
            scores=tuple(found.scanner.score(found.scan, listed.variants)),
            errors=listed.errors,
            head=head,
            predicted=head.predict(found.scanner, found.scan, listed.variants) if head else None,
        )

    return work


def head_work(found: Scanned, measured: "Listed", kind: HeadKind) -> Work:
    """Fit a head on measured variants, judge it, and let it predict every single substitution."""
    return partial(_fitted, found, measured, kind)


def _fitted(found: Scanned, measured: "Listed", kind: HeadKind, report: Report) -> Fitted:
    from protclip.predict.mutation_grid import grid_of
    from protclip.predict.supervised_mutation import baselines, fit_head
    from protclip.predict.variants import all_substitutions

    report(0, 0)
    asked = (found.scanner, found.scan, measured.variants, measured.values)
    head, validation = fit_head(*asked, kind=kind, progress=report)
    scores = found.scanner.score(found.scan, measured.variants)
    variants = list(all_substitutions(found.scan.sequence))
    # In pieces: a head sees twenty columns of each measured position.
    pieces = [variants[i : i + _PIECE] for i in range(0, len(variants), _PIECE)]
    predicted = np.concatenate([head.predict(found.scanner, found.scan, piece) for piece in pieces])
    return Fitted(
        head=head,
        measured=measured,
        folds=validation.folds,
        baselines=baselines(*asked),
        held_out=validation.predicted,
        combined=np.array([score.combined for score in scores]),
        grid=grid_of(predicted, found.scan.sequence),
    )
