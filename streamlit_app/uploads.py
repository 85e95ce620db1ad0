"""Long queries kept under their content hash, so that an address can name them without carrying them."""

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from protclip.errors import InputError

MAX_BYTES = 200_000
"""One upload: five times the longest known protein (titin, 35,213 residues) with its header."""
MAX_FOLDER_BYTES = 100_000_000
DAYS_KEPT = 30
"""A text is kept so long after it was last opened, less where room is short."""
_HASH = re.compile(r"[0-9a-f]{32}")
_PART = ".part-"


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadStore:
    """A folder of texts named by the first 32 hexadecimal digits of their SHA-256.

    ``clock`` gives seconds since 1970.
    """

    folder: Path
    max_bytes: int = MAX_BYTES
    max_folder_bytes: int = MAX_FOLDER_BYTES
    days_kept: float = DAYS_KEPT
    clock: Callable[[], float] = time.time

    def save(self, text: str) -> str:
        """Keep a text and return its hash; the same text twice is one file.

        Raises
        ------
        InputError
            When the text is longer than ``max_bytes`` in UTF-8.
        """
        content = text.encode("utf-8", errors="replace")
        if len(content) > self.max_bytes:
            raise InputError(
                f"The query has {len(content):,} bytes; at most {self.max_bytes:,} can be searched at once. "
                "Paste one sequence or one sentence, and use `protclip search --stdin` for many."
            )
        name = _digest(content)
        path = self.folder / name
        is_new = not path.exists()
        if is_new:
            self._write(path, content)
        self._touch(path)
        if is_new:
            self._prune(keep=path)
        return name

    def load(self, name: str) -> str:
        """The text stored under a hash, which counts as opened now.

        Raises
        ------
        InputError
            When it is not there (any more), or its content does not have that hash.
        """
        path = self.folder / name
        if _HASH.fullmatch(name) and path.is_file():
            content = path.read_bytes()
            if _digest(content) == name:
                self._touch(path)
                return content.decode("utf-8")
        raise InputError(
            "The link names a stored sequence that this server does not hold (any more): it is kept for "
            f"{self.days_kept:g} days after it was last opened, less where room is short. "
            "Paste the sequence again to get a new link."
        )

    def _write(self, path: Path, content: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=self.folder, prefix=_PART)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(part, path)  # a reader never sees half a file

    def _prune(self, keep: Path) -> None:
        """Drop the texts that nobody opened for too long, then those unused for longest while there is too much.

        What a server left half written when it died counts as a text.
        """
        files = [p for p in self.folder.iterdir() if _HASH.fullmatch(p.name) or p.name.startswith(_PART)]
        found = [(facts.st_mtime, facts.st_size, p) for p in files if (facts := _facts(p))]
        total = sum(size for _, size, _ in found)
        for opened, size, path in sorted(found):
            is_old = self.clock() - opened > self.days_kept * 86_400
            if not is_old and total <= self.max_folder_bytes:
                return
            if path != keep:
                total -= size
                path.unlink(missing_ok=True)

    def _touch(self, path: Path) -> None:
        now = self.clock()
        os.utime(path, (now, now))


def _facts(path: Path) -> os.stat_result | None:
    """None for what another visitor's text has taken the place of meanwhile."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
