"""The order in which a stream deals out a set: arithmetic on places, no data.

The order of an epoch is a function of (seed, epoch) alone. Row groups of all shards are permuted; of each
``row_groups_in_pool`` consecutive ones (a pool) the rows are permuted together. That is a shuffle within pools
of randomly chosen row groups, not of the whole set: rows of one row group stay within one pool. The order is
cut into global batches, and of each every process takes its own part.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from protclip.errors import InputError

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamPosition:
    """Where in the order a run stands: proteins of this epoch already seen, by all processes together.

    ``order`` names data, seed and shuffle that the place was counted in; "" is not checked.
    """

    epoch: int = 0
    seen: int = 0
    order: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSettings:
    """How a set is shuffled and dealt out.

    ``batch_size`` proteins go to each of ``size`` processes at a time, of which this one is ``rank``.
    ``drop_last`` leaves out what is left at the end of an epoch and does not fill a batch of all processes,
    as collective losses want it; otherwise the rest is dealt out evenly.
    """

    batch_size: int
    seed: int = 17
    rank: int = 0
    size: int = 1
    row_groups_in_pool: int = 8
    drop_last: bool = False

    def __post_init__(self) -> None:
        for name in ("batch_size", "size", "row_groups_in_pool"):
            if getattr(self, name) < 1:
                raise InputError(
                    f"stream: {name} {getattr(self, name)} is below 1; give a whole number from 1"
                )
        if not 0 <= self.rank < self.size:
            raise InputError(
                f"stream: rank {self.rank} is not one of {self.size} processes; they count from 0"
            )

    @property
    def step(self) -> int:
        """Proteins that all processes together take at a time."""
        return self.batch_size * self.size


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRows:
    """Part of a batch: rows of one pool, as places in its concatenated row groups, in the order they come.

    ``number`` is the pool's in its epoch, ``groups`` the row groups it is made of.
    """

    number: int
    groups: Ints
    rows: Ints


class StreamOrder:
    """The order of a set whose row groups have ``sizes`` (proteins that are used of each)."""

    def __init__(self, sizes: Ints, settings: StreamSettings, name: str) -> None:
        self.name, self.num_proteins = name, int(sizes.sum())
        self._sizes, self._settings = sizes, settings
        self._shuffled: tuple[int, Ints, Ints] | None = None
        self._permuted: tuple[tuple[int, int], Ints] | None = None

    def start(self, position: StreamPosition) -> StreamPosition:
        """The place to begin from: the next epoch's first, where nothing is left to deal out.

        Raises
        ------
        InputError
            If the place was counted in another order, or lies behind the end of the epoch.
        """
        if position.order not in ("", self.name):
            raise InputError(
                f"the place was counted in the order {position.order}, and these shards, seed, pool and left-out "
                f"proteins give the order {self.name}. Give data.shards, data.splits and run.seed as they were, "
                "or begin anew"
            )
        if not 0 <= position.seen <= self.num_proteins or position.epoch < 0:
            raise InputError(
                f"there is no place {position.seen} in epoch {position.epoch} of {self.num_proteins} proteins; "
                "begin anew"
            )
        return self._place(position.epoch, position.seen)

    def deal(self, here: StreamPosition) -> tuple[Ints, StreamPosition]:
        """Places of this process's next batch in the epoch, ascending, and the place that follows."""
        settings, seen = self._settings, min(here.seen + self._settings.step, self.num_proteins)
        if seen - here.seen == settings.step:
            first = here.seen + settings.rank * settings.batch_size
            places = np.arange(first, first + settings.batch_size)
        else:
            places = np.arange(here.seen + settings.rank, seen, settings.size)
        return places, self._place(here.epoch, seen)

    def locate(self, epoch: int, places: Ints) -> list[PoolRows]:
        """Which rows of which row groups stand at ascending places of an epoch, pool by pool."""
        shuffled, starts = self._shuffle(epoch)
        size, pools = self._settings.row_groups_in_pool, np.searchsorted(starts, places, side="right") - 1
        return [
            PoolRows(
                number=number,
                groups=shuffled[number * size : (number + 1) * size],
                rows=self._permutation(epoch, number)[places[pools == number] - starts[number]],
            )
            for number in np.unique(pools).tolist()
        ]

    def _place(self, epoch: int, seen: int) -> StreamPosition:
        needed = self._settings.step if self._settings.drop_last else 1
        if self.num_proteins - seen < needed:
            epoch, seen = epoch + 1, 0
        return StreamPosition(epoch=epoch, seen=seen, order=self.name)

    def _shuffle(self, epoch: int) -> tuple[Ints, Ints]:
        """The permuted row groups of an epoch, and the place at which each pool begins, the end besides."""
        if self._shuffled is None or self._shuffled[0] != epoch:
            shuffled = np.random.default_rng([self._settings.seed, epoch]).permutation(len(self._sizes))
            firsts = np.arange(0, len(shuffled), self._settings.row_groups_in_pool)
            sizes = np.add.reduceat(self._sizes[shuffled], firsts)
            self._shuffled = epoch, shuffled, np.concatenate([[0], np.cumsum(sizes)])
        return self._shuffled[1:]

    def _permutation(self, epoch: int, number: int) -> Ints:
        """How the rows of a pool are permuted; kept, because batches are taken from it for a while."""
        if self._permuted is None or self._permuted[0] != (epoch, number):
            starts = self._shuffle(epoch)[1]
            rng = np.random.default_rng([self._settings.seed, epoch, number])
            self._permuted = (epoch, number), rng.permutation(int(starts[number + 1] - starts[number]))
        return self._permuted[1]
