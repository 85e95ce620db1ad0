"""What `protclip doctor` looks at in this package: interpreter, packages, torch, shipped files, helpers."""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from protclip.health import Check, guarded, plugged_checks

_REQUIREMENT = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)[^;]*(?:;.*extra == ['\"](?P<extra>[\w-]+)['\"])?")
_OPTIONAL_EXTRAS = {
    "benchmarks": "LMDB files of benchmarks",
    "esm": "official ESM-2 weights",
    "figures": "drawings of training runs",
    "map": "maps of function space",
    "ontology": "OBO files",
    "structure": "3D views",
    "train": "training",
}
_DEVELOPER_EXTRAS = ("test", "dev")
_OLDEST_PYTHON = (3, 11)


def all_checks() -> list[Check]:
    """Every check of this package, then those of other packages."""
    looks = (
        ("python", _python),
        ("packages", _packages),
        ("torch", _torch),
        ("checkpoint", _checkpoint),
        ("atlas", _atlas),
        ("checksums", _checksums),
        ("helpers", _helpers),
        ("qdrant", _qdrant),
    )
    return [check for name, look in looks for check in guarded(name, look)] + plugged_checks()


def _python() -> list[Check]:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < _OLDEST_PYTHON:
        return [Check(name="python", status="broken", detail=found, remedy="Install Python 3.11 or newer")]
    return [Check(name="python", status="ok", detail=f"{found} ({sys.executable})")]


def _packages() -> list[Check]:
    """One line for what is always needed, and one for each extra."""
    by_extra: dict[str, list[str]] = {"": []}
    for requirement in requires("protclip") or ():
        match = _REQUIREMENT.match(requirement)
        if match and match["name"] != "protclip" and match["extra"] not in _DEVELOPER_EXTRAS:
            by_extra.setdefault(match["extra"] or "", []).append(match["name"])
    return [_package_group(extra, names) for extra, names in by_extra.items()]


def _package_group(extra: str, names: list[str]) -> Check:
    name = f"packages [{extra}]" if extra else "packages"
    purpose = _OPTIONAL_EXTRAS.get(extra, "")
    found = {package: _version(package) for package in names}
    missing = [package for package, number in found.items() if number is None]
    if not missing:
        return Check(name=name, status="ok", detail=", ".join(f"{p} {v}" for p, v in found.items()))
    detail = f"{', '.join(missing)} not installed" + (f" (for {purpose})" if purpose else "")
    remedy = f"pip install 'protclip{f'[{extra}]' if extra else ''}'"
    return Check(name=name, status="missing", detail=detail, remedy=remedy, required=not purpose)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _torch() -> list[Check]:
    import torch

    from protclip.devices import default_device, fast_dtype

    device = default_device()
    names = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    precision = str(fast_dtype(device)).removeprefix("torch.")
    accelerator = f"CUDA: {', '.join(names)}" if names else "no CUDA device, the CPU is used"
    detail = f"{torch.get_num_threads()} threads, {precision} on {device.type}; {accelerator}"
    return [Check(name="torch", status="ok", detail=detail)]


def _checkpoint() -> list[Check]:
    from protclip import starter
    from protclip.model.checkpoint_files import fingerprint

    folder = starter.checkpoint_path()
    detail = f"{folder.name}, fingerprint {fingerprint(folder)}, {folder}"
    return [Check(name="checkpoint", status="ok", detail=detail)]


def _atlas() -> list[Check]:
    """The shipped atlas, and whether the shipped checkpoint made its vectors."""
    from protclip import starter
    from protclip.data.atlas import read_atlas
    from protclip.model.checkpoint_files import fingerprint

    atlas = read_atlas(starter.atlas_path())
    expected = fingerprint(starter.checkpoint_path())
    detail = f"{len(atlas.proteins):,} proteins, fingerprint {atlas.fingerprint}"
    if atlas.fingerprint != expected:
        remedy = "Restore the shipped files (git checkout -- protclip/starter); they belong together"
        told = f"{detail}, but the checkpoint's is {expected}"
        return [Check(name="atlas", status="broken", detail=told, remedy=remedy)]
    return [Check(name="atlas", status="ok", detail=detail)]


def _checksums() -> list[Check]:
    from protclip import starter

    problems = starter.problems()
    if not problems:
        return [Check(name="checksums", status="ok", detail="all shipped files are as they were made")]
    remedy = "Restore the shipped files (git checkout -- protclip/starter), or install the project again"
    return [Check(name="checksums", status="broken", detail=problem, remedy=remedy) for problem in problems]


def _helpers() -> list[Check]:
    """Programs that some verbs and tests use where they are installed."""
    return [
        _program(
            "mmseqs", ("mmseqs",), "clusters sequences for protclip data split; apt-get install mmseqs2"
        ),
        _program("chromium", tuple(_BROWSERS), "drives the browser tests; apt-get install chromium"),
    ]


_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def _program(name: str, candidates: tuple[str, ...], remedy: str) -> Check:
    path = next(_found(candidates), None)
    if path:
        return Check(name=name, status="ok", detail=path, required=False)
    return Check(name=name, status="missing", detail="not on the PATH", remedy=remedy, required=False)


def _found(candidates: tuple[str, ...]) -> Iterator[str]:
    return (path for path in map(shutil.which, candidates) if path)


def _qdrant() -> list[Check]:
    """Whether a server is named; never its address, which may hold a key."""
    if os.environ.get("QDRANT_URL"):
        key = "with" if os.environ.get("QDRANT_API_KEY") else "without"
        return [Check(name="QDRANT_URL", status="ok", detail=f"set, {key} QDRANT_API_KEY", required=False)]
    detail = "not set: the index embedded in this machine is used"
    return [Check(name="QDRANT_URL", status="ok", detail=detail, required=False)]
