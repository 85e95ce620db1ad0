"""Protein records to Arrow tables and back, by whole columns (a struct at a time is far slower)."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import pyarrow as pa

from protclip.records import Annotation, AnnotationKind, Protein

_ANNOTATION = pa.struct(
    [
        ("kind", pa.string()),
        ("id", pa.string()),
        ("text", pa.string()),
        ("evidence", pa.string()),
        ("count", pa.int32()),
    ]
)
ARROW_SCHEMA = pa.schema(
    [
        ("accession", pa.string()),
        ("sequence", pa.string()),
        ("name", pa.string()),
        ("gene", pa.string()),
        ("organism", pa.string()),
        ("existence", pa.int8()),
        ("reviewed", pa.bool_()),
        ("annotations", pa.list_(_ANNOTATION)),
    ]
)
"""One row a protein; ``existence`` is null where unknown."""


def table_of(proteins: Sequence[Protein]) -> Any:
    """Proteins as an Arrow table with the schema ARROW_SCHEMA, in their order."""
    columns = [[getattr(protein, name) for protein in proteins] for name in ARROW_SCHEMA.names[:-1]]
    arrays = [pa.array(column, kind.type) for column, kind in zip(columns, ARROW_SCHEMA, strict=False)]
    return pa.table([*arrays, _annotation_lists(proteins)], schema=ARROW_SCHEMA)


def proteins_of(table: Any) -> Iterator[Protein]:
    """Read the proteins of a table that has the schema ARROW_SCHEMA, in their order."""
    lists = table.column("annotations").combine_chunks()
    annotations = _annotations_of(lists)
    begins, ends = (lists.offsets[:-1].to_pylist(), lists.offsets[1:].to_pylist())
    names = ARROW_SCHEMA.names[:-1]
    # Slices start at the first value of the chunk, offsets may not.
    start = begins[0] if begins else 0
    for *values, begin, end in zip(*(table.column(n).to_pylist() for n in names), begins, ends, strict=True):
        fields: dict[str, Any] = dict(zip(names, values, strict=True))
        yield Protein(**fields, annotations=tuple(annotations[begin - start : end - start]))


def sequences_of(table: Any) -> Iterator[Protein]:
    """The proteins of a table with nothing but accession and sequence."""
    accessions, sequences = (table.column(name).to_pylist() for name in ("accession", "sequence"))
    for accession, sequence in zip(accessions, sequences, strict=True):
        yield Protein(accession=accession, sequence=sequence)


def _annotation_lists(proteins: Sequence[Protein]) -> Any:
    offsets = [0]
    flat: list[Annotation] = []
    for protein in proteins:
        flat.extend(protein.annotations)
        offsets.append(len(flat))
    fields = [pa.array([getattr(a, f.name) for a in flat], f.type) for f in _ANNOTATION]
    structs = pa.StructArray.from_arrays(fields, fields=list(_ANNOTATION))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), structs)


def _annotations_of(lists: Any) -> list[Annotation]:
    fields = [column.to_pylist() for column in lists.flatten().flatten()]
    return [_annotation(*values) for values in zip(*fields, strict=True)]


@lru_cache(maxsize=1 << 16)
def _annotation(kind: AnnotationKind, id_: str, text: str, evidence: str, count: int) -> Annotation:
    """A shared record: the same statement stands on thousands of proteins, and records are immutable."""
    return Annotation(kind=kind, id=id_, text=text, evidence=evidence, count=count)
