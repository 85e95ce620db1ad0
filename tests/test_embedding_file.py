import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from protclip.embedding_file import EmbeddingJob, read_embeddings, write_embeddings
from protclip.errors import AssetError, FingerprintError, InputError
from protclip.share import Share

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


def of(rank, size, job):
    return replace(job, share=Share(rank=rank, size=size))


@pytest.mark.parametrize("size", [2, 3, 5])
def test_several_processes_give_the_file_that_one_gives(job, tmp_path, size):
    alone = replace(job, output=tmp_path / "alone.parquet", part_size=2)
    write_embeddings(RECORDS, alone, CountingEncoder())
    job = replace(job, part_size=2)
    encoders = [CountingEncoder() for _ in range(size)]
    told = [write_embeddings(RECORDS, of(rank, size, job), encoder) for rank, encoder in enumerate(encoders)]
    last = min(size, 4) - 1  # of four parts, a fifth process has none and finds the output complete
    assert told == [0] * last + [7] * (size - last)
    assert sum(len(encoder.calls) for encoder in encoders) == 4
    assert job.output.read_bytes() == alone.output.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["alone.parquet", "out.parquet"]


def test_another_number_of_processes_goes_on_with_the_same_parts(job):
    assert write_embeddings(RECORDS, of(1, 3, job), CountingEncoder()) == 0
    rest = CountingEncoder()
    assert write_embeddings(RECORDS, job, rest, resume=True) == 7
    assert rest.calls == [[s for _, s in RECORDS[:3]], [s for _, s in RECORDS[6:]]]


def test_a_process_without_a_part_may_be_the_first_to_end(job):
    idle = CountingEncoder()
    assert write_embeddings(RECORDS, of(3, 4, job), idle) == 0
    assert idle.calls == []
    told = [write_embeddings(RECORDS, of(rank, 4, job), CountingEncoder()) for rank in (2, 0, 1)]
    assert told == [0, 0, 7]


def test_whoever_comes_late_finds_the_output_and_encodes_nothing(job):
    for rank in (0, 1):
        write_embeddings(RECORDS, of(rank, 2, job), CountingEncoder())
    late = CountingEncoder()
    assert write_embeddings(RECORDS, of(0, 2, job), late) == 7
    assert late.calls == []
    assert not job.parts.exists()
    with pytest.raises(InputError, match="the input is not the one"):
        write_embeddings(RECORDS[:-1], of(0, 2, job), CountingEncoder())


WORKER = """
import sys, time
from pathlib import Path
import numpy as np
from protclip.embedding_file import EmbeddingJob, write_embeddings
from protclip.share import Share

calls = []

def slow(contents, /, *, progress=None):
    calls.append(contents)
    time.sleep(float(sys.argv[2]))
    return np.array([[len(c), 1.0] for c in contents], dtype=np.float32)

job = EmbeddingJob(
    output=Path(sys.argv[1]), key="accession", fingerprint="abc", model="m", part_size=1,
    share=Share.of_environment(),
)
print(write_embeddings([(f"P{i}", "M" * (i + 1)) for i in range(12)], job, slow), len(calls))
"""


def start_workers(output, seconds, *ranks):
    return [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(output), str(seconds)],
            env={**os.environ, "RANK": str(rank), "WORLD_SIZE": "2", "OMP_NUM_THREADS": "1"},
            cwd=Path(__file__).parents[1],
            stdout=subprocess.PIPE,
            text=True,
        )
        for rank in ranks
    ]


def test_a_killed_process_loses_one_part_at_most_and_a_second_start_does_the_rest(tmp_path):
    output = tmp_path / "out.parquet"
    parts = output.with_name("out.parquet.parts")
    (killed,) = start_workers(output, 0.05, 0)
    while len(list(parts.glob("part-*.parquet"))) < 2:
        assert killed.poll() is None
        time.sleep(0.005)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert not output.exists()
    left = 12 - len(list(parts.glob("part-*.parquet")))
    told = [
        tuple(map(int, worker.communicate(timeout=60)[0].split()))
        for worker in start_workers(output, 0.0, 0, 1)
    ]
    assert 12 in {number for number, _ in told}  # who joined, and who looked afterwards
    assert sum(encoded for _, encoded in told) == left
    assert read_embeddings(output).keys == tuple(f"P{i}" for i in range(12))
    assert read_embeddings(output).rows[:, 0].tolist() == list(range(1, 13))
    assert [path.name for path in tmp_path.iterdir()] == ["out.parquet"]


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"WORLD_SIZE": "2"}, "RANK is not set"),
        ({"RANK": "one", "WORLD_SIZE": "2"}, "RANK is 'one'"),
        ({"RANK": "2", "WORLD_SIZE": "2"}, "rank 2"),
    ],
)
def test_an_environment_that_torchrun_did_not_make_is_a_sentence(environment, told):
    with pytest.raises(InputError, match=told):
        Share.of_environment(environment)


def test_every_part_is_taken_by_one_process():
    assert Share.of_environment({}) == Share(rank=0, size=1)
    shares = [
        Share.of_environment({"RANK": str(r), "WORLD_SIZE": "3", "LOCAL_RANK": str(r)}) for r in range(3)
    ]
    assert [sum(share.takes(part) for share in shares) for part in range(10)] == [1] * 10
