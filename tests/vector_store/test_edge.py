"""What only the embedded engine has: files, locks, copies, damage, kills."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from protclip.errors import FingerprintError, StoreError
from vector_store.edge import EdgeStore
from vector_store.locking import StoreBusyError, copy_sparse
from vector_store.manifest import MANIFEST, SCHEMA_VERSION, StoreOptions, read_manifest, write_manifest
from vector_store.store import ProteinStore, StorePoint, StoreQuery

FINGERPRINT, DIMENSION = "0123456789abcdef", 16

HOLDER = """
import sys, time
from pathlib import Path
from vector_store.edge import EdgeStore
store = EdgeStore.open(Path(sys.argv[1]), "0123456789abcdef", 16)
print("held", flush=True)
time.sleep(60)
"""

LOADER = """
import sys, time
from pathlib import Path
import numpy as np
from protclip.records import Protein
from vector_store.edge import EdgeStore
from vector_store.store import StorePoint
store = EdgeStore.open(Path(sys.argv[1]), "0123456789abcdef", 16, "write")
def points():
    for n in range(5000):
        if n == 2500:
            print("half", flush=True)
            time.sleep(60)
        vector = np.random.default_rng(n).normal(size=16).astype(np.float32)
        protein = Protein(accession=f"K{n:04d}", sequence="MK")
        yield StorePoint(protein=protein, protein_vector=vector, biotext_vector=None, lexical_text="kinase")
