"""Read a protein BLAST database of format 4 (.pin, .phr, .psq) without the BLAST programs.

Layout, as NCBI's makeblastdb 2.2 to 2.9 writes it: the index holds, big-endian, version, type (1 is
protein), title, date, number of sequences; then the residue total, which alone is little-endian and
of 8 bytes; the longest length; header offsets; sequence offsets. Sequences are NCBIstdaa bytes with a
NUL between them; a header is ASN.1 BER whose first string is the definition line.
"""

import mmap
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from protclip.errors import AssetError

_LETTERS = b"-ABCDEFGHIKLMNPQRSTVWXYZU*OJ"
_TO_LETTER = _LETTERS + b"?" * (256 - len(_LETTERS))
# Blast-def-line-set { Blast-def-line { title VisibleString ...: constructed, indefinite lengths.
_HEADER_START = bytes.fromhex("30803080a0801a")
_REMEDY = "Give a single-volume protein database of BLAST format version 4, complete and unaltered."


class BlastDatabase:
    """A protein BLAST database, memory-mapped: records by number, in the database's order.

    Parameters
    ----------
    base : Path
        The path without the endings .pin, .phr, .psq.

    Raises
    ------
    AssetError
        If a file is missing, is of another format or version, or contradicts the index.
    """

    def __init__(self, base: Path) -> None:
        self.base = base
        self.title, self.num_residues, header_offsets, sequence_offsets = _read_index(_member(base, ".pin"))
        self._headers = _mapped(_member(base, ".phr"))
        self._sequences = _mapped(_member(base, ".psq"))
        self._header_offsets, self._sequence_offsets = header_offsets.tolist(), sequence_offsets.tolist()
        self._check()

    def _check(self) -> None:
        held = self._sequence_offsets[-1] - self._sequence_offsets[0] - len(self)
        if held != self.num_residues:
            problem = f"declares {self.num_residues} residues, its offsets hold {held}"
        elif len(self._sequences) < self._sequence_offsets[-1]:
            problem = (
                f"has a .psq file of {len(self._sequences)} bytes, {self._sequence_offsets[-1]} expected"
            )
        elif len(self._headers) < self._header_offsets[-1]:
            problem = f"has a .phr file of {len(self._headers)} bytes, {self._header_offsets[-1]} expected"
        else:
            return
        raise AssetError(f"BLAST database {self.base} {problem}. {_REMEDY}")

    def __len__(self) -> int:
        return len(self._sequence_offsets) - 1

    def header(self, number: int) -> str:
        """The definition line of record ``number`` (from 0). Raises AssetError if it is malformed."""
        start, end = self._header_offsets[number], self._header_offsets[number + 1]
        raw = self._headers[start:end]
        if not raw.startswith(_HEADER_START):
            raise AssetError(f"BLAST database {self.base}: header {number} has an unknown form. {_REMEDY}")
        at = len(_HEADER_START) + 1
        length = raw[at - 1]
        if length & 0x80:  # long form: the low bits say how many bytes hold the length
            at, length = at + (length & 0x7F), int.from_bytes(raw[at : at + (length & 0x7F)], "big")
        if at + length > len(raw):
            raise AssetError(f"BLAST database {self.base}: header {number} is cut short. {_REMEDY}")
        return raw[at : at + length].decode("utf-8", "replace")

    def sequence_bytes(self, number: int) -> bytes:
        """The NCBIstdaa bytes of record ``number`` (from 0): one residue a byte."""
        return self._sequences[self._sequence_offsets[number] : self._sequence_offsets[number + 1] - 1]

    def sequence(self, number: int) -> str:
        """The residues of record ``number`` (from 0) as letters."""
        return self.sequence_bytes(number).translate(_TO_LETTER).decode("ascii")


def read_protein_blastdb(base: Path) -> Iterator[tuple[str, str]]:
    """Yield (definition line, sequence) of every record, in the database's order.

    Raises
    ------
    AssetError
        If a file is missing, is of another format or version, or contradicts the index.
    """
    database = BlastDatabase(base)
    for number in range(len(database)):
        yield database.header(number), database.sequence(number)


def _member(base: Path, ending: str) -> Path:
    # with_suffix would eat the end of a name like goasp.fasta
    path = base.with_name(base.name + ending)
    if not path.is_file():
        raise AssetError(f"BLAST database {base} lacks its file {path.name}. {_REMEDY}")
    return path


def _mapped(path: Path) -> mmap.mmap | bytes:
    if path.stat().st_size == 0:  # an empty file cannot be mapped
        return b""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _read_index(path: Path) -> tuple[str, int, npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Title, residue total, header offsets (n+1,), sequence offsets (n+1,)."""
    data = path.read_bytes()
    try:
        version, kind, size = struct.unpack_from(">III", data)
        if (version, kind) != (4, 1):
            raise AssetError(f"{path} is of version {version}, type {kind}; 4 and 1 are expected. {_REMEDY}")
        at = 12
        title = data[at : at + size].decode("utf-8", "replace")
        at += size
        at += 4 + struct.unpack_from(">I", data, at)[0]  # the date
        (number,) = struct.unpack_from(">I", data, at)
        (residues,) = struct.unpack_from("<Q", data, at + 4)  # little-endian, unlike all the rest
        at += 16  # number, residues, longest length
        headers = np.frombuffer(data, ">u4", number + 1, at)
        sequences = np.frombuffer(data, ">u4", number + 1, at + 4 * (number + 1))
    except (struct.error, ValueError) as error:
        raise AssetError(f"{path} is cut short ({error}). {_REMEDY}") from error
    return title, residues, headers.astype(np.uint32), sequences.astype(np.uint32)
