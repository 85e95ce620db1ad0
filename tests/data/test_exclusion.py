import gzip

import pytest

from protclip.data.exclusion import read_exclusion
from protclip.errors import InputError, RecordError
from protclip.records import Protein

FILES = {
    "a.fasta": ">sp|P12345|X Name\nMK\nV\n>1ABC-A\nMKVW\n",
    "a.faa": ">Q9H400-2 Cell.membrane test\nMKV\n>t_17\nMKVW\n",
    "a.csv": "sequence,label\nmkv,1\nMKVW,0\n",
    "a.tsv": "Entry\tEC number\tSequence\nP12345\t1.1.1.1\tMKV\nQ1\t\tMKVW\n",
    "a.jsonl": '{"seq": "MKV", "label": 3}\n\n{"primary": "MKVW"}\n',
}


def covered(exclusion, accession="X", sequence="AAAA"):
    return exclusion.covers(Protein(accession=accession, sequence=sequence))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("packed", [False, True])
def test_every_format_excludes_the_same_sequences(tmp_path, name, packed):
    path = tmp_path / (name + ".gz" if packed else name)
    path.write_bytes(gzip.compress(FILES[name].encode()) if packed else FILES[name].encode())
    exclusion = read_exclusion(path)
    assert exclusion.name == path.name
    assert covered(exclusion, sequence="MKV")
    assert covered(exclusion, sequence="MKVW")
    assert not covered(exclusion, sequence="MK")
    assert not covered(exclusion)


def test_accessions_exclude_where_they_are_uniprots(tmp_path):
    (tmp_path / "a.fasta").write_text(FILES["a.fasta"])
    (tmp_path / "b.faa").write_text(FILES["a.faa"])
    (tmp_path / "c.txt").write_text("P1\n\nP2\n")
    first, second, third = (read_exclusion(tmp_path / name) for name in ("a.fasta", "b.faa", "c.txt"))
    assert covered(first, "P12345")
    assert not covered(first, "1ABC-A")
    assert covered(second, "Q9H400")
    assert not covered(second, "t_17")
    assert covered(third, "P2")
    assert not covered(third, "P3")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        (
            "a.csv",
            "name,label\nx,1\n",
            r"line 1: the header has no column of sequences or accessions\. Name one",
        ),
        ("a.csv", "sequence,label\nMKV,1\nMKV\n", "line 3: the row has 1 cells and the header 2"),
        ("a.csv", "sequence\nMK1\n", "line 2: the sequence has a character"),
        ("a.jsonl", '{"seq": "MKV"}\n[3]\n', "line 2: this is no JSON object"),
        ("a.txt", "P1\nP2 P3\n", "line 2: 'P2 P3' is more than an accession"),
        ("a.fasta", "MKV\n", "line 1: text before the first '>'"),
    ],
)
def test_a_malformed_file_is_told_with_its_line(tmp_path, name, content, told):
    (tmp_path / name).write_text(content)
    with pytest.raises(RecordError, match=told):
        read_exclusion(tmp_path / name)


def test_a_missing_an_empty_and_an_unknown_file_are_told(tmp_path):
    with pytest.raises(InputError, match="There is no file"):
        read_exclusion(tmp_path / "nowhere.fasta")
    with pytest.raises(InputError, match=r"cannot be told apart by its ending\. Give \.fasta"):
        read_exclusion(tmp_path / "a.parquet")
    (tmp_path / "a.csv").write_text("sequence\n")
    with pytest.raises(InputError, match="names no protein"):
        read_exclusion(tmp_path / "a.csv")
