import gzip
import json
from pathlib import Path

import pytest

from protclip.cli import main
from protclip.data.build import SKIPPED, SOURCES, BuildRequest, build
from protclip.data.shards import read_shards
from protclip.data.splits import Splits
from protclip.data.verbs import SOURCES as OFFERED
from protclip.errors import InputError, RecordError

FAMILY = "MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQAPILSRVGDGTQDNLSGAEKAVQVKVKALPDAQFEVVHSLAKWKRQTLGQHDFSAGEG"
TSV = (
    "Entry\tReviewed\tProtein names\tOrganism\tFunction [CC]\tSequence\n"
    "P1\treviewed\tCutinase (EC 3.1.1.74)\tFusarium\tFUNCTION: Degrades cutin. {ECO:0000269}.\tMKV\n"
    "P2\treviewed\tLysozyme\tGallus\t\tMKVW\n"
)


def fasta(path, number, broken=()):
    bodies = ["MK1V" if i in broken else FAMILY[: 60 + i] for i in range(number)]
    path.write_text("".join(f">sp|Q{i:05d}|X Protein {i}\n{body}\n" for i, body in enumerate(bodies)))
    return path


def run(*arguments):
    with pytest.raises(SystemExit) as exit_:
        main([str(argument) for argument in arguments])
    return exit_.value.code


def test_the_verb_offers_the_sources_there_are():
    assert OFFERED == SOURCES


def test_a_uniprot_table_becomes_shards_with_provenance(tmp_path):
    source = tmp_path / "human.tsv"
    source.write_text(TSV)
    request = BuildRequest(source="uniprot-tsv", inputs=(source,), output=tmp_path / "out", release="2025_01")
    result = build(request)
    proteins = list(read_shards(tmp_path / "out"))
    assert [p.accession for p in proteins] == ["P1", "P2"]
    assert proteins[0].of_kind("function")[0].text == "Degrades cutin. {ECO:0000269}."
    provenance = result.manifest.provenance
    assert provenance["release"] == "2025_01"
    assert provenance["licence"] == "CC BY 4.0 (UniProt Consortium)"
    assert provenance["inputs"].startswith(f"human.tsv ({source.stat().st_size} bytes, edges sha256 ")
    assert str(tmp_path) not in json.dumps(dict(provenance))
    assert result.skipped == ()


def test_building_twice_reads_nothing_the_second_time(tmp_path):
    request = BuildRequest(
        source="fasta", inputs=(fasta(tmp_path / "a.fa", 5),), output=tmp_path / "out", limit=3
    )
    first = build(request)
    assert first.manifest.num_proteins == 3

    def never(proteins):
        for _ in proteins:
            pytest.fail("the input was read")
        yield

    assert build(request, never) == first


def test_several_inputs_are_read_in_their_order_and_plain_equals_gzip(tmp_path):
    one, two = fasta(tmp_path / "a.fa", 2), tmp_path / "b.fa.gz"
    two.write_bytes(gzip.compress(b">Z1\nMKV\n"))
    build(BuildRequest(source="fasta", inputs=(one, two), output=tmp_path / "out"))
    assert [p.accession for p in read_shards(tmp_path / "out")] == ["Q00000", "Q00001", "Z1"]


def test_a_changed_input_is_another_source(tmp_path):
    request = BuildRequest(source="fasta", inputs=(fasta(tmp_path / "a.fa", 2),), output=tmp_path / "out")
    build(request)
    fasta(tmp_path / "a.fa", 3)
    with pytest.raises(InputError, match="already holds another source"):
        build(request)


def test_a_malformed_record_stops_or_is_kept_in_a_list(tmp_path):
    inputs = (fasta(tmp_path / "a.fa", 5, broken=(1, 3)),)
    strict = BuildRequest(source="fasta", inputs=inputs, output=tmp_path / "out")
    with pytest.raises(RecordError, match=r"a\.fa, line 4"):
        build(strict)
    lenient = BuildRequest(source="fasta", inputs=inputs, output=tmp_path / "out", on_error="skip")
    result = build(lenient)
    assert result.manifest.num_proteins == 3
    assert len(result.skipped) == 2
    assert "line 8" in result.skipped[1]
    # The finished folder is not read again, and still knows what it lacks.
    assert build(lenient).skipped == result.skipped
    assert (tmp_path / "out" / SKIPPED).read_text().count("\n") == 2


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"source": "genbank"}, "not one of swissprot-goa"),
        ({"source": "fasta"}, "needs at least one --input"),
        ({"source": "swissprot-goa", "inputs": (Path("x"),)}, "takes no --input"),
        ({"source": "fasta", "inputs": (Path("x"), Path("x"))}, "given twice"),
        ({"source": "fasta", "inputs": (Path("x"),), "limit": 0}, "limit 0 is below 1"),
    ],
)
def test_a_request_that_cannot_be_met_is_told(options, told):
    with pytest.raises(InputError, match=told):
        BuildRequest(output=Path("out"), **options)


