"""Annotations on disk: an interrupted run gives what an uninterrupted one does, and other input is refused."""

import csv
import gzip
import json
import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from protclip.errors import AssetError, InputError, RecordError
from protclip.predict.annotation_file import AnnotationJob, write_annotations
from protclip.predict.annotation_formats import FORMS, form_of
from protclip.predict.annotation_input import SkippedRecords, count_records, read_proteins
from protclip.predict.annotation_rows import COLUMNS, Document, rows_of, separated
from protclip.records import Protein

PROTEINS = [Protein(accession=f"Q{n}", sequence="MKV" + "A" * (n + 1)) for n in range(10)]
FILES = ("out.parquet", "out.tsv", "out.csv", "out.tsv.gz", "out.jsonl", "out.jsonl.gz", "out.gaf")


def documents(proteins: Sequence[Protein]) -> Iterator[Document]:
    """Stands for predictions: one description and one term, which tell the length."""
    for protein in proteins:
        length = len(protein.sequence)
        common = dict.fromkeys(COLUMNS) | {"status": "predicted", "homologue": "P00001", "evidence": ""}
        term = common | {
            "kind": "MF", "id": f"GO:{length:07d}", "name": "ünlike", "relation": "enables", "most_specific": True,
            "probability": length / 100, "supporters": ["P00001", "x|y"],
        }  # fmt: skip
        line = common | {"kind": "description", "name": "Predicted", "supporters": []}
        statements = [{k: v for k, v in s.items() if k not in ("accession", "length", "stratum", "warnings")}
                      for s in (line, term)]  # fmt: skip
        yield {
            "accession": protein.accession, "length": length, "statements": statements, "stratum": "no hit",
            "warnings": ["short"], "fingerprint": "f",
        }  # fmt: skip


def job(output: Path, **settings: str) -> AnnotationJob:
    return AnnotationJob(
        output=output, form=form_of(output, None), settings={"model": "m"} | settings, batch=3
    )


class Killed(BaseException):
    """Stands for a kill: nothing catches it."""


def killed_after(number: int) -> Iterator[None]:
    for _ in range(number):
        yield
    raise Killed


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("survived", [0, 4, 9])
def test_a_run_that_was_killed_goes_on_to_the_same_file(tmp_path: Path, name: str, survived: int) -> None:
    whole, broken = tmp_path / f"whole-{name}", tmp_path / name
    assert write_annotations(PROTEINS, job(whole), documents) == 10
    fuse = killed_after(survived)

    def dying(proteins: Sequence[Protein]) -> Iterator[Document]:
        for document in documents(proteins):
            next(fuse)
            yield document

    with pytest.raises(Killed):
        write_annotations(PROTEINS, job(broken), dying)
    assert not broken.exists()
    seen: list[str] = []

    def watched(proteins: Sequence[Protein]) -> Iterator[Document]:
        seen.extend(p.accession for p in proteins)
        return documents(proteins)

    write_annotations(PROTEINS, job(broken), watched, resume=True)
    assert seen == [p.accession for p in PROTEINS][survived // 3 * 3 :]
    assert broken.read_bytes() == whole.read_bytes()
    assert not job(broken).parts.exists()


def test_a_process_that_is_killed_leaves_whole_parts(tmp_path: Path) -> None:
    out = tmp_path / "out.tsv"

    def dying(proteins: Sequence[Protein]) -> Iterator[Document]:
        for protein, document in zip(proteins, documents(proteins), strict=True):
            if protein.accession == "Q7":
                os.kill(os.getpid(), signal.SIGKILL)
            yield document

    child = os.fork()
    if not child:
        try:
            write_annotations(PROTEINS, job(out), dying)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert not out.exists()
    assert len(list(job(out).parts.glob("part-*"))) == 2
    write_annotations(PROTEINS, job(out), documents, resume=True)
    write_annotations(PROTEINS, job(tmp_path / "whole.tsv"), documents)
    assert out.read_bytes() == (tmp_path / "whole.tsv").read_bytes()
    names = ["out.tsv", "out.tsv.run.json", "whole.tsv", "whole.tsv.run.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names


def test_formats_agree(tmp_path: Path) -> None:
    for name in FILES:
        write_annotations(PROTEINS, job(tmp_path / name), documents)
    lines = (tmp_path / "out.jsonl").read_text("utf-8").splitlines()
    rows = [row for line in lines for row in rows_of(json.loads(line))]
    assert len(rows) == 20
    table = pq.read_table(tmp_path / "out.parquet")
    assert table.to_pylist() == rows
    assert table.schema.metadata[b"protclip.model"] == b"m"
    assert (tmp_path / "out.tsv").read_text("utf-8") == separated(rows, header=True)
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        assert file.read() == separated(rows, header=True, by=",")
    for packed in ("out.tsv.gz", "out.jsonl.gz"):
        content = gzip.decompress((tmp_path / packed).read_bytes())
        assert content == (tmp_path / packed.removesuffix(".gz")).read_bytes()
    gaf = [x.split("\t") for x in (tmp_path / "out.gaf").read_text("utf-8").splitlines() if x[0] != "!"]
    assert [(c[1], c[4]) for c in gaf] == [(r["accession"], r["id"]) for r in rows if r["kind"] == "MF"]
    assert gaf[0][7] == "UniProtKB:P00001|ProtCLIP:x%7Cy"
    record = json.loads((tmp_path / "out.gaf.run.json").read_text())
    assert gaf[0][13] == record["date"].replace("-", "")
    assert record["proteins"] == 10


def test_proteins_are_read_a_batch_ahead_at_most(tmp_path: Path) -> None:
    read: list[str] = []
    ahead: list[int] = []

    def stream() -> Iterator[Protein]:
        for protein in PROTEINS:
            read.append(protein.accession)
            yield protein

    done: list[int] = []

    def watched(proteins: Sequence[Protein]) -> Iterator[Document]:
        ahead.append(len(read) - (done[-1] if done else 0))
        return documents(proteins)

    write_annotations(stream(), job(tmp_path / "out.tsv"), watched, progress=done.append)
    assert max(ahead) == 3
    assert done == list(range(1, 11))


def test_a_finished_file_is_kept_and_other_input_or_settings_are_refused(tmp_path: Path) -> None:
    out = tmp_path / "out.tsv"
    write_annotations(PROTEINS, job(out), documents)
    before = out.stat().st_mtime_ns
    assert write_annotations(PROTEINS, job(out), _never, resume=True) == 10
    assert out.stat().st_mtime_ns == before
    with pytest.raises(InputError, match="the input is not the one"):
        write_annotations(PROTEINS[1:], job(out), _never, resume=True)
    with pytest.raises(InputError, match="begun with model m, this is other"):
        write_annotations(PROTEINS, job(out, model="other"), _never, resume=True)
    assert write_annotations(PROTEINS[1:], job(out, model="other"), documents) == 9


def test_parts_are_not_mixed_up(tmp_path: Path) -> None:
    out = tmp_path / "out.tsv"
    with pytest.raises(ZeroDivisionError):
        write_annotations(PROTEINS, job(out), lambda some: documents(some) if len(some) == 3 else 1 / 0)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="--resume, or delete"):
        write_annotations(PROTEINS, job(out), documents)
    with pytest.raises(InputError, match="not the one"):
        write_annotations(PROTEINS[::-1], job(out), documents, resume=True)
    damaged = min(job(out).parts.glob("part-*"))
    damaged.write_bytes(damaged.read_bytes()[:-9])
    with pytest.raises(AssetError, match=r"part-000000.* is damaged"):
        write_annotations(PROTEINS, job(out), documents, resume=True)
    damaged.unlink()
    assert write_annotations(PROTEINS, job(out), documents, resume=True) == 10


def test_nothing_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing to annotate"):
        write_annotations([], job(tmp_path / "out.tsv"), documents)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "given", "found"),
    [
        *((f"a.{form}", None, form) for form in FORMS),
        ("a.tsv.gz", None, "tsv"),
        ("a.txt", "gaf", "gaf"),
        ("a.gaf.gz", "tsv", "tsv"),
    ],
)
def test_the_format_is_what_the_name_ends_in(name: str, given: str | None, found: str) -> None:
    assert form_of(Path(name), given) == found


