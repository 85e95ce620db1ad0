"""Types of interaction on tiny files of GNN-PPI's and STRING's forms, with features that say who is alike."""

import json
import runpy
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from protclip.benchmarks.formats.gnn_ppi import read_interaction_set, read_published_split
from protclip.benchmarks.interaction_types import InteractionSettings, measure_interaction
from protclip.benchmarks.pair_metrics import micro_f1_measurement
from protclip.benchmarks.tasks import BenchmarkRun
from protclip.data.ppi_pairs import TYPES
from protclip.data.ppi_splits import SplitMode
from protclip.errors import AssetError
from protclip.predict.gin import GinSettings
from protclip.predict.pair_head import HeadSettings

SETS = runpy.run_path(str(Path(__file__).with_name("synthetic_sets.py")))
NUM_PROTEINS, LETTERS = 40, "ACDEFGHIKLMNPQRSTVWY"
# Enough steps for each model to tell the kinds apart for any seed; before that, the order of sums decides who wins.
_GIN = GinSettings(reduced=8, width=32, epochs=100, learning_rate=1e-2, batch_size=32, dropout=0.0)
QUICK = InteractionSettings(
    head=HeadSettings(hidden=8, epochs=40, batch_size=32),
    gin=_GIN,
    keap=replace(_GIN, schedule="plateau"),
)


class Kinds:
    """Rows of three numbers, not of length 1, of which one is the first residue; ``blind`` hides it."""

    fingerprint = "b" * 16

    def __init__(self, *, blind: bool = False) -> None:
        self.blind, self.name = blind, "blind" if blind else "kinds"

    def features(self, sequences: Sequence[str]) -> np.ndarray:
        kinds = np.array([[s[0] == "A", s[0] == "C", 0.1] for s in sequences], dtype=np.float32)
        return 7 * (np.ones_like(kinds) if self.blind else kinds)


@pytest.fixture(scope="module")
def lines() -> tuple[list[str], list[str]]:
    """Actions of 240 pairs, which catalyse if both begin alike and else are expressed; every third comes twice."""
    rng = np.random.default_rng(3)
    sequences = ["AC"[k % 2] + "".join(rng.choice(list(LETTERS), 20)) for k in range(NUM_PROTEINS)]
    actions = SETS["action_lines"](rng, [sequence[0] for sequence in sequences], 240)
    return actions, sequences


@pytest.fixture(scope="module")
def folder(lines: tuple[list[str], list[str]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    actions, sequences = lines
    folder = tmp_path_factory.mktemp("ppi")
    SETS["write_gnn_ppi"](folder, "SHS27k", actions, sequences)
    return folder


@pytest.fixture(scope="module")
def runs(folder: Path) -> dict[str, BenchmarkRun]:
    """By model, of features that know the kind and of blind ones. Steps so small take longer on several threads."""
    found, threads = {}, torch.get_num_threads()
    torch.set_num_threads(1)
    for source in (Kinds(), Kinds(blind=True)):
        measured = measure_interaction("shs27k", folder, source, seeds=[1], modes=["random"], settings=QUICK)
        found |= {run.model: run for run in measured}
    torch.set_num_threads(threads)
    return found


def f1(run: BenchmarkRun) -> float:
    return next(m.value for m in run.measured if m.metric == "micro_f1")


def test_strings_files_give_the_same_pairs(
    lines: tuple[list[str], list[str]], folder: Path, tmp_path: Path
) -> None:
    SETS["write_string"](tmp_path, *lines)
    pairs = read_interaction_set("shs27k", folder).sha256
    assert read_interaction_set("string", tmp_path).sha256 == pairs
    ours = ("protein.actions.SHS27k.STRING.txt", "protein.SHS27k.sequences.dictionary.tsv")
    theirs = (
        "9606.protein.actions.all_connected.txt",
        "protein.STRING_all_connected.sequences.dictionary.tsv",
    )
    for name, other in zip(ours, theirs, strict=True):
        (tmp_path / "gnn" / other).parent.mkdir(exist_ok=True)
        (tmp_path / "gnn" / other).write_bytes((folder / name).read_bytes())
    assert read_interaction_set("string", tmp_path / "gnn").sha256 == pairs


def test_a_missing_file_is_named_with_its_source(folder: Path) -> None:
    with pytest.raises(
        AssetError,
        match=r"lacks protein.actions.SHS148k.STRING.txt and .*dictionary.tsv\. SHS148k is GNN-PPI's",
    ):
        read_interaction_set("shs148k", folder)
    with pytest.raises(
        AssetError, match=r"lacks 9606\S+all_connected.txt and \S+, or else 9606\S+v11.0.txt.gz"
    ):
        read_interaction_set("string", folder)


@pytest.mark.parametrize("model", ["GIN as published", "GIN", "pair head"])
def test_features_that_tell_the_type_beat_those_that_do_not(
    runs: dict[str, BenchmarkRun], model: str
) -> None:
    # Who sees nothing and keeps the epoch that suits the held-out pairs says both types of each: micro-F1 is 2/3.
    assert f1(runs[f"kinds, {model}"]) > f1(runs[f"blind, {model}"]) + 0.2
    assert f1(runs[f"kinds, {model}"]) > f1(runs["majority"]) + 0.3


def test_a_run_says_what_it_is_measured_on(runs: dict[str, BenchmarkRun]) -> None:
    assert len({run.data for run in runs.values()}) == 1
    assert runs["majority"].data.startswith("SHS27k random ")
    assert "held-out pairs" in runs["kinds, GIN as published"].note
    assert runs["kinds, GIN"].fingerprint == Kinds.fingerprint
    assert runs["degree"].fingerprint == ""
    whole, *parts = runs["kinds, GIN"].measured
    assert whole.n == sum(m.n for m in parts) == 48
    assert whole.low <= whole.value <= whole.high


def test_a_split_file_takes_the_place_of_the_seed(folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    held = list(range(0, 240, 5))
    split = {"train_index": [k for k in range(240) if k % 5], "valid_index": held}
    (tmp_path / "train_valid_index_json").mkdir()
    (tmp_path / "train_valid_index_json" / "shs27k.bfs.fold1.json").write_text(json.dumps(split))
    published = read_published_split("shs27k", tmp_path, "bfs", 240)
    assert published is not None
    assert published.held_out.tolist() == held
    one_epoch = InteractionSettings(
        head=replace(QUICK.head, epochs=1),
        gin=replace(QUICK.gin, epochs=1),
        keap=replace(QUICK.keap, epochs=1),
        baselines=False,
    )
    modes: list[SplitMode] = ["bfs", "random"]
    runs = list(measure_interaction("shs27k", tmp_path, Kinds(), [1, 2], modes, one_epoch))
    names = {mode: {run.data for run in runs if f" {mode} " in run.data} for mode in ("bfs", "random")}
    assert len(names["bfs"]) == 1
    assert len(names["random"]) == 2
    assert all(run.note.startswith("the published split") == (" bfs " in run.data) for run in runs)


def test_an_interval_holds_the_value_and_shrinks_with_the_pairs() -> None:
    rng = np.random.default_rng(0)
    labels = rng.random((2000, len(TYPES))) < 0.4
    predicted = labels ^ (rng.random(labels.shape) < 0.2)
    few, many = (micro_f1_measurement("f", predicted[:n], labels[:n], seed=1) for n in (50, 2000))
    assert many.low < many.value < many.high
    assert many.high - many.low < few.high - few.low
