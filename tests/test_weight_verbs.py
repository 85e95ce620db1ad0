import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import EsmModel

from protclip.cli import main
from protclip.model.weight_sources import CachePlaces


def run(*arguments):
    with pytest.raises(SystemExit) as exit_:
        main([str(argument) for argument in arguments])
    return exit_.value.code


@pytest.fixture(scope="module")
def foreign():
    return SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "model" / "foreign_weights.py")))


@pytest.fixture
def esm_folder(foreign, tmp_path):
    folder = tmp_path / "hf"
    foreign.louder(EsmModel(foreign.esm_config(2, 16, 2))).save_pretrained(folder, save_original_format=False)
    return folder


def facts(told):
    return {line[:12].strip(): line[13:] for line in told.splitlines()}


def test_weights_go_in_and_out_on_the_command_line(foreign, esm_folder, tmp_path, capsys):
    foreign.write_bert(tmp_path / "bert")
    ours, out = tmp_path / "ours", tmp_path / "out"
    options = ["-o", ours, "--text", tmp_path / "bert", "--projection-dim", 24, "--seed", 3]
    assert run("import-weights", esm_folder, *options) == 0
    told = capsys.readouterr()
    found = facts(told.out)
    assert found["recognised"] == f"hf-esm, {esm_folder}"
    assert "2 layers, width 16, 2 heads" in found["model"]
    assert "shared space 24" in found["model"]
    assert found["untrained"] == "protein_projection, text_projection, log_scale"
    assert "pooler.dense" in found["unused"]
    assert found["checkpoint"] == str(ours)
    assert "mean nothing before training" in told.err
    stored = load_file(ours / "model.safetensors")
    counted = sum(values.numel() for name, values in stored.items() if "inv_freq" not in name)
    assert found["parameters"] == f"{counted:,}"
    assert run("export-weights", ours, "-o", out, "--to", "hf-esm") == 0
    assert "tensors" in capsys.readouterr().out
    before, after = (load_file(folder / "model.safetensors") for folder in (esm_folder, out))
    assert {name for name in before if not name.startswith("pooler")} == after.keys()
    assert all(torch.equal(values, before[name]) for name, values in after.items())


def test_the_authors_release_is_recognised(foreign, tmp_path, capsys):
    foreign.write_release(tmp_path / "release")
    run("import-weights", tmp_path / "release" / "model.safetensors", "-o", tmp_path / "ours")
    told = capsys.readouterr()
    assert facts(told.out)["recognised"] == f"protclip-release, {tmp_path / 'release'}"
    assert "predictor" in facts(told.out)["unused"]
    assert "mean nothing" not in told.err


def test_unknown_tensors_are_named_and_exit_with_3(esm_folder, tmp_path, capsys):
    state = load_file(esm_folder / "model.safetensors")
    save_file(state | {"adapter.weight": torch.ones(2)}, esm_folder / "model.safetensors")
    assert run("import-weights", esm_folder, "-o", tmp_path / "ours") == 3
    assert "left out, because nobody knows them: adapter" in capsys.readouterr().err


def test_a_name_is_looked_up_and_what_to_fetch_is_told(tmp_path, monkeypatch, capsys):
    places = CachePlaces(torch_hub=tmp_path / "hub", hugging_face=tmp_path / "hf")
    monkeypatch.setattr(CachePlaces, "usual", classmethod(lambda cls: places))
    assert run("import-weights", "esm2_t33_650M_UR50D", "-o", tmp_path / "ours") == 1
    assert "is not on this machine" in capsys.readouterr().err
    assert run("import-weights", "esm9", "-o", tmp_path / "ours") == 2
    assert "no known name" in capsys.readouterr().err


def test_a_release_brings_its_own_text_tower(foreign, tmp_path, capsys):
    foreign.write_release(tmp_path / "release")
    assert run("import-weights", tmp_path / "release", "-o", tmp_path / "o", "--text", "minilm") == 2
    assert "has its own text tower" in capsys.readouterr().err
