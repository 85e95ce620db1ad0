"""Interaction predictions on SHS27k (GNN-PPI's splits) and on the yeast lists of Bernett et al. 2024.

``python -m protclip.benchmarks.interaction --data FOLDER --output results/interaction.csv`` with a folder that has
shs/ and bernett_yeast/ as their authors name the files.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import click
import numpy as np
import numpy.typing as npt
from scipy.special import expit

from protclip.benchmarks.formats.gnn_ppi import read_interaction_set
from protclip.benchmarks.interaction_baselines import (
    by_majority,
    by_nearest_pair,
    by_protein,
    kmer_similarity,
    nearest_pairs,
)
from protclip.benchmarks.interaction_interologs import interolog_rows
from protclip.benchmarks.interaction_yeast import shipped_head_rows, yeast_questions, yeast_rows
from protclip.benchmarks.pair_metrics import Row, aupr, calibration_error, measured
from protclip.benchmarks.results import append_rows
from protclip.data.atlas import Atlas, read_atlas
from protclip.data.ppi_pairs import Labels, Places, ProteinPairs
from protclip.data.ppi_splits import SPLIT_MODES, PairSplit, SplitMode, split_pairs
from protclip.encode import Encoder
from protclip.predict.gin import GinSettings, fit_gin
from protclip.predict.interaction import HeadOrigin, InteractionPredictor
from protclip.predict.interaction_file import read_predictor
from protclip.predict.interaction_fit import fit_predictor, micro_f1, with_non_pairs
from protclip.predict.pair_head import HeadSettings, PairTargets
from protclip.starter import atlas_path, interaction_path

Rows = npt.NDArray[np.float32]
Floats = npt.NDArray[np.floating]
_YEAST, _NETWORK, _ATLAS, _INTEROLOGS = "yeast", "network", "atlas", "interologs"
_PARTS = (*SPLIT_MODES, _YEAST, _NETWORK, _ATLAS, _INTEROLOGS)


def head_rows(data: ProteinPairs, rows: Rows, split: PairSplit, origin: HeadOrigin) -> Iterator[Row]:
    """Measure a head fitted to one side of a split; ``rows`` (n, E) are the embeddings of the proteins."""
    train, held = data.of(split.train), data.of(split.held_out)
    predictor = fit_predictor(train, rows, origin, HeadSettings(), seed=origin.seed)
    both = with_non_pairs(held, data, seed=origin.seed)
    probabilities = predictor.probabilities(rows[both.pairs[:, 0]], rows[both.pairs[:, 1]])
    types = probabilities[both.interacts, 1:]
    yield from _of_types("head", types, held.labels)
    likely = types >= predictor.type_threshold
    yield measured("micro_f1_own_threshold/head", micro_f1(likely, held.labels), len(held.pairs))
    yield from _by_novelty(likely, held, np.unique(train.pairs))
    yield measured("aupr/head", aupr(probabilities[:, 0], both.interacts), len(both.pairs))
    yield from _calibration_rows(predictor, rows, both, probabilities)


def baseline_rows(data: ProteinPairs, split: PairSplit, seed: int) -> Iterator[Row]:
    """Measure what needs no model, on the same pairs as `head_rows`."""
    train, held = data.of(split.train), data.of(split.held_out)
    num_proteins, similarity = len(data.accessions), kmer_similarity(data.sequences)
    yield from _of_types("majority", by_majority(train.labels, len(held.pairs)), held.labels)
    frequencies = by_protein(train.pairs, train.labels, held.pairs, num_proteins)
    yield from _of_types("degree", frequencies, held.labels)
    nearest = train.labels[nearest_pairs(similarity, train.pairs, held.pairs)[0]]
    yield from _of_types("nearest_sequences", nearest.astype(np.float64), held.labels)
    seen, both = (with_non_pairs(part, data, seed=seed) for part in (train, held))
    degree = by_protein(seen.pairs, seen.interacts[:, None], both.pairs, num_proteins)
    yield measured("aupr/degree", aupr(degree[:, 0], both.interacts), len(both.pairs))
    alike = by_nearest_pair(similarity, seen.pairs, seen.interacts, both.pairs)
    yield measured("aupr/nearest_sequences", aupr(alike, both.interacts), len(both.pairs))


def network_rows(data: ProteinPairs, rows: Rows, split: PairSplit, seed: int) -> Iterator[Row]:
    """Measure the graph network: with the training pairs as network, and with all pairs as GNN-PPI has it."""
    train, held = data.of(split.train), data.of(split.held_out)
    for name, edges in (("gin", train.pairs), ("gin_all_edges", data.pairs)):
        predictor = fit_gin(rows, train, GinSettings(), seed=seed, edges=edges)
        yield from _of_types(name, predictor.probabilities(held.pairs), held.labels)


def seconds_rows(atlas: Atlas, predictor: InteractionPredictor) -> Iterator[Row]:
    """Seconds that one protein against all of an atlas takes, the embeddings being there; the median of five."""
    taken = []
    for query in atlas.protein_vectors[:5]:
        start = time.perf_counter()
        predictor.one_against_many(query, atlas.protein_vectors)
        taken.append(time.perf_counter() - start)
    yield measured("one_against_all/seconds", float(np.median(taken)), len(atlas.proteins))


def _of_types(name: str, probabilities: Floats, labels: Labels) -> Iterator[Row]:
    n = len(labels)
    f1 = micro_f1(probabilities > 0.5, labels)
    yield measured(f"micro_f1/{name}", f1, n)
    yield measured(f"micro_aupr/{name}", aupr(probabilities.ravel(), labels.ravel()), n)


def _by_novelty(predicted: Labels, held: ProteinPairs, known: Places) -> Iterator[Row]:
    """Micro-F1 at the head's own threshold where both, one, or none of the two proteins are in training."""
    num_known = np.isin(held.pairs, known).sum(axis=1)
    for number, name in ((2, "both_known"), (1, "one_known"), (0, "none_known")):
        chosen = num_known == number
        if chosen.any():
            f1 = micro_f1(predicted[chosen], held.labels[chosen])
            yield measured(f"micro_f1_own_threshold/head/{name}", f1, int(chosen.sum()))


