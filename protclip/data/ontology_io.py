"""The Gene Ontology term as a record, and the three forms it is read from: SQLite, OBO, Parquet.

All three give the same terms: parents are ``is_a`` and ``part_of`` within one aspect only
(``regulates`` and links between aspects do not pass an annotation on), sorted; obsolete terms stay,
without parents; synonyms and secondary ids are sorted.
"""

import sqlite3
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise, repeat
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from protclip.data.files import replacing
from protclip.errors import AssetError

Aspect = Literal["MF", "BP", "CC"]
ASPECTS: tuple[Aspect, ...] = ("MF", "BP", "CC")
_NAMESPACES: dict[str, Aspect] = {
    "molecular_function": "MF",
    "biological_process": "BP",
    "cellular_component": "CC",
}
_REWRITE = "Write it anew from GO.sqlite or an OBO file."
_PLAIN = ("id", "name", "aspect", "obsolete", "replaced_by")
_LISTS = ("parents", "secondary", "synonyms")
_SQLITE_PARENT_TYPES = ("isa", "part of")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One Gene Ontology term.

    ``parents`` are the direct is_a and part_of parents of the same aspect; ``secondary`` are ids that
    were merged into this term; ``synonyms`` are of every scope (exact, broad, narrow, related).
    ``replaced_by`` is set on an obsolete term whose source names exactly one replacement.
    """

    id: str
    name: str
    aspect: Aspect
    parents: tuple[str, ...] = ()
    secondary: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    definition: str = ""
    obsolete: bool = False
    replaced_by: str = ""

    def __post_init__(self) -> None:
        if self.aspect not in ASPECTS:
            raise ValueError(f"aspect {self.aspect!r} of {self.id} is not one of {', '.join(ASPECTS)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TermTable:
    """Terms in order of id, and the release date of the ontology they are from ("" where unknown)."""

    terms: tuple[Term, ...]
    version: str = ""


def open_sqlite(path: Path) -> sqlite3.Connection:
    """Open a database file for reading alone.

    ``immutable=1`` lets a file in a read-only folder be read without lock or journal beside it.

    Raises
    ------
    AssetError
        If the file is missing.
    """
    if not path.is_file():
        raise AssetError(f"no SQLite file at {path}. Give the path of an existing database file.")
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)


def read_sqlite(path: Path) -> TermTable:
    """Read the terms of a GO.sqlite file as Bioconductor's GO.db carries it.

    Raises
    ------
    AssetError
        If the file is missing, is no SQLite database, or has other tables.
    """
    connection = open_sqlite(path)
    try:
        return _sqlite_table(connection)
    except sqlite3.DatabaseError as error:
        raise AssetError(
            f"{path} is not a GO.db database ({error}). Use GO.sqlite of r-bioc-go.db."
        ) from error
    finally:
        connection.close()


def _sqlite_table(connection: sqlite3.Connection) -> TermTable:
    # The artificial root "all" has the aspect "universal": it is left out, here and as a parent.
    current = "select _id, go_id, term, ontology, definition from go_term where ontology in ('MF','BP','CC')"
    gone = "select null, go_id, term, ontology, definition from go_obsolete"
    parents = _sqlite_parents(connection)
    secondary, synonyms = _sqlite_synonyms(connection)
    terms = [
        Term(
            id=go_id,
            name=name,
            aspect=aspect,
            parents=tuple(sorted(parents[key])),
            secondary=tuple(sorted(secondary[key])),
            synonyms=tuple(sorted(synonyms[key])),
            definition=definition or "",
            obsolete=key is None,
        )
        for key, go_id, name, aspect, definition in connection.execute(f"{current} union all {gone}")
    ]
    dated = connection.execute("select value from metadata where name = 'GOSOURCEDATE'").fetchone()
    return TermTable(terms=tuple(sorted(terms, key=lambda t: t.id)), version=dated[0] if dated else "")


def _sqlite_parents(connection: sqlite3.Connection) -> dict[int | None, set[str]]:
    parents: dict[int | None, set[str]] = defaultdict(set)
    for aspect in ASPECTS:
        query = (
            f"select edge._id, parent.go_id from go_{aspect.lower()}_parents edge "  # noqa: S608
            "join go_term parent on parent._id = edge._parent_id "
            "where edge.relationship_type in (?, ?) and parent.ontology = ?"
        )
        for key, parent in connection.execute(query, (*_SQLITE_PARENT_TYPES, aspect)):
            parents[key].add(parent)
    return parents


def _sqlite_synonyms(
    connection: sqlite3.Connection,
) -> tuple[dict[int | None, set[str]], dict[int | None, set[str]]]:
    """Secondary ids and synonyms by row id; the table holds both, told apart by like_go_id."""
    secondary: dict[int | None, set[str]] = defaultdict(set)
    synonyms: dict[int | None, set[str]] = defaultdict(set)
    for key, text, is_id in connection.execute("select _id, synonym, like_go_id from go_synonym"):
        (secondary if is_id else synonyms)[key].add(text)
    return secondary, synonyms


def read_obo(path: Path) -> TermTable:
    """Read the terms of an OBO file (go-basic.obo) with pronto.

    Raises
    ------
    AssetError
        If the file is missing or unreadable, or pronto is not installed.
    """
    if not path.is_file():
        raise AssetError(f"no OBO file at {path}. Give the path of a go-basic.obo file.")
    try:
        import pronto
    except ImportError as error:
        raise AssetError(
            "reading OBO needs pronto. Install it with pip install 'protclip[ontology]'."
        ) from error
    try:
        source = pronto.Ontology(str(path), import_depth=0)
    except (ValueError, SyntaxError, TypeError) as error:
        raise AssetError(f"{path} is not readable as OBO ({error}). Use a go-basic.obo file.") from error
    aspects = {
        t.id: _NAMESPACES.get(str(t.namespace or source.metadata.default_namespace)) for t in source.terms()
    }
    terms = [_obo_term(term, aspect, aspects) for term in source.terms() if (aspect := aspects[term.id])]
    version = (source.metadata.data_version or "").removeprefix("releases/")
    return TermTable(terms=tuple(sorted(terms, key=lambda t: t.id)), version=version)


def _obo_term(term: Any, aspect: Aspect, aspects: dict[str, Aspect | None]) -> Term:
    parents = {p.id for p in term.superclasses(distance=1, with_self=False)}
    parents |= {p.id for link, targets in term.relationships.items() if link.id == "part_of" for p in targets}
    replaced_by = sorted(t.id for t in term.replaced_by) if term.obsolete else []
    return Term(
        id=term.id,
        name=term.name or "",
        aspect=aspect,
        parents=() if term.obsolete else tuple(sorted(p for p in parents if aspects.get(p) == aspect)),
        secondary=tuple(sorted(term.alternate_ids)),
        synonyms=tuple(sorted({s.description for s in term.synonyms})),
        definition=str(term.definition or ""),
        obsolete=bool(term.obsolete),
        replaced_by=replaced_by[0] if len(replaced_by) == 1 else "",
    )


def write_parquet(path: Path, table: TermTable, *, definitions: bool) -> None:
    """Write the terms as one zstd Parquet file, atomically.

    ``definitions=False`` leaves the definitions out (prose is then read from where the user has it).
    """
    terms = table.terms
    texts = pa.list_(pa.string())
    columns: dict[str, pa.Array] = {
        "id": pa.array([t.id for t in terms], pa.string()),
        "name": pa.array([t.name for t in terms], pa.string()),
        "aspect": pa.array([t.aspect for t in terms], pa.string()),
        "parents": pa.array([t.parents for t in terms], texts),
        "secondary": pa.array([t.secondary for t in terms], texts),
        "synonyms": pa.array([t.synonyms for t in terms], texts),
        "obsolete": pa.array([t.obsolete for t in terms], pa.bool_()),
        "replaced_by": pa.array([t.replaced_by for t in terms], pa.string()),
    }
    if definitions:
        columns["definition"] = pa.array([t.definition for t in terms], pa.string())
    data = pa.table(columns).replace_schema_metadata({"go_version": table.version})
    with replacing(path) as unfinished:
        pq.write_table(data, unfinished, compression="zstd", compression_level=19)


def read_parquet(path: Path) -> TermTable:
    """Read what ``write_parquet`` wrote; definitions are "" where they were left out.

    Raises
    ------
    AssetError
        If the file is missing, damaged, or lacks a column.
    """
    try:
        with pq.ParquetFile(path) as file:  # pq.read_table would import pyarrow.dataset, 0.3 s
            data = file.read(use_threads=False)
        columns: dict[str, Iterable[Any]] = {c: data[c].to_pylist() for c in _PLAIN}
        columns |= {c: _tuples(data[c].combine_chunks()) for c in _LISTS}
    except (OSError, pa.ArrowException, KeyError) as error:
        raise AssetError(f"no readable ontology at {path} ({error}). {_REWRITE}") from error
    known = "definition" in data.column_names
    columns["definition"] = data["definition"].to_pylist() if known else repeat("", data.num_rows)
    strange = set(columns["aspect"]) - set(ASPECTS)
    if strange:
        raise AssetError(f"{path} has terms of aspect {min(strange)!r}. {_REWRITE}")
    version = (data.schema.metadata or {}).get(b"go_version", b"").decode()
    return TermTable(terms=_from_columns(columns, data.num_rows), version=version)


def _tuples(column: Any) -> Iterator[tuple[str, ...]]:
    """Rows of a list<string> array as tuples: by offsets, several times faster than ``to_pylist``."""
    values, offsets = column.flatten().to_pylist(), column.offsets.to_pylist()
    first = offsets[0] if offsets else 0
    return (tuple(values[a - first : b - first]) if a < b else () for a, b in pairwise(offsets))


def _from_columns(columns: Mapping[str, Iterable[Any]], number: int) -> tuple[Term, ...]:
    """Terms filled column by column through their slots.

    A frozen dataclass sets each field by a Python call, 0.25 s for the 47,000 terms of GO, which every
    start of a command would pay; the loops here run in C. What ``__post_init__`` checks is checked
    by the caller.
    """
    terms = tuple(map(object.__new__, repeat(Term, number)))
    for name, values in columns.items():
        deque(map(Term.__dict__[name].__set__, terms, values), maxlen=0)
    return terms
