"""What a command costs is read from its own process; the sample is spaced, and nobody is asked about himself."""

import sys

import click
import pytest

from protclip.data.shards import read_shards, write_shards
from protclip.records import Protein
from protclip.sequence import read_fasta
from vector_store import growth_benchmark
from vector_store.growth_benchmark import cost_of, disk_mib, prepare


def test_a_command_is_measured_and_one_that_fails_is_told(capfd):
    cost = cost_of("--version")
    assert cost.cpu_s > 0
    assert 0 < cost.wall_s < 60
    assert 5 < cost.peak_mib < 10_000
    with pytest.raises(click.ClickException, match="data stats nowhere ended with 1"):
        cost_of("data", "stats", "nowhere")
    assert "protclip" in capfd.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="no holes and no blocks there")
def test_holes_take_no_disk(tmp_path):
    (tmp_path / "full").write_bytes(bytes(range(256)) * 8192)
    full = disk_mib(tmp_path)
    with (tmp_path / "hole").open("wb") as file:
        file.truncate(2**26)
    assert 2 <= full <= disk_mib(tmp_path) < full + 1
    assert disk_mib(tmp_path / "full") == full


def test_known_proteins_are_spaced_and_queries_come_from_between_them(tmp_path, monkeypatch):
    monkeypatch.setattr(growth_benchmark, "_QUERIES", (2, 5))
    proteins = [Protein(accession=f"P{n:05d}", sequence="MKV" + "A" * (n % 7)) for n in range(60)]
    write_shards(proteins, tmp_path / "all", {"source": "test"})
    prepare(tmp_path / "all", 20, tmp_path)
    known = [protein.accession for protein in read_shards(tmp_path / "shards")]
    assert known == [f"P{n:05d}" for n in range(0, 60, 3)]
    few, many = (
        [protein.accession for protein in read_fasta(tmp_path / f"{number}.fasta")] for number in (2, 5)
    )
    assert (len(few), len(many)) == (2, 5)
    assert not set(known) & set(few + many)
    with pytest.raises(click.BadParameter, match="holds 60 proteins, not 61"):
        prepare(tmp_path / "all", 61, tmp_path)


def test_where_all_are_known_queries_lack_their_first_residue(tmp_path, monkeypatch):
    monkeypatch.setattr(growth_benchmark, "_QUERIES", (2, 5))
    proteins = [Protein(accession=f"P{n:05d}", sequence="MKV" + "A" * n) for n in range(60)]
    write_shards(proteins, tmp_path / "all", {"source": "test"})
    prepare(tmp_path / "all", 60, tmp_path)
    asked = list(read_fasta(tmp_path / "5.fasta"))
    assert len(asked) == 5
    assert not {p.sequence for p in asked} & {p.sequence for p in proteins}
