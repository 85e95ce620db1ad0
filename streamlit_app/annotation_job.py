"""The work of an annotation job in its folder, and what comes of it. Loads torch: import it in functions."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from protclip import starter
from protclip.data.files import sha256_of
from protclip.errors import AssetError, InputError
from protclip.predict.annotation_file import AnnotationJob, write_annotations
from protclip.predict.annotation_formats import Form, write_documents
from protclip.predict.annotation_input import LIMITS, SkippedRecords, read_proteins
from protclip.predict.annotation_rows import Document
from protclip.records import Protein
from protclip.sequence import read_fasta
from streamlit_app.annotation_overview import Line, overview_line
from streamlit_app.annotation_request import BATCH, AnnotationRequest
from streamlit_app.job_folders import INPUT, REQUEST
from streamlit_app.jobs import Report, Work

if TYPE_CHECKING:
    from protclip.predict.tasks import Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotated:
    """A finished job: a line for each protein, where its document begins in the file, and what it was made with."""

    lines: tuple[Line, ...]
    offsets: tuple[int, ...]
    facts: dict[str, Any]
    folder: Path

    @property
    def is_there(self) -> bool:
        """Whether the results are still on disk."""
        return _output(self.folder).exists()

    def document(self, number: int) -> Document:
        """All that is told of one protein, by its place; raises AssetError where the file is gone."""
        try:
            with _output(self.folder).open("rb") as file:
                file.seek(self.offsets[number])
                found: Document = json.loads(file.readline())
        except (OSError, ValueError) as error:
            raise AssetError(
                f"the results of this job are gone or damaged ({error}). Start it again"
            ) from error
        return found

    def protein(self, number: int) -> Protein:
        """A protein as it was given, by its place; raises AssetError where the sequences are gone."""
        try:
            usable = read_fasta(
                self.folder / INPUT, on_error="skip", report=lambda error: None, limits=LIMITS
            )
            return next(islice(usable, number, None))
        except (InputError, StopIteration) as error:
            raise AssetError("the sequences of this job are gone. Give them again") from error

    def file(self, form: Form) -> bytes:
        """The table as `protclip annotate` writes it."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "table"
            write_documents(self._documents(), path, form, self.facts | {"format": form})
            return path.read_bytes()

    def _documents(self) -> Iterator[Document]:
        with _output(self.folder).open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)

    @property
    def skipped(self) -> Path:
        """The list of records that were left out; absent where there are none."""
        return _job(self.folder, {}).skipped


def annotation_work(folder: Path, request: AnnotationRequest, tools: "Tools") -> Work:
    """The work of a job in its folder: it goes on with the parts that are there, and gives `Annotated`.

    Of a job that is done nothing is opened but its results.
    """

    def work(report: Report) -> Annotated:
        try:
            if not _is_done(folder, request):
                _annotate(folder, request, tools, report)
            return _read(folder)
        finally:
            if not (folder / REQUEST).exists():  # deleted meanwhile: so is what was written since
                shutil.rmtree(folder, ignore_errors=True)

    return work


def _annotate(folder: Path, request: AnnotationRequest, tools: "Tools", report: Report) -> None:
    from vector_store.annotating import annotation_settings, documents_of
    from vector_store.predicting import opened_of

    report(0, 0)  # a job that was cancelled meanwhile need not open the predictor
    opened, wanted = opened_of(tools), request.wanted()
    job = _job(folder, annotation_settings(opened, wanted, taxon=request.taxon))
    _drop_what_was_made_otherwise(job)
    report(min(BATCH * len(list(job.parts.glob("part-*"))), request.num_usable), request.num_usable)
    try:
        with SkippedRecords(job.skipped) as skipped:
            write_annotations(
                read_proteins(folder / INPUT, skipped),
                job,
                lambda proteins: documents_of(proteins, opened, wanted),
                resume=True,
                progress=lambda done: report(_whole_batches(done, request.num_usable), request.num_usable),
            )
    except AssetError as error:
        shutil.rmtree(job.parts, ignore_errors=True)
        raise AssetError("a finished part of this job was damaged; it begins anew when you go on") from error


def _whole_batches(done: int, total: int) -> int:
    """A batch is predicted as a whole: one protein of it told would stand for the time of all."""
    return done if done == total else done - done % BATCH


def _job(folder: Path, settings: dict[str, Any]) -> AnnotationJob:
    return AnnotationJob(output=_output(folder), form="jsonl", settings=settings, batch=BATCH)


def _output(folder: Path) -> Path:
    return folder / "annotations.jsonl"


def _is_done(folder: Path, request: AnnotationRequest) -> bool:
    """Whether the results are there and of this version; the key vouches for the sequences and what was asked."""
    job = _job(folder, {})
    if not (job.output.exists() and job.record.exists()) or job.parts.exists():
        return False
    facts = json.loads(job.record.read_text(encoding="utf-8"))
    current = {
        "version": version("protclip"),
        "fingerprint": request.fingerprint,
        "calibration_sha256": sha256_of(starter.calibration_path()),
    }
    return all(facts.get(name) == value for name, value in current.items())


def _drop_what_was_made_otherwise(job: AnnotationJob) -> None:
    """Parts of another version, calibration or atlas are of no use: the input is here to begin anew."""
    for record in (job.parts / "run.json", job.record):
        if record.exists():
            facts = json.loads(record.read_text(encoding="utf-8"))
            if any(facts.get(name) != value for name, value in job.settings.items()):
                shutil.rmtree(job.parts, ignore_errors=True)
                job.output.unlink(missing_ok=True)
                job.record.unlink(missing_ok=True)
                return


def _read(folder: Path) -> Annotated:
    lines, offsets, at = [], [], 0
    with _output(folder).open("rb") as file:
        for line in file:
            offsets.append(at)
            lines.append(overview_line(json.loads(line)))
            at += len(line)
    facts = json.loads(_job(folder, {}).record.read_text(encoding="utf-8"))
    return Annotated(lines=tuple(lines), offsets=tuple(offsets), facts=facts, folder=folder)