store.upsert(points())
"""


def opened(folder: Path, mode: str = "read", options: StoreOptions | None = None) -> EdgeStore:
    return EdgeStore.open(folder, FINGERPRINT, DIMENSION, mode, options)  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path, edge_loaded: ProteinStore) -> Path:
    """A complete index that nobody holds."""
    edge_loaded.close()
    return tmp_path / "index"


def test_a_second_opener_in_this_process_is_told(folder: Path) -> None:
    first = opened(folder)
    with pytest.raises(StoreBusyError, match="already by this process"):
        opened(folder)
    with pytest.raises(StoreBusyError):
        opened(folder, "rebuild")
    first.close()
    opened(folder).close()


def test_another_process_is_named_and_a_copy_can_be_read(folder: Path, points: list[StorePoint]) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(folder)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreBusyError, match=f"process {holder.pid} .*probably the ProtCLIP app"):
            opened(folder)
        before = set(Path(tempfile.gettempdir()).glob("protclip-index-*"))
        copy = opened(folder, "copy")
        made = set(Path(tempfile.gettempdir()).glob("protclip-index-*")) - before
        assert len(made) == 1
        assert len(copy.query(StoreQuery(limit=50, protein_vector=points[0].protein_vector))) == len(points)
        assert copy.info().location == str(folder)
        copy.close()
        assert not made.pop().exists()
    finally:
        holder.kill()
        holder.wait()
    opened(folder).close()  # the lock died with its process


def test_waiting_for_a_lock_gives_up_in_time(folder: Path) -> None:
    first = opened(folder)
    with pytest.raises(StoreBusyError):
        opened(folder, options=StoreOptions(wait_s=0.2))
    first.close()


def test_a_truncated_segment_is_refused(folder: Path) -> None:
    manifest = read_manifest(folder)
    assert manifest is not None
    assert manifest.complete
    name = max(manifest.files, key=lambda n: manifest.files[n])
    os.truncate(folder / "shard" / name, 100)
    with pytest.raises(StoreError, match=r"damaged.*100 bytes instead of.*--rebuild"):
        opened(folder)
    with pytest.raises(StoreError, match="damaged"):
        opened(folder, "copy")


def test_a_missing_file_and_a_wrong_count_are_refused(folder: Path) -> None:
    manifest = read_manifest(folder)
    assert manifest is not None
    write_manifest(folder, replace(manifest, num_points=99))
    with pytest.raises(StoreError, match="10 of 99 proteins"):
        opened(folder)
    write_manifest(folder, manifest)
    (folder / "shard" / next(iter(manifest.files))).unlink()
    with pytest.raises(StoreError, match="is missing"):
        opened(folder)
    store = opened(folder, "rebuild")
    assert store.info().num_points == 0
    store.close()


def test_a_damaged_manifest_is_a_sentence(tmp_path: Path) -> None:
    for content in ("", "[]", "{", '{"fingerprint": 1, "dimension": "x"}', "{}"):
        (tmp_path / MANIFEST).write_text(content)
        with pytest.raises(StoreError, match="--rebuild"):
            opened(tmp_path)


def test_another_schema_version_names_both(folder: Path) -> None:
    facts = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(facts | {"schema_version": 77}))
    with pytest.raises(FingerprintError, match=rf"schema version 77.*version {SCHEMA_VERSION}\b.*--rebuild"):
        opened(folder)


def test_an_index_that_is_being_loaded_is_not_read(tmp_path: Path, points: list[StorePoint]) -> None:
    store = opened(tmp_path / "index", "write")
    store.upsert(points[:3])
    store.close()
    for mode in ("read", "copy"):
        with pytest.raises(StoreError, match=r"not complete.*protclip index"):
            opened(tmp_path / "index", mode)


def test_loading_more_into_a_complete_index_marks_it_until_finished(
    folder: Path, points: list[StorePoint]
) -> None:
    store = opened(folder, "write")
    extra = replace(points[0], protein=replace(points[0].protein, accession="P77777"))
    store.upsert([extra])
    on_disk = read_manifest(folder)
    assert on_disk is not None
    assert not on_disk.complete
    store.finish()
    store.close()
    store = opened(folder)
    assert store.info().num_points == len(points) + 1
    store.close()


def test_a_kill_while_loading_keeps_what_was_accepted(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    loader = subprocess.Popen([sys.executable, "-c", LOADER, str(folder)], stdout=subprocess.PIPE, text=True)
    assert loader.stdout is not None
    assert loader.stdout.readline() == "half\n"
    loader.send_signal(signal.SIGKILL)
    loader.wait()
    store = opened(folder, "write")
    assert store.accessions() == {f"K{n:04d}" for n in range(2000)}
    store.finish()
    store.close()
    store = opened(folder)
    assert len(store.query(StoreQuery(limit=3, lexical_text="kinases"))) == 3
    store.close()


def test_a_kill_between_manifest_and_shard_leaves_an_index_to_go_on_with(
    tmp_path: Path, points: list[StorePoint]
) -> None:
    opened(tmp_path / "index", "write").close()
    (tmp_path / "index" / "shard").rename(tmp_path / "gone")
    store = opened(tmp_path / "index", "write")
    assert store.upsert(points) == len(points)
    store.close()


def test_the_write_ahead_log_is_on(folder: Path) -> None:
    config = (folder / "shard" / "edge_config.json").read_text()
    assert '"wal_enabled":false' not in config.replace(" ", "")
    assert any((folder / "shard" / "wal").iterdir())


def test_quantized_answers_are_rescored(tmp_path: Path, points: list[StorePoint]) -> None:
    store = opened(tmp_path / "index", "write", StoreOptions(quantize=True))
    store.upsert(points)
    store.finish()
    hits = store.query(StoreQuery(limit=3, protein_vector=points[5].protein_vector))
    assert hits[0].protein == points[5].protein
    assert hits[0].score == pytest.approx(1, abs=1e-5)
    store.close()
    manifest = read_manifest(tmp_path / "index")
    assert manifest is not None
    assert manifest.quantized


def test_holes_stay_holes_in_a_copy(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    with source.open("wb") as file:
        file.truncate(64 * 1024 * 1024)
        file.seek(32 * 1024 * 1024)
        file.write(b"data in the middle")
    copy_sparse(source, target)
    assert target.read_bytes() == source.read_bytes()
    assert target.stat().st_blocks * 512 < 1024 * 1024


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        opened(tmp_path / "file" / "index", "write")
