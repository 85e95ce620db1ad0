"""From a source to a folder of shards: the work of `protclip data build`."""

import hashlib
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Literal, get_args

from protclip.data.files import replacing
from protclip.data.ontology import Ontology
from protclip.data.shards import MANIFEST, Manifest, write_shards
from protclip.data.swissprot_goa import GoaReport, GoaSources, read_swissprot_goa
from protclip.errors import InputError, RecordError
from protclip.records import Protein
from protclip.textio import OnError, Report

Source = Literal["swissprot-goa", "uniprot-dat", "uniprot-xml", "uniprot-tsv", "fasta", "protanno-json"]
SOURCES: tuple[Source, ...] = get_args(Source)
SKIPPED = "skipped-records.txt"
"""Beside the manifest: one line for each record that was left out."""

Through = Callable[[Iterator[Protein]], Iterable[Protein]]

_EDGE = 1 << 20
UNIPROT_LICENCE = "CC BY 4.0 (UniProt Consortium)"
_LICENCES: dict[Source, str] = {
    "swissprot-goa": "CC BY 4.0 (UniProt Consortium, Gene Ontology Consortium)",
    "uniprot-dat": UNIPROT_LICENCE,
    "uniprot-xml": UNIPROT_LICENCE,
    "uniprot-tsv": UNIPROT_LICENCE,
    "fasta": "that of the input",
    "protanno-json": UNIPROT_LICENCE,
}


ONTOLOGY = "ontology.parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRequest:
    """What to build.

    ``inputs`` are the files of a UniProt or FASTA source ("-" is standard input); Swiss-Prot GOA takes
    none, it finds its packages on the system or in ``cache``, or downloads them there if ``download``.
    ``limit`` stops after so many proteins. ``release`` states the date or version of the inputs.
    """

    source: Source
    output: Path
    inputs: tuple[Path, ...] = ()
    cache: Path = Path("var/packages")
    download: bool = False
    limit: int | None = None
    on_error: OnError = "raise"
    release: str = ""

    def __post_init__(self) -> None:
        if self.source not in SOURCES:
            raise InputError(f"source {self.source!r} is not one of {', '.join(SOURCES)}")
        if self.source == "swissprot-goa" and self.inputs:
            raise InputError(
                "swissprot-goa takes no --input: it reads Debian packages (--download fetches them)"
            )
        if self.source != "swissprot-goa" and not self.inputs:
            raise InputError(f"{self.source} needs at least one --input with a file to read")
        if len(set(self.inputs)) < len(self.inputs):
            raise InputError("the same --input is given twice; its proteins would be, too")
        if self.limit is not None and self.limit < 1:
            raise InputError(f"limit {self.limit} is below 1; give a number of proteins, or leave it out")


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildResult:
    """The manifest, what was left out (a sentence with file, line and remedy each), and notes for a user."""

    manifest: Manifest
    skipped: tuple[str, ...]
    notes: tuple[str, ...] = ()


def build(request: BuildRequest, through: Through = iter) -> BuildResult:
    """Read a source into shards; go on with an interrupted build, leave a finished one alone.

    Parameters
    ----------
    request : BuildRequest
        What to build.
    through : callable
        Is given the proteins as they are read and passes them on (progress).

    Raises
    ------
    InputError
        If the output holds another source, nothing can be read, or a record is malformed (RecordError)
        and ``on_error`` is "raise".
    AssetError
        If a package of Swiss-Prot GOA is missing or damaged.
    """
    skipped: list[RecordError] = []
    notes: list[str] = []
    proteins, provenance = _open_source(request, skipped.append, notes.append)
    finished = (request.output / MANIFEST).exists()
    manifest = write_shards(through(islice(proteins, request.limit)), request.output, provenance)
    listed = list_skipped(request.output, skipped, was_finished=finished)
    return BuildResult(manifest=manifest, skipped=listed, notes=tuple(notes))


def list_skipped(folder: Path, skipped: Sequence[RecordError], *, was_finished: bool) -> tuple[str, ...]:
    """Write down the records that were left out, and return a sentence for each that the folder lacks.

    A folder that ``was_finished`` is not read again, so what it lacks is known from the list alone.
    """
    listed = folder / SKIPPED
    if skipped or not was_finished:
        with replacing(listed) as unfinished:
            unfinished.write_text("".join(f"{error}\n" for error in skipped), encoding="utf-8")
    return tuple(listed.read_text(encoding="utf-8").splitlines()) if listed.exists() else ()


