"""Downstream data, and fine-tuning that learns."""

import csv
import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file

from protclip.benchmarks.fitting import TaskHead
from protclip.benchmarks.models.features import TowerFeatures
from protclip.benchmarks.models.towers import ProtCLIPTower
from protclip.encode import Encoder
from protclip.errors import AssetError, InputError, RecordError
from train.finetune import main
from train.finetune_config import load_finetune_config
from train.finetuning import finetune
from train.labelled_data import read_labelled

RNG = np.random.default_rng(0)


def protein(motif):
    return "".join(RNG.choice(list("ACDEFGHIKLMNPQRSTVWY"), 20)) + motif * 3


def write_task(folder, task, number=60):
    """Proteins whose motif tells the label, in the three forms a file may have."""
    motifs = ("GKGSFGKV", "HEXXHWCC", "LLLLVVII")
    rows = []
    for i in range(number):
        place = i % 3
        label = {
            "regression": 2.0 * place + 100,
            "single-label": ("kinase", "protease", "membrane")[place],
            "multi-label": [[1, 1, 0], [0, 1, 0], [0, 0, 1]][place],
        }[task]
        rows.append((protein(motifs[place]), label))
    folder.mkdir(exist_ok=True)
    parts = {"train": rows[: number // 2], "valid": rows[number // 2 : -12], "test": rows[-12:]}
    for split, part in parts.items():
        lines = [json.dumps({"seq": s, "label": label}) for s, label in part]
        (folder / f"{split}.json").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="module")
def checkpoint(tiny, tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoint")
    tiny.write_checkpoint(folder)
    return folder


def settings(tmp_path, checkpoint, task, **more):
    values = {
        "task": task,
        "data": write_task(tmp_path / "data", task),
        "checkpoint": checkpoint,
        "output": tmp_path / "out",
        "device": "cpu",
        "lr": 0.02,
        "batch_size": 16,
        "epochs": 60,
        "standardize": "true",
    }
    return [f"{key}={value}" for key, value in (values | more).items()]


@pytest.mark.parametrize("frozen", ["true", "false"])
@pytest.mark.parametrize("task", ["regression", "single-label", "multi-label"])
def test_a_head_learns_what_the_sequence_tells(tmp_path, checkpoint, task, frozen):
    before = Encoder.from_pretrained(checkpoint).proteins(["MKVGKGSFGKV"])
    config = load_finetune_config(
        None, settings(tmp_path, checkpoint, task, frozen=frozen, results=tmp_path / "r.csv")
    )
    found = finetune(config)
    if task == "regression":
        assert found["spearman"] > 0.8
        assert found["mae"] < 0.6
    else:
        assert found["accuracy" if task == "single-label" else "f_max"] > 0.9
    rows = list(csv.DictReader((tmp_path / "out" / "predictions.csv").open()))
    assert len(rows) == 12
    first = {"regression": "100", "single-label": "kinase", "multi-label": "0;1"}[task]
    assert rows[0]["label"] == first
    results = list(csv.DictReader((tmp_path / "r.csv").open()))
    assert {row["metric"]: float(row["value"]) for row in results} == pytest.approx(found, rel=1e-3)
    assert f'task="{task}"' in results[0]["command"].replace("'", "")
    assert {row["model"].split()[-1] for row in results} == {"frozen" if frozen == "true" else "tuned"}
    head = load_file(tmp_path / "out" / "head.safetensors")
    assert head["head.2.weight"].shape[0] == (1 if task == "regression" else 3)
    tuned = tmp_path / "out" / "checkpoint"
    assert tuned.is_dir() == (frozen == "false")
    if frozen == "false":
        again = Encoder.from_pretrained(tuned)
        assert not np.allclose(again.proteins(["MKVGKGSFGKV"]), before)
        assert again.texts(["kinase activity"]).shape == (1, 8)
    if frozen == "false" and task == "single-label":
        tower = ProtCLIPTower(again.model, name="again", fingerprint="")
        answering = TaskHead(tower.width, 3)
        answering.load_state_dict(head)
        features = torch.from_numpy(TowerFeatures(tower).features([row["seq"] for row in rows]))
        told = [[float(row[name]) for name in ("kinase", "membrane", "protease")] for row in rows]
        np.testing.assert_allclose(answering(features).detach().numpy(), told, rtol=1e-3, atol=1e-3)


def test_micro_batches_add_up_to_the_batch(tmp_path, checkpoint):
    base = settings(tmp_path, checkpoint, "single-label", epochs=2)
    heads = []
    for micro in (3, 16):
        finetune(load_finetune_config(None, [*base, f"micro_batch={micro}"]))
        heads.append(load_file(tmp_path / "out" / "head.safetensors"))
    for name, value in heads[0].items():
        torch.testing.assert_close(value, heads[1][name], atol=1e-5, rtol=1e-4)


def test_patience_ends_the_training_with_the_best_epoch(tmp_path, checkpoint, capsys):
    base = settings(tmp_path, checkpoint, "single-label", epochs=200, patience=3, frozen="true", lr=0.1)
    finetune(load_finetune_config(None, base))
    told = [line.rsplit(" ", 1) for line in capsys.readouterr().err.splitlines() if line.startswith("epoch")]
    values = [float(value) for _, value in told]
    assert len(values) < 200
    assert values.index(max(values)) == len(values) - 4


def test_each_form_of_file_and_label_is_read(tmp_path):
    for split in ("train", "valid"):
        (tmp_path / f"{split}.tsv").write_text("sequence\tlabel\nMKV\t10\nmkvl\t9\n")
    (tmp_path / "test.csv").write_text("label,seq\n9,MKVLL\n")
    data = read_labelled(tmp_path, "single-label")
    assert data.classes == ("9", "10")
    assert data.splits["train"].targets.tolist() == [[0, 1], [1, 0]]
    assert data.splits["test"].sequences == ("MKVLL",)
    numbers = read_labelled(tmp_path, "regression")
    assert numbers.splits["train"].targets.tolist() == [[10], [9]]
    (tmp_path / "test.csv").write_text('label,seq\n"b;a",MKVLL\n')
    sets = read_labelled(tmp_path, "multi-label")
    assert sets.splits["test"].targets.sum() == 2


@pytest.mark.parametrize(
    ("text", "task", "error", "words"),
    [
        (
            '{"seq": "MKV"}\n',
            "single-label",
            RecordError,
            r"test.json, line 1: this is no record \('label'\)",
        ),
        ('{"seq": "MK1", "label": 1}\n', "single-label", RecordError, "test.json, line 1"),
        ("", "single-label", InputError, "has no record"),
        ('{"seq": "MKV", "label": ["a", "b"]}\n', "single-label", InputError, "set task to multi-label"),
        ('{"seq": "MKV", "label": "a"}\n', "regression", InputError, "no number: set task"),
        ('{"seq": "MKV", "label": NaN}\n', "regression", InputError, "not finite"),
    ],
)
def test_a_bad_record_is_named(tmp_path, text, task, error, words):
    for split in ("train", "valid"):
        (tmp_path / f"{split}.json").write_text('{"seq": "MKV", "label": 1}\n')
    (tmp_path / "test.json").write_text(text)
    with pytest.raises(error, match=words):
        read_labelled(tmp_path, task)


def test_a_missing_split_or_column_is_named(tmp_path):
    with pytest.raises(AssetError, match=r"one file of the split 'train'.*found: none"):
        read_labelled(tmp_path, "regression")
    (tmp_path / "train.csv").write_text("a,b\n1,2\n")
    with pytest.raises(RecordError, match="columns are not seq and label"):
        read_labelled(tmp_path, "regression")


def test_the_script_answers_with_sentences(tmp_path, checkpoint):
    arguments = [x for s in settings(tmp_path, checkpoint, "single-label", epochs=1) for x in ("--set", s)]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    assert "test accuracy" in done.output
    for wrong, words, status in (
        (["--set", "task=classes"], "task was given 'classes'", 2),
        (["--set", "tsk=x"], 'unknown key "tsk"', 2),
        (["--set", "max_residues=2000"], "longer than the model's windows", 2),
        (["--set", "data=nowhere"], "one file of the split", 1),
        (["none.toml"], "none.toml cannot be read", 2),
    ):
        bad = CliRunner().invoke(main, [*arguments, *wrong])
        assert (bad.exit_code, words in bad.stderr) == (status, True), bad.stderr
    saved = CliRunner().invoke(main, [str(tmp_path / "out" / "finetune.toml")])
    assert saved.exit_code == 0
    script = __import__("train.finetune").finetune.__file__
    assert subprocess.run([sys.executable, script], capture_output=True, check=False).returncode == 2