def test_a_missing_file_and_an_input_without_proteins_are_told(tmp_path):
    with pytest.raises(InputError, match=r"cannot read .*nowhere\.fa"):
        build(BuildRequest(source="fasta", inputs=(tmp_path / "nowhere.fa",), output=tmp_path / "o"))
    empty = tmp_path / "empty.tsv"
    empty.write_text(TSV.splitlines()[0] + "\n")
    with pytest.raises(InputError):
        build(BuildRequest(source="uniprot-tsv", inputs=(empty,), output=tmp_path / "o"))
    assert not (tmp_path / "o" / "manifest.json").exists()


def test_swissprot_goa_without_its_packages_says_how_to_get_them(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("protclip.data.debian.SYSTEM_ROOT", tmp_path)
    code = run(
        "data", "build", "--source", "swissprot-goa", "--cache", tmp_path / "c", "--output", tmp_path / "o"
    )
    assert code == 1
    assert "metastudent-data is neither installed nor in" in capsys.readouterr().err


def test_the_verbs_build_split_and_info(tmp_path, capsys, monkeypatch):
    source, out = fasta(tmp_path / "a.fa", 4), tmp_path / "out"
    assert run("data", "build", "--source", "fasta", "--input", source, "--output", out) == 0
    told = capsys.readouterr()
    assert "4 proteins, 0 annotations, 1 shards" in told.out
    assert "proteins read: 4" in told.err
    clusters = {f"Q{i:05d}": "Q00000" for i in range(4)} | {"X": "X"}
    wide = Splits.from_clusters(clusters, valid_share=0.0, test_share=0.999, seed=1)
    wide.write(tmp_path / "known.parquet")
    assert run("data", "split", out, "--assignment", tmp_path / "known.parquet") == 0
    splits = Splits.read(out / "splits.parquet")
    assert splits.counts() == {"train": 0, "valid": 0, "test": 4}
    assert splits.provenance["assignment"] == wide.fingerprint
    capsys.readouterr()
    assert run("data", "info", out, "--format", "json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["proteins"] == 4
    assert facts["checksums"] == "ok"
    assert facts["splits fingerprint"] == splits.fingerprint
    assert run("data", "info", out) == 0
    assert "train 0, valid 0, test 4" in capsys.readouterr().out


def test_skipped_records_are_named_and_the_exit_code_says_so(tmp_path, capsys):
    source = fasta(tmp_path / "a.fa", 3, broken=(2,))
    arguments = ("data", "build", "--source", "fasta", "--input", source, "--output", tmp_path / "o")
    assert run(*arguments) == 2
    assert run(*arguments, "--on-error", "skip") == 3
    told = capsys.readouterr().err
    assert "skipped: " in told
    assert "line 6" in told
    assert "1 records were skipped" in told


def test_split_options_that_an_assignment_overrides_are_refused(tmp_path, capsys):
    assert run("data", "split", tmp_path, "--assignment", "shipped", "--seed", "3") == 2
    assert "--seed has no effect with --assignment" in capsys.readouterr().err


def test_without_mmseqs_the_shipped_assignment_is_used_and_said(tmp_path, capsys, monkeypatch):
    from protclip.data import verbs

    out = tmp_path / "out"
    build(BuildRequest(source="fasta", inputs=(fasta(tmp_path / "a.fa", 3),), output=out))
    shipped = Splits(by_accession={"Q00001": "test"}, cluster_of={"Q00001": "Q00001"}, num_proteins=9)
    shipped.write(tmp_path / "shipped.parquet")
    monkeypatch.setattr(verbs, "shipped_assignment", lambda: tmp_path / "shipped.parquet")
    monkeypatch.setenv("PATH", "/nowhere")
    assert run("data", "split", out) == 0
    assert "mmseqs is not installed: the shipped assignment is used" in capsys.readouterr().err
    assert Splits.read(out / "splits.parquet").counts() == {"train": 2, "valid": 0, "test": 1}
    # A seed asks for new clusters, which cannot be made here.
    assert run("data", "split", out, "--seed", "3") == 1
    assert "mmseqs (MMseqs2) is not on the PATH" in capsys.readouterr().err


def test_an_assignment_that_holds_out_none_of_the_proteins_is_refused(tmp_path, capsys):
    out = tmp_path / "out"
    build(BuildRequest(source="fasta", inputs=(fasta(tmp_path / "a.fa", 3),), output=out))
    other = Splits(by_accession={"X": "test"}, cluster_of={"X": "X"}, num_proteins=9)
    other.write(tmp_path / "other.parquet")
    assert run("data", "split", out, "--assignment", tmp_path / "other.parquet") == 2
    assert "holds out none of these proteins" in capsys.readouterr().err


def test_the_shipped_assignment_is_the_one_protclip_starter_names(tmp_path, monkeypatch):
    from protclip import starter
    from protclip.data import verbs

    assert verbs.shipped_assignment() == starter.folder() / starter.SPLITS
