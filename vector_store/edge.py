"""The embedded engine: Qdrant's own Rust engine in this process, on a folder."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import qdrant_edge as qe

from protclip.errors import ProtCLIPError, StoreError
from vector_store.engine import EngineStore, Found, Page, Row
from vector_store.integrity import damaged, file_sizes, require_sizes
from vector_store.locking import FolderLock, StoreBusyError, busy_sentence, copy_tree
from vector_store.manifest import (
    MANIFEST,
    REBUILD,
    IndexManifest,
    OpenMode,
    StoreOptions,
    read_manifest,
    write_manifest,
)
from vector_store.schema import (
    BIOTEXT,
    INDEXED_FIELDS,
    LEXICAL_VECTOR,
    OVERSAMPLING,
    PROTEIN,
    QUANTILE,
    TERM_VECTOR,
    Conditions,
    PointData,
    Sparse,
    exact_search_kib,
)
from vector_store.store import Vector

SHARD = "shard"
_TYPES: dict[str, Any] = {
    "keyword": qe.KeywordIndexParams(),
    "number": qe.IntegerIndexParams(lookup=True, range=False),
    "range": qe.IntegerIndexParams(lookup=False, range=True),
}


class EdgeStore(EngineStore):
    """A folder with the engine's segments in ``shard``, ``manifest.json`` and ``lock`` beside them.

    Opened by `open`. One process at a time; the write-ahead log is always on, so what `upsert` has
    accepted survives a kill.
    """

    engine = "qdrant-edge"
    batch_size = 1_000

    def __init__(self, folder: Path, manifest: IndexManifest, shard: Any, lock: FolderLock) -> None:
        super().__init__(manifest, str(folder))
        self._folder, self._shard, self._lock = folder, shard, lock
        self._engine = partial(_engine, folder=folder)
        self._copy: tempfile.TemporaryDirectory[str] | None = None

    @classmethod
    def open(
        cls,
        folder: Path,
        fingerprint: str,
        dimension: int,
        mode: OpenMode = "read",
        options: StoreOptions | None = None,
    ) -> "EdgeStore":
        """Open, make, or copy the index in a folder.

        Raises
        ------
        FingerprintError
            If the index was made by another checkpoint or schema version.
        StoreBusyError
            If somebody holds the folder (not with mode "copy").
        StoreError
            If there is no index, it is not complete (except with "write"), or it is damaged.
        """
        options = options or StoreOptions()
        if mode == "copy":
            return cls._open_copy(folder, fingerprint, dimension)
        if mode == "read":
            _existing(folder, fingerprint, dimension)  # before a lock file is made in a folder without one
        lock = FolderLock(folder, options.wait_s)
        try:
            manifest = _existing(folder, fingerprint, dimension) if mode == "read" else None
            if mode == "write":
                manifest = read_manifest(folder)
            if manifest is None:
                return cls(*_created(folder, IndexManifest.new(fingerprint, dimension, options)), lock)
            manifest.require(fingerprint, dimension, str(folder))
            return cls(folder, manifest, _loaded(folder, manifest), lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def _open_copy(cls, folder: Path, fingerprint: str, dimension: int) -> "EdgeStore":
        before = _existing(folder, fingerprint, dimension)
        copy = tempfile.TemporaryDirectory(prefix="protclip-index-", ignore_cleanup_errors=True)
        private = Path(copy.name)
        try:
            with _engine("copying the index", folder):
                copy_tree(folder / SHARD, private / SHARD)
                shutil.copyfile(folder / MANIFEST, private / MANIFEST)
            if read_manifest(folder) != before:
                raise StoreError(f"the index {folder} changed while it was copied; try again")
            store = cls.open(private, fingerprint, dimension)
        except BaseException:
            copy.cleanup()
            raise
        store._copy, store._location = copy, str(folder)
        return store

    def finish(self) -> None:
        """Build what speeds up search, flush, and mark the index complete with the sizes of its files."""
        self._require_open()
        with self._engine("finishing the index"):
            self._shard.optimize()
            self._shard.flush()
        number, files = self._count(), file_sizes(self._folder / SHARD)
        self._set_manifest(replace(self._manifest, complete=True, num_points=number, files=files))

    def _nearest(self, name: str, query: Vector | Sparse, where: Conditions, limit: int) -> list[Found]:
        request = qe.QueryRequest(
            limit=limit,
            query=qe.Query.Nearest(_vector(query), using=name),
            filter=_filter(where),
            with_payload=["accession"],
            params=self._search_params(query),
        )
        with self._engine("searching"):
            return [
                Found(accession=p.payload["accession"], score=p.score) for p in self._shard.query(request)
            ]

    def _search_params(self, query: Vector | Sparse) -> Any:
        if not self._manifest.quantized or isinstance(query, Sparse):
            return None
        rescoring = qe.QuantizationSearchParams(rescore=True, oversampling=OVERSAMPLING)
        return qe.SearchParams(quantization=rescoring)

    def _rows(self, ids: Sequence[str], fields: bool | list[str], vector: str | None) -> list[Row]:
        with self._engine("reading proteins"):
            records = self._shard.retrieve(
                list(ids), with_payload=fields, with_vector=[vector] if vector else False
            )
        return [_row(record, vector) for record in records]

    def _page(self, start: Any, size: int, vector: str | None) -> Page:
        request = qe.ScrollRequest(
            offset=start,
            limit=size,
            with_payload=["accession"],
            with_vector=[vector] if vector else False,
        )
        with self._engine("reading the index"):
            records, following = self._shard.scroll(request)
        return [_row(record, vector) for record in records], following

    def _values(self, key: str, where: Conditions, limit: int) -> list[tuple[object, int]]:
        request = qe.FacetRequest(key=key, limit=limit, exact=True, filter=_filter(where))
        with self._engine("counting"):
            return [(hit.value, hit.count) for hit in self._shard.facet(request).hits]

    def _write(self, points: Sequence[PointData]) -> None:
        with self._engine("loading proteins"):
            self._shard.update(qe.UpdateOperation.upsert_points([_point(p) for p in points]))

    def _count(self) -> int:
        with self._engine("counting"):
            return int(self._shard.count(qe.CountRequest(exact=True)))

    def _mark(self, manifest: IndexManifest) -> None:
        with self._engine("writing the manifest"):
            write_manifest(self._folder, manifest)

    def _release(self) -> None:
        try:
            with self._engine("closing the index"):
                self._shard.close()
        finally:
            self._lock.release()
            if self._copy is not None:
                self._copy.cleanup()


def _existing(folder: Path, fingerprint: str, dimension: int) -> IndexManifest:
    manifest = read_manifest(folder)
    if manifest is None:
        raise StoreError(f"there is no index in {folder}. Build it: protclip index")
    manifest.require(fingerprint, dimension, str(folder))
    if not manifest.complete:
        raise StoreError(
            f"the index {folder} is not complete: loading it was interrupted or is under way. "
            "Let it finish, or go on with it: protclip index"
        )
    return manifest


def _created(folder: Path, manifest: IndexManifest) -> tuple[Path, IndexManifest, Any]:
    """A new shard. The manifest comes first: without it nothing in the folder counts."""
    with _engine("making the index", folder):
        (folder / MANIFEST).unlink(missing_ok=True)
        shutil.rmtree(folder / SHARD, ignore_errors=True)
        write_manifest(folder, manifest)
        return folder, manifest, _new_shard(folder, manifest)


def _new_shard(folder: Path, manifest: IndexManifest) -> Any:
    params = qe.EdgeVectorParams(size=manifest.dimension, distance=qe.Distance.Cosine)
    int8 = qe.ScalarQuantizationConfig(type=qe.ScalarType.Int8, quantile=QUANTILE, always_ram=True)
    exact = qe.EdgeOptimizersConfig(indexing_threshold=exact_search_kib(manifest.dimension))
    config = qe.EdgeConfig(
        vectors={PROTEIN: params, BIOTEXT: params},
        sparse_vectors={
            LEXICAL_VECTOR: qe.EdgeSparseVectorParams(modifier=qe.Modifier.Idf),
            TERM_VECTOR: qe.EdgeSparseVectorParams(),
        },
        quantization_config=int8 if manifest.quantized else None,
        optimizers=None if manifest.quantized else exact,
    )
    shard = qe.EdgeShard.create(str(folder / SHARD), config)
    # Indexes first: adding them to a loaded shard takes as long as loading it.
    for key, kind in INDEXED_FIELDS.items():
        shard.update(qe.UpdateOperation.create_field_index(key, _TYPES[kind]))
    return shard


def _loaded(folder: Path, manifest: IndexManifest) -> Any:
    if manifest.complete:
        require_sizes(folder / SHARD, manifest.files)
    with _engine("opening the index", folder):
        # A kill between manifest and shard leaves an index that holds nothing yet.
        if not manifest.complete and not (folder / SHARD / "segments").is_dir():
            return _created(folder, manifest)[2]
        shard = qe.EdgeShard.load(str(folder / SHARD))
    number = shard.info().points_count
    if manifest.complete and number != manifest.num_points:
        shard.close()
        raise damaged(folder, f"it holds {number} of {manifest.num_points} proteins")
    return shard


@contextmanager
def _engine(doing: str, folder: Path) -> Iterator[None]:
    """Turn what the engine raises (plain Exception with a Rust message) into a sentence."""
    try:
        yield
    except ProtCLIPError:
        raise
    except Exception as error:
        if "WouldBlock" in str(error):
            raise StoreBusyError(busy_sentence(folder)) from error
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise StoreError(
            f"{doing} failed in {folder}: {first}. If it fails again: is the disk full? {REBUILD}"
        ) from error


def _filter(where: Conditions) -> Any:
    if where.is_empty:
        return None
    must: list[Any] = [
        qe.FieldCondition(key=k, match=qe.MatchAny(cast(Any, list(values)))) for k, values in where.any_of
    ]
    if where.has_length:
        length = qe.RangeFloat(gte=where.length_min, lte=where.length_max)
        must.append(qe.FieldCondition(key="length", range=length))
    excluded: list[Any] = [qe.HasIdCondition(set(where.excluded_ids))] if where.excluded_ids else []
    return qe.Filter(must=must or None, must_not=excluded or None)


def _vector(query: Vector | Sparse) -> Any:
    if isinstance(query, Sparse):
        return qe.SparseVector(indices=list(query.indices), values=list(query.values))
    return query.tolist()


def _point(point: PointData) -> Any:
    sparse = {name: _vector(vector) for name, vector in point.sparse.items() if vector.indices}
    vectors = {**point.vectors, **sparse}
    return qe.Point(id=point.id, vector=vectors, payload=point.payload)


def _row(record: Any, vector: str | None) -> Row:
    return Row(payload=record.payload or {}, vector=(record.vector or {}).get(vector) if vector else None)
