"""Proteins from shards on disk in a shuffled order, for sets that do not fit into memory.

The order is that of ``train.stream_order``: a shuffle within pools of randomly chosen row groups. From it follows:

- all processes together see each protein exactly once an epoch, whatever their number;
- a place in the order (epoch, proteins seen by all) is all the state there is, and a run goes on from it with
  the same proteins left, also with other batch sizes, processes or workers;
- memory holds one pool. Each process reads every row group but makes records of its own rows only: reading
  columns is a small part of making records.
"""

import hashlib
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch.utils.data

from protclip.data.shards import MANIFEST, REMEDY, Manifest, Shard, check_shard
from protclip.data.tables import proteins_of
from protclip.errors import AssetError, InputError
from protclip.records import Protein
from train.stream_order import Ints, StreamOrder, StreamPosition, StreamSettings

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamBatch:
    """Proteins of one process (none only where an epoch's last batch is short), and the place that follows."""

    proteins: tuple[Protein, ...]
    following: StreamPosition


@dataclass(frozen=True, slots=True, kw_only=True)
class _RowGroup:
    """One row group of a shard; ``dropped`` are the few of its rows that are left out, in order."""

    shard: Shard
    number: int
    num_rows: int
    dropped: Ints


class ProteinStream:
    """The proteins of a folder of shards, shuffled, shared out, from any place on.

    Parameters
    ----------
    folder
        Written by ``protclip.data.shards.write_shards``.
    settings
        See StreamSettings.
    left_out
        Accessions that never come, such as held-out ones.

    Raises
    ------
    AssetError
        If the folder is unfinished, or a shard is missing, damaged or changed; where a checksum is wrong,
        when the first protein of that shard is wanted.
    InputError
        If the proteins do not fill one batch of all processes, or there is none.
    """

    def __init__(self, folder: Path, settings: StreamSettings, left_out: Container[str] = ()) -> None:
        self.folder, self.settings = folder, settings
        shards = Manifest.read(folder / MANIFEST).shards
        self._groups = tuple(group for shard in shards for group in _row_groups(folder, shard, left_out))
        sizes = np.array([group.num_rows - len(group.dropped) for group in self._groups], dtype=np.int64)
        self._order = StreamOrder(sizes, settings, _order_name(self._groups, settings))
        self._checked: set[str] = set()
        self._pool: tuple[tuple[int, int], Any] | None = None
        if len(self) < (settings.step if settings.drop_last else 1):
            raise InputError(
                f"{folder} has {len(self)} proteins to train on, which do not fill one batch of "
                f"{settings.batch_size} for each of {settings.size} processes. Lower data.batch_size, or give "
                "data.shards with more proteins"
            )

    def __len__(self) -> int:
        """Proteins of an epoch, over all processes."""
        return self._order.num_proteins

    def start(self, position: StreamPosition) -> StreamPosition:
        """The place to begin from: the next epoch's first, where nothing is left to deal out.

        Raises
        ------
        InputError
            If the place was counted in another order, or lies behind the end of the epoch.
        """
        return self._order.start(position)

    def epoch(self, position: StreamPosition | None = None) -> Iterator[StreamBatch]:
        """The batches of this process from a place to the end of its epoch.

        Raises
        ------
        InputError
            If the place was counted in another order, or lies behind the end of the epoch.
        """
        position = position or StreamPosition()
        if self._order.start(position).epoch > position.epoch:
            return
        for batch in self.batches(position):
            yield batch
            if batch.following.epoch > position.epoch:
                return

    def batches(
        self, position: StreamPosition | None = None, worker: int = 0, num_workers: int = 1
    ) -> Iterator[StreamBatch]:
        """The batches of this process from a place on, epoch after epoch without end.

        Of ``num_workers`` loaders of one process each makes every num_workers-th batch, so that taking one of
        each in turn, as torch's DataLoader does, gives the batches in their order.

        Raises
        ------
        InputError
            If the place was counted in another order, or lies behind the end of the epoch.
        """
        here = self._order.start(position or StreamPosition())
        for number in count():
            places, following = self._order.deal(here)
            if number % num_workers == worker:
                yield StreamBatch(proteins=self._proteins(here.epoch, places), following=following)
            here = following

    def _proteins(self, epoch: int, places: Ints) -> tuple[Protein, ...]:
        """The proteins at places of an epoch, in their order."""
        proteins: list[Protein] = []
        for part in self._order.locate(epoch, places):
            key = epoch, part.number
            if self._pool is None or self._pool[0] != key:
                self._pool = None  # or memory would hold two
                self._pool = key, pa.concat_tables([self._read(self._groups[i]) for i in part.groups])
            proteins.extend(proteins_of(self._pool[1].take(part.rows)))
        return tuple(proteins)

    def _read(self, group: _RowGroup) -> Any:
        """The rows of a row group that are used; its shard's checksum is compared at the first time."""
        if group.shard.file not in self._checked:
            check_shard(self.folder, group.shard)
            self._checked.add(group.shard.file)
        with _naming(self.folder / group.shard.file), pq.ParquetFile(self.folder / group.shard.file) as file:
            table = file.read_row_group(group.number)
        return (
            table.take(np.delete(np.arange(group.num_rows), group.dropped)) if len(group.dropped) else table
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeBatch(Generic[T]):
    """What the collator made of a batch's proteins, and the place that follows."""

    batch: T
    following: StreamPosition


class StreamDataset(torch.utils.data.IterableDataset[MadeBatch[T]]):
    """A stream for torch's DataLoader, which is to be given ``batch_size=None``: batches are made here.

    Parameters
    ----------
    stream
        Of this process.
    collate
        Makes a batch of proteins; it runs in the worker.
    position
        Where to begin.
    """

    def __init__(
        self,
        stream: ProteinStream,
        collate: Callable[[Sequence[Protein]], T],
        position: StreamPosition | None = None,
    ) -> None:
        self._stream, self._collate, self._position = stream, collate, position

    def __iter__(self) -> Iterator[MadeBatch[T]]:
        info = torch.utils.data.get_worker_info()
        worker, num_workers = (info.id, info.num_workers) if info else (0, 1)
        for batch in self._stream.batches(self._position, worker, num_workers):
            yield MadeBatch(batch=self._collate(batch.proteins), following=batch.following)


def _order_name(groups: Sequence[_RowGroup], settings: StreamSettings) -> str:
    """A hash of the proteins used, the seed, and the size of a pool: what an order depends on."""
    digest = hashlib.sha256(f"{settings.seed} {settings.row_groups_in_pool}".encode())
    for group in groups:
        digest.update(f"{group.shard.sha256} {group.number}".encode() + group.dropped.tobytes())
    return digest.hexdigest()[:16]


def _row_groups(folder: Path, shard: Shard, left_out: Container[str]) -> Iterator[_RowGroup]:
    """The row groups of a shard, from its footer; where proteins are left out, its accessions are read."""
    path = folder / shard.file
    with _naming(path), pq.ParquetFile(path) as file:
        metadata = file.metadata
        if metadata.num_rows != shard.rows:
            raise AssetError(
                f"shard {path} has {metadata.num_rows} rows, the manifest says {shard.rows}. {REMEDY}"
            )
        for number in range(metadata.num_row_groups):
            names: list[str] = []
            if left_out:
                names = file.read_row_group(number, columns=["accession"]).column("accession").to_pylist()
            dropped = np.array([row for row, name in enumerate(names) if name in left_out], dtype=np.int64)
            yield _RowGroup(
                shard=shard, number=number, num_rows=metadata.row_group(number).num_rows, dropped=dropped
            )


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Damage that the Parquet reader meets, as an error with the shard's name and the remedy."""
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        raise AssetError(f"shard {path} cannot be read ({str(error).splitlines()[0]}). {REMEDY}") from error
