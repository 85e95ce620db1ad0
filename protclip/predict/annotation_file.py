"""Annotations on disk: made part by part, so that an interrupted run can be continued.

Parts lie in ``OUTPUT.parts/`` as documents, whatever the format, until the last one is done; then ``OUTPUT``
appears in one step, and ``OUTPUT.run.json`` beside it says what it was made with and of what.
"""

import gzip
import hashlib
import json
import shutil
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from protclip.batching import batches
from protclip.data.files import replacing, write_json
from protclip.errors import AssetError, InputError
from protclip.predict.annotate import BATCH
from protclip.predict.annotation_formats import Form, write_documents
from protclip.predict.annotation_rows import Document
from protclip.records import Protein

Predict = Callable[[Sequence[Protein]], Iterable[Document]]
"""Gives the documents of some proteins, in their order."""
Facts = dict[str, Any]
_RECORD, _DIGEST = "run.json", "input_sha256"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationJob:
    """What is written where.

    ``settings`` is all that the documents depend on besides the proteins (model, index, thresholds): what was begun
    with others is not continued. ``batch`` is the number of proteins that an interruption loses at most.
    """

    output: Path
    form: Form
    settings: Mapping[str, str | int | float | bool | None]
    batch: int = BATCH

    @property
    def parts(self) -> Path:
        """The folder of the parts that are done."""
        return self.output.with_name(f"{self.output.name}.parts")

    @property
    def record(self) -> Path:
        """What the output was made with."""
        return self.output.with_name(f"{self.output.name}.{_RECORD}")

    @property
    def skipped(self) -> Path:
        """The list of records that were left out."""
        return self.output.with_name(f"{self.output.name}.skipped.tsv")


def write_annotations(
    proteins: Iterable[Protein],
    job: AnnotationJob,
    predict: Predict,
    *,
    resume: bool = False,
    progress: Callable[[int], None] = lambda done: None,
) -> int:
    """Annotate proteins into ``job.output`` and return how many there are.

    Parameters
    ----------
    proteins
        Read ``job.batch`` at a time, and no further.
    resume
        Keep the parts of an interrupted run, or the whole output where it is complete.
    progress
        Told how many proteins are done, once those of an earlier run are passed.

    Raises
    ------
    InputError
        If there is no protein, parts are there and ``resume`` is false, or input or settings have changed since.
    AssetError
        If a part is damaged.
    """
    facts = _begin(job, resume)
    finished = resume and job.output.exists() and job.record.exists() and not job.parts.exists()
    paths: list[Path] = []
    done, whole = 0, hashlib.sha256()
    for number, some in enumerate(batches(proteins, job.batch)):
        digest = _digest(some)
        whole.update(digest.encode())
        if not finished:
            paths.append(_part(job, number, digest))
            if not paths[-1].exists():
                _write_part(paths[-1], _counted(predict(some), done, progress), facts)
        done += len(some)
    if not done:
        raise InputError("there is nothing to annotate; give at least one protein")
    if not finished:
        _join(job, paths, facts | {_DIGEST: whole.hexdigest(), "proteins": done})
    elif facts[_DIGEST] != whole.hexdigest():
        raise InputError(f"the input is not the one {job.output} was made from. Delete it and start anew")
    return done


def _begin(job: AnnotationJob, resume: bool) -> Facts:
    """What the run was begun with, its date among it; today's where nothing is continued."""
    if job.parts.exists() and not resume:
        raise InputError(
            f"{job.parts} holds parts of an interrupted run. Continue it with --resume, or delete the folder"
        )
    begun = next((p for p in (job.parts / _RECORD, job.record) if resume and p.exists()), None)
    settings = dict(job.settings) | {"format": job.form, "batch": job.batch}
    if begun is None:
        return settings | {"date": datetime.now(UTC).date().isoformat()}
    facts: Facts = json.loads(begun.read_text(encoding="utf-8"))
    for name, value in settings.items():
        if facts.get(name) != value:
            raise InputError(
                f"{job.output} was begun with {name} {facts.get(name)}, this is {value}. Give the same as then, "
                f"or start anew without --resume, and without {job.parts}"
            )
    return facts


def _digest(some: Sequence[Protein]) -> str:
    return hashlib.sha256("".join(f"{p.accession}\t{p.sequence}\n" for p in some).encode()).hexdigest()


def _part(job: AnnotationJob, number: int, digest: str) -> Path:
    """Where a part belongs; its name tells the input it is made from."""
    path = job.parts / f"part-{number:06d}-{digest[:16]}.jsonl.gz"
    if any(found != path for found in job.parts.glob(f"part-{number:06d}-*")):
        raise InputError(f"the input is not the one {job.parts} was begun with. Delete it and start anew")
    return path


def _counted(
    documents: Iterable[Document], before: int, progress: Callable[[int], None]
) -> Iterator[Document]:
    for done, document in enumerate(documents, start=before + 1):
        yield document
        progress(done)


def _write_part(path: Path, documents: Iterable[Document], facts: Facts) -> None:
    if not (path.parent / _RECORD).exists():
        write_json(path.parent / _RECORD, facts)
    with replacing(path) as unfinished:
        write_documents(documents, unfinished, "jsonl", facts, packed=True)


def _join(job: AnnotationJob, paths: Sequence[Path], facts: Facts) -> None:
    with replacing(job.output) as unfinished:
        packed = job.output.suffix == ".gz"
        write_documents(_documents(paths), unfinished, job.form, facts, packed=packed)
    write_json(job.record, facts)
    shutil.rmtree(job.parts)


def _documents(paths: Sequence[Path]) -> Iterator[Document]:
    for path in paths:
        try:
            with gzip.open(path, "rt", encoding="utf-8") as lines:
                documents = [json.loads(line) for line in lines]
        except (OSError, EOFError, zlib.error, ValueError) as error:
            raise AssetError(f"{path} is damaged ({error}). Delete it and run again with --resume") from error
        yield from documents
