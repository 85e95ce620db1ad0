"""Finding and fetching Debian packages, with apt-get and dpkg-deb replaced by small scripts."""

import dataclasses
import hashlib
import os
import re
import tarfile
from pathlib import Path

import pytest

from protclip.data import debian
from protclip.errors import AssetError, InputError

NAME = "r-bioc-go.db"
MARKER = debian.PACKAGES[NAME].marker
PINNED = debian.PACKAGES[NAME].version

# With no lists (FAKE_EMPTY) apt knows the package only in its own state, after an update there.
APT = """#!/bin/sh
echo "$*" >> "$FAKE_LOG"
for last; do :; done
case "$last" in *=*) version="${last#*=}" ;; *) version="$FAKE_VERSION" ;; esac
file="${last%%=*}_${version}_all.deb"
case "$*" in
  *update*) mkdir -p "$FAKE_STATE" ;;
  *) [ "$version" = "$FAKE_VERSION" ] || { echo "E: Version not found" >&2; exit 100; }
     [ -z "$FAKE_EMPTY" ] || [ -d "$FAKE_STATE" ] || { echo "E: Unable to locate" >&2; exit 100; }
     case "$*" in
       *--print-uris*) echo "'http://mirror.example/$file' $file 123 $FAKE_SUM" ;;
       *) cp "$FAKE_DEB" "$file" ;;
     esac ;;
esac
"""
DPKG = """#!/bin/sh
[ "$1" = "-x" ] && mkdir -p "$3" && tar -xf "$2" -C "$3"
"""


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """A PATH with both scripts, and a package file whose checksum is the pinned one."""
    (tmp_path / "source" / MARKER).parent.mkdir(parents=True)
    (tmp_path / "source" / MARKER).write_text("the data")
    package = tmp_path / "package.deb"
    with tarfile.open(package, "w") as archive:
        archive.add(tmp_path / "source" / "usr", "usr")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, script in (("apt-get", APT), ("dpkg-deb", DPKG)):
        (programs / name).write_text(script)
        (programs / name).chmod(0o755)
    checksum = hashlib.sha256(package.read_bytes()).hexdigest()
    settings = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "FAKE_LOG": str(tmp_path / "log"),
        "FAKE_VERSION": PINNED,
        "FAKE_STATE": str(tmp_path / "state"),
        "FAKE_EMPTY": "",
        "FAKE_SUM": f"SHA256:{checksum}",
        "FAKE_DEB": str(package),
    }
    for key, value in settings.items():
        monkeypatch.setenv(key, value)
    pinned = dataclasses.replace(debian.PACKAGES[NAME], sha256=checksum)
    monkeypatch.setitem(debian.PACKAGES, NAME, pinned)
    return tmp_path


@pytest.fixture(autouse=True)
def bare_system(tmp_path, monkeypatch):
    """A system on which nothing is installed, so that the answer does not depend on this one."""
    monkeypatch.setattr(debian, "SYSTEM_ROOT", tmp_path / "system")
    return tmp_path / "system"


def _calls(mirror: Path) -> str:
    log = mirror / "log"
    return log.read_text() if log.exists() else ""


def _place(root: Path) -> None:
    (root / MARKER).parent.mkdir(parents=True)
    (root / MARKER).write_text("the data")


def test_download_unpacks_into_the_cache_and_leaves_nothing_else(mirror):
    cache = mirror / "cache"
    folder = debian.package_folder(NAME, cache, download=True)
    assert folder == cache / f"{NAME}_{PINNED}"
    assert (folder / MARKER).read_text() == "the data"
    assert list(cache.iterdir()) == [folder]


def test_cached_package_is_not_fetched_again(mirror):
    first = debian.package_folder(NAME, mirror / "cache", download=True)
    (mirror / "log").unlink()
    assert debian.package_folder(NAME, mirror / "cache", download=True) == first
    assert debian.package_folder(NAME, mirror / "cache", download=False) == first
    assert _calls(mirror) == ""


def test_installed_package_goes_before_the_cache(mirror, bare_system):
    _place(bare_system)
    _place(mirror / "cache" / f"{NAME}_{PINNED}")
    assert debian.package_folder(NAME, mirror / "cache", download=True) == bare_system
    assert _calls(mirror) == ""


def test_relative_cache_works(mirror, monkeypatch):
    monkeypatch.chdir(mirror)
    assert (debian.package_folder(NAME, Path("here"), download=True) / MARKER).is_file()
    assert (mirror / "here" / f"{NAME}_{PINNED}" / MARKER).is_file()


def test_without_leave_nothing_is_downloaded(mirror):
    with pytest.raises(AssetError, match=r"Allow the download, or run apt-get install r-bioc-go\.db"):
        debian.package_folder(NAME, mirror / "cache", download=False)
    assert _calls(mirror) == ""
    assert not (mirror / "cache").exists()


