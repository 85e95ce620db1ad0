"""Long queries kept under their content hash, so that an address can name them without carrying them."""

import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from protclip.errors import InputError

MAX_BYTES = 200_000
"""One upload: five times the longest known protein (titin, 35,213 residues) with its header."""
MAX_FOLDER_BYTES = 100_000_000
_HASH = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadStore:
    """A folder of texts named by the first 32 hexadecimal digits of their SHA-256."""

    folder: Path
    max_bytes: int = MAX_BYTES
    max_folder_bytes: int = MAX_FOLDER_BYTES

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
        if path.exists():
            path.touch()
        else:
            self._write(path, content)
            self._prune(keep=path)
        return name

    def load(self, name: str) -> str:
        """The text stored under a hash.

        Raises
        ------
        InputError
            When it is not there (any more), or its content does not have that hash.
        """
        path = self.folder / name
        if _HASH.fullmatch(name) and path.is_file():
            content = path.read_bytes()
            if _digest(content) == name:
                return content.decode("utf-8")
        raise InputError(
            "The link names a stored sequence that this server does not hold (any more). "
            "Paste the sequence again to get a new link."
        )

    def _write(self, path: Path, content: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=self.folder, prefix=".part-")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(part, path)  # a reader never sees half a file

    def _prune(self, keep: Path) -> None:
        """Drop the texts unused for longest once the folder is over its limit."""
        files = [p for p in self.folder.iterdir() if _HASH.fullmatch(p.name)]
        files.sort(key=lambda p: p.stat().st_mtime)
        total = sum(p.stat().st_size for p in files)
        for path in files:
            if total <= self.max_folder_bytes:
                return
            if path != keep:
                total -= path.stat().st_size
                path.unlink(missing_ok=True)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
