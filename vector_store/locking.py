"""Who holds an index folder, and a private copy of one that somebody else holds."""

import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import IO

from protclip.errors import StoreError

LOCK = "lock"
_HAS_HOLES = hasattr(os, "SEEK_DATA")
_CHUNK = 16 * 1024 * 1024


class StoreBusyError(StoreError):
    """Another process (or this one, a second time) has the index folder open."""


class FolderLock:
    """An exclusive lock on an index folder that dies with its process.

    The engine locks its own files too, but only once they exist: this one also covers the moment when
    an index is made or replaced. The lock file names the process, so that the sentence can.
    """

    def __init__(self, folder: Path, wait_s: float = 0.0) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file: IO[str] | None = (folder / LOCK).open("a+", encoding="utf-8")
        except OSError as error:
            raise StoreError(
                f"the index folder {folder} cannot be written ({error}). Give another with --index PATH"
            ) from error
        deadline = time.monotonic() + wait_s
        while not _try_lock(self._file):
            if time.monotonic() >= deadline:
                sentence = busy_sentence(folder)
                self.release()
                raise StoreBusyError(sentence)
            time.sleep(0.05)
        self._sign()

    def _sign(self) -> None:
        assert self._file is not None
        self._file.truncate(0)
        # The program's name alone: its arguments are nobody else's business.
        json.dump({"pid": os.getpid(), "program": Path(sys.argv[0] or "python").name}, self._file)
        self._file.flush()

    def release(self) -> None:
        """Give the folder free; a second call does nothing."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _try_lock(file: IO[str]) -> bool:
    if sys.platform == "win32":  # the engine's own lock has to do there
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def busy_sentence(folder: Path) -> str:
    """Say who holds a folder and what to do."""
    try:
        holder = json.loads((folder / LOCK).read_text(encoding="utf-8"))
        pid, program = int(holder["pid"]), str(holder["program"])
    except (OSError, ValueError, KeyError, TypeError):
        who = "by another process, probably the ProtCLIP app"
    else:
        own = pid == os.getpid()
        who = "already by this process" if own else f"by process {pid} ({program}), probably the ProtCLIP app"
    return (
        f"the index {folder} is held {who}; one process at a time can open it. Stop that one, search through "
        "it, or read a copy: `protclip search` does so by itself, open_store takes mode='copy'"
    )


def copy_tree(source: Path, target: Path) -> None:
    """Copy a folder; holes in its files stay holes (the engine's files are up to two thirds holes)."""
    for path in sorted(source.rglob("*")):
        place = target / path.relative_to(source)
        if path.is_dir():
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            copy_sparse(path, place)


def copy_sparse(source: Path, target: Path) -> None:
    """Copy a file's data and its length, and leave its holes unwritten where the system tells them."""
    if not _HAS_HOLES:
        shutil.copyfile(source, target)
        return
    with source.open("rb") as reader, target.open("wb") as writer:
        end = os.fstat(reader.fileno()).st_size
        writer.truncate(end)
        position = 0
        while position < end:
            try:
                start = os.lseek(reader.fileno(), position, os.SEEK_DATA)
            except OSError:  # nothing but a hole is left
                break
            position = os.lseek(reader.fileno(), start, os.SEEK_HOLE)
            _copy_range(reader.fileno(), writer.fileno(), start, position)


def _copy_range(reader: int, writer: int, start: int, stop: int) -> None:
    while start < stop:
        block = os.pread(reader, min(_CHUNK, stop - start), start)
        if not block:
            return
        start += os.pwrite(writer, block, start)
