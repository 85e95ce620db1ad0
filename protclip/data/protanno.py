"""ProtAnno-S and ProtAnno-D from Swiss-Prot and TrEMBL: the work of `protclip data protanno`.

ProtAnno-S is every reviewed protein; ProtAnno-D is ProtAnno-S followed by the unreviewed proteins that
property-driven sampling keeps (Zhou et al. 2025; ``protclip.data.sampling``). Ours besides: proteins with
the sequence of an earlier one are left out, so that Swiss-Prot wins over TrEMBL, and so are the test
proteins of given benchmarks. Input is read once, in a stream; memory holds 11 to 32 bytes for each protein
kept and each test protein.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Literal, get_args

from protclip.data.biotext import describe
from protclip.data.build import (
    ONTOLOGY,
    UNIPROT_LICENCE,
    BuildResult,
    Source,
    Through,
    file_told,
    list_skipped,
    reader_of,
)
from protclip.data.exclusion import Exclusion, read_exclusion
from protclip.data.files import write_json
from protclip.data.hash_set import HashSet
from protclip.data.ontology import Ontology
from protclip.data.sampling import SamplingRule, Stratum, judge, num_properties
from protclip.data.shards import MANIFEST, Manifest, read_shards, write_shards
from protclip.data.statistics import StatisticsCounter
from protclip.errors import InputError, RecordError
from protclip.records import Protein
from protclip.textio import OnError, Report

BEFORE = "before.json"
"""In the output folder: the statistics of everything that was read, before any of it was removed."""

Repeats = Literal["drop", "keep-reviewed", "keep"]
REPEATS: tuple[Repeats, ...] = get_args(Repeats)

_SOURCE_OF_ENDING: dict[str, Source] = {
    ".dat": "uniprot-dat",
    ".txt": "uniprot-dat",
    ".xml": "uniprot-xml",
    ".tsv": "uniprot-tsv",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtAnnoRequest:
    """What to build.

    ``reviewed`` and ``unreviewed`` are folders of shards or UniProt files (.dat, .xml, .tsv, with .gz or
    without); of each only the proteins of that status are taken, so one folder may stand under both.
    Without ``unreviewed`` the result is ProtAnno-S, else ProtAnno-D. ``exclude`` are files of test proteins.
    ``repeats`` of a sequence are dropped (the first protein stays), kept among the reviewed only, as the
    paper does, or all kept.
    """

    output: Path
    reviewed: tuple[Path, ...]
    unreviewed: tuple[Path, ...] = ()
    rule: SamplingRule = field(default_factory=SamplingRule)
    exclude: tuple[Path, ...] = ()
    repeats: Repeats = "drop"
    on_error: OnError = "raise"

    def __post_init__(self) -> None:
        if not self.reviewed:
            raise InputError(
                "ProtAnno begins with the reviewed proteins: give a folder or file of Swiss-Prot"
            )
        for name in ("reviewed", "unreviewed", "exclude"):
            if len(set(getattr(self, name))) < len(getattr(self, name)):
                raise InputError(f"the same --{name} is given twice; leave one out")
        if self.repeats not in REPEATS:
            raise InputError(f"repeats {self.repeats!r} is not one of {', '.join(REPEATS)}")
        if self.output in (*self.reviewed, *self.unreviewed):
            raise InputError(f"{self.output} is read and cannot be written at once; give another output")

    @property
    def name(self) -> str:
        """ProtAnno-S or ProtAnno-D."""
        return "ProtAnno-D" if self.unreviewed else "ProtAnno-S"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A folder or file that is read: how, what it is for the manifest, and the names of its GO terms."""

    told: str
    read: Callable[[], Iterator[Protein]]
    ontology: Ontology | None = None


def build_protanno(request: ProtAnnoRequest, through: Through = iter) -> BuildResult:
    """Build a set into a folder of shards; a finished one is left alone, an interrupted one goes on.

    The manifest's ``steps`` say what was read, removed by each step, and kept; ``before.json`` holds the
    statistics of what was read. The ontology beside the first folder of shards that has one is copied.

    Parameters
    ----------
    request : ProtAnnoRequest
        What to build.
    through : callable
        Is given the proteins as they are read and passes them on (progress).

    Raises
    ------
    InputError
        If a file is missing or of an unknown format, nothing is left to keep, the output holds another set,
        or a record is malformed (RecordError) and ``on_error`` is "raise".
    AssetError
        If a folder of shards is unfinished or damaged.
    """
    skipped: list[RecordError] = []
    finished = (request.output / MANIFEST).exists()
    parts = {
        status: [_open_part(path, request.on_error, skipped.append) for path in paths]
        for status, paths in (("reviewed", request.reviewed), ("unreviewed", request.unreviewed))
    }
    exclusions = tuple(read_exclusion(path) for path in request.exclude)
    sieve = Sieve(rule=request.rule, exclusions=exclusions, repeats=request.repeats)
    manifest = write_shards(
        _chosen(request.output, sieve, parts, through),
        request.output,
        _provenance(request, parts),
        steps=lambda: sieve.steps,
    )
    _copy_ontology(chain.from_iterable(parts.values()), request.output)
    listed = list_skipped(request.output, skipped, was_finished=finished)
    return BuildResult(manifest=manifest, skipped=listed, notes=_notes(manifest))


