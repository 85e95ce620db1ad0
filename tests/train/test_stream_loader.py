"""Runs whose proteins come from the shards on disk: order, resume, shares of processes, what is refused."""

from itertools import islice

import numpy as np
import pytest
import torch

from protclip.data import shards
from protclip.data.shards import read_shards
from protclip.errors import InputError
from protclip.model.processing import residue_tokens
from protclip.records import Protein
from train.config import load_config
from train.distributed import World
from train.loop import Run, train_run
from train.prepare import prepare
from train.run_log import curve, read_run_log
from train.snapshot import latest
from train.stream import ProteinStream
from train.stream_loader import make_loader
from train.stream_order import StreamPosition, StreamSettings

NO_TEXT = "Q0001"
STEPS = 8  # an epoch of the 24 training proteins has 3


@pytest.fixture(scope="module")
def data(tiny, tmp_path_factory):
    """Forty proteins and one without a text, in shards of 16 with row groups of 4: two pools."""
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shards, "_ROWS_IN_GROUP", 4)
        tiny.write_data(folder, [*tiny.make_proteins(), Protein(accession=NO_TEXT, sequence="MKV")])
    tiny.write_checkpoint(folder / "checkpoint")
    return folder


@pytest.fixture
def make_config(tiny, data, tmp_path):
    """A run whose steps do not depend on where it is to end."""

    def make(*overrides):
        constant = {"optimizer__schedule": "constant", "optimizer__warmup_share": 0.0}
        path = tiny.write_run(data, run__output=str(tmp_path / "run"), **constant)
        return load_config(path, ["data.streaming=true", *overrides])

    return make


@pytest.fixture
def expected(data, tiny):
    """The accessions of each batch of one process, from the stream itself."""
    held_out = tiny.make_splits(tiny.make_proteins()).by_accession
    settings = StreamSettings(batch_size=8, drop_last=True)
    batches = ProteinStream(data / "shards", settings, {*held_out, NO_TEXT}).batches()
    return [[p.accession for p in batch.proteins] for batch in islice(batches, STEPS)]


@pytest.fixture
def seen(monkeypatch):
    """The accessions of every step of the runs to come."""
    steps, real = [], Run._step

    def noting(self, batches):
        steps.extend(self._accessions(batch) for batch in batches)
        return real(self, batches)

    monkeypatch.setattr(Run, "_step", noting)
    return steps


@pytest.fixture
def loader(make_config):
    def make(*overrides, rank=0, size=1):
        config = make_config(*overrides)
        return make_loader(config, World(rank=rank, size=size), prepare(config))

    return make


def test_a_run_sees_the_proteins_of_the_stream_in_its_order(make_config, expected, seen, tmp_path):
    train_run(make_config(f"run.max_steps={STEPS}"), resume=False)
    assert seen == expected
    assert len({name for batch in seen[:3] for name in batch}) == 24
    assert seen[:3] != seen[3:6]
    place = latest(tmp_path / "run").sampler
    assert (place["epoch"], place["seen"]) == (2, 16)
    assert (tmp_path / "run" / "checkpoint").is_dir()


@pytest.mark.parametrize("stop", [2, 3], ids=["within an epoch", "at its end"])
def test_a_resumed_run_sees_what_was_left_and_ends_as_the_unbroken_one(
    make_config, expected, seen, tmp_path, stop
):
    whole, broken = (f"run.output={tmp_path / name}" for name in ("whole", "broken"))
    train_run(make_config(f"run.max_steps={STEPS}", whole), resume=False)
    seen.clear()
    train_run(make_config(f"run.max_steps={stop}", broken), resume=False)
    assert seen == expected[:stop]
    train_run(make_config(f"run.max_steps={STEPS}", broken), resume=True)
    assert seen == expected
    ends = [latest(tmp_path / name) for name in ("whole", "broken")]
    assert ends[0].sampler == ends[1].sampler
    assert all(torch.equal(ends[0].model[name], ends[1].model[name]) for name in ends[0].model)