def test_wrong_checksum_is_refused_and_nothing_is_unpacked(mirror):
    right = debian.PACKAGES[NAME].sha256
    with (mirror / "package.deb").open("ab") as file:
        file.write(b"\0")
    found = hashlib.sha256((mirror / "package.deb").read_bytes()).hexdigest()
    with pytest.raises(AssetError, match=f"SHA-256 {found}, expected {right}"):
        debian.package_folder(NAME, mirror / "cache", download=True)
    assert list((mirror / "cache").iterdir()) == []


def test_a_mirror_cannot_vouch_for_an_exchanged_file_of_the_pinned_version(mirror, monkeypatch):
    with (mirror / "package.deb").open("ab") as file:
        file.write(b"\0")
    found = hashlib.sha256((mirror / "package.deb").read_bytes()).hexdigest()
    monkeypatch.setenv("FAKE_SUM", f"SHA256:{found}")
    with pytest.raises(AssetError, match="expected"):
        debian.package_folder(NAME, mirror / "cache", download=True)


def test_another_version_is_said_and_checked_against_the_lists(mirror, monkeypatch):
    monkeypatch.setenv("FAKE_VERSION", "3.99.0-1")
    with pytest.warns(
        UserWarning, match=re.escape(f"offers {NAME} 3.99.0-1, measured results used {PINNED}")
    ):
        folder = debian.package_folder(NAME, mirror / "cache", download=True)
    assert folder == mirror / "cache" / f"{NAME}_3.99.0-1"
    assert debian.package_folder(NAME, mirror / "cache", download=False) == folder


@pytest.mark.filterwarnings("ignore:apt offers")
def test_another_version_with_a_wrong_checksum_is_refused(mirror, monkeypatch):
    monkeypatch.setenv("FAKE_VERSION", "3.99.0-1")
    monkeypatch.setenv("FAKE_SUM", "SHA256:" + "0" * 64)
    with pytest.raises(AssetError, match="expected 0000"):
        debian.package_folder(NAME, mirror / "cache", download=True)


@pytest.mark.parametrize("checksum", ["", "MD5Sum:" + "0" * 32])
def test_another_version_without_a_strong_checksum_is_refused(mirror, monkeypatch, checksum):
    monkeypatch.setenv("FAKE_VERSION", "3.99.0-1")
    monkeypatch.setenv("FAKE_SUM", checksum)
    with pytest.raises(AssetError, match=r"3\.99\.0-1 without SHA-256"):
        debian.package_folder(NAME, mirror / "cache", download=True)


def test_empty_lists_are_made_in_a_state_of_its_own(mirror, monkeypatch):
    monkeypatch.setenv("FAKE_EMPTY", "yes")
    folder = debian.package_folder(NAME, mirror / "cache", download=True)
    assert (folder / MARKER).is_file()
    updates = [line for line in _calls(mirror).splitlines() if line.endswith("update")]
    assert len(updates) == 1
    assert f"Dir::State::lists={mirror / 'cache'}" in updates[0]
    assert list((mirror / "cache").iterdir()) == [folder]


def test_package_without_its_data_is_refused(mirror, monkeypatch):
    empty = mirror / "empty.deb"
    (mirror / "other").mkdir()
    with tarfile.open(empty, "w") as archive:
        archive.add(mirror / "other", "usr")
    monkeypatch.setenv("FAKE_DEB", str(empty))
    pinned = dataclasses.replace(debian.PACKAGES[NAME], sha256=hashlib.sha256(empty.read_bytes()).hexdigest())
    monkeypatch.setitem(debian.PACKAGES, NAME, pinned)
    with pytest.raises(AssetError, match=f"lacks {MARKER}"):
        debian.package_folder(NAME, mirror / "cache", download=True)
    assert list((mirror / "cache").iterdir()) == []


def test_another_process_that_was_faster_wins(mirror):
    cache = mirror / "cache"
    target = cache / f"{NAME}_{PINNED}"
    _place(target)
    (mirror / "root" / "usr").mkdir(parents=True)
    assert debian._move(mirror / "root", target) == target
    assert (target / MARKER).read_text() == "the data"


def test_system_without_apt_gets_a_remedy(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AssetError, match=r"apt-get could not be started .* dpkg-deb -x"):
        debian.package_folder(NAME, tmp_path / "cache", download=True)


def test_failing_command_is_quoted_with_its_message(mirror):
    (mirror / "bin" / "dpkg-deb").write_text("#!/bin/sh\necho 'disk is full' >&2\nexit 2\n")
    with pytest.raises(AssetError, match=r"dpkg-deb -x .* failed: disk is full"):
        debian.package_folder(NAME, mirror / "cache", download=True)
    assert list((mirror / "cache").iterdir()) == []


def test_unknown_package_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match=r"'r-bioc-go' is not known\. Known are metastudent-data"):
        debian.package_folder("r-bioc-go", tmp_path, download=False)


def test_every_package_is_pinned():
    for name, package in debian.PACKAGES.items():
        assert package.name == name
        assert re.fullmatch(r"[0-9a-f]{64}", package.sha256)
        assert package.version
        assert package.marker.startswith("usr/")
