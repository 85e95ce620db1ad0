"""Interaction predictions on SHS27k (GNN-PPI's splits) and on the yeast lists of Bernett et al. 2024.

``python -m protclip.benchmarks.interaction --data FOLDER --output results/interaction.csv`` with a folder that has
shs/ and bernett_yeast/ as their authors name the files.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
import numpy.typing as npt

from protclip.benchmarks.interaction_baselines import (
    by_majority,
    by_nearest_pair,
    by_protein,
    kmer_similarity,
    nearest_pairs,
)
from protclip.benchmarks.results import append_rows
from protclip.data.ppi_pairs import Labels, Places, ProteinPairs, read_action_pairs, read_labelled_pairs
from protclip.data.ppi_splits import SPLIT_MODES, PairSplit, SplitMode, split_pairs
from protclip.data.uniprot_tsv import read_uniprot_tsv
from protclip.encode import Encoder
from protclip.errors import RecordError
from protclip.predict.gin import GinSettings, fit_gin
from protclip.predict.interaction import HeadOrigin, InteractionPredictor
from protclip.predict.interaction_file import read_predictor
from protclip.predict.interaction_fit import fit_predictor, micro_f1, with_non_pairs
from protclip.predict.pair_head import HeadSettings, PairTargets, fit_head
from protclip.starter import interaction_path

Rows = npt.NDArray[np.float32]
Floats = npt.NDArray[np.floating]
Row = Mapping[str, object]
_BINS = 10
_YEAST = "yeast"


def read_shs27k(folder: Path) -> ProteinPairs:
    """The pairs of SHS27k from GNN-PPI's two files. Raises InputError or RecordError as `read_action_pairs`."""
    shs = folder / "shs"
    return read_action_pairs(
        shs / "protein.actions.SHS27k.STRING.txt", shs / "protein.SHS27k.sequences.dictionary.tsv"
    )


def typed_rows(data: ProteinPairs, rows: Rows, split: PairSplit, origin: HeadOrigin) -> Iterator[Row]:
    """Measure head and baselines on one split; ``rows`` (n, E) are the embeddings of the proteins."""
    train, held = data.of(split.train), data.of(split.held_out)
    predictor = fit_predictor(train, rows, origin, HeadSettings(), seed=origin.seed)
    # Not one pair of the whole network may stand for one that does not interact.
    both = with_non_pairs(held, data, seed=origin.seed)
    probabilities = predictor.probabilities(rows[both.pairs[:, 0]], rows[both.pairs[:, 1]])
    types = probabilities[both.interacts, 1:]
    yield from _of_types("head", types, held.labels)
    yield _row("micro_f1_own_threshold/head", micro_f1(types >= predictor.type_threshold, held.labels), held)
    yield from _by_novelty(types >= predictor.type_threshold, held, np.unique(train.pairs))
    yield _row("aupr/head", _aupr(probabilities[:, 0], both.interacts), both)
    yield from _calibration_rows(predictor, rows, both, probabilities)
    num_proteins, similarity = len(data.accessions), kmer_similarity(data.sequences)
    yield from _of_types("majority", by_majority(train.labels, len(held.pairs)), held.labels)
    frequencies = by_protein(train.pairs, train.labels, held.pairs, num_proteins)
    yield from _of_types("degree", frequencies, held.labels)
    nearest = train.labels[nearest_pairs(similarity, train.pairs, held.pairs)[0]]
    yield from _of_types("nearest_sequences", nearest.astype(np.float64), held.labels)
    seen = with_non_pairs(train, data, seed=origin.seed)
    interacts = seen.interacts[:, None]
    degree = by_protein(seen.pairs, interacts, both.pairs, num_proteins)
    yield _row("aupr/degree", _aupr(degree[:, 0], both.interacts), both)
    alike = by_nearest_pair(similarity, seen.pairs, seen.interacts, both.pairs)
    yield _row("aupr/nearest_sequences", _aupr(alike, both.interacts), both)


def network_rows(data: ProteinPairs, rows: Rows, split: PairSplit, seed: int) -> Iterator[Row]:
    """Measure the graph network: with the training pairs as network, and with all pairs as GNN-PPI has it."""
    train, held = data.of(split.train), data.of(split.held_out)
    for name, edges in (("gin", train.pairs), ("gin_all_edges", data.pairs)):
        predictor = fit_gin(rows, train, GinSettings(), seed=seed, edges=edges)
        yield from _of_types(name, predictor.probabilities(held.pairs), held.labels)


def yeast_questions(folder: Path) -> Iterator[tuple[str, ProteinPairs, ProteinPairs]]:
    """Each question's name, training list and test list, over all proteins of yeast.

    "original" is Guo's list split at random. "partition0" has other pairs, between proteins of one half of the
    proteome; its validation list shares proteins with its training list. "apart" trains on partition 0 too and tests
    on the original pairs of which neither protein is in a list of partition 0: the test list of the other half
    was not to be had.
    """
    lists = folder / "bernett_yeast"
    sequences = {p.accession: p.sequence for p in read_uniprot_tsv(lists / "yeast_swissprot.tab")}

    def report(error: RecordError) -> None:  # one pair of 9,862 in a list of Du's has both labels
        click.echo(error, err=True)

    def read(*names: str) -> list[ProteinPairs]:
        paths = [lists / f"{name}.txt" for name in names]
        return [read_labelled_pairs(path, sequences, on_error="skip", report=report) for path in paths]

    original = read("original_guo_train", "original_guo_val")
    partition = read("partition0_guo_train", "partition0_guo_val")
    more_of_it = read("partition0_du_train", "partition0_du_val")
    yield "original", original[0], original[1]
    yield "partition0", partition[0], partition[1]
    inside = np.concatenate([pairs.pairs.ravel() for pairs in (*partition, *more_of_it)])
    yield "apart", partition[0], _outside(original, inside)


