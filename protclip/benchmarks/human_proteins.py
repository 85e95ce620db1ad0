"""What substitutes for published data are made of: human proteins of a built folder, evidence codes, gene numbers."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from protclip.data.debian import PACKAGES, package_folder
from protclip.data.naming import HumanEvidence, human_evidence
from protclip.data.ontology import Ontology
from protclip.data.ontology_io import open_sqlite
from protclip.data.shards import read_shards
from protclip.errors import AssetError
from protclip.records import Protein

_GO, _GENES = "r-bioc-go.db", "r-bioc-org.hs.eg.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneDatabases:
    """GO with its definitions, and org.Hs.eg.db: evidence codes and Entrez numbers of human genes."""

    ontology: Ontology
    evidence: HumanEvidence
    entrez_of: dict[str, str]


def human_proteins(folder: Path) -> Iterator[Protein]:
    """The human proteins of a folder that ``protclip data build`` made; raises as `read_shards`."""
    return (p for p in read_shards(folder, verify=False) if p.organism.startswith("Homo sapiens"))


def gene_databases(cache: Path, *, download: bool) -> GeneDatabases:
    """Read two Debian packages that are installed, in ``cache``, or may be downloaded into it.

    Raises
    ------
    AssetError
        If a package is not there and may not be downloaded, or is damaged.
    """
    go, genes = (
        package_folder(name, cache, download=download) / PACKAGES[name].marker for name in (_GO, _GENES)
    )
    ontology = Ontology.from_sqlite(go)
    return GeneDatabases(
        ontology=ontology, evidence=human_evidence(genes, ontology.resolve), entrez_of=_entrez_numbers(genes)
    )


def _entrez_numbers(path: Path) -> dict[str, str]:
    """Accession to the lowest Entrez number of its genes."""
    query = "select uniprot_id, gene_id from uniprot join genes using (_id) order by cast(gene_id as integer) desc"
    connection = open_sqlite(path)
    try:
        return dict(connection.execute(query))
    except sqlite3.DatabaseError as error:
        raise AssetError(f"{path} is not an OrgDb database ({error}). Use the one of {_GENES}.") from error
    finally:
        connection.close()
