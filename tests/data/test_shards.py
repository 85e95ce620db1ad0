import json
from itertools import islice

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protclip.data import shards
from protclip.data.shards import MANIFEST, PARTIAL_MANIFEST, Manifest, read_shards, write_shards
from protclip.data.tables import proteins_of, table_of
from protclip.errors import AssetError, InputError
from protclip.records import Annotation, Protein

SOURCE = {"source": "made up", "licence": "CC BY 4.0"}


def some_proteins(number):
    return [
        Protein(
            accession=f"P{i:05d}",
            sequence="MKV" * (i % 7 + 1),
            name=f"protein {i}" if i % 2 else "",
            organism="Homo sapiens (Human)",
            existence=i % 5 + 1 if i % 3 else None,
            reviewed=i % 2 == 0,
            annotations=tuple(Annotation(kind="go", id=f"GO:{k:07d}", count=k + 1) for k in range(i % 4)),
        )
        for i in range(number)
    ]


def killed_after(proteins, number):
    yield from islice(proteins, number)
    raise KeyboardInterrupt


def never():
    pytest.fail("the input was read")
    yield


def test_what_is_written_is_read_in_order_and_counted(tmp_path):
    proteins = some_proteins(23)
    manifest = write_shards(proteins, tmp_path, SOURCE, shard_size=10)
    assert [shard.rows for shard in manifest.shards] == [10, 10, 3]
    assert list(read_shards(tmp_path)) == proteins
    assert manifest.num_proteins == 23
    assert manifest.num_annotations == sum(len(p.annotations) for p in proteins)
    content = json.loads((tmp_path / MANIFEST).read_text())
    assert content["num_proteins"] == 23
    assert content["provenance"] == SOURCE
    assert Manifest.read(tmp_path / MANIFEST) == manifest
    assert not list(tmp_path.glob(".*"))


def test_rows_are_split_into_groups_so_that_memory_stays_small(tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "_ROWS_IN_GROUP", 4)
    proteins = some_proteins(10)
    write_shards(proteins, tmp_path, SOURCE)
    assert pq.ParquetFile(tmp_path / "proteins-00000.parquet").num_row_groups == 3
    assert list(read_shards(tmp_path)) == proteins


def test_sequences_alone(tmp_path):
    write_shards(some_proteins(5), tmp_path, SOURCE)
    read = list(read_shards(tmp_path, "sequences"))
    assert read == [Protein(accession=p.accession, sequence=p.sequence) for p in some_proteins(5)]


def test_a_complete_folder_is_left_alone_and_the_input_is_not_read(tmp_path):
    manifest = write_shards(some_proteins(12), tmp_path, SOURCE, shard_size=5)
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert write_shards(never(), tmp_path, SOURCE, shard_size=5) == manifest
    assert before == {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}


@pytest.mark.parametrize("reached", [0, 4, 5, 12, 18])
def test_a_killed_run_goes_on_where_it_stopped(tmp_path, reached):
    proteins = some_proteins(18)
    with pytest.raises(KeyboardInterrupt):
        write_shards(killed_after(proteins, reached), tmp_path / "a", SOURCE, shard_size=5)
    done = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "a").glob("*.parquet")}
    assert len(done) == reached // 5
    assert not (tmp_path / "a" / MANIFEST).exists()
    resumed = write_shards(proteins, tmp_path / "a", SOURCE, shard_size=5)
    assert resumed == write_shards(proteins, tmp_path / "b", SOURCE, shard_size=5)
    assert done.items() <= {p.name: p.stat().st_mtime_ns for p in (tmp_path / "a").glob("*.parquet")}.items()
    assert not (tmp_path / "a" / PARTIAL_MANIFEST).exists()


