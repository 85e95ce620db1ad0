import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from protclip.embedding_file import EmbeddingJob, read_embeddings, write_embeddings
from protclip.errors import AssetError, FingerprintError, InputError

RECORDS = [(f"P{i}", "MKV" * (i + 1)) for i in range(7)]


class CountingEncoder:
    """Rows that depend on the content alone, and a note of what was asked; may stop like a user does."""

    def __init__(self, stop_at=None):
        self.calls, self.stop_at = [], stop_at

    def __call__(self, contents, /, *, progress=None):
        if self.stop_at is not None and len(self.calls) == self.stop_at:
            raise KeyboardInterrupt
        self.calls.append(list(contents))
        progress(2, 4)
        return np.array([[len(c), 1.0, -1.0] for c in contents], dtype=np.float32)


@pytest.fixture
def job(tmp_path):
    return EmbeddingJob(
        output=tmp_path / "out.parquet", key="accession", fingerprint="abc", model="tiny", part_size=3
    )


def test_rows_come_back_in_input_order_with_fingerprint_and_float32_lists(job):
    assert write_embeddings(iter(RECORDS), job, CountingEncoder()) == 7
    read = read_embeddings(job.output)
    assert read.keys == tuple(key for key, _ in RECORDS)
    assert read.fingerprint == "abc"
    assert np.array_equal(read.rows[:, 0], [len(sequence) for _, sequence in RECORDS])
    schema = pq.read_schema(job.output)
    assert schema.names == ["accession", "embedding"]
    assert schema.field("embedding").type == pa.list_(pa.float32())
    assert not job.parts.exists()
    assert [path.name for path in job.output.parent.iterdir()] == ["out.parquet"]


@pytest.mark.parametrize("stop_at", [0, 1, 2])
def test_an_interrupted_run_goes_on_and_encodes_no_part_twice(job, stop_at):
    first = CountingEncoder(stop_at)
    with pytest.raises(KeyboardInterrupt):
        write_embeddings(RECORDS, job, first)
    assert not job.output.exists()
    second = CountingEncoder()
    assert write_embeddings(RECORDS, job, second, resume=True) == 7
    assert len(first.calls) + len(second.calls) == 3
    assert read_embeddings(job.output).keys == tuple(key for key, _ in RECORDS)


def test_parts_without_resume_are_not_thrown_away(job):
    with pytest.raises(KeyboardInterrupt):
        write_embeddings(RECORDS, job, CountingEncoder(1))
    with pytest.raises(InputError, match="--resume"):
        write_embeddings(RECORDS, job, CountingEncoder())


def test_resuming_a_finished_output_encodes_nothing_and_without_resume_it_is_replaced(job):
    write_embeddings(RECORDS, job, CountingEncoder())
    idle = CountingEncoder()
    assert write_embeddings(RECORDS, job, idle, resume=True) == 7
    assert idle.calls == []
    write_embeddings(RECORDS[:2], job, CountingEncoder())
    assert read_embeddings(job.output).keys == ("P0", "P1")


@pytest.mark.parametrize("finished", [False, True])
def test_another_input_or_checkpoint_is_an_error(job, finished):
    if finished:
        write_embeddings(RECORDS, job, CountingEncoder())
    else:
        with pytest.raises(KeyboardInterrupt):
            write_embeddings(RECORDS, job, CountingEncoder(1))
    changed = [RECORDS[0], ("P1", "MKW"), *RECORDS[2:]]
    with pytest.raises(InputError, match="the input is not the one"):
        write_embeddings(changed, job, CountingEncoder(), resume=True)
    other = EmbeddingJob(output=job.output, key="accession", fingerprint="xyz", model="big", part_size=3)
    with pytest.raises(FingerprintError, match="made by checkpoint abc, this is xyz"):
        write_embeddings(RECORDS, other, CountingEncoder(), resume=True)


def test_a_damaged_part_is_encoded_again(job):
    with pytest.raises(KeyboardInterrupt):
        write_embeddings(RECORDS, job, CountingEncoder(2))
    (job.parts / "part-00000.parquet").write_bytes(b"PAR1 broken")
    again = CountingEncoder()
    write_embeddings(RECORDS, job, again, resume=True)
    assert again.calls == [[s for _, s in RECORDS[:3]], [s for _, s in RECORDS[6:]]]
    assert read_embeddings(job.output).rows.shape == (7, 3)


def test_progress_counts_records_upwards_to_the_end(job):
    told = []
    write_embeddings(RECORDS, job, CountingEncoder(), progress=told.append)
    assert told == sorted(told)
    assert told[0] == 1
    assert told[-1] == 7


def test_nothing_to_encode_and_a_wrong_number_of_rows_are_errors(job, tmp_path):
    with pytest.raises(InputError, match="nothing to encode"):
        write_embeddings([], job, CountingEncoder())
    with pytest.raises(ValueError, match="for 3 records"):
        write_embeddings(RECORDS, job, lambda contents, progress: np.zeros((1, 3), dtype=np.float32))
    (tmp_path / "x").write_text("x")
    with pytest.raises(AssetError, match="no file of embeddings"):
        read_embeddings(tmp_path / "x")
