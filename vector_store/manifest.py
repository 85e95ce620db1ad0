"""What an index says of itself: written beside an embedded index, kept as metadata of a server's collection.

Standard library only, so that `protclip doctor` can read it without an engine.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, Self

from protclip.data.files import write_json
from protclip.errors import FingerprintError, StoreError
from vector_store.store import StoreInfo

SCHEMA_VERSION = 3
"""Raised whenever vectors, payload or point ids change, so that an older index is refused, not misread."""

MANIFEST = "manifest.json"
DEFAULT_AVERAGE_WORDS = 45.0
"""BM25's average document length where the corpus is not known beforehand (the starter atlas has 45)."""

OpenMode = Literal["read", "write", "rebuild", "copy"]
"""Read an index; make it or go on loading it; make it anew; or read a private copy of one that is in use.

On a server "copy" is "read".
"""

REBUILD = "Rebuild it: protclip index --rebuild"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreOptions:
    """How a new index is made, and how long to wait for one that is in use.

    ``quantize`` keeps an int8 copy of the vectors in memory (a quarter of the size) and rescores with
    the full ones. ``average_words`` is the corpus' mean length for BM25. ``wait_s`` is in seconds.
    """

    quantize: bool = False
    average_words: float = DEFAULT_AVERAGE_WORDS
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexManifest:
    """The facts a reader checks before it trusts an index.

    ``files`` maps the path of each segment file to its size in bytes: the engine loads a truncated
    file without complaint. It is empty until the index is complete, and on a server.
    """

    schema_version: int = SCHEMA_VERSION
    fingerprint: str
    dimension: int
    num_points: int = 0
    complete: bool = False
    average_words: float = DEFAULT_AVERAGE_WORDS
    quantized: bool = False
    files: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def new(cls, fingerprint: str, dimension: int, options: StoreOptions) -> Self:
        """The manifest of an index that is about to be loaded."""
        return cls(
            fingerprint=fingerprint,
            dimension=dimension,
            average_words=options.average_words,
            quantized=options.quantize,
        )

    @classmethod
    def of(cls, facts: Mapping[str, Any], place: str) -> Self:
        """Read the facts back. Raises StoreError if they are not an index's."""
        known = {f.name for f in fields(cls)}
        try:
            manifest = cls(**{k: v for k, v in facts.items() if k in known})
            sizes = {str(k): int(v) for k, v in manifest.files.items()}
            numbers = (int(manifest.schema_version), int(manifest.dimension), int(manifest.num_points))
        except (TypeError, ValueError, AttributeError) as error:
            raise StoreError(f"{place} does not describe a ProtCLIP index ({error}). {REBUILD}") from error
        if numbers[1] < 1 or sizes != manifest.files or not isinstance(manifest.fingerprint, str):
            raise StoreError(f"{place} does not describe a ProtCLIP index. {REBUILD}")
        return manifest

    def facts(self) -> dict[str, Any]:
        """The facts as plain values."""
        return asdict(self)

    def require(self, fingerprint: str, dimension: int, place: str) -> None:
        """Refuse an index of another schema or of another checkpoint.

        Raises
        ------
        FingerprintError
            The text names both sides and the remedy.
        """
        if self.schema_version != SCHEMA_VERSION:
            raise FingerprintError(
                f"the index {place} has schema version {self.schema_version}, this program reads "
                f"version {SCHEMA_VERSION}. {REBUILD}"
            )
        if self.fingerprint != fingerprint or self.dimension != dimension:
            raise FingerprintError(
                f"the index {place} was made by the checkpoint {self.fingerprint} (dimension "
                f"{self.dimension}), but the checkpoint in use is {fingerprint} (dimension {dimension}). "
                "Use the one it was made with (--model FOLDER), or give an index of this one: protclip index --model "
                "FOLDER --index PLACE makes one elsewhere, protclip index --rebuild in its stead"
            )

    def info(self, engine: str, location: str, num_points: int) -> StoreInfo:
        """What the store's `info` says, with the number of points that were counted."""
        return StoreInfo(
            engine=engine,
            location=location,
            fingerprint=self.fingerprint,
            schema_version=self.schema_version,
            dimension=self.dimension,
            num_points=num_points,
            complete=self.complete,
        )


def read_manifest(folder: Path) -> IndexManifest | None:
    """The manifest in an index folder, None where there is none. Raises StoreError if it is damaged."""
    path = folder / MANIFEST
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be read ({error}). {REBUILD}") from error
    if not isinstance(facts, dict):
        raise StoreError(f"{path} does not describe a ProtCLIP index. {REBUILD}")
    return IndexManifest.of(facts, str(path))


def write_manifest(folder: Path, manifest: IndexManifest) -> None:
    """Write the manifest in one step: a kill leaves the old one or the new one."""
    write_json(folder / MANIFEST, manifest.facts())
