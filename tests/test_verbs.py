import gzip
import io
import json
import sys

import numpy as np
import pytest

from protclip import about, doctor, verbs
from protclip.cli import main
from protclip.data.splits import Splits
from protclip.embedding_file import read_embeddings
from protclip.health import Check

FASTA = ">sp|P1|A First\nMKV\n>P2\nMKVWMKVW\n>P3\nMK\n"


class LetterEncoder:
    """Stands for Encoder: counts letters, reads at most six residues at once."""

    name, fingerprint, dimension = "letters", "0123456789abcdef", 2

    def __init__(self):
        self.seen = []

    def num_windows(self, sequence):
        return -(-len(sequence) // 6)

    def proteins(self, sequences, *, progress=None):
        self.seen.extend(sequences)
        return np.array([[len(s), s.count("K")] for s in sequences], dtype=np.float32)

    texts = proteins


@pytest.fixture
def encoder(monkeypatch):
    found = LetterEncoder()
    asked = []
    monkeypatch.setattr(verbs, "_encoder", lambda model, device: asked.append((model, device)) or found)
    found.asked = asked
    return found


def run(*arguments):
    with pytest.raises(SystemExit) as exit_:
        main([str(argument) for argument in arguments])
    return exit_.value.code


def test_sequences_become_a_parquet_file_and_long_ones_are_named(tmp_path, encoder, capsys):
    source, out = tmp_path / "a.fa.gz", tmp_path / "out.parquet"
    source.write_bytes(gzip.compress(FASTA.encode()))
    assert run("encode", source, "-o", out, "--model", "some/where", "--device", "cpu") == 0
    read = read_embeddings(out)
    assert read.keys == ("P1", "P2", "P3")
    assert read.rows.tolist() == [[3, 1], [8, 2], [2, 1]]
    assert read.fingerprint == encoder.fingerprint
    assert [(str(model), device) for model, device in encoder.asked] == [("some/where", "cpu")]
    told = capsys.readouterr()
    assert "3 embeddings of dimension 2 by letters 0123456789abcdef" in told.out
    assert "encoded in windows: P2 (8 residues)" in told.err
    assert "P1" not in told.err


def test_texts_are_read_a_line_each_from_standard_input(tmp_path, encoder, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("ATP binding\nβ-lactamase\n".encode())))
    assert run("encode", "-", "--text", "-o", tmp_path / "t.parquet") == 0
    read = read_embeddings(tmp_path / "t.parquet")
    assert read.keys == ("ATP binding", "β-lactamase")
    assert encoder.seen == ["ATP binding", "β-lactamase"]


def test_resume_goes_on_with_what_is_there(tmp_path, encoder):
    source, out = tmp_path / "a.fa", tmp_path / "out.parquet"
    source.write_text(FASTA)
    assert run("encode", source, "-o", out, "--resume") == 0
    assert run("encode", source, "-o", out, "--resume") == 0
    assert len(encoder.seen) == 3
    (tmp_path / "out.parquet.parts").mkdir()
    assert run("encode", source, "-o", out) == 2


@pytest.mark.parametrize(
    ("content", "flags", "told", "kept"),
    [
        (">P1\nMK1V\n>P2\nMKV\n", (), "line 2", ("P2",)),
        ("one\n\nthree\n", ("--text",), "line 2: the line is blank", ("one", "three")),
    ],
)
def test_bad_records_stop_or_are_named_and_counted_by_the_exit_code(
    tmp_path, encoder, capsys, content, flags, told, kept
):
    source, out = tmp_path / "in", tmp_path / "out.parquet"
    source.write_text(content)
    assert run("encode", source, "-o", out, *flags) == 2
    assert told in capsys.readouterr().err
    assert not out.exists()
    assert run("encode", source, "-o", out, *flags, "--on-error", "skip") == 3
    assert "skipped: " in capsys.readouterr().err
    assert read_embeddings(out).keys == kept


def test_a_device_that_is_not_there_is_a_sentence(tmp_path, capsys):
    (tmp_path / "a.fa").write_text(FASTA)
    assert run("encode", tmp_path / "a.fa", "-o", tmp_path / "o", "--device", "abacus") == 2
    assert "device 'abacus' is not known; give cpu, cuda or cuda:N" in capsys.readouterr().err


GOOD = Check(name="torch", status="ok", detail="2 threads")
OPTIONAL = Check(name="mmseqs", status="missing", remedy="apt-get install mmseqs2", required=False)
BAD = Check(name="atlas", status="broken", detail="sha256 differs", remedy="git checkout -- protclip/starter")


@pytest.mark.parametrize(("checks", "code"), [([GOOD, OPTIONAL], 0), ([GOOD, BAD], 1)])
def test_doctor_exits_by_what_the_product_needs(monkeypatch, capsys, checks, code):
    monkeypatch.setattr(doctor, "all_checks", lambda: checks)
    assert run("doctor") == code
    told = capsys.readouterr().out
    for check in checks:
        assert check.name in told
        assert check.remedy in told
    assert run("doctor", "--format", "json") == code
    assert [entry["status"] for entry in json.loads(capsys.readouterr().out)] == [c.status for c in checks]


def test_info_tells_every_section_in_both_formats(monkeypatch, capsys):
    facts = {"protclip": {"version": "9.9"}, "atlas": {"proteins": 41234, "fingerprint": "abc"}}
    monkeypatch.setattr(about, "facts", lambda: facts)
    assert run("info") == 0
    told = capsys.readouterr().out
    assert "41,234" in told
    assert "9.9" in told
    assert run("info", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out) == facts


def test_splits_and_provenance_are_told_as_the_shipped_files_have_them(tmp_path, monkeypatch):
    from protclip import starter

    splits = Splits.from_clusters(
        {f"P{i}": f"P{i}" for i in range(500)}, provenance={"clusters": "mmseqs easy-linclust"}
    )
    splits.write(tmp_path / "splits.parquet")
    monkeypatch.setattr(starter, "folder", lambda: tmp_path)
    listed = {
        "a": {"sha256": "1", "provenance": {"source": "UniProt", "licence": "CC BY 4.0"}},
        "b": {"sha256": "2"},
    }
    (tmp_path / starter.MANIFEST).write_text(json.dumps({"files": listed}))
    told = about._splits()
    assert told["fingerprint"] == splits.fingerprint
    assert told["test"] == splits.counts()["test"]
    assert told["clusters"] == "mmseqs easy-linclust"
    assert about._provenance() == {"a": "source: UniProt; licence: CC BY 4.0", "b": "not stated"}


def test_stored_values_are_counted_from_the_header(tmp_path):
    from safetensors.numpy import save_file

    save_file({"a": np.zeros((3, 4), np.int8), "b": np.zeros(5, np.float16)}, tmp_path / "m.safetensors")
    assert about._num_values(tmp_path / "m.safetensors") == 17
