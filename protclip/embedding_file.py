"""Embeddings on disk: a Parquet file written part by part, so that an interrupted run can be continued.

Parts lie in ``OUTPUT.parts/`` until the last one is done; then ``OUTPUT`` appears in one step. Several processes can
write parts of one run: each takes its share, and whichever finds all parts done joins them.
"""

import hashlib
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from protclip.batching import batches
from protclip.data.files import replacing
from protclip.errors import AssetError, FingerprintError, InputError
from protclip.share import Share

Rows = npt.NDArray[np.float32]
Key = Literal["accession", "text"]
Record = tuple[str, str]
"""What names a row, and what is encoded: (accession, sequence) or (text, text)."""


class Encode(Protocol):
    """Sequences or texts in, rows out; ``progress`` is told (done, total) and may raise to cancel."""

    def __call__(self, contents: Sequence[str], /, *, progress: Callable[[int, int], None] | None) -> Rows:
        """Rows (n, d) in the order of the contents."""
        ...


_DIGEST, _FINGERPRINT, _MODEL = b"protclip.input_sha256", b"protclip.fingerprint", b"protclip.model"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingJob:
    """What is written where.

    ``key`` names the first column. ``fingerprint`` and ``model`` are the checkpoint's and are stored in
    the file. ``part_size`` is the number of rows that an interruption loses at most, for each process.
    """

    output: Path
    key: Key
    fingerprint: str
    model: str
    part_size: int = 4096
    share: Share = field(default_factory=Share)

    def part(self, number: int) -> Path:
        """The file of a part, counted from 0."""
        return self.parts / f"part-{number:05d}.parquet"

    @property
    def parts(self) -> Path:
        """The folder of the parts that are done."""
        return self.output.with_name(f"{self.output.name}.parts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Embeddings:
    """Keys in file order, their unit rows (n, d), and the fingerprint of the checkpoint that made them."""

    keys: tuple[str, ...]
    rows: Rows
    fingerprint: str


def write_embeddings(
    records: Iterable[Record],
    job: EmbeddingJob,
    encode: Encode,
    *,
    resume: bool = False,
    progress: Callable[[int], None] = lambda done: None,
) -> int:
    """Encode this process's share of the records into ``job.output`` and return how many there are in all.

    Returns 0 where other processes have parts left to write: the last of them joins the parts.

    Parameters
    ----------
    records : Iterable of (key, sequence or text)
        Read in parts of ``job.part_size``.
    job : EmbeddingJob
        What is written where.
    encode : callable
        Gives the rows (n, d) of n sequences or texts, in order; `Encoder.proteins` or `Encoder.texts`.
    resume : bool
        Keep the parts of an interrupted run, or the whole output where it is complete. Several processes
        always do: each finds parts of the others.
    progress : callable
        Told now and then how many records are done.

    Raises
    ------
    InputError
        If there is no record, parts are there and ``resume`` is false, or the input has changed since.
    FingerprintError
        If the parts or the output are of another checkpoint.
    """
    resume = resume or job.share.size > 1
    if not resume and job.parts.exists():
        raise InputError(
            f"{job.parts} holds parts of an interrupted run. Continue it with --resume, or delete the folder"
        )
    digests: list[str] = []
    done = 0
    for number, batch in enumerate(batches(records, job.part_size)):
        digests.append(_digest(batch))
        if job.share.takes(number) and not (resume and _is_kept(number, job, digests[-1])):
            rows = encode([content for _, content in batch], progress=_scaled(progress, done, len(batch)))
            _write_part(job.part(number), batch, rows, job, digests[-1])
        done += len(batch)
        progress(done)
    if not done:
        raise InputError("there is nothing to encode; give at least one record")
    return done if _join_if_done(job, digests) else 0


def read_embeddings(path: Path) -> Embeddings:
    """Read a file that `write_embeddings` wrote.

    Raises
    ------
    AssetError
        If it is missing or no such file.
    """
    try:
        table = pq.read_table(path)
        fingerprint = table.schema.metadata[_FINGERPRINT].decode()
        column = table.column("embedding").combine_chunks()
    except (OSError, pa.ArrowException, KeyError, TypeError) as error:
        raise AssetError(
            f"{path} is no file of embeddings ({error}). Write one with protclip encode"
        ) from error
    rows = column.flatten().to_numpy(zero_copy_only=False).reshape(len(column), -1)
    return Embeddings(keys=tuple(table.column(0).to_pylist()), rows=rows, fingerprint=fingerprint)


def _digest(batch: Sequence[Record]) -> str:
    return hashlib.sha256("".join(f"{key}\t{content}\n" for key, content in batch).encode()).hexdigest()


def _is_done(path: Path, job: EmbeddingJob, digest: str) -> bool:
    """Whether a part is there and belongs to this input and checkpoint; a damaged part is not there."""
    try:
        _check(path, job, digest)
    except (OSError, pa.ArrowException):
        return False
    return True


def _is_kept(number: int, job: EmbeddingJob, digest: str) -> bool:
    """Whether a part need not be written, or the whole output is there, joined before or meanwhile."""
    return _is_done(job.part(number), job, digest) or (job.output.exists() and not job.parts.exists())


def _check(path: Path, job: EmbeddingJob, digest: str) -> None:
    metadata = pq.read_schema(path).metadata or {}
    fingerprint = metadata.get(_FINGERPRINT, b"none").decode()
    if fingerprint != job.fingerprint:
        raise FingerprintError(
            f"{path} was made by checkpoint {fingerprint}, this is {job.fingerprint} ({job.model}). "
            "Give the same --model, or delete it and start anew"
        )
    if metadata.get(_DIGEST, b"").decode() != digest:
        raise InputError(
            f"the input is not the one {path} was made from, or --part-size differs. Delete it and start anew"
        )


def _scaled(progress: Callable[[int], None], before: int, size: int) -> Callable[[int, int], None]:
    """An encoder counts its own pieces (windows, batches): their share of this part, in records."""
    return lambda done, total: progress(before + done * size // max(total, 1))


def _write_part(path: Path, batch: Sequence[Record], rows: Rows, job: EmbeddingJob, digest: str) -> None:
    rows = np.ascontiguousarray(rows, dtype=np.float32)
    if rows.ndim != 2 or rows.shape[0] != len(batch):
        raise ValueError(f"the encoder gave rows of shape {rows.shape} for {len(batch)} records")
    offsets = np.arange(len(batch) + 1, dtype=np.int32) * rows.shape[1]
    embeddings = pa.ListArray.from_arrays(pa.array(offsets), pa.array(rows.ravel()))
    table = pa.table({job.key: [key for key, _ in batch], "embedding": embeddings})
    with replacing(path) as unfinished:
        pq.write_table(table.replace_schema_metadata(_metadata(job, digest)), unfinished, compression="zstd")


def _metadata(job: EmbeddingJob, digest: str) -> dict[bytes, bytes]:
    return {_FINGERPRINT: job.fingerprint.encode(), _MODEL: job.model.encode(), _DIGEST: digest.encode()}


def _join_if_done(job: EmbeddingJob, digests: Sequence[str]) -> bool:
    """Join the parts where all are done; whether the output is complete."""
    total = hashlib.sha256("".join(digests).encode()).hexdigest()
    with _alone(job):
        if not job.parts.exists():
            if not job.output.exists():  # this process had no part, and the others are at their first
                return False
            _check(job.output, job, total)  # joined by an earlier run, or by another process just now
            return True
        if not all(_is_done(job.part(number), job, digest) for number, digest in enumerate(digests)):
            return False
        _join(job, len(digests), total)
    return True


@contextmanager
def _alone(job: EmbeddingJob) -> Iterator[None]:
    """Wait until no other process looks for missing parts or joins; the lock ends with its process."""
    if job.share.size == 1 or sys.platform == "win32":
        yield
        return
    import fcntl

    try:
        lock = (job.parts / "lock").open("w")
    except FileNotFoundError:  # no parts: joined already
        yield
        return
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _join(job: EmbeddingJob, num_parts: int, digest: str) -> None:
    paths = [job.part(number) for number in range(num_parts)]
    schema: Any = pq.read_schema(paths[0]).with_metadata(_metadata(job, digest))
    with (
        replacing(job.output) as unfinished,
        pq.ParquetWriter(unfinished, schema, compression="zstd") as writer,
    ):
        for path in paths:
            writer.write_table(pq.read_table(path).replace_schema_metadata(schema.metadata))
    # Under its name the folder goes in one step: no process may find half of it.
    gone = job.parts.with_name(f".{job.parts.name}.joined")
    shutil.rmtree(gone, ignore_errors=True)
    job.parts.rename(gone)
    shutil.rmtree(gone)