@pytest.mark.parametrize("name", ["a.txt", "a", "a.parquet.gz", "csv.xlsx"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(InputError, match=name):
        form_of(Path(name), None)


def test_skipped_records_are_listed_and_an_old_list_goes(tmp_path: Path) -> None:
    fasta = tmp_path / "a.fasta"
    fasta.write_text(
        f">a\nMKV\n>b\nMK1\n>a\nMKV\n>dna\n{'ACGT' * 10}\n>long\n{'M' * 100_001}\n>stop\nMK*V\n>z\nMK\n"
    )
    with SkippedRecords(tmp_path / "s.tsv") as skipped:
        assert [p.accession for p in read_proteins(fasta, skipped)] == ["a", "z"]
    with (tmp_path / "s.tsv").open(encoding="utf-8", newline="") as file:
        listed = list(csv.DictReader(file, delimiter="\t"))
    assert [(row["accession"], row["line"]) for row in listed] == [
        ("b", "4"), ("a", "5"), ("dna", "7"), ("long", "9"), ("stop", "12"),
    ]  # fmt: skip
    assert "more than 100,000 residues" in listed[3]["reason"]
    fasta.write_text(">a\nMKV\n")
    with SkippedRecords(tmp_path / "s.tsv") as skipped:
        assert len(list(read_proteins(fasta, skipped))) == 1
    assert not (tmp_path / "s.tsv").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no FASTA record was found"),
        (b"To whom it may concern,\n", "text before the first '>'"),
        (b"PK\x03\x04\x14\x00word/document.xml", "Word"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "not UTF-8"),
        (gzip.compress(b">a\nMK\n" * 999, mtime=0)[:40], "cut off"),
        (b">a\nM1\n>b\nM2\n", "none of 2 records can be used. The first: .*line 2: a has '1'"),
    ],
)
def test_a_file_without_a_usable_record_is_one_sentence(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "a.fasta.gz"
    path.write_bytes(content)
    with SkippedRecords(tmp_path / "s.tsv") as skipped, pytest.raises(InputError, match=words) as caught:
        list(read_proteins(path, skipped))
    assert "a.fasta.gz" in str(caught.value)


def test_records_are_counted_across_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("protclip.predict.annotation_input._BLOCK", 4)
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b">a > b\nMK\n>c\nMK\n>d\nM"))
    assert count_records(path) == 3
    assert count_records(Path("-")) is None
    path.write_bytes(path.read_bytes()[:-9])
    assert count_records(path) is None


def test_only_the_first_skipped_records_are_kept_in_memory(tmp_path: Path) -> None:
    with SkippedRecords(tmp_path / "s.tsv") as skipped:
        for line in range(50):
            skipped(RecordError("a", line, "bad", "Mend it."))
    assert (skipped.number, len(skipped.first)) == (50, 20)
    assert len((tmp_path / "s.tsv").read_text().splitlines()) == 51


def _never(proteins: Sequence[Protein]) -> Iterator[Document]:
    raise AssertionError("nothing should be predicted")