class Sieve:
    """Passes the proteins of a set on and counts what each step removes.

    Attributes
    ----------
    steps : dict of str to int
        Proteins read, passed over, removed by each step, and kept, by status.
    before : StatisticsCounter
        Everything of the right status that was read.
    """

    def __init__(
        self, *, rule: SamplingRule, exclusions: tuple[Exclusion, ...] = (), repeats: Repeats
    ) -> None:
        self._rule, self._exclusions, self._repeats = rule, exclusions, repeats
        self._seen = HashSet()
        self._steps = Counter[str]()
        self.before = StatisticsCounter()

    @property
    def steps(self) -> dict[str, int]:
        """What was counted so far, in an order that does not depend on that of the proteins."""
        return dict(sorted(self._steps.items()))

    def pass_on(
        self, proteins: Iterable[Protein], ontology: Ontology | None, *, reviewed: bool
    ) -> Iterator[Protein]:
        """Those proteins of one status that belong to the set; all of that status are counted as read."""
        status = "reviewed" if reviewed else "unreviewed"
        for exclusion in self._exclusions:
            # A file that removed nothing is told as well: its sequences may be cut or spelt differently.
            self._steps[f"removed: {status}, test protein of {exclusion.name}"] += 0
        for protein in proteins:
            if protein.reviewed != reviewed:
                self._steps[f"passed over: not {status}"] += 1
                continue
            self._steps[f"read: {status}"] += 1
            why = self._why_not(protein, ontology)
            self._steps[f"removed: {status}, {why}" if why else f"kept: {status}"] += 1
            if not why:
                yield protein

    def _why_not(self, protein: Protein, ontology: Ontology | None) -> str:
        """Which step removes a protein, or ""."""
        biotext = describe(protein, ontology)
        self.before.add(protein, biotext)
        if not biotext.properties:
            return "no text"
        if not protein.reviewed:
            stratum = Stratum(existence=protein.existence, num_properties=num_properties(biotext))
            verdict = judge(protein.accession, stratum, self._rule)
            if verdict != "kept":
                return verdict
        elif protein.existence is None:
            self._steps["existence unknown: reviewed"] += 1
        for exclusion in self._exclusions:
            if exclusion.covers(protein):
                return f"test protein of {exclusion.name}"
        # What is kept unconditionally is put in, too: it wins over the unreviewed that follow.
        is_new = self._repeats == "keep" or self._seen.add(protein.sequence)
        may_repeat = protein.reviewed and self._repeats == "keep-reviewed"
        return "" if is_new or may_repeat else "sequence seen before"


def _chosen(
    output: Path, sieve: Sieve, parts: Mapping[str, Iterable[_Part]], through: Through
) -> Iterator[Protein]:
    """The proteins of the set in order, reviewed first; the statistics are written when all were read."""
    for status, of_status in parts.items():
        for part in of_status:
            yield from sieve.pass_on(through(part.read()), part.ontology, reviewed=status == "reviewed")
        if of_status and not sieve.steps.get(f"read: {status}"):
            raise InputError(
                f"there is no {status} protein in what --{status} gave. Swiss-Prot is reviewed and TrEMBL is not; "
                "check that the files are the right ones"
            )
    write_json(output / BEFORE, sieve.before.result().to_dict())


def _open_part(path: Path, on_error: OnError, report: Report) -> _Part:
    if path.is_dir():
        manifest = Manifest.read(path / MANIFEST)
        digest = sha256("".join(shard.sha256 for shard in manifest.shards).encode()).hexdigest()[:16]
        release = manifest.provenance.get("release", "release not stated")
        told = f"{manifest.num_proteins} proteins of {release} (shards sha256 {digest})"
        beside = path / ONTOLOGY
        ontology = Ontology.read_parquet(beside) if beside.exists() else None
        return _Part(told=told, read=partial(read_shards, path), ontology=ontology)
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    source = _SOURCE_OF_ENDING.get(suffixes[-1]) if suffixes else None
    if source is None:
        raise InputError(
            f"{path} is no folder of shards and no file of a known ending. Give a folder, or a UniProt file "
            "named .dat, .xml or .tsv (.gz may follow); other formats go through protclip data build"
        )
    read = partial(reader_of(source), path, on_error=on_error, report=report)
    return _Part(told=file_told(path), read=read)


def _provenance(request: ProtAnnoRequest, parts: Mapping[str, Iterable[_Part]]) -> dict[str, str]:
    facts = {"source": request.name, "licence": UNIPROT_LICENCE, "repeats": request.repeats}
    facts |= {status: "; ".join(part.told for part in of_status) for status, of_status in parts.items()}
    facts["excluded"] = "; ".join(file_told(path) for path in request.exclude)
    if request.unreviewed:
        rule = request.rule
        facts["sampling"] = (
            f"coverage^{rule.coverage_exponent:g} / existence^{rule.existence_exponent:g}, seed {rule.seed}"
        )
    return {name: fact for name, fact in facts.items() if fact}


def _copy_ontology(parts: Iterable[_Part], output: Path) -> None:
    """So that the texts of the set can be written from its own folder."""
    ontology = next((part.ontology for part in parts if part.ontology is not None), None)
    if ontology is not None and not (output / ONTOLOGY).exists():
        ontology.write_parquet(output / ONTOLOGY, definitions=True)


def _notes(manifest: Manifest) -> tuple[str, ...]:
    unknown = manifest.steps.get("existence unknown: reviewed", 0)
    if not unknown:
        return ()
    return (
        f"{unknown:,} reviewed proteins with a text have no existence level (the Debian source gives none); "
        "as all reviewed ones they are neither filtered nor sampled",
    )
