"""The BLAST database reader, on databases written byte by byte by the test."""

import struct
from pathlib import Path

import pytest

from protclip.data.blastdb import BlastDatabase, read_protein_blastdb
from protclip.errors import AssetError

RECORDS = [
    ("P1|GO:0000001", "MKTAYIAKQR"),
    ("P2|" + ",".join(f"GO:{n:07d}" for n in range(15)), "ACDEFGHIKLMNPQRSTVWY"),  # length in one more byte
    ("P3|" + ",".join(f"GO:{n:07d}" for n in range(90)), "BJOUXZ"),  # length in two more bytes
]


@pytest.fixture
def base(tmp_path, write_blastdb):
    base = tmp_path / "small.fasta"
    write_blastdb(base, RECORDS)
    return base


def _replace(path: Path, old: bytes, new: bytes) -> None:
    data = path.read_bytes()
    assert data.count(old) == 1
    path.write_bytes(data.replace(old, new))


def test_reads_every_record_with_short_and_long_headers(base):
    assert {len(title) < 0x80 for title, _ in RECORDS} == {True, False}
    assert max(len(title) for title, _ in RECORDS) > 0xFF
    assert list(read_protein_blastdb(base)) == RECORDS


def test_title_and_total_come_from_the_index(base):
    database = BlastDatabase(base)
    assert (len(database), database.title) == (3, "a small database")
    assert database.num_residues == sum(len(residues) for _, residues in RECORDS)


def test_residue_total_is_little_endian(base):
    total = sum(len(residues) for _, residues in RECORDS)
    _replace(base.with_name(base.name + ".pin"), struct.pack("<Q", total), struct.pack(">Q", total))
    with pytest.raises(AssetError, match=f"declares {total << 56} residues, its offsets hold {total}"):
        BlastDatabase(base)


def test_empty_database_has_no_record(tmp_path, write_blastdb):
    write_blastdb(tmp_path / "empty", [])
    assert list(read_protein_blastdb(tmp_path / "empty")) == []


@pytest.mark.parametrize("ending", [".pin", ".phr", ".psq"])
def test_missing_file_is_named(base, ending):
    base.with_name(base.name + ending).unlink()
    with pytest.raises(AssetError, match=rf"lacks its file small\.fasta\{ending}"):
        BlastDatabase(base)


@pytest.mark.parametrize("ending", [".pin", ".phr", ".psq"])
def test_truncated_file_is_refused(base, ending):
    path = base.with_name(base.name + ending)
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(AssetError, match=r"cut short|bytes, .* expected"):
        list(read_protein_blastdb(base))


@pytest.mark.parametrize("words", [(5, 1), (4, 0)])  # format 5; a nucleotide database
def test_other_formats_are_refused(base, words):
    _replace(base.with_name(base.name + ".pin"), struct.pack(">II", 4, 1), struct.pack(">II", *words))
    with pytest.raises(AssetError, match=f"version {words[0]}, type {words[1]}; 4 and 1 are expected"):
        BlastDatabase(base)


def test_unknown_header_form_is_refused(base):
    path = base.with_name(base.name + ".phr")
    path.write_bytes(b"\x31" + path.read_bytes()[1:])
    with pytest.raises(AssetError, match="header 0 has an unknown form"):
        list(read_protein_blastdb(base))


def test_header_longer_than_its_place_is_refused(base):
    path = base.with_name(base.name + ".phr")
    data = bytearray(path.read_bytes())
    data[7] = 0x7F  # the length of the first title
    path.write_bytes(data)
    with pytest.raises(AssetError, match="header 0 is cut short"):
        list(read_protein_blastdb(base))