def yeast_rows(train: ProteinPairs, test: ProteinPairs, rows: Rows, seed: int) -> Iterator[Row]:
    """Measure head and baselines on lists of pairs that interact or not; ``rows`` (n, E) of all proteins."""
    interacts, labels = train.labels[:, 0], test.labels[:, 0]
    targets = PairTargets(pairs=train.pairs, interacts=interacts, types=np.zeros((len(interacts), 0), bool))
    head = fit_head(rows, targets, HeadSettings(), seed=seed)
    logits = head.logits(rows[test.pairs[:, 0]], rows[test.pairs[:, 1]])[:, 0]
    used, places = np.unique(np.concatenate([train.pairs, test.pairs]), return_inverse=True)
    seen, asked = np.split(places.reshape(-1, 2), [len(train.pairs)])
    similarity = kmer_similarity([train.sequences[place] for place in used])
    degree = by_protein(seen, train.labels, asked, len(used))[:, 0]
    alike = by_nearest_pair(similarity, seen, interacts, asked)
    for name, scores, threshold in (
        ("head", logits, 0.0),
        ("degree", degree, 0.5),
        ("nearest_sequences", alike, 0.0),
    ):
        yield _row(f"aupr/{name}", _aupr(scores, labels), test)
        yield _row(f"accuracy/{name}", float(((scores > threshold) == labels).mean()), test)
    yield _row("share_interacting", float(labels.mean()), test)


def shipped_head_rows(test: ProteinPairs, rows: Rows, predictor: InteractionPredictor) -> Iterator[Row]:
    """Measure a head fitted to other proteins as it is; its calibration does not hold here, its order may."""
    found = predictor.probabilities(rows[test.pairs[:, 0]], rows[test.pairs[:, 1]])
    yield _row("aupr/shipped_head", _aupr(found[:, 0], test.labels[:, 0]), test)


def _of_types(name: str, probabilities: Floats, labels: Labels) -> Iterator[Row]:
    n = len(labels)
    f1 = micro_f1(probabilities > 0.5, labels)
    yield {"metric": f"micro_f1/{name}", "value": f1, "n": n}
    yield {"metric": f"micro_aupr/{name}", "value": _aupr(probabilities.ravel(), labels.ravel()), "n": n}


def _by_novelty(predicted: Labels, held: ProteinPairs, known: Places) -> Iterator[Row]:
    """Micro-F1 at the head's own threshold where both, one, or none of the two proteins are in training."""
    num_known = np.isin(held.pairs, known).sum(axis=1)
    for number, name in ((2, "both_known"), (1, "one_known"), (0, "none_known")):
        chosen = num_known == number
        if chosen.any():
            f1 = micro_f1(predicted[chosen], held.labels[chosen])
            yield {
                "metric": f"micro_f1_own_threshold/head/{name}",
                "value": f1,
                "n": int(chosen.sum()),
            }


def _calibration_rows(
    predictor: InteractionPredictor, rows: Rows, both: PairTargets, probabilities: Floats
) -> Iterator[Row]:
    logits = predictor.head.logits(rows[both.pairs[:, 0]], rows[both.pairs[:, 1]])
    raw = 1 / (1 + np.exp(-logits))
    known = both.interacts
    for name, told in (("raw", raw), ("calibrated", probabilities)):
        yield _row(f"calibration_error/interacts/{name}", calibration_error(told[:, 0], known), both)
        error = calibration_error(told[known, 1:].ravel(), both.types[known].ravel())
        yield {"metric": f"calibration_error/types/{name}", "value": error, "n": int(known.sum())}


def calibration_error(probabilities: Floats, labels: Labels) -> float:
    """Mean distance (0 to 1) between probability and frequency over ten bins, weighed by what is in them."""
    bins = np.minimum((probabilities * _BINS).astype(int), _BINS - 1)
    gaps = np.bincount(bins, weights=probabilities - labels, minlength=_BINS)
    return float(np.abs(gaps).sum() / len(labels))


def _aupr(scores: Floats, labels: Labels) -> float:
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(labels, scores))


def _outside(lists: Sequence[ProteinPairs], inside: Places) -> ProteinPairs:
    """The pairs of several lists of which neither protein is among ``inside``."""
    kept = [x.of(np.flatnonzero(~np.isin(x.pairs, inside).any(axis=1))) for x in lists]
    return ProteinPairs(
        accessions=kept[0].accessions,
        sequences=kept[0].sequences,
        pairs=np.concatenate([x.pairs for x in kept]),
        labels=np.concatenate([x.labels for x in kept]),
    )


def _row(metric: str, value: float, measured_on: ProteinPairs | PairTargets) -> Row:
    return {"metric": metric, "value": value, "n": len(measured_on.pairs)}


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
    data = read_shs27k(folder)
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
        table.add(mode, benchmark, name, seed, typed_rows(data, rows, split, origin))
        table.add(mode, benchmark, name, seed, network_rows(data, rows, split, seed))


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
    type=click.Choice([*SPLIT_MODES, _YEAST]),
    default=(*SPLIT_MODES, _YEAST),
    help="A split of SHS27k, or the yeast lists; may come again.",
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
        else:
            _measure_split(part, data, seeds, table)


if __name__ == "__main__":
    main()
