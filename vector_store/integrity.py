"""Whether the files of an embedded index are as they were finished: the engine loads a truncated one silently."""

from collections.abc import Mapping
from pathlib import Path

from protclip.errors import StoreError
from vector_store.manifest import REBUILD


def file_sizes(shard: Path) -> dict[str, int]:
    """Bytes of the engine's data files.

    Its small JSON files are rewritten whenever it opens, and its journals go into the data files then.
    """
    files = (p for p in sorted((shard / "segments").rglob("*")) if p.is_file())
    kept = (p for p in files if p.suffix != ".json" and "journal" not in p.name)
    return {p.relative_to(shard).as_posix(): p.stat().st_size for p in kept}


def require_sizes(shard: Path, expected: Mapping[str, int]) -> None:
    """Compare with the manifest: files may have grown since. Raises StoreError for the first that lost bytes."""
    found = file_sizes(shard)
    for name, size in expected.items():
        if name not in found:
            raise damaged(shard.parent, f"{shard.name}/{name} is missing")
        if found[name] < size:
            told = f"{shard.name}/{name} has {found[name]:,} bytes instead of {size:,}"
            raise damaged(shard.parent, told)


def damaged(folder: Path, what: str) -> StoreError:
    """The error for an index whose files cannot be trusted."""
    return StoreError(f"the index {folder} is damaged: {what}. {REBUILD}")
