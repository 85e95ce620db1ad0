"""Swiss-Prot 2014_01 with Gene Ontology annotation, from four Debian data packages.

- metastudent-data: sequences as three BLAST databases and the GO ids, one per supporting annotation
- r-bioc-go.db: the ontology that brings the ids of 2014 up to date (`Ontology.from_sqlite`)
- r-bioc-org.hs.eg.db: name, symbol, EC number, Pfam families and GO evidence codes of human proteins
- mmseqs2-examples: UniProt FASTA headers (name, organism, gene, existence) of some more

The annotations are those of 2014 and no others; where the human genes' GO annotation of 2022 states one of them
too, it gives its evidence code. UniProt and GOA data are CC BY 4.0. About 4% of the proteins have a name; none
has prose.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from protclip.data import debian
from protclip.data.blastdb import BlastDatabase
from protclip.data.naming import HumanEvidence, Naming, fasta_namings, human_evidence, human_namings
from protclip.data.ontology import Ontology
from protclip.errors import AssetError, RecordError
from protclip.records import Annotation, Protein

SETS = ("MFO", "BPO", "CCO")
_DATASET = Path("usr/share/metastudent-data/dataset_201401")
_GO_SQLITE = Path("usr/lib/R/site-library/GO.db/extdata/GO.sqlite")
_HUMAN_SQLITE = Path("usr/lib/R/site-library/org.Hs.eg.db/extdata/org.Hs.eg.sqlite")
_EXAMPLES = Path("usr/share/doc/mmseqs2/example-data")


@dataclass(frozen=True, slots=True, kw_only=True)
class GoaSources:
    """The root folders of the four packages: each is what holds the package's ``usr``.

    Without ``org_hs`` and ``mmseqs_examples`` (None) fewer proteins have a name, and none an evidence code.
    """

    metastudent: Path
    go_db: Path
    org_hs: Path | None = None
    mmseqs_examples: Path | None = None

    @classmethod
    def locate(cls, cache: Path, download: bool) -> "GoaSources":
        """Find the packages on the system or in ``cache``, or download them into it where allowed.

        Raises
        ------
        AssetError
            If a package is not there and may not or cannot be downloaded.
        """
        return cls(
            metastudent=debian.package_folder("metastudent-data", cache, download),
            go_db=debian.package_folder("r-bioc-go.db", cache, download),
            org_hs=debian.package_folder("r-bioc-org.hs.eg.db", cache, download),
            mmseqs_examples=debian.package_folder("mmseqs2-examples", cache, download),
        )

    @property
    def go_sqlite(self) -> Path:
        """The ontology's database."""
        return self.go_db / _GO_SQLITE

    def blast_base(self, name: str) -> Path:
        """Path of the BLAST database of one of the SETS, without ending."""
        return self.metastudent / _DATASET / name / "goasp.fasta"

    def annotation_file(self, name: str) -> Path:
        """Path of the annotation lines of one of the SETS."""
        return self.metastudent / _DATASET / name / "goasp_annot.dat"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoaReport:
    """What reading Swiss-Prot GOA gave, and what could not be used.

    Lines are supporting annotations (an id repeated three times has three); annotations are distinct
    current ids of a protein. ``unmapped`` lists the ids that the ontology has withdrawn or does not
    know, with their number of lines, most frequent first; ``num_updated_lines`` counts lines whose
    id of 2014 was replaced by a current one; ``num_with_evidence`` counts annotations with an evidence code.
    """

    num_proteins: int
    num_named: int
    num_with_organism: int
    num_without_go: int
    num_lines: int
    num_updated_lines: int
    num_annotations: int
    num_with_evidence: int
    unmapped: tuple[tuple[str, int], ...]

    @property
    def num_unmapped_lines(self) -> int:
        """Supporting annotations that could not be used."""
        return sum(number for _, number in self.unmapped)


def read_swissprot_goa(
    sources: GoaSources,
    ontology: Ontology,
    on_report: Callable[[GoaReport], None] | None = None,
) -> Iterator[Protein]:
    """Yield every protein of the three sets once, in order of accession.

    Sequences stay on disk until they are yielded; the tables take about half a gigabyte.

    Parameters
    ----------
    sources : GoaSources
        Where the packages are.
    ontology : Ontology
        Brings ids up to date and names them, best from ``sources.go_sqlite``.
    on_report : callable, optional
        Is given a GoaReport once the last protein was yielded.

    Raises
    ------
    AssetError
        If a file is missing or damaged, or the sets disagree on a sequence.
    RecordError
        If an annotation line is malformed.
    """
    lines = _annotation_lines(sources)
    records = _SequenceTable([BlastDatabase(sources.blast_base(name)) for name in SETS])
    namings = _namings(sources)
    mapper = _GoMapper(ontology)
    evidence = _evidence(sources, ontology)
    tally = _Tally()
    for accession in sorted(records.places):
        if accession not in lines:
            raise AssetError(
                f"{accession} has a sequence but no line in goasp_annot.dat. Fetch the package anew."
            )
        naming = namings.get(accession, Naming())
        protein = Protein(
            accession=accession,
            sequence=records.sequence(accession),
            name=naming.name,
            gene=naming.gene,
            organism=naming.organism,
            existence=naming.existence,
            reviewed=True,
            annotations=mapper.annotations(lines.pop(accession), evidence.of(accession)) + naming.annotations,
        )
        tally.add(protein)
        yield protein
    if lines:
        raise AssetError(f"{len(lines)} annotated accessions have no sequence, such as {min(lines)}.")
    if on_report:
        on_report(tally.report(mapper))


