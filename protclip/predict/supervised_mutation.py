"""A head that is fitted on measured variants of one protein: ridge regression, or a small network.

What it sees of a variant: the residues at every position that any measured variant changes and the combined score of
`protclip.predict.mutation` (after Hsu et al. 2022, who add a zero-shot score to one-hot residues) and, where that
helps, the residues that are lost and gained, and the shift of the embedding.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from protclip.data.files import replacing
from protclip.errors import AssetError, FingerprintError, InputError
from protclip.predict.mutation import MutationScan, MutationScanner
from protclip.predict.mutation_network import (
    SEED,
    CrossValidation,
    Features,
    Floats,
    Kind,
    Network,
    cross_validate,
    fit_network,
    spearman_by_fold,
)
from protclip.predict.variants import Variant, apply_variant
from protclip.sequence import RESIDUES

MIN_VARIANTS = 20
"""Fewer measured variants are not fitted: a fold would have less than four to be ranked."""
_FACTS = ("kind", "sequence", "fingerprint", "positions", "folds", "num_variants")


@dataclass(frozen=True, slots=True, kw_only=True)
class MutationHead:
    """A fitted head; ``positions`` (from 1) are those whose residues it knows, ``folds`` its cross-validation."""

    kind: Kind
    sequence: str
    fingerprint: str
    positions: tuple[int, ...]
    network: Network
    folds: tuple[float, ...]
    num_variants: int

    def predict(self, scanner: MutationScanner, scan: MutationScan, variants: Sequence[Variant]) -> Floats:
        """Predicted measurements (N,) of variants.

        Raises
        ------
        InputError
            If the scan is of another sequence, or a variant does not fit it.
        FingerprintError
            If the scan is of another checkpoint.
        """
        if scan.sequence != self.sequence:
            raise InputError(
                "the head was fitted on variants of another sequence; give it a scan of its own wild type"
            )
        if scan.fingerprint != self.fingerprint:
            raise FingerprintError(
                f"the head was fitted with the checkpoint {self.fingerprint}, the scan is of {scan.fingerprint}; "
                "scan with the same model, or fit the head again"
            )
        return self.network.predict(features_of(scanner, scan, variants, self.positions))


def fit_head(
    scanner: MutationScanner,
    scan: MutationScan,
    variants: Sequence[Variant],
    values: Sequence[float] | Floats,
    *,
    kind: Kind = "ridge",
    seed: int = SEED,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[MutationHead, CrossValidation]:
    """Fit a head on measured variants, and cross-validate it; ``progress`` is that of `cross_validate`.

    Raises
    ------
    InputError
        If there are too few variants, a value is not finite or all are alike, or a variant does not fit.
    """
    values_N = np.asarray(values, dtype=np.float64)
    if len(variants) < MIN_VARIANTS or len(variants) != len(values_N):
        raise InputError(
            f"{len(variants)} variants with {len(values_N)} values; at least {MIN_VARIANTS} measured variants, each "
            "with one value, are needed"
        )
    if not np.isfinite(values_N).all() or np.ptp(values_N) == 0:
        raise InputError(
            "the measured values must be finite numbers that differ; leave out what was not measured"
        )
    positions = changed_positions(variants)
    features = features_of(scanner, scan, variants, positions)
    validation = cross_validate(features, values_N, kind, seed, progress)
    head = MutationHead(
        kind=kind,
        sequence=scan.sequence,
        fingerprint=scan.fingerprint,
        positions=positions,
        network=fit_network(features, values_N, kind, seed),
        folds=validation.folds,
        num_variants=len(variants),
    )
    return head, validation


def changed_positions(variants: Sequence[Variant]) -> tuple[int, ...]:
    """The positions, from 1, that any of the variants changes."""
    return tuple(sorted({change.position for variant in variants for change in variant.substitutions}))


def features_of(
    scanner: MutationScanner, scan: MutationScan, variants: Sequence[Variant], positions: Sequence[int]
) -> Features:
    """What a head sees of variants.

    Raises
    ------
    InputError
        If a variant replaces a residue that the wild type does not have.
    """
    mutants = [apply_variant(variant, scan.sequence) for variant in variants]
    wild_type, *rows = scanner.encoder.proteins([scan.sequence, *mutants])
    return Features(
        residues=_one_hot(mutants, positions),
        combined=np.array([[found.combined] for found in scanner.score(scan, variants)], dtype=np.float32),
        exchanged=np.array([_exchanged(variant) for variant in variants]),
        embedding=np.array(rows) - wild_type,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Baselines:
    """Spearman's correlation within the folds that a head was judged by, of what a head has to beat.

    ``zero_shot`` is the combined score, which no measurement went into; ``one_hot`` is ridge regression that sees
    the residues alone, fitted and cross-validated as the head.
    """

    zero_shot: tuple[float, ...]
    one_hot: tuple[float, ...]


def baselines(
    scanner: MutationScanner,
    scan: MutationScan,
    variants: Sequence[Variant],
    values: Sequence[float] | Floats,
    *,
    seed: int = SEED,
) -> Baselines:
    """What to hold the cross-validation of `fit_head` against; of the same variants, values and seed."""
    values_N = np.asarray(values, dtype=np.float64)
    scores_N = np.array([found.combined for found in scanner.score(scan, variants)])
    mutants = [apply_variant(variant, scan.sequence) for variant in variants]
    residues = _one_hot(mutants, changed_positions(variants))
    nothing = residues[:, :0]
    plain = Features(residues=residues, combined=nothing, exchanged=nothing, embedding=nothing)
    return Baselines(
        zero_shot=spearman_by_fold(scores_N, values_N, seed),
        one_hot=cross_validate(plain, values_N, "ridge", seed).folds,
    )


def save_head(head: MutationHead, path: Path) -> None:
    """Write a head as safetensors; what is no number is JSON in its metadata."""
    network = head.network
    tensors = {"mean": network.mean, "deviation": network.deviation}
    for number, (weights, bias) in enumerate(network.layers):
        tensors |= {f"weights.{number}": weights, f"bias.{number}": bias}
    facts = {name: getattr(head, name) for name in _FACTS} | {"num_blocks": network.num_blocks}
    with replacing(path) as unfinished:
        save_file(
            {k: np.ascontiguousarray(v) for k, v in tensors.items()}, unfinished, {"head": json.dumps(facts)}
        )


def load_head(path: Path) -> MutationHead:
    """Read a head that `save_head` wrote.

    Raises
    ------
    AssetError
        If the file is missing, damaged, or something else.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            facts = json.loads((file.metadata() or {})["head"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  it is no dict
        network = Network(
            mean=tensors["mean"],
            deviation=tensors["deviation"],
            layers=tuple(_layers(tensors)),
            num_blocks=facts.pop("num_blocks"),
        )
        facts |= {name: tuple(facts[name]) for name in ("positions", "folds")}
        return MutationHead(network=network, **facts)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise AssetError(
            f"{path} is no head for mutations ({error}). Give a file that save_head wrote, or fit it again"
        ) from error


def _one_hot(mutants: Sequence[str], positions: Sequence[int]) -> Floats:
    """The residues (N, 20 P) of N mutants at P positions, from 1."""
    residues_NP = np.array([[RESIDUES.find(mutant[p - 1]) for p in positions] for mutant in mutants])
    is_there = residues_NP.reshape(len(mutants), -1, 1) == np.arange(len(RESIDUES))
    return is_there.reshape(len(mutants), -1).astype(np.float32)


def _exchanged(variant: Variant) -> Floats:
    """How many of each residue are lost, and how many gained (40,)."""
    counts = np.zeros((2, len(RESIDUES)), dtype=np.float32)
    for change in variant.substitutions:
        counts[0, RESIDUES.index(change.wild)] += 1
        counts[1, RESIDUES.index(change.mutant)] += 1
    return counts.reshape(-1)


def _layers(tensors: dict[str, Floats]) -> Iterator[tuple[Floats, Floats]]:
    for number in range(sum(name.startswith("weights.") for name in tensors)):
        yield tensors[f"weights.{number}"], tensors[f"bias.{number}"]
