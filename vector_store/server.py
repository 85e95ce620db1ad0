"""A Qdrant server through qdrant-client, or the client's in-memory mode for tests."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

from qdrant_client import QdrantClient, models

from protclip.errors import StoreError
from vector_store import schema
from vector_store.engine import EngineStore, Found, Page, Row
from vector_store.manifest import IndexManifest
from vector_store.retry import retried, shown_url
from vector_store.schema import INDEXED_FIELDS, LEXICAL_VECTOR, TERM_VECTOR, Conditions, PointData, Sparse
from vector_store.server_errors import is_transient, server_errors
from vector_store.store import Vector

ALIAS = "protclip"
TIMEOUT_S = 60
_INTEGER = models.IntegerIndexType.INTEGER
_TYPES: dict[str, Any] = {
    "keyword": models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD),
    "number": models.IntegerIndexParams(type=_INTEGER, lookup=True, range=False),
    "range": models.IntegerIndexParams(type=_INTEGER, lookup=False, range=True),
}


class ServerStore(EngineStore):
    """One collection of a server, found through an alias.

    The manifest is the collection's metadata (Qdrant 1.16 or newer). A collection is named after the
    alias and the checkpoint, and is loaded beside the one that is being served: `finish` moves the alias.
    A reader stays with the collection it found at opening, so the vectors never change under it; that
    collection stays on the server until the next index is finished.
    """

    engine = "qdrant-server"
    batch_size = 500

    def __init__(
        self,
        client: QdrantClient,
        collection: str,
        manifest: IndexManifest,
        *,
        place: str,
        alias: str = ALIAS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(manifest, f"{place}/{collection}")
        self._client, self._collection, self._alias = client, collection, alias
        self._server, self._sleep = partial(server_errors, place), sleep

    def finish(self) -> None:
        """Mark the collection complete and move the alias to it; what the alias left goes at the next time."""
        self._require_open()
        self._set_manifest(replace(self._manifest, complete=True, num_points=self._count()))
        with self._server():
            before = served_by(self._client, self._alias)
            if before != self._collection:
                self._client.update_collection_aliases(_moves(self._alias, self._collection, before))
            keep = {self._collection, before}
            for name in _finished_collections(self._client, self._alias) - keep:
                self._client.delete_collection(name)

    def _nearest(self, name: str, query: Vector | Sparse, where: Conditions, limit: int) -> list[Found]:
        with self._server():
            found = self._client.query_points(
                self._collection,
                query=_vector(query),
                using=name,
                query_filter=_filter(where),
                limit=limit,
                with_payload=["accession"],
                search_params=self._search_params(query),
            )
        return [Found(accession=(p.payload or {})["accession"], score=p.score) for p in found.points]

    def _search_params(self, query: Vector | Sparse) -> models.SearchParams | None:
        if not self._manifest.quantized or isinstance(query, Sparse):
            return None
        rescoring = models.QuantizationSearchParams(rescore=True, oversampling=schema.OVERSAMPLING)
        return models.SearchParams(quantization=rescoring)

    def _rows(self, ids: Sequence[str], fields: bool | list[str], vector: str | None) -> list[Row]:
        with self._server():
            records = self._client.retrieve(
                self._collection, list(ids), with_payload=fields, with_vectors=[vector] if vector else False
            )
        return [_row(record, vector) for record in records]

    def _page(self, start: Any, size: int, vector: str | None) -> Page:
        with self._server():
            records, following = self._client.scroll(
                self._collection,
                limit=size,
                offset=start,
                with_payload=["accession"],
                with_vectors=[vector] if vector else False,
            )
        return [_row(record, vector) for record in records], following

    def _values(self, key: str, where: Conditions, limit: int) -> list[tuple[object, int]]:
        with self._server():
            found = self._client.facet(
                self._collection, key, facet_filter=_filter(where), limit=limit, exact=True
            )
        return [(hit.value, hit.count) for hit in found.hits]

    def _write(self, points: Sequence[PointData]) -> None:
        structs = [_point(p) for p in points]

        def write() -> None:
            self._client.upsert(self._collection, structs, wait=True)

        with self._server():
            retried(write, is_transient, self._sleep)

    def _count(self) -> int:
        with self._server():
            return self._client.count(self._collection, exact=True).count

    def _mark(self, manifest: IndexManifest) -> None:
        with self._server():
            self._client.update_collection(self._collection, metadata=_metadata(self._alias, manifest))

    def _release(self) -> None:
        self._client.close()


def connect(url: str, api_key: str | None) -> QdrantClient:
    """A client of a server; nothing is sent yet. The key is never part of any message."""
    with server_errors(shown_url(url)):
        return QdrantClient(url=url, api_key=api_key or None, timeout=TIMEOUT_S, check_compatibility=False)


def open_served(
    client: QdrantClient, fingerprint: str, dimension: int, *, place: str, alias: str = ALIAS
) -> ServerStore:
    """Open the collection an alias serves, for reading.

    Raises
    ------
    FingerprintError
        If it was made by another checkpoint or schema version.
    StoreError
        If the server cannot be reached or serves no index.
    """
    with server_errors(place):
        name = served_by(client, alias)
        manifest = manifest_of(client, name, place) if name else None
    if name is None or manifest is None:
        raise StoreError(f"{place} serves no index under the alias {alias!r}. Build it: protclip index")
    manifest.require(fingerprint, dimension, f"{place}/{name}")
    return ServerStore(client, name, manifest, place=place, alias=alias)


def open_for_loading(
    client: QdrantClient,
    manifest: IndexManifest,
    *,
    place: str,
    alias: str = ALIAS,
    rebuild: bool = False,
    sleep: Callable[[float], None] = time.sleep,
) -> ServerStore:
    """Open a collection to load: one begun before with the same checkpoint, or a new one.

    With ``rebuild`` a new collection is begun, under a name that does not disturb the one served.
    """
    names = [f"{alias}_{manifest.fingerprint[:12]}_v{manifest.schema_version}{tail}" for tail in ("", "_b")]
    with server_errors(place):
        served = served_by(client, alias)
        name = next(n for n in names if n != served) if rebuild else names[0]
        if served in names and not rebuild:
            name = str(served)
        existing = manifest_of(client, name, place)
        if existing is not None and rebuild:
            client.delete_collection(name)
            existing = None
        if existing is None:
            _create(client, name, alias, manifest)
        else:
            existing.require(manifest.fingerprint, manifest.dimension, f"{place}/{name}")
        if existing is None or not existing.complete:  # a kill may have come between the two
            _index_fields(client, name)
    return ServerStore(client, name, existing or manifest, place=place, alias=alias, sleep=sleep)


def served_by(client: QdrantClient, alias: str) -> str | None:
    """The collection behind an alias, None where there is none."""
    found = {a.alias_name: a.collection_name for a in client.get_aliases().aliases}
    return found.get(alias)


def manifest_of(client: QdrantClient, name: str, place: str) -> IndexManifest | None:
    """What a collection says of itself, None where there is no such collection."""
    if not client.collection_exists(name):
        return None
    return IndexManifest.of(client.get_collection(name).config.metadata or {}, f"{place}/{name}")


def _create(client: QdrantClient, name: str, alias: str, manifest: IndexManifest) -> None:
    params = models.VectorParams(
        size=manifest.dimension, distance=models.Distance.COSINE, on_disk=manifest.quantized
    )
    int8 = models.ScalarQuantizationConfig(
        type=models.ScalarType.INT8, quantile=schema.QUANTILE, always_ram=True
    )
    exact = models.OptimizersConfigDiff(indexing_threshold=schema.exact_search_kib(manifest.dimension))
    client.create_collection(
        name,
        vectors_config={schema.PROTEIN: params, schema.BIOTEXT: params},
        sparse_vectors_config={
            LEXICAL_VECTOR: models.SparseVectorParams(modifier=models.Modifier.IDF),
            TERM_VECTOR: models.SparseVectorParams(),
        },
        quantization_config=models.ScalarQuantization(scalar=int8) if manifest.quantized else None,
        optimizers_config=None if manifest.quantized else exact,
        metadata=_metadata(alias, manifest),
    )


def _index_fields(client: QdrantClient, name: str) -> None:
    """Before the points come: the graph of a filtered field is built along with the rest."""
    for key, kind in INDEXED_FIELDS.items():
        client.create_payload_index(name, key, _TYPES[kind], wait=True)


def _metadata(alias: str, manifest: IndexManifest) -> dict[str, Any]:
    return {"alias": alias, **manifest.facts()}


def _moves(alias: str, name: str, before: str | None) -> list[Any]:
    """The alias leaves and arrives in one request, so no reader finds it missing."""
    leave = models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=alias))
    arrive = models.CreateAlias(collection_name=name, alias_name=alias)
    return [*([leave] if before else []), models.CreateAliasOperation(create_alias=arrive)]


def _finished_collections(client: QdrantClient, alias: str) -> set[str]:
    """The complete collections that were made for an alias; others are none of our business."""
    found = set()
    for name in (c.name for c in client.get_collections().collections if c.name.startswith(f"{alias}_")):
        facts = client.get_collection(name).config.metadata or {}
        if facts.get("alias") == alias and facts.get("complete"):
            found.add(name)
    return found


def _filter(where: Conditions) -> models.Filter | None:
    if where.is_empty:
        return None
    must: list[models.Condition] = [
        models.FieldCondition(key=key, match=models.MatchAny(any=cast(Any, list(values))))
        for key, values in where.any_of
    ]
    if where.has_length:
        length = models.Range(gte=where.length_min, lte=where.length_max)
        must.append(models.FieldCondition(key="length", range=length))
    excluded: list[models.Condition] = [models.HasIdCondition(has_id=list(where.excluded_ids))]
    return models.Filter(must=must or None, must_not=excluded if where.excluded_ids else None)


def _vector(query: Vector | Sparse) -> Any:
    if isinstance(query, Sparse):
        return models.SparseVector(indices=list(query.indices), values=list(query.values))
    return query.tolist()


def _point(point: PointData) -> models.PointStruct:
    sparse = {name: _vector(vector) for name, vector in point.sparse.items() if vector.indices}
    vectors = {**point.vectors, **sparse}
    return models.PointStruct(id=point.id, vector=vectors, payload=point.payload)


def _row(record: models.Record, vector: str | None) -> Row:
    vectors = record.vector if isinstance(record.vector, dict) else {}
    return Row(payload=record.payload or {}, vector=vectors.get(vector) if vector else None)  # type: ignore[arg-type]
