"""What two Debian data packages say of a protein: name, gene, organism, families, evidence of its functions."""

import gzip
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from protclip.data.evidence import strongest
from protclip.data.ontology_io import open_sqlite
from protclip.errors import AssetError, InputError
from protclip.records import Annotation, AnnotationKind
from protclip.sequence import FastaHeader, parse_header

HUMAN = "Homo sapiens (Human)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """Name, gene and organism of a protein with its EC and Pfam annotations; empty where unknown."""

    name: str = ""
    gene: str = ""
    organism: str = ""
    existence: int | None = None
    annotations: tuple[Annotation, ...] = ()

    def over(self, other: "Naming") -> "Naming":
        """Give this naming, with what it lacks taken from ``other``; the human organism is written alike."""
        return Naming(
            name=self.name or other.name,
            gene=self.gene or other.gene,
            organism=other.organism or self.organism,
            existence=self.existence or other.existence,
            annotations=self.annotations or other.annotations,
        )


def fasta_namings(folder: Path) -> dict[str, Naming]:
    """Accession to naming from the UniProt headers of every .fasta.gz file in the folder.

    Headers of another form (no OS= field) name nothing and are passed over.

    Raises
    ------
    AssetError
        If the folder holds no such file, or one is damaged.
    """
    paths = sorted(folder.glob("*.fasta.gz"))
    if not paths:
        raise AssetError(f"no .fasta.gz file in {folder}. Give the root folder of mmseqs2-examples.")
    namings: dict[str, Naming] = {}
    for path in paths:
        try:
            with gzip.open(path, "rt", encoding="utf-8", errors="replace") as file:
                headers = [parse_header(line) for line in file if line.startswith((">sp|", ">tr|"))]
        except (OSError, EOFError, InputError) as error:
            raise AssetError(f"{path} is damaged ({error}). Fetch mmseqs2-examples anew.") from error
        for header in headers:
            if header.organism:
                namings.setdefault(header.accession, _fasta_naming(header))
    return namings


def _fasta_naming(header: FastaHeader) -> Naming:
    return Naming(
        name=header.name,
        gene=header.gene,
        organism=HUMAN if header.organism == "Homo sapiens" else header.organism,
        existence=header.existence,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanEvidence:
    """GO evidence codes by gene, and the genes of each accession."""

    genes: Mapping[str, list[int]]
    codes: Mapping[int, Mapping[str, str]]

    def of(self, accession: str) -> dict[str, str]:
        """GO id to the strongest evidence code that any gene of an accession has for it; {} if not human."""
        found: dict[str, list[str]] = defaultdict(list)
        for key in self.genes.get(accession, ()):
            for go_id, code in self.codes.get(key, {}).items():
                found[go_id].append(code)
        return {go_id: strongest(codes) for go_id, codes in found.items()}


def human_evidence(path: Path, current: Callable[[str], str | None]) -> HumanEvidence:
    """The evidence codes of human genes from org.Hs.eg.sqlite (tables go_bp, go_mf, go_cc).

    Parameters
    ----------
    path
        The database.
    current
        Brings a GO id up to date; ids it does not know (None) are left out.

    Raises
    ------
    AssetError
        If the file is missing or has other tables.
    """
    connection = open_sqlite(path)
    codes: dict[int, dict[str, str]] = defaultdict(dict)
    try:
        genes = _genes_by_accession(connection)
        for table in ("go_bp", "go_mf", "go_cc"):
            for key, go_id, code in connection.execute(f"select _id, go_id, evidence from {table}"):  # noqa: S608
                known = current(go_id)
                if known is not None:
                    codes[key][known] = strongest([code, *filter(None, [codes[key].get(known)])])
    except (sqlite3.DatabaseError, ValueError) as error:
        raise _no_orgdb(path, error) from error
    finally:
        connection.close()
    return HumanEvidence(genes=genes, codes=codes)


def _no_orgdb(path: Path, error: Exception) -> AssetError:
    return AssetError(f"{path} is not an OrgDb database ({error}). Use the one of r-bioc-org.hs.eg.db.")


def human_namings(path: Path) -> dict[str, Naming]:
    """Accession to naming from org.Hs.eg.sqlite: NCBI's gene description, symbol, EC, Pfam.

    An accession of several genes (histones, calmodulin) is named after the one with the lowest
    Entrez number, and has the EC numbers and families of all.

    Raises
    ------
    AssetError
        If the file is missing or has other tables.
    """
    connection = open_sqlite(path)
    try:
        genes = _genes_by_accession(connection)
        described = {
            key: (name, symbol)
            for key, name, symbol in connection.execute("select _id, gene_name, symbol from gene_info")
        }
        families = {
            "ec": _ids_by_gene(connection, "select _id, ec_number from ec"),
            "pfam": _ids_by_gene(connection, "select _id, pfam_id from pfam where pfam_id is not null"),
        }
    except (sqlite3.DatabaseError, ValueError) as error:
        raise _no_orgdb(path, error) from error
    finally:
        connection.close()
    return {
        accession: Naming(
            name=described.get(keys[0], ("", ""))[0],
            gene=described.get(keys[0], ("", ""))[1],
            organism=HUMAN,
            annotations=_annotations("ec", keys, families["ec"])
            + _annotations("pfam", keys, families["pfam"]),
        )
        for accession, keys in genes.items()
    }


def _genes_by_accession(connection: sqlite3.Connection) -> dict[str, list[int]]:
    query = "select uniprot_id, _id from uniprot join genes using (_id) order by cast(gene_id as integer)"
    genes: dict[str, list[int]] = defaultdict(list)
    for accession, key in connection.execute(query):
        genes[accession].append(key)
    return genes


def _ids_by_gene(connection: sqlite3.Connection, query: str) -> dict[int, set[str]]:
    ids: dict[int, set[str]] = defaultdict(set)
    for key, value in connection.execute(query):
        ids[key].add(value)
    return ids


def _annotations(
    kind: AnnotationKind, keys: list[int], ids: Mapping[int, set[str]]
) -> tuple[Annotation, ...]:
    found = sorted(set().union(*(ids.get(key, set()) for key in keys)))
    return tuple(Annotation(kind=kind, id=value) for value in found)
