"""Which share of a run over many records a process takes, where several work on it without speaking to each other."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from protclip.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Process ``rank`` of ``size`` takes every part whose number leaves its rank when divided by the size.

    ``local_rank`` counts the processes of one machine: it is the number of the GPU to use. Parts do not depend
    on the size, so a run can be resumed with another number of processes.
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.rank < self.size or self.local_rank < 0:
            raise InputError(
                f"rank {self.rank} (local rank {self.local_rank}) of {self.size} processes cannot be; "
                "ranks count from 0, below WORLD_SIZE. Start with torchrun"
            )

    @classmethod
    def of_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """As torchrun says it (RANK, WORLD_SIZE, LOCAL_RANK); without these the process is alone.

        Raises
        ------
        InputError
            If they are no numbers, or do not go together.
        """
        found = {}
        for name, default in (("RANK", 0), ("WORLD_SIZE", 1), ("LOCAL_RANK", 0)):
            given = environment.get(name, str(default))
            if not given.isdecimal():
                raise InputError(f"{name} is {given!r}, not a whole number. Start with torchrun, or unset it")
            found[name] = int(given)
        if found["WORLD_SIZE"] > 1 and "RANK" not in environment:
            raise InputError(f"WORLD_SIZE is {found['WORLD_SIZE']}, but RANK is not set. Start with torchrun")
        return cls(rank=found["RANK"], size=found["WORLD_SIZE"], local_rank=found["LOCAL_RANK"])

    def takes(self, part: int) -> bool:
        """Whether a part, counted from 0, is this process's."""
        return part % self.size == self.rank