def test_an_unfinished_folder_is_not_read(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        write_shards(killed_after(some_proteins(9), 8), tmp_path, SOURCE, shard_size=5)
    with pytest.raises(AssetError, match="not finished"):
        next(read_shards(tmp_path))


def test_another_source_in_the_folder_is_an_error_that_says_what_differs(tmp_path):
    write_shards(some_proteins(3), tmp_path, SOURCE)
    with pytest.raises(InputError, match="source was made up, is now other"):
        write_shards(never(), tmp_path, SOURCE | {"source": "other"})
    with pytest.raises(InputError, match="limit was not set, is now 7"):
        write_shards(never(), tmp_path, SOURCE | {"limit": "7"})
    with pytest.raises(InputError, match="shard size was 50000, is now 2"):
        write_shards(never(), tmp_path, SOURCE, shard_size=2)


@pytest.mark.parametrize("change", ["other accession", "shorter in the middle", "shorter by a shard"])
def test_an_input_that_changed_under_a_killed_run_is_an_error(tmp_path, change):
    proteins = some_proteins(12)
    with pytest.raises(KeyboardInterrupt):
        write_shards(killed_after(proteins, 11), tmp_path, SOURCE, shard_size=5)
    other = {
        "other accession": [*proteins[:7], Protein(accession="X", sequence="M"), *proteins[8:]],
        "shorter in the middle": proteins[:3] + proteins[4:],
        "shorter by a shard": proteins[:5],
    }[change]
    with pytest.raises(InputError, match=r"input has (changed|fewer proteins)"):
        write_shards(other, tmp_path, SOURCE, shard_size=5)


def test_a_damaged_shard_is_named_and_repaired_alone(tmp_path):
    proteins = some_proteins(15)
    manifest = write_shards(proteins, tmp_path, SOURCE, shard_size=5)
    broken = tmp_path / manifest.shards[1].file
    content = bytearray(broken.read_bytes())
    content[20] ^= 1
    broken.write_bytes(bytes(content))
    reader = read_shards(tmp_path)
    assert [next(reader) for _ in range(5)] == proteins[:5]
    with pytest.raises(
        AssetError, match=f"{broken.name} is damaged: sha256 {manifest.shards[1].sha256} expected"
    ):
        next(reader)
    untouched = tmp_path / manifest.shards[2].file
    before = untouched.stat().st_mtime_ns
    assert write_shards(proteins, tmp_path, SOURCE, shard_size=5) == manifest
    assert untouched.stat().st_mtime_ns == before
    assert list(read_shards(tmp_path)) == proteins


def test_a_missing_shard_and_a_folder_without_manifest_say_what_to_do(tmp_path):
    manifest = write_shards(some_proteins(2), tmp_path, SOURCE)
    (tmp_path / manifest.shards[0].file).unlink()
    with pytest.raises(AssetError, match=r"is missing\. Run the same command that built the folder again"):
        next(read_shards(tmp_path))
    with pytest.raises(AssetError, match="no manifest at"):
        next(read_shards(tmp_path / "nowhere"))


@pytest.mark.parametrize("content", ["{", "[]", '{"shards": 3}'])
def test_a_damaged_manifest_is_an_error(tmp_path, content):
    (tmp_path / MANIFEST).write_text(content)
    with pytest.raises(AssetError, match="is not a manifest"):
        next(read_shards(tmp_path))


def test_a_manifest_of_another_schema_version_is_an_error(tmp_path):
    write_shards(some_proteins(1), tmp_path, SOURCE)
    content = json.loads((tmp_path / MANIFEST).read_text())
    (tmp_path / MANIFEST).write_text(json.dumps(content | {"schema_version": 99}))
    with pytest.raises(AssetError, match="schema version 99, this program reads 1"):
        next(read_shards(tmp_path))


def test_bad_arguments_are_told(tmp_path):
    with pytest.raises(InputError, match="shard size 0"):
        write_shards([], tmp_path, SOURCE, shard_size=0)
    with pytest.raises(InputError, match="names"):
        next(read_shards(tmp_path, "names"))


words = st.text(st.characters(codec="utf-8"), max_size=8)
annotations = st.builds(
    Annotation,
    kind=st.sampled_from(["go", "ec", "function"]),
    id=words,
    text=words.map(lambda t: t + "."),
    evidence=words,
    count=st.integers(1, 9),
)
proteins_of_any_kind = st.builds(
    Protein,
    accession=st.text("ABC123_|", min_size=1, max_size=9),
    sequence=st.text("ACDEFGHIKLMNPQRSTVWYX", min_size=1, max_size=30),
    name=words,
    gene=words,
    organism=words,
    existence=st.one_of(st.none(), st.integers(1, 5)),
    reviewed=st.booleans(),
    annotations=st.lists(annotations, max_size=4).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(proteins_of_any_kind, max_size=6), st.integers(0, 6))
def test_tables_keep_every_field_also_in_a_slice(proteins, start):
    table = table_of(proteins)
    assert list(proteins_of(table)) == proteins
    assert list(proteins_of(table.slice(start))) == proteins[start:]