def _calibration_rows(
    predictor: InteractionPredictor, rows: Rows, both: PairTargets, probabilities: Floats
) -> Iterator[Row]:
    logits = predictor.head.logits(rows[both.pairs[:, 0]], rows[both.pairs[:, 1]])
    raw = expit(logits)
    known = both.interacts
    for name, told in (("raw", raw), ("calibrated", probabilities)):
        yield measured(
            f"calibration_error/interacts/{name}", calibration_error(told[:, 0], known), len(both.pairs)
        )
        error = calibration_error(told[known, 1:].ravel(), both.types[known].ravel())
        yield measured(f"calibration_error/types/{name}", error, int(known.sum()))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """Where rows go, and whose they are."""

    path: Path
    encoder: Encoder
    model: Path | None

    def add(self, part: str, benchmark: str, data: str, seed: int, found: Iterator[Row]) -> None:
        facts = {"model": self.encoder.name, "fingerprint": self.encoder.fingerprint, "data": data}
        rows: list[Row] = [facts | {"benchmark": benchmark, "seed": seed} | dict(row) for row in found]
        for row in rows:
            click.echo(f"{benchmark}\tseed {seed}\t{row['metric']}\t{row['value']:.4f}\tn={row['n']}")
        given = f" --model {self.model}" if self.model else ""
        command = f"python -m protclip.benchmarks.interaction --part {part} --seed {seed}{given}"
        append_rows(self.path, rows, command=command)