class _SequenceTable:
    """Where the sequence of each accession lies; the sets' copies are compared, never trusted."""

    def __init__(self, databases: list[BlastDatabase]) -> None:
        self._databases = databases
        self.places: dict[str, tuple[int, int]] = {}
        for which, database in enumerate(databases):
            for number in range(len(database)):
                accession = database.header(number).partition("|")[0]
                first = self.places.setdefault(accession, (which, number))
                if first != (which, number):
                    self._compare(accession, first, (which, number))

    def _compare(self, accession: str, one: tuple[int, int], other: tuple[int, int]) -> None:
        if self._bytes(one) != self._bytes(other):
            bases = f"{self._databases[one[0]].base} and {self._databases[other[0]].base}"
            raise AssetError(f"{bases} disagree on the sequence of {accession}. Fetch the package anew.")

    def _bytes(self, place: tuple[int, int]) -> bytes:
        return self._databases[place[0]].sequence_bytes(place[1])

    def sequence(self, accession: str) -> str:
        which, number = self.places[accession]
        return self._databases[which].sequence(number)


def _annotation_lines(sources: GoaSources) -> dict[str, str]:
    """Accession to its tab-separated GO ids over the three files, repeats kept.

    Kept as text: as lists of ids the seven million would take ten times the memory.
    """
    lines: dict[str, str] = {}
    for name in SETS:
        path = sources.annotation_file(name)
        if not path.is_file():
            raise AssetError(f"no annotation file at {path}. Give the root folder of metastudent-data.")
        with path.open(encoding="ascii", errors="replace") as file:
            for number, line in enumerate(file, start=1):
                accession, tab, ids = line.rstrip("\n").partition("\t")
                if not (accession and tab and ids.startswith("GO:")):
                    raise RecordError(path, number, "no accession with GO ids", "Fetch the package anew.")
                lines[accession] = f"{lines[accession]}\t{ids}" if accession in lines else ids
    return lines


def _namings(sources: GoaSources) -> Mapping[str, Naming]:
    """Names by accession; UniProt's own name (FASTA header) goes before NCBI's gene description."""
    human = human_namings(sources.org_hs / _HUMAN_SQLITE) if sources.org_hs else {}
    fasta = fasta_namings(sources.mmseqs_examples / _EXAMPLES) if sources.mmseqs_examples else {}
    both = {
        accession: naming.over(human[accession]) for accession, naming in fasta.items() if accession in human
    }
    return {**human, **fasta, **both}


def _evidence(sources: GoaSources, ontology: Ontology) -> HumanEvidence:
    if sources.org_hs is None:
        return HumanEvidence(genes={}, codes={})
    return human_evidence(sources.org_hs / _HUMAN_SQLITE, ontology.resolve)


class _GoMapper:
    """Lines of ids of 2014 to annotations with current ids; remembers what it could not place."""

    def __init__(self, ontology: Ontology) -> None:
        self._ontology = ontology
        self._current: dict[str, str | None] = {}
        self._shared: dict[tuple[str, int, str], Annotation] = {}
        self.num_lines = self.num_updated = 0
        self.unmapped: Counter[str] = Counter()

    def annotations(self, line: str, evidence: Mapping[str, str]) -> tuple[Annotation, ...]:
        counts: Counter[str] = Counter()
        for go_id, count in Counter(line.split("\t")).items():
            if go_id not in self._current:
                self._current[go_id] = self._ontology.resolve(go_id)
            current = self._current[go_id]
            self.num_lines += count
            if current is None:
                self.unmapped[go_id] += count
                continue
            counts[current] += count
            self.num_updated += count if current != go_id else 0
        return tuple(self._annotation(g, count, evidence.get(g, "")) for g, count in sorted(counts.items()))

    def _annotation(self, go_id: str, count: int, code: str) -> Annotation:
        # Equal annotations are one object: three million of their own would take a gigabyte.
        found = self._shared.get((go_id, count, code))
        if found is None:
            name = self._ontology.term(go_id).name
            found = Annotation(kind="go", id=go_id, text=name, evidence=code, count=count)
            self._shared[go_id, count, code] = found
        return found


@dataclass(slots=True)
class _Tally:
    proteins: int = 0
    named: int = 0
    with_organism: int = 0
    without_go: int = 0
    annotations: int = 0
    with_evidence: int = 0

    def add(self, protein: Protein) -> None:
        go = protein.of_kind("go")
        num_go = len(go)
        self.proteins += 1
        self.named += bool(protein.name)
        self.with_organism += bool(protein.organism)
        self.without_go += not num_go
        self.annotations += num_go
        self.with_evidence += sum(bool(annotation.evidence) for annotation in go)

    def report(self, mapper: _GoMapper) -> GoaReport:
        return GoaReport(
            num_proteins=self.proteins,
            num_named=self.named,
            num_with_organism=self.with_organism,
            num_without_go=self.without_go,
            num_lines=mapper.num_lines,
            num_updated_lines=mapper.num_updated,
            num_annotations=self.annotations,
            num_with_evidence=self.with_evidence,
            unmapped=tuple(mapper.unmapped.most_common()),
        )
