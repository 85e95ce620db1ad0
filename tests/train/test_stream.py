from itertools import islice

import numpy as np
import pyarrow.parquet as pq
import pytest
from torch.utils.data import DataLoader

from protclip.data import shards
from protclip.data.shards import read_shards, write_shards
from protclip.errors import AssetError, InputError
from protclip.records import Annotation, Protein
from train.stream import MadeBatch, ProteinStream, StreamDataset
from train.stream_order import StreamPosition, StreamSettings

NUM = 103


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """103 proteins in shards of 30 with row groups of 7: the last of each kind is short."""
    path = tmp_path_factory.mktemp("shards")
    proteins = [
        Protein(
            accession=f"P{i:03d}",
            sequence="MKV" * (i % 5 + 1),
            annotations=tuple(Annotation(kind="go", id=f"GO:{k:07d}") for k in range(i % 3)),
        )
        for i in range(NUM)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shards, "_ROWS_IN_GROUP", 7)
        write_shards(proteins, path, {"source": "made up"}, shard_size=30)
    return path


def settings(**changed):
    return StreamSettings(**{"batch_size": 4, "row_groups_in_pool": 3} | changed)


def accessions(batches):
    return [protein.accession for batch in batches for protein in batch.proteins]


def dealt(folder, position=None, num_workers=2, **changed):
    """What each process gets of the rest of an epoch, its workers taken in turn as DataLoader does."""
    of_rank = []
    for rank in range(changed.get("size", 1)):
        position_ = position or StreamPosition()
        streams = [
            ProteinStream(folder, settings(**changed, rank=rank)).batches(position_, worker, num_workers)
            for worker in range(num_workers)
        ]
        batches = []
        while not batches or batches[-1].following.epoch == position_.epoch:
            batches.append(next(streams[len(batches) % num_workers]))
        of_rank.append(batches)
    return of_rank


def test_two_processes_with_two_workers_each_see_everything_once(folder):
    of_rank = dealt(folder, size=2)
    seen = [accessions(batches) for batches in of_rank]
    assert not set(seen[0]) & set(seen[1])
    assert sorted(seen[0] + seen[1]) == [f"P{i:03d}" for i in range(NUM)]
    assert len(of_rank[0]) == len(of_rank[1])
    assert abs(len(seen[0]) - len(seen[1])) <= 1


@pytest.mark.parametrize(("size", "num_workers"), [(1, 1), (1, 3), (3, 1), (5, 2)])
def test_any_number_of_processes_and_workers_sees_everything_once(folder, size, num_workers):
    seen = [
        name for batches in dealt(folder, size=size, num_workers=num_workers) for name in accessions(batches)
    ]
    assert sorted(seen) == [f"P{i:03d}" for i in range(NUM)]


def test_workers_in_turn_give_the_batches_of_one(folder):
    assert dealt(folder, num_workers=3)[0] == list(ProteinStream(folder, settings()).epoch())


def test_records_come_whole(folder):
    by_accession = {p.accession: p for p in read_shards(folder)}
    for batch in ProteinStream(folder, settings()).epoch():
        assert list(batch.proteins) == [by_accession[p.accession] for p in batch.proteins]


def test_the_order_is_the_slow_obvious_one(folder):
    """Row groups permuted; then, three at a time, their rows: read with nothing but Parquet and numpy."""
    groups = []
    for path in sorted(folder.glob("*.parquet")):
        file = pq.ParquetFile(path)
        groups += [file.read_row_group(n).column("accession").to_pylist() for n in range(file.num_row_groups)]
    expected = []
    order = np.random.default_rng([17, 2]).permutation(len(groups))
    for number, first in enumerate(range(0, len(order), 3)):
        pool = [name for i in order[first : first + 3] for name in groups[i]]
        expected += [pool[i] for i in np.random.default_rng([17, 2, number]).permutation(len(pool))]
    got = accessions(ProteinStream(folder, settings()).epoch(StreamPosition(epoch=2)))
    assert got == expected


def test_epochs_and_seeds_differ_and_repeat(folder):
    first, again = (accessions(ProteinStream(folder, settings()).epoch()) for _ in range(2))
    later = accessions(ProteinStream(folder, settings()).epoch(StreamPosition(epoch=1)))
    other = accessions(ProteinStream(folder, settings(seed=18)).epoch())
    assert first == again
    assert len({tuple(each) for each in (first, later, other)}) == 3
    assert sorted(first) == sorted(later) == sorted(other)
    assert first != sorted(first)


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("rank", [0, 1])
def test_a_resumed_run_equals_an_uninterrupted_one_from_any_place(folder, rank, drop_last):
    chosen = settings(size=2, rank=rank, drop_last=drop_last)
    whole = list(islice(ProteinStream(folder, chosen).batches(), 40))
    assert whole[-1].following.epoch >= 2
    for number, batch in enumerate(whole[:-3]):
        resumed = ProteinStream(folder, chosen).batches(batch.following)
        assert list(islice(resumed, 3)) == whole[number + 1 : number + 4]


