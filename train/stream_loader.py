"""Batches of pairs whose proteins come from the shards on disk; only their texts are in memory.

Every draw is a function of (seed, place in the stream, rank), as it is of PairLoader's place there.
"""

from collections.abc import Container, Iterator
from pathlib import Path

import numpy as np

from protclip.model.processing import residue_tokens
from train.config import RunConfig
from train.corpus import Ints
from train.distributed import World
from train.loader import PairBatch, PairCollator, PairLoader, Place, one_ahead
from train.prepare import Prepared
from train.stream import ProteinStream, StreamBatch
from train.stream_order import StreamPosition, StreamSettings


class StreamLoader:
    """Endless batches of one process, in the order of a ProteinStream.

    Parameters
    ----------
    folder
        The shards that the collator's corpus was made of.
    train_index
        Places of the training proteins in the corpus; no other protein comes.

    Raises
    ------
    AssetError, InputError
        As ProteinStream does.
    """

    def __init__(
        self, folder: Path, settings: StreamSettings, collate: PairCollator, train_index: Ints
    ) -> None:
        self._settings, self._collate = settings, collate
        accessions = collate.corpus.accessions
        self._place_of = {accessions[i]: i for i in train_index.tolist()}
        self._stream = ProteinStream(folder, settings, _AllBut(self._place_of))

    def epochs(self, position: Place) -> float:
        """Passes over the training proteins that are done at a place.

        Raises
        ------
        InputError
            If the place was counted in another order.
        """
        assert isinstance(position, StreamPosition)
        here = self._stream.start(position)
        return here.epoch + here.seen / len(self._stream)

    def stream(self, position: Place) -> Iterator[tuple[PairBatch, StreamPosition]]:
        """Batches from a place on, each with the place that follows it; the next one is made meanwhile."""
        assert isinstance(position, StreamPosition)
        made = ((self._pairs(batch), batch.following) for batch in self._stream.batches(position))
        return one_ahead(made)

    def _pairs(self, batch: StreamBatch) -> PairBatch:
        place = batch.following
        rng = np.random.default_rng([self._settings.seed, place.epoch, place.seen, self._settings.rank])
        index = np.array([self._place_of[protein.accession] for protein in batch.proteins], dtype=np.int64)
        return self._collate(index, [residue_tokens(protein.sequence) for protein in batch.proteins], rng)


class _AllBut:
    """Every accession that is not in a container: the held-out ones, and those without a text."""

    def __init__(self, kept: Container[str]) -> None:
        self._kept = kept

    def __contains__(self, accession: object) -> bool:
        return accession not in self._kept


def make_loader(config: RunConfig, world: World, prepared: Prepared) -> PairLoader | StreamLoader:
    """What gives a process of a run its batches: the one or the other, as data.streaming says."""
    corpus, index, features = prepared.corpus, prepared.train_index, prepared.text_features
    data, seed = config.data, config.run.seed
    if not data.streaming:
        return PairLoader(
            corpus,
            index,
            features,
            batch_size=data.batch_size,
            max_residues=data.max_residues,
            seed=seed,
            rank=world.rank,
            size=world.size,
            residues=prepared.residues,
        )
    settings = StreamSettings(
        batch_size=data.batch_size, seed=seed, rank=world.rank, size=world.size, drop_last=True
    )
    collate = PairCollator(corpus, features, data.max_residues, prepared.residues)
    return StreamLoader(Path(data.shards), settings, collate, index)
