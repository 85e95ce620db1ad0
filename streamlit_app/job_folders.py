"""Folders of long jobs: input, request, finished parts and results, found again by a key that nobody can guess.

A link names the key, so that a page which is loaded anew, or opened after a restart of the server, goes on with
what is there. What was uploaded is read as text and never run.
"""

import json
import os
import re
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from protclip.data.files import replacing, write_json
from protclip.errors import InputError

INPUT, REQUEST = "input.fasta", "request.json"
DAYS_KEPT, MAX_BYTES = 7, 4_000_000_000
"""A folder is kept so long after it was last opened; all together may take so much, the newest aside."""
_KEY = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFolders:
    """Folders by their keys, below one folder. ``clock`` gives seconds since 1970."""

    folder: Path
    days_kept: float = DAYS_KEPT
    max_bytes: int = MAX_BYTES
    clock: Callable[[], float] = time.time

    def begin(
        self,
        key: str,
        content: bytes,
        request: Mapping[str, Any],
        is_busy: Callable[[str], bool] = lambda key: False,
    ) -> Path:
        """Keep an input and what is asked of it, once; drop what is too old or too much, but nothing that is busy.

        Parameters
        ----------
        key
            32 hexadecimal digits of a hash over content and request.
        """
        assert _KEY.fullmatch(key), "a key is a hash"
        folder = self.folder / key
        if not (folder / REQUEST).exists():
            with replacing(folder / INPUT) as unfinished:
                unfinished.write_bytes(content)
            write_json(folder / REQUEST, request)  # last: a folder with it is whole
        self._touch(folder)
        self.prune(lambda other: other == key or is_busy(other))
        return folder

    def find(self, key: str) -> Path:
        """The folder of a key, which counts as opened now.

        Raises
        ------
        InputError
            When there is none (any more), or the key is none.
        """
        folder = self.folder / key
        if not _KEY.fullmatch(key) or not (folder / REQUEST).is_file():
            raise InputError(
                "The link names a job that this server does not hold (any more): jobs are kept for "
                f"{self.days_kept:g} days after they were last opened, less where room is short. Give it again"
            )
        self._touch(folder)
        return folder

    def request(self, key: str) -> dict[str, Any]:
        """What was asked under a key; raises as `find`."""
        asked: dict[str, Any] = json.loads((self.find(key) / REQUEST).read_text(encoding="utf-8"))
        return asked

    def drop(self, key: str) -> None:
        """Delete a folder with all that is in it."""
        if _KEY.fullmatch(key):
            shutil.rmtree(self.folder / key, ignore_errors=True)

    def prune(self, is_kept: Callable[[str], bool]) -> None:
        """Delete what nobody opened for too long, then the folders opened longest ago while there is too much."""
        found = [p for p in self.folder.iterdir() if _KEY.fullmatch(p.name)]
        found.sort(key=lambda p: (not is_kept(p.name), -p.stat().st_mtime))
        total = 0
        for folder in found:
            total += _num_bytes(folder)
            is_old = self.clock() - folder.stat().st_mtime > self.days_kept * 86_400
            if (is_old or total > self.max_bytes) and not is_kept(folder.name):
                total -= _num_bytes(folder)
                self.drop(folder.name)

    def _touch(self, folder: Path) -> None:
        now = self.clock()
        os.utime(folder, (now, now))


def _num_bytes(folder: Path) -> int:
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
