"""Whether two proteins of yeast interact: the lists of Bernett et al. 2024, which show how much is leakage."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt

from protclip.benchmarks.interaction_baselines import by_nearest_pair, by_protein, kmer_similarity
from protclip.benchmarks.pair_metrics import Row, aupr, measured
from protclip.data.ppi_pairs import Places, ProteinPairs, read_labelled_pairs
from protclip.data.uniprot_tsv import read_uniprot_tsv
from protclip.errors import RecordError
from protclip.predict.interaction import InteractionPredictor
from protclip.predict.pair_head import HeadSettings, PairTargets, fit_head

Rows = npt.NDArray[np.float32]


def yeast_questions(folder: Path) -> Iterator[tuple[str, ProteinPairs, ProteinPairs]]:
    """Each question's name, training list and test list, over all proteins of yeast.

    "original" is Guo's list split at random. "partition0" has other pairs, between proteins of one half of the
    proteome; its validation list shares proteins with its training list. "apart" trains on partition 0 too and tests
    on the original pairs of which neither protein is in a list of partition 0: the test list of the other half
    was not to be had.
    """
    lists = folder / "bernett_yeast"
    sequences = {p.accession: p.sequence for p in read_uniprot_tsv(lists / "yeast_swissprot.tab")}

    def report(error: RecordError) -> None:  # a dozen pairs of 9,862 in a list of Du's have both labels
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
        yield measured(f"aupr/{name}", aupr(scores, labels), len(labels))
        yield measured(f"accuracy/{name}", float(((scores > threshold) == labels).mean()), len(labels))
    yield measured("share_interacting", float(labels.mean()), len(labels))


def shipped_head_rows(test: ProteinPairs, rows: Rows, predictor: InteractionPredictor) -> Iterator[Row]:
    """Measure a head fitted to other proteins as it is; its calibration does not hold here, its order may."""
    found = predictor.probabilities(rows[test.pairs[:, 0]], rows[test.pairs[:, 1]])
    labels = test.labels[:, 0]
    yield measured("aupr/shipped_head", aupr(found[:, 0], labels), len(labels))


def _outside(lists: Sequence[ProteinPairs], inside: Places) -> ProteinPairs:
    """The pairs of several lists of which neither protein is among ``inside``."""
    kept = [x.of(np.flatnonzero(~np.isin(x.pairs, inside).any(axis=1))) for x in lists]
    return ProteinPairs(
        accessions=kept[0].accessions,
        sequences=kept[0].sequences,
        pairs=np.concatenate([x.pairs for x in kept]),
        labels=np.concatenate([x.labels for x in kept]),
    )
