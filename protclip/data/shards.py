"""Proteins as Parquet shards with a manifest: one row a protein, written in a stream, checked when read.

A folder holds ``proteins-00000.parquet`` and so on, and ``manifest.json``. While it is being written
``manifest.partial.json`` lists the shards that are done, so that a killed run goes on where it stopped.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import Literal, Self

import pyarrow.parquet as pq

from protclip.data.files import replacing, sha256_of, write_json
from protclip.data.tables import ARROW_SCHEMA, proteins_of, sequences_of, table_of
from protclip.errors import AssetError, InputError
from protclip.records import Protein

SCHEMA_VERSION = 1
MANIFEST = "manifest.json"
PARTIAL_MANIFEST = "manifest.partial.json"
REMEDY = "Run the same command that built the folder again; it writes this shard anew and keeps the others"
"""What to do about a damaged shard."""

_ROWS_IN_GROUP = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """One Parquet file of the folder: its name, its rows, the annotations in them, and its hex sha256."""

    file: str
    rows: int
    annotations: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a folder of shards holds and where it came from.

    ``provenance`` names the source with its versions, licence and date; ``shard_size`` is the number of
    proteins in every shard but the last; ``steps`` says how many proteins each step of a selection read,
    removed and kept, and is empty for a folder that was not selected from another.
    """

    shards: tuple[Shard, ...]
    provenance: Mapping[str, str] = field(default_factory=dict)
    shard_size: int
    steps: Mapping[str, int] = field(default_factory=dict)
    schema_version: int = SCHEMA_VERSION

    @property
    def num_proteins(self) -> int:
        """Proteins in all shards."""
        return sum(shard.rows for shard in self.shards)

    @property
    def num_annotations(self) -> int:
        """Annotations in all shards."""
        return sum(shard.annotations for shard in self.shards)

    def write(self, path: Path) -> None:
        """Write as JSON, atomically."""
        counts = {"num_proteins": self.num_proteins, "num_annotations": self.num_annotations}
        write_json(path, {"schema_version": self.schema_version} | counts | asdict(self))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what `write` wrote.

        Raises
        ------
        AssetError
            If the file is missing, is no manifest, or has a schema version this program does not know.
        """
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            manifest = cls(
                shards=tuple(Shard(**shard) for shard in content["shards"]),
                provenance=dict(content["provenance"]),
                shard_size=int(content["shard_size"]),
                steps={str(step): int(number) for step, number in content.get("steps", {}).items()},
                schema_version=int(content["schema_version"]),
            )
        except FileNotFoundError as error:
            raise AssetError(f"no manifest at {path}. Build the folder with protclip data build") from error
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise AssetError(
                f"{path} is not a manifest of shards ({error}). Delete it and build again"
            ) from error
        if manifest.schema_version != SCHEMA_VERSION:
            raise AssetError(
                f"{path} has schema version {manifest.schema_version}, this program reads {SCHEMA_VERSION}. "
                "Build into a new folder with protclip data build"
            )
        return manifest


def write_shards(
    proteins: Iterable[Protein],
    folder: Path,
    provenance: Mapping[str, str],
    shard_size: int = 50_000,
    steps: Callable[[], Mapping[str, int]] = dict,
) -> Manifest:
    """Write proteins into a folder, or finish what an interrupted call began.

    A folder that is complete and undamaged is left alone and ``proteins`` is not read. Otherwise shards
    that are there with the right checksum are kept while the input is read past them, and the others are
    written. Memory holds one row group, not the input.

    Parameters
    ----------
    proteins : Iterable of Protein
        In the same order in every call for a folder.
    folder : Path
        Made where it is missing.
    provenance : Mapping of str to str
        Where the proteins come from; a folder takes one provenance only.
    shard_size : int
        Proteins in a shard, at least 1.
    steps : callable
        Asked when the last protein was read: what the manifest is to say of the steps before.

    Raises
    ------
    InputError
        If the folder holds another source, the input has changed since the shards were written, or
        there is no protein in it.
    """
    if shard_size < 1:
        raise InputError(f"shard size {shard_size} is below 1; give the number of proteins in a shard")
    earlier = _earlier_manifest(folder, provenance, shard_size)
    if (
        earlier
        and (folder / MANIFEST).exists()
        and all(_is_intact(folder, shard) for shard in earlier.shards)
    ):
        return earlier
    kept = {shard.file: shard for shard in earlier.shards} if earlier else {}
    manifest = Manifest(shards=(), provenance=dict(provenance), shard_size=shard_size)
    stream = iter(proteins)
    while (first := next(stream, None)) is not None:
        name = f"proteins-{len(manifest.shards):05d}.parquet"
        rows = islice(chain([first], stream), shard_size)
        shard = kept.get(name)
        if shard and _is_intact(folder, shard):
            _skip_past(shard, rows, folder)
        else:
            shard = _write_shard(rows, folder / name)
        manifest = Manifest(
            shards=(*manifest.shards, shard), provenance=dict(provenance), shard_size=shard_size
        )
        # A repair of a complete folder keeps the list of the shards that follow, or a kill would forget them.
        later = tuple(s for s in kept.values() if s.file > name)
        Manifest(shards=(*manifest.shards, *later), provenance=dict(provenance), shard_size=shard_size).write(
            folder / PARTIAL_MANIFEST
        )
    if not manifest.shards:
        raise InputError("no protein was read; check that the input is what its format says")
    if any(name > f"proteins-{len(manifest.shards) - 1:05d}.parquet" for name in kept):
        raise InputError(
            f"the input has fewer proteins than {folder} was made from. "
            "Choose another folder or delete this one"
        )
    manifest = replace(manifest, steps=dict(steps()))
    manifest.write(folder / MANIFEST)
    (folder / PARTIAL_MANIFEST).unlink(missing_ok=True)
    return manifest


def read_shards(
    folder: Path, columns: Literal["all", "sequences"] = "all", *, verify: bool = True
) -> Iterator[Protein]:
    """Read the proteins of a folder in the order they were written, one row group in memory at a time.

    Parameters
    ----------
    folder : Path
        Written by `write_shards`.
    columns : "all" or "sequences"
        "sequences" reads accession and sequence only, which is several times faster.
    verify : bool
        Compare each shard's checksum with the manifest's before its first protein is given out.

    Raises
    ------
    AssetError
        If the folder was never finished, or a shard is missing or damaged.
    """
    if columns not in ("all", "sequences"):
        raise InputError(f"columns {columns!r} is not one of all, sequences")
    if not (folder / MANIFEST).exists() and (folder / PARTIAL_MANIFEST).exists():
        raise AssetError(
            f"{folder} is not finished. Run the same command that built it again; it goes on where it stopped"
        )
    for shard in Manifest.read(folder / MANIFEST).shards:
        if verify:
            check_shard(folder, shard)
        yield from _read_shard(folder / shard.file, columns)


def check_shard(folder: Path, shard: Shard) -> None:
    """Raise AssetError, with both checksums and the remedy, if a shard is missing or damaged."""
    path = folder / shard.file
    if not path.exists():
        raise AssetError(f"shard {path} is missing. {REMEDY}")
    found = sha256_of(path)
    if found != shard.sha256:
        raise AssetError(f"shard {path} is damaged: sha256 {shard.sha256} expected, {found} found. {REMEDY}")


def _earlier_manifest(folder: Path, provenance: Mapping[str, str], shard_size: int) -> Manifest | None:
    """The manifest of an earlier call, finished or not, once it is sure that it was for the same source."""
    path = next((p for p in (folder / PARTIAL_MANIFEST, folder / MANIFEST) if p.exists()), None)
    if path is None:
        return None
    earlier = Manifest.read(path)
    was = {**earlier.provenance, "shard size": str(earlier.shard_size)}
    now = {**provenance, "shard size": str(shard_size)}
    differing = sorted(key for key in was.keys() | now.keys() if was.get(key) != now.get(key))
    if differing:
        told = "; ".join(
            f"{key} was {was.get(key, 'not set')}, is now {now.get(key, 'not set')}" for key in differing
        )
        raise InputError(
            f"{folder} already holds another source ({told}). Choose another folder or delete this one"
        )
    return earlier


def _is_intact(folder: Path, shard: Shard) -> bool:
    try:
        check_shard(folder, shard)
    except AssetError:
        return False
    return True


def _skip_past(shard: Shard, rows: Iterable[Protein], folder: Path) -> None:
    """Read the input past a shard that is kept, and make sure that it is what the shard was made from."""
    accessions = pq.read_table(folder / shard.file, columns=["accession"]).column("accession").to_pylist()
    read = [protein.accession for protein in rows]
    if read != accessions:
        place = next((i for i, (a, b) in enumerate(zip(read, accessions, strict=False)) if a != b), len(read))
        raise InputError(
            f"the input has changed since {folder / shard.file} was written (at its row {place + 1}). "
            "Choose another folder or delete this one"
        )


def _write_shard(rows: Iterator[Protein], path: Path) -> Shard:
    num_rows = num_annotations = 0
    with (
        replacing(path) as unfinished,
        pq.ParquetWriter(unfinished, ARROW_SCHEMA, compression="zstd") as writer,
    ):
        while batch := list(islice(rows, _ROWS_IN_GROUP)):
            writer.write_table(table_of(batch))
            num_rows += len(batch)
            num_annotations += sum(len(protein.annotations) for protein in batch)
    return Shard(file=path.name, rows=num_rows, annotations=num_annotations, sha256=sha256_of(path))


def _read_shard(path: Path, columns: Literal["all", "sequences"]) -> Iterator[Protein]:
    with pq.ParquetFile(path) as file:
        names = ["accession", "sequence"] if columns == "sequences" else None
        for number in range(file.num_row_groups):
            table = file.read_row_group(number, columns=names)
            yield from sequences_of(table) if columns == "sequences" else proteins_of(table)
