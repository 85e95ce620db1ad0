"""Fitting a head to typed pairs, with calibrations from pairs that the head fitted for them never saw."""

from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt

from protclip.data.ppi_pairs import Labels, ProteinPairs, read_action_pairs
from protclip.data.ppi_splits import split_pairs
from protclip.predict.interaction import HeadOrigin, InteractionPredictor
from protclip.predict.known_proteins import KnownProteins
from protclip.predict.pair_head import HeadSettings, PairTargets, fit_head, random_non_pairs
from protclip.predict.platt import Platt, fit_platt

Rows = npt.NDArray[np.float32]
_FAR_QUANTILE = 0.05
_NUM_FOLDS = 3
_THRESHOLDS = [percent / 100 for percent in range(10, 95, 5)]


def with_non_pairs(data: ProteinPairs, known: ProteinPairs, *, seed: int) -> PairTargets:
    """The pairs of ``data`` and as many random ones that ``known`` does not have."""
    negatives = random_non_pairs(data.pairs, known.pairs, len(data.pairs), seed=seed)
    return PairTargets(
        pairs=np.concatenate([data.pairs, negatives]),
        interacts=np.arange(2 * len(data.pairs)) < len(data.pairs),
        types=np.concatenate([data.labels, np.zeros_like(data.labels)]),
    )


def fit_predictor(
    data: ProteinPairs, rows: Rows, origin: HeadOrigin, settings: HeadSettings, *, seed: int
) -> InteractionPredictor:
    """Fit a head to all typed pairs of ``data``, whose proteins have the unit rows (n, E).

    Calibrations, threshold and the usual distance come from three other heads, each fitted without a fifth of the
    pairs that is held out by breadth-first search: of each of those, one protein at least is new to the head, as a
    user's proteins will be. One such walk sees one corner of the network, where types are not as frequent as
    elsewhere; hence three. The head that is kept sees all pairs, as in `CalibratedClassifierCV(ensemble=False)` of
    scikit-learn.
    """
    outcomes = [_held_out(data, rows, settings, seed=seed + fold) for fold in range(_NUM_FOLDS)]
    calibration, threshold = _calibrate(
        np.concatenate([o.logits for o in outcomes]),
        np.concatenate([o.interacts for o in outcomes]),
        np.concatenate([o.types for o in outcomes]),
    )
    used = np.unique(data.pairs)
    known = KnownProteins.of([data.accessions[place] for place in used], rows[used])
    usual = np.quantile(np.concatenate([o.cosines for o in outcomes]), _FAR_QUANTILE)
    return InteractionPredictor(
        head=fit_head(rows, with_non_pairs(data, data, seed=seed), settings, seed=seed),
        calibration=calibration,
        type_threshold=threshold,
        known=replace(known, usual_cosine=float(usual)),
        origin=origin,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _HeldOut:
    """Logits (m, 1 + T) and labels of pairs that a head did not see, and how near their new proteins lie (k,)."""

    logits: Rows
    interacts: Labels
    types: Labels
    cosines: npt.NDArray[np.float64]


def _held_out(data: ProteinPairs, rows: Rows, settings: HeadSettings, *, seed: int) -> _HeldOut:
    split = split_pairs(data.pairs, "bfs", seed=seed)
    head = fit_head(rows, with_non_pairs(data.of(split.train), data, seed=seed), settings, seed=seed)
    # Another seed, or a non-pair of training could come again.
    held = with_non_pairs(data.of(split.held_out), data, seed=seed + _NUM_FOLDS)
    inside = np.unique(data.pairs[split.train])
    outside = np.setdiff1d(data.pairs[split.held_out], inside)
    near = KnownProteins.of([data.accessions[place] for place in inside], rows[inside]).nearest(rows[outside])
    return _HeldOut(
        logits=head.logits(rows[held.pairs[:, 0]], rows[held.pairs[:, 1]]),
        interacts=held.interacts,
        types=held.types,
        cosines=np.array([found.cosine for found in near]),
    )


def _calibrate(logits: Rows, interacts: Labels, types: Labels) -> tuple[tuple[Platt, ...], float]:
    """Calibrations of all outputs, and the threshold for types where micro-F1 is greatest."""
    typed, labels = logits[interacts, 1:], types[interacts]
    platts = [fit_platt(z, y) for z, y in zip(typed.T, labels.T, strict=True)]
    probabilities = np.stack([p.probabilities(z) for p, z in zip(platts, typed.T, strict=True)], axis=1)
    best = max(_THRESHOLDS, key=lambda threshold: micro_f1(probabilities >= threshold, labels))
    return (fit_platt(logits[:, 0], interacts), *platts), best


def micro_f1(predicted: npt.NDArray[np.bool_], labels: npt.NDArray[np.bool_]) -> float:
    """F1 (0 to 1) over all labels (N, T) of all pairs together; 0 where nothing is predicted."""
    total = int(predicted.sum() + labels.sum())
    return 2 * int((predicted & labels).sum()) / total if total else 0.0


@click.command()
@click.argument("actions", type=click.Path(path_type=Path))
@click.argument("sequences", type=click.Path(path_type=Path))
@click.option("--data-name", default="SHS27k", show_default=True, help="What the head says it was fitted on.")
@click.option(
    "--model", type=click.Path(path_type=Path), help="Checkpoint folder [default: the shipped one]."
)
@click.option("--seed", default=17, show_default=True, help="Draws weights, non-pairs and calibration pairs.")
@click.option("--output", type=click.Path(path_type=Path), help="File to write [default: the shipped head].")
def main(
    actions: Path, sequences: Path, data_name: str, model: Path | None, seed: int, output: Path | None
) -> None:
    """Fit an interaction head to pairs in GNN-PPI's format: a file of ACTIONS, a dictionary of SEQUENCES."""
    from protclip import starter
    from protclip.encode import Encoder
    from protclip.predict.interaction_file import write_predictor

    data = read_action_pairs(actions, sequences)
    encoder = Encoder.from_pretrained(model)
    origin = HeadOrigin(
        fingerprint=encoder.fingerprint,
        data=data_name,
        sha256=data.sha256,
        num_pairs=len(data.pairs),
        seed=seed,
    )
    predictor = fit_predictor(data, encoder.proteins(data.sequences), origin, HeadSettings(), seed=seed)
    path = output or starter.folder() / starter.INTERACTION
    write_predictor(predictor, path)
    if output is None:
        starter.list_file(
            starter.INTERACTION,
            f"fitted by protclip.predict.interaction_fit with the checkpoint {encoder.fingerprint} on {data_name} "
            f"(sha256 {data.sha256}): STRING actions and sequences, CC BY 4.0, as distributed by lvguofeng/GNN_PPI, "
            "MIT; neither sequences nor pairs are in the file",
        )
    click.echo(f"{path}: {path.stat().st_size:,} bytes, {data_name}, {len(data.pairs):,} pairs")


if __name__ == "__main__":
    main()
