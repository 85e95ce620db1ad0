"""Documents written to a file: Parquet, TSV, CSV, JSON Lines or GAF, the texts packed where the name ends in .gz."""

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

import pyarrow.parquet as pq

from protclip.batching import batches
from protclip.errors import InputError
from protclip.predict.annotation_rows import ARROW_SCHEMA, Document, rows_of, separated, table_of
from protclip.predict.gaf import UNIDENTIFIED, gaf_header, gaf_lines

Form = Literal["parquet", "tsv", "csv", "jsonl", "gaf"]
FORMS: tuple[Form, ...] = ("parquet", "tsv", "csv", "jsonl", "gaf")
_DELIMITERS = {"tsv": "\t", "csv": ","}
_DOCUMENTS_AT_ONCE = 1_000
"""Of a row group of Parquet: some 20,000 rows."""


def form_of(output: Path, given: str | None) -> Form:
    """The format that was given, else the one that the file's name ends in, .gz left out of account.

    Raises
    ------
    InputError
        If neither says which, or Parquet should be packed again.
    """
    name = output.name.removesuffix(".gz")
    found = given or name.rpartition(".")[2]
    if found not in FORMS:
        raise InputError(
            f"{output.name} does not end in .{', .'.join(FORMS)} (or .gz after a text format). "
            "Rename it, or give --format"
        )
    if found == "parquet" and output.suffix == ".gz":
        raise InputError(f"{output.name}: Parquet is packed as it is. Leave the .gz out")
    return found  # type: ignore[return-value]


def write_documents(
    documents: Iterable[Document], path: Path, form: Form, facts: Mapping[str, Any], *, packed: bool = False
) -> None:
    """Write documents as they come.

    Parameters
    ----------
    facts
        What the predictions were made with, and "date" (YYYY-MM-DD): Parquet's metadata, GAF's header. GAF takes
        its taxon from "taxon".
    packed
        Whether to pack a text with gzip.
    """
    if form == "parquet":
        _write_parquet(documents, path, facts)
        return
    with _binary(path, packed) as file:
        for text in _texts(documents, form, facts):
            file.write(text.encode())


def _write_parquet(documents: Iterable[Document], path: Path, facts: Mapping[str, Any]) -> None:
    schema = ARROW_SCHEMA.with_metadata({f"protclip.{name}": str(value) for name, value in facts.items()})
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for some in batches(documents, _DOCUMENTS_AT_ONCE):
            writer.write_table(table_of(some).replace_schema_metadata(schema.metadata))


def _texts(documents: Iterable[Document], form: Form, facts: Mapping[str, Any]) -> Iterator[str]:
    """What is written: the head of the format, then something for each document."""
    if form in _DELIMITERS:
        by = _DELIMITERS[form]
        yield separated([], header=True, by=by)
        yield from (separated(rows_of(document), by=by) for document in documents)
    elif form == "jsonl":
        yield from (json.dumps(document, ensure_ascii=False) + "\n" for document in documents)
    else:
        yield from (f"{line}\n" for line in gaf_header(facts))
        taxon = facts.get("taxon", UNIDENTIFIED)
        for document in documents:
            yield from (f"{line}\n" for line in gaf_lines(document, date=facts["date"], taxon=taxon))


@contextmanager
def _binary(path: Path, packed: bool) -> Iterator[BinaryIO]:
    with path.open("wb") as file:
        if not packed:
            yield file
            return
        # Neither name nor time: equal documents make equal files.
        with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as stream:
            yield cast(BinaryIO, stream)