@pytest.mark.parametrize(("batch_size", "size", "num_workers"), [(4, 1, 1), (7, 3, 2), (50, 1, 1), (1, 4, 1)])
def test_the_rest_is_seen_with_another_number_of_processes_too(folder, batch_size, size, num_workers):
    begun = [list(islice(ProteinStream(folder, settings(size=2, rank=r)).epoch(), 5)) for r in (0, 1)]
    seen = accessions(begun[0]) + accessions(begun[1])
    place = begun[0][-1].following
    assert place == begun[1][-1].following
    assert place.seen == len(seen) == 40
    rest = dealt(folder, place, num_workers, batch_size=batch_size, size=size)
    assert sorted(seen + [name for batches in rest for name in accessions(batches)]) == sorted(
        f"P{i:03d}" for i in range(NUM)
    )


def test_without_the_rest_all_batches_are_full_and_each_process_has_as_many(folder):
    of_rank = dealt(folder, size=2, drop_last=True)
    assert {len(batch.proteins) for batches in of_rank for batch in batches} == {4}
    assert [len(batches) for batches in of_rank] == [NUM // 8, NUM // 8]
    # A place that lies in what is left out begins the next epoch.
    stream = ProteinStream(folder, settings(size=2, drop_last=True))
    assert list(stream.epoch(StreamPosition(seen=100))) == []
    assert next(stream.batches(StreamPosition(seen=100))).following.epoch == 1


def test_left_out_proteins_never_come(folder):
    held_out = {f"P{i:03d}" for i in range(0, NUM, 4)} | {f"P{i:03d}" for i in range(30, 37)} | {"Q1"}
    stream = ProteinStream(folder, settings(), held_out)
    assert set(accessions(stream.epoch())) == {f"P{i:03d}" for i in range(NUM)} - held_out
    assert len(stream) == len(accessions(stream.epoch()))


def test_a_place_of_another_order_is_refused(folder):
    place = next(ProteinStream(folder, settings()).batches()).following
    for stream in (
        ProteinStream(folder, settings(seed=1)),
        ProteinStream(folder, settings(row_groups_in_pool=2)),
        ProteinStream(folder, settings(), {"P001"}),
    ):
        with pytest.raises(InputError, match=f"counted in the order {place.order}"):
            next(stream.batches(place))
    with pytest.raises(InputError, match="no place 104 in epoch 0 of 103 proteins"):
        next(ProteinStream(folder, settings()).batches(StreamPosition(seen=104)))


def test_what_cannot_be_dealt_out_is_told(folder):
    with pytest.raises(InputError, match=r"103 proteins to train on, .* batch of 60 for each of 2"):
        ProteinStream(folder, settings(batch_size=60, size=2, drop_last=True))
    with pytest.raises(InputError, match="has 0 proteins"):
        ProteinStream(folder, settings(), {f"P{i:03d}" for i in range(NUM)})
    with pytest.raises(InputError, match="rank 2 is not one of 2"):
        settings(rank=2, size=2)
    with pytest.raises(InputError, match="batch_size 0 is below 1"):
        settings(batch_size=0)


@pytest.fixture
def own_folder(folder, tmp_path):
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


@pytest.mark.parametrize("damage", ["flipped", "truncated", "missing"])
def test_a_damaged_shard_is_named_with_the_remedy(own_folder, damage):
    shard = own_folder / "proteins-00002.parquet"
    content = bytearray(shard.read_bytes())
    content[200] ^= 1
    if damage == "missing":
        shard.unlink()
    else:
        shard.write_bytes(bytes(content if damage == "flipped" else content[: len(content) // 2]))
    with pytest.raises(AssetError, match=rf"{shard.name} .*Run the same command that built the folder again"):
        list(ProteinStream(own_folder, settings()).epoch())


def test_a_shard_that_is_damaged_after_it_was_checked_is_named(own_folder):
    stream = ProteinStream(own_folder, settings())
    list(stream.epoch())
    (own_folder / "proteins-00001.parquet").write_bytes(b"PAR1 and nothing more PAR1")
    with pytest.raises(AssetError, match=r"proteins-00001\.parquet cannot be read"):
        list(stream.epoch(StreamPosition(epoch=1)))


def test_a_shard_of_other_rows_than_listed_is_told(own_folder):
    (own_folder / "proteins-00000.parquet").write_bytes((own_folder / "proteins-00003.parquet").read_bytes())
    with pytest.raises(AssetError, match="has 13 rows, the manifest says 30"):
        ProteinStream(own_folder, settings())


def test_memory_holds_one_pool_and_each_is_read_once_an_epoch(folder, monkeypatch):
    reads = []
    original = ProteinStream._read
    monkeypatch.setattr(
        ProteinStream, "_read", lambda self, group: (reads.append(group), original(self, group))[1]
    )
    list(ProteinStream(folder, settings(size=2)).epoch())
    assert len(reads) == len({(group.shard.file, group.number) for group in reads}) == 17


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("num_workers", [0, 2])
def test_torchs_loader_gives_made_batches_in_order_with_their_places(folder, num_workers):
    stream = ProteinStream(folder, settings())
    expected = [MadeBatch(batch=len(b.proteins), following=b.following) for b in islice(stream.batches(), 30)]
    loader = DataLoader(StreamDataset(stream, len), batch_size=None, num_workers=num_workers)
    assert list(islice(loader, 30)) == expected
    resumed = DataLoader(
        StreamDataset(stream, len, expected[9].following), batch_size=None, num_workers=num_workers
    )
    assert list(islice(resumed, 20)) == expected[10:]