def test_two_processes_together_see_each_protein_once_an_epoch(make_config, loader, expected):
    pairs = [
        list(islice(loader("data.batch_size=4", rank=rank, size=2).stream(StreamPosition()), 3))
        for rank in (0, 1)
    ]
    assert [following for _, following in pairs[0]] == [following for _, following in pairs[1]]
    names = prepare(make_config()).corpus.accessions
    steps = [[names[int(i)] for batch, _ in step for i in batch.index] for step in zip(*pairs, strict=True)]
    assert steps == expected[:3]
    assert len({name for step in steps for name in step}) == 24


def test_batches_follow_from_seed_and_place_and_texts_are_drawn_anew(loader):
    one, other = loader(), loader()
    whole = list(islice(one.stream(StreamPosition()), 9))
    for number, (_, place) in enumerate(whole[:-1]):
        batch, following = next(other.stream(place))
        assert following == whole[number + 1][1]
        assert torch.equal(batch.text_features, whole[number + 1][0].text_features)
        assert torch.equal(batch.tokens.input_ids, whole[number + 1][0].tokens.input_ids)
    texts = {}
    for batch, _ in whole:
        for index, key in zip(batch.index.tolist(), batch.text_key.tolist(), strict=True):
            texts.setdefault(index, set()).add(key)
    assert max(map(len, texts.values())) > 1


def test_sequences_come_from_the_shards_and_memory_holds_the_held_out_ones_alone(make_config, loader, data):
    sequences = {p.accession: residue_tokens(p.sequence) for p in read_shards(data / "shards")}
    prepared = prepare(make_config())
    corpus, trained = prepared.corpus, set(prepared.train_index.tolist())
    for index, name in enumerate(corpus.accessions):
        kept = sequences[name][:0] if index in trained else sequences[name]
        np.testing.assert_array_equal(corpus.sequence_tokens(index), kept)
    for batch, _ in islice(loader("data.max_residues=1000").stream(StreamPosition()), 3):
        for row, index in zip(batch.tokens.input_ids.numpy(), batch.index.tolist(), strict=True):
            whole = sequences[corpus.accessions[index]]
            np.testing.assert_array_equal(row[1 : len(whole) + 1], whole)


def test_the_held_out_proteins_are_measured_as_ever(make_config, tmp_path):
    measured = []
    for streaming in ("true", "false"):
        output = f"run.output={tmp_path / streaming}"
        train_run(make_config("run.max_steps=1", output, f"data.streaming={streaming}"), resume=False)
        events = read_run_log(tmp_path / streaming / "run.jsonl")
        measured.append(curve(events, "evaluation", "text_to_protein/mrr")[0])
    assert measured[0] == measured[1]


@pytest.mark.parametrize(("first", "then"), [("true", "false"), ("false", "true")])
def test_a_snapshot_of_the_other_order_is_refused(make_config, first, then):
    train_run(make_config("run.max_steps=2", f"data.streaming={first}"), resume=False)
    with pytest.raises(
        InputError,
        match=f"data.streaming = {then} cannot go on .* Set data.streaming = {first} to resume that run",
    ):
        train_run(make_config("run.max_steps=4", f"data.streaming={then}"), resume=True)


def test_a_snapshot_of_other_data_or_another_seed_is_refused_before_the_first_step(make_config, seen):
    train_run(make_config("run.max_steps=2"), resume=False)
    with pytest.raises(
        InputError, match=r"counted in the order .* Give data.shards, data.splits and run.seed"
    ):
        train_run(make_config("run.max_steps=4", "run.seed=18"), resume=True)
    assert len(seen) == 2


def test_epochs_are_counted_in_proteins(loader):
    places = [StreamPosition(), StreamPosition(seen=12), StreamPosition(epoch=1, seen=20)]
    assert [loader().epochs(place) for place in places] == [0, 0.5, 2.0]  # the last four fill no batch


def test_too_few_proteins_for_a_batch_are_refused(loader):
    with pytest.raises(InputError, match=r"24 proteins to train on, .* Lower data\.batch_size"):
        loader("data.batch_size=13", size=2)
