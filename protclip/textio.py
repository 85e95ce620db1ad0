"""Text and byte streams from files: gzip told by content, damage reported with its line.

It stands below ``protclip.sequence`` so that the FASTA reader and the readers in ``protclip.data`` share it.
"""

import gzip
import io
import os
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Literal, cast

from protclip.errors import InputError, RecordError

OnError = Literal["raise", "skip"]
Report = Callable[[RecordError], None]

_GZIP = b"\x1f\x8b"
_OTHER_ARCHIVES = {b"PK\x03\x04": "zip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
_COPY_AGAIN = "Copy or download the file again"
GZIP_ERRORS = (EOFError, gzip.BadGzipFile, zlib.error)
"""What reading damaged gzip data raises; ``damage`` turns it into a RecordError."""


def error_handler(on_error: OnError, report: Report | None) -> Report:
    """The function a reader hands each malformed record to: it raises, or reports and lets the reader go on.

    Raises
    ------
    InputError
        For an unknown ``on_error``, or "skip" without ``report``: a skipped record must not vanish.
    """
    if on_error == "raise":
        return _raise
    if on_error != "skip":
        raise InputError(f"on_error={on_error!r} is not known. Use 'raise' or 'skip'.")
    if report is None:
        raise InputError("on_error='skip' needs report=, a function that is told of each skipped record.")
    return report


def _raise(error: RecordError) -> None:
    raise error


def damage(error: Exception, source: str, line: int) -> RecordError:
    """Damaged gzip data as a RecordError; ``line`` (from 1) is the first line that could not be read."""
    if isinstance(error, EOFError):
        return RecordError(
            source, line, "the gzip data stop in the middle, the file is cut off", f"{_COPY_AGAIN}."
        )
    return RecordError(source, line, f"the gzip data are damaged ({error})", f"{_COPY_AGAIN}.")


@contextmanager
def open_binary(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file for reading bytes; gzip is recognised by content, "-" is standard input.

    Raises
    ------
    InputError
        When there is no such file, it cannot be read, or it is another kind of archive.
    """
    if os.fspath(path) == "-":
        yield plain_bytes(sys.stdin.buffer, "standard input")
        return
    try:
        file = Path(path).open("rb")  # noqa: SIM115  closed by the with below; only the opening is guarded
    except FileNotFoundError as error:
        raise InputError(
            f"There is no file {path}. Give the path of an existing file, or - for stdin."
        ) from error
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}). Give a readable file.") from error
    with file:
        yield plain_bytes(file, str(path))


def plain_bytes(stream: BinaryIO, source: str) -> BinaryIO:
    """The stream itself, or its decompressed content where it begins like gzip.

    Raises
    ------
    InputError
        For the other usual archives (zip, bzip2, xz, zstd).
    """
    buffered = (
        stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(cast(io.RawIOBase, stream))
    )
    start = buffered.peek(8)[:8]
    for magic, kind in _OTHER_ARCHIVES.items():
        if start.startswith(magic):
            office = ", as Word and Excel files are" if kind == "zip" else ""
            raise InputError(
                f"{source} is a {kind} archive{office}. Unpack it or save it as text; plain text and .gz are read."
            )
    if start.startswith(_GZIP):
        return cast(BinaryIO, gzip.GzipFile(fileobj=buffered))
    return cast(BinaryIO, buffered)


@contextmanager
def open_text(path: str | os.PathLike[str], longest: int | None = None) -> Iterator[Iterator[str]]:
    """Open a UTF-8 text file as an iterator of lines without their line ends.

    Gzip is recognised by content, "-" is standard input, a byte-order mark is dropped, and all three
    kinds of line end are understood. Of a line of more than ``longest`` characters the first ``longest`` + 1
    are given, by which it is told; the rest is read and let go, so that no line fills the memory.

    Raises
    ------
    InputError
        On opening, as ``open_binary``.
    RecordError
        While iterating: damaged gzip data, or bytes that are not UTF-8.
    """
    with open_binary(path) as stream:
        yield text_lines(stream, source_name(path), longest)


def names_source(text: str) -> bool:
    """Whether a text is "-" or the path of a file; one that is too long for a path, as a sequence is, is neither."""
    try:
        return text == "-" or Path(text).is_file()
    except (OSError, ValueError):
        return False


def source_name(path: str | os.PathLike[str]) -> str:
    """How errors name a path: itself, and "standard input" for "-"."""
    return "standard input" if os.fspath(path) == "-" else str(path)


def text_lines(stream: BinaryIO, source: str, longest: int | None = None) -> Iterator[str]:
    """Lines of a plain byte stream without line ends; see ``open_text``, which most callers want."""
    text = io.TextIOWrapper(stream, encoding="utf-8-sig")
    number = 0
    try:
        lines = text if longest is None else _cut_lines(text, longest)
        for number, line in enumerate(lines, 1):  # noqa: B007  the number is for the handlers below
            yield line.rstrip("\n")
    except GZIP_ERRORS as error:
        raise damage(error, source, number + 1) from error
    except UnicodeDecodeError as error:
        # All whole lines before the undecodable block were yielded, so its line ends count on from there.
        line_number = number + 1 + bytes(error.object[: error.start]).count(b"\n")
        byte = error.object[error.start]
        problem = f"byte 0x{byte:02x} is not UTF-8 text"
        raise RecordError(
            source, line_number, problem, "Save the file as UTF-8, or check that it is text."
        ) from error
    finally:
        with suppress(ValueError):  # closed already, where the reader was dropped halfway
            text.detach()  # the stream belongs to the caller


def _cut_lines(text: io.TextIOWrapper, longest: int) -> Iterator[str]:
    while piece := text.readline(longest + 1):
        line = piece
        while not piece.endswith("\n") and (piece := text.readline(longest + 1)):
            pass
        yield line
