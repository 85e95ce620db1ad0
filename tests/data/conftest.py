"""What several tests of protclip.data write: a miniature BLAST database, byte by byte."""

import struct
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

STDAA = "-ABCDEFGHIKLMNPQRSTVWXYZU*OJ"
WriteBlastdb = Callable[[Path, Sequence[tuple[str, str]]], None]


def _header(text: str) -> bytes:
    raw = text.encode()
    if len(raw) < 0x80:
        length = bytes([len(raw)])
    elif len(raw) < 0x100:
        length = bytes([0x81, len(raw)])
    else:
        length = bytes([0x82, *len(raw).to_bytes(2, "big")])
    # what follows the title in a real header (sequence ids, ends of contents) is not read
    return bytes.fromhex("30803080a0801a") + length + raw + bytes.fromhex("0000a1808002000000000000")


@pytest.fixture(scope="session")
def write_blastdb() -> WriteBlastdb:
    """Write base.pin, base.phr and base.psq as makeblastdb does in format 4."""

    def write(base: Path, records: Sequence[tuple[str, str]]) -> None:
        base.parent.mkdir(parents=True, exist_ok=True)
        headers, sequences = b"", b"\0"
        header_ends, sequence_ends = [0], [1]
        for title, residues in records:
            headers += _header(title)
            sequences += bytes(STDAA.index(r) for r in residues) + b"\0"
            header_ends.append(len(headers))
            sequence_ends.append(len(sequences))
        lengths = [len(residues) for _, residues in records]
        title, date = b"a small database", b"Jan 1, 2014  1:00 AM\0\0"
        index = struct.pack(">III", 4, 1, len(title)) + title + struct.pack(">I", len(date)) + date
        index += struct.pack(">I", len(records)) + struct.pack("<Q", sum(lengths))
        index += struct.pack(">I", max(lengths, default=0))
        index += struct.pack(f">{len(header_ends)}I", *header_ends)
        index += struct.pack(f">{len(sequence_ends)}I", *sequence_ends)
        for ending, data in ((".pin", index), (".phr", headers), (".psq", sequences)):
            base.with_name(base.name + ending).write_bytes(data)

    return write