def _open_source(
    request: BuildRequest, report: Report, note: Callable[[str], None]
) -> tuple[Iterator[Protein], dict[str, str]]:
    """The proteins, not yet read, and where they come from."""
    common = {"source": request.source, "licence": _LICENCES[request.source]}
    if request.limit is not None:
        common["limit"] = str(request.limit)
    if request.source == "swissprot-goa":
        sources = GoaSources.locate(request.cache, request.download)
        return _goa_proteins(sources, request.output, note), common | _goa_provenance(sources)
    read = partial(reader_of(request.source), on_error=request.on_error, report=report)
    told = {"release": request.release or "not stated", "inputs": _told(request)}
    return chain.from_iterable(read(path) for path in request.inputs), common | told


def reader_of(source: Source) -> Callable[..., Iterator[Protein]]:
    """The reader of a format: called with a path, ``on_error`` and ``report``. Swiss-Prot GOA has none."""
    if source == "uniprot-dat":
        from protclip.data.uniprot_dat import read_uniprot_dat

        return read_uniprot_dat
    if source == "uniprot-xml":
        from protclip.data.uniprot_xml import read_uniprot_xml

        return read_uniprot_xml
    if source == "uniprot-tsv":
        from protclip.data.uniprot_tsv import read_uniprot_tsv

        return read_uniprot_tsv
    if source == "protanno-json":
        from protclip.data.pair_json import read_pair_json

        return read_pair_json
    from protclip.sequence import read_fasta

    return read_fasta


def _goa_proteins(sources: GoaSources, output: Path, note: Callable[[str], None]) -> Iterator[Protein]:
    """A generator, so that a finished build does not even load the ontology.

    The ontology goes beside the shards: a training reads definitions there, which are not shipped.
    """
    ontology = Ontology.from_sqlite(sources.go_sqlite)
    ontology.write_parquet(output / ONTOLOGY, definitions=True)
    yield from read_swissprot_goa(sources, ontology, lambda report: note(_goa_note(report)))


def _goa_note(report: GoaReport) -> str:
    return (
        f"{report.num_named:,} of {report.num_proteins:,} proteins have a name; of {report.num_lines:,} "
        f"annotation lines {report.num_updated_lines:,} were brought up to date and "
        f"{report.num_unmapped_lines:,} left out, because the ontology no longer has their "
        f"{len(report.unmapped):,} terms; {report.num_with_evidence:,} of {report.num_annotations:,} "
        "annotations have an evidence code"
    )


def _goa_provenance(sources: GoaSources) -> dict[str, str]:
    folders = {
        "metastudent-data": sources.metastudent,
        "r-bioc-go.db": sources.go_db,
        "r-bioc-org.hs.eg.db": sources.org_hs,
        "mmseqs2-examples": sources.mmseqs_examples,
    }
    versions = [f"{name} {_package_version(name, folder)}" for name, folder in folders.items() if folder]
    return {
        "release": "UniProtKB/Swiss-Prot 2014_01 (January 2014); ontology as in r-bioc-go.db",
        "packages": "; ".join(versions),
        # Other content than shards without codes: an unfinished folder of those must not be gone on with.
        "evidence": "GO evidence codes of human proteins, 2022" if sources.org_hs else "none",
        "package_licences": "metastudent-data wraps the data as GPL-2+; the facts are UniProt's and GO's",
    }


def _package_version(name: str, folder: Path) -> str:
    """From the name of a folder in the cache, else from dpkg, which knows what is installed."""
    if folder.name.startswith(f"{name}_"):
        return folder.name.removeprefix(f"{name}_")
    try:
        command = ["dpkg-query", "-W", "-f=${Version}", name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return "of unknown version"
    return done.stdout.strip() or "of unknown version"


def _told(request: BuildRequest) -> str:
    if not request.inputs:
        return request.source
    return "; ".join("standard input" if str(path) == "-" else file_told(path) for path in request.inputs)


def file_told(path: Path) -> str:
    """Name, size and a digest of a file's first and last MiB: enough to tell releases of 100 GB apart."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            digest = hashlib.sha256(file.read(_EDGE))
            file.seek(max(size - _EDGE, 0))
            digest.update(file.read(_EDGE))
    except OSError as error:
        raise InputError(f"cannot read {path} ({error.strerror}); give a file that exists") from error
    return f"{path.name} ({size} bytes, edges sha256 {digest.hexdigest()[:16]})"