def _measure_split(mode: SplitMode, folder: Path, seeds: Sequence[int], table: _Table) -> None:
    data = read_interaction_set("shs27k", folder)
    rows = table.encoder.proteins(data.sequences)
    name, benchmark = f"SHS27k {data.sha256[:12]}", f"interaction/shs27k/{mode}"
    for seed in seeds:
        split = split_pairs(data.pairs, mode, seed=seed)
        origin = HeadOrigin(
            fingerprint=table.encoder.fingerprint,
            data=name,
            sha256=data.sha256,
            num_pairs=len(split.train),
            seed=seed,
        )
        table.add(mode, benchmark, name, seed, head_rows(data, rows, split, origin))
        table.add(mode, benchmark, name, seed, baseline_rows(data, split, seed))


def _measure_network(folder: Path, seeds: Sequence[int], table: _Table) -> None:
    data = read_interaction_set("shs27k", folder)
    rows = table.encoder.proteins(data.sequences)
    for mode, seed in product(SPLIT_MODES, seeds):
        found = network_rows(data, rows, split_pairs(data.pairs, mode, seed=seed), seed)
        table.add(_NETWORK, f"interaction/shs27k/{mode}", f"SHS27k {data.sha256[:12]}", seed, found)


def _measure_yeast(folder: Path, seeds: Sequence[int], table: _Table) -> None:
    questions = list(yeast_questions(folder))
    rows = table.encoder.proteins(questions[0][1].sequences)
    shipped = read_predictor(interaction_path())
    for name, train, test in questions:
        benchmark, data = f"interaction/yeast/{name}", f"train {train.sha256[:12]}, test {test.sha256[:12]}"
        for seed in seeds:
            table.add(_YEAST, benchmark, data, seed, yeast_rows(train, test, rows, seed))
        if shipped.origin.fingerprint == table.encoder.fingerprint:
            found = shipped_head_rows(test, rows, shipped)
            table.add(_YEAST, benchmark, data, shipped.origin.seed, found)


def _measure_interologs(folder: Path, seeds: Sequence[int], table: _Table) -> None:
    data = read_interaction_set("shs27k", folder)
    for seed in seeds:
        found = interolog_rows(data, seed=seed)
        table.add(_INTEROLOGS, "interaction/shs27k/interologs", f"SHS27k {data.sha256[:12]}", seed, found)


def _measure_seconds(table: _Table) -> None:
    atlas, shipped = read_atlas(atlas_path()), read_predictor(interaction_path())
    data = f"atlas {atlas.fingerprint}"
    table.add(_ATLAS, "interaction/atlas", data, shipped.origin.seed, seconds_rows(atlas, shipped))


@click.command()
@click.option(
    "--data", type=click.Path(path_type=Path, exists=True), required=True, help="Folder of the sets."
)
@click.option("--output", type=click.Path(path_type=Path), required=True, help="CSV file to append rows to.")
@click.option("--seed", "seeds", multiple=True, type=int, default=(1, 2, 3), help="May come again.")
@click.option(
    "--part",
    "parts",
    multiple=True,
    type=click.Choice(_PARTS),
    default=_PARTS,
    help="A split of SHS27k, the yeast lists, the graph network on all splits, how long the shipped atlas takes, or "
    "how many hidden pairs of SHS27k have interologs; may come again.",
)
@click.option(
    "--model", type=click.Path(path_type=Path), help="Checkpoint folder [default: the shipped one]."
)
def main(
    data: Path, output: Path, seeds: tuple[int, ...], parts: tuple[Any, ...], model: Path | None
) -> None:
    """Measure interaction predictions of a checkpoint, and what predicts them without one."""
    table = _Table(path=output, encoder=Encoder.from_pretrained(model), model=model)
    for part in parts:
        if part == _YEAST:
            _measure_yeast(data, seeds, table)
        elif part == _NETWORK:
            _measure_network(data, seeds, table)
        elif part == _ATLAS:
            _measure_seconds(table)
        elif part == _INTEROLOGS:
            _measure_interologs(data, seeds, table)
        else:
            _measure_split(part, data, seeds, table)


if __name__ == "__main__":
    main()
