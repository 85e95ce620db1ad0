"""How a benchmark's files may lie in a folder, and which of these layouts a folder has."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from protclip.benchmarks.registry import Benchmark
from protclip.benchmarks.tasks import LabelledTask
from protclip.errors import AssetError

Found = Mapping[str, tuple[Path, ...]]
"""Files by the part that they are."""
Reader = Callable[[Benchmark, Found], LabelledTask]

DEEPEST = 6
"""Folders below the given one that are looked into: a dataset in Hugging Face's cache lies five deep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A file, or several of a kind, that a layout needs.

    ``name`` is how errors call it. ``patterns`` are what the end of a path may look like, in any case of letters;
    where there are none, it is the name. ``fits`` looks into a file that has such a name. With ``is_many`` all files
    count, else the first by depth and name, with those beside it that match too where it is one of several shards.
    """

    name: str
    patterns: tuple[str, ...] = ()
    fits: Callable[[Path], bool] | None = None
    is_many: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One way in which a benchmark's files may lie; ``remark`` says in an error what else they must fulfil."""

    title: str
    parts: Mapping[str, Part]
    read: Reader
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLayout:
    """What a folder has of a layout, and the names of the parts that it lacks."""

    layout: Layout
    files: Found
    missing: tuple[str, ...]


def parts_by_split(name: str, valid: str = "valid") -> dict[str, Part]:
    """Parts train, valid and test of a name such as ``fluorescence_{}.lmdb``; ``valid`` is its word for one."""
    patterns = {"train": name.format("train"), "valid": name.format(valid), "test": name.format("test")}
    return {split: Part(name=pattern.lstrip("*"), patterns=(pattern,)) for split, pattern in patterns.items()}


def find_layouts(layouts: Sequence[Layout], folder: Path) -> list[FoundLayout]:
    """What a folder has of each layout, in their order.

    Raises
    ------
    AssetError
        If there is no such folder.
    """
    named = _named(folder)
    return [_found(layout, named) for layout in layouts]


def located(parts: Mapping[str, Part], folder: Path, source: str) -> Found:
    """The files of parts that must all be there.

    Raises
    ------
    AssetError
        If there is no such folder, or parts are missing; it names them and where they are to be had.
    """
    named = _named(folder)
    files = {role: _files(part, named) for role, part in parts.items()}
    missing = [parts[role].name for role, paths in files.items() if not paths]
    if missing:
        raise AssetError(f"{folder} has no {' and no '.join(missing)}. Get {source}, and give the folder")
    return files


def nothing_complete(benchmark: Benchmark, folder: Path, found: Sequence[FoundLayout]) -> AssetError:
    """The error that says of each layout what is missing, and where the data are to be had."""
    lines = [f"{folder} has no complete set for {benchmark.title}. Any one of these will do:"]
    for option in found:
        has = ", ".join(sorted(paths[0].name for paths in option.files.values()))
        lines.append(
            f"- {option.layout.title}: missing {', '.join(option.missing)}"
            + (f"; there is {has}" if has else "")
            + (f". {option.layout.remark}" if option.layout.remark else "")
        )
    sizes = ""
    if any(benchmark.published_sizes):
        train, valid, test = benchmark.published_sizes
        sizes = f" ({train:,} proteins to train, {valid:,} to validate, {test:,} to test)"
    lines.append(f"Get them from {benchmark.source}{sizes}, unpack them, and give the folder.")
    return AssetError("\n".join(lines))


def _named(folder: Path) -> list[tuple[Path, str]]:
    """What is in a folder, from the top down, each with its path in small letters."""
    if not folder.is_dir():
        raise AssetError(f"{folder} is no folder. Give the folder that has the benchmark's files")
    entries = sorted(_entries(folder), key=lambda path: (len(path.parts), path))
    return [(path, path.as_posix().lower()) for path in entries]


def _entries(folder: Path) -> Iterator[Path]:
    """Files, and folders that are data sets of LMDB, with the whole path, so that a pattern can name a folder."""
    top = folder.resolve()
    for here, folders, files in os.walk(top, followlinks=True):
        place = Path(here)
        yield from (place / name for name in files)
        yield from (place / name for name in folders if name.endswith(".lmdb"))
        is_deepest = len(place.parts) - len(top.parts) >= DEEPEST
        folders[:] = [] if is_deepest else [name for name in folders if not name.endswith((".lmdb", ".git"))]


def _found(layout: Layout, named: Sequence[tuple[Path, str]]) -> FoundLayout:
    files = {role: paths for role, part in layout.parts.items() if (paths := _files(part, named))}
    missing = tuple(part.name for role, part in layout.parts.items() if role not in files)
    return FoundLayout(layout=layout, files=files, missing=missing)


def _files(part: Part, named: Sequence[tuple[Path, str]]) -> tuple[Path, ...]:
    fitting: dict[Path, None] = {}
    for pattern in part.patterns or (part.name,):
        wanted = f"*/{pattern.lower()}"
        matching = (path for path, name in named if fnmatchcase(name, wanted))
        fitting.update(dict.fromkeys(path for path in matching if part.fits is None or part.fits(path)))
        if fitting and not part.is_many:
            return _shards(tuple(fitting))
    return tuple(fitting)


def _shards(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """The first file, or all shards of the first (train-00000-of-00002.parquet)."""
    if "-of-" not in paths[0].name:
        return paths[:1]
    return tuple(path for path in paths if path.parent == paths[0].parent)
