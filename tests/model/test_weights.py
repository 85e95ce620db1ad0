"""Imported weights compute what their makers' code computes; what is not in them is named and reproducible."""

import copy
import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer, BertModel, EsmForMaskedLM, EsmModel

from protclip.encode import Encoder
from protclip.model.configuration import ESM_TOKENS
from protclip.model.modeling import ProtCLIPModel
from protclip.model.text_tower import MINILM, load_bert
from protclip.model.weight_export import export_hf_esm
from protclip.model.weights import ImportJob, import_weights

SHAPES = [(1, 16, 2), (3, 32, 4), (2, 40, 5)]
MASK = ESM_TOKENS.index("<mask>")
PAD = ESM_TOKENS.index("<pad>")


def tokens():
    """Padding in the second row, a mask in both."""
    ids = torch.tensor([[0, 20, 15, 11, 5, 19, MASK, 4, 8, 2], [0, 20, MASK, 7, 2, *[PAD] * 5]])
    return ids, (ids != PAD).long()


def imported(source, folder, attention="sdpa", **options):
    report = import_weights(ImportJob(source=source, folder=folder, **options))
    model = ProtCLIPModel.from_pretrained(folder, attn_implementation=attention, with_text_tower=False)
    # Copied out of the mapped file: where a tensor lies in memory decides how its products are rounded.
    return report, copy.deepcopy(model).eval()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("attention", ["eager", "sdpa"])
def test_hidden_states_are_those_of_fair_esm(foreign, tmp_path, shape, attention):
    theirs = foreign.fair_esm(*shape)
    source = foreign.write_fair_esm(theirs, tmp_path / "esm2_x.pt")
    _, ours = imported(source, tmp_path / "ours", attention)
    assert ours.config.protein_config._attn_implementation == attention

    def difference(ids, mask):
        with torch.inference_mode():
            expected = theirs(ids, repr_layers=[shape[0]])["representations"][shape[0]]
            assert expected.abs().max() > 1, "weights too small to show a swapped tensor"
            return (ours.residue_features(ids, mask) - expected)[mask == 1].abs().max()

    ids, mask = tokens()
    assert max(difference(ids[row : row + 1], mask[row : row + 1]) for row in (0, 1)) <= 1e-5
    assert difference(ids, mask) <= 1e-5


def test_the_files_of_the_test_are_what_fair_esm_itself_reads(foreign, tmp_path):
    import argparse

    from esm.pretrained import load_model_and_alphabet_local

    theirs = foreign.fair_esm(2, 16, 2)
    source = foreign.write_fair_esm(theirs, tmp_path / "esm2_x.pt")
    with torch.serialization.safe_globals([argparse.Namespace]):
        again, alphabet = load_model_and_alphabet_local(source)
    assert tuple(alphabet.all_toks) == ESM_TOKENS
    for name, values in again.state_dict().items():
        assert torch.equal(values, theirs.state_dict()[name]), name


def test_the_contact_head_comes_with_its_file_and_is_named_without(foreign, tmp_path):
    theirs = foreign.fair_esm(2, 16, 2)
    with_it, model = imported(foreign.write_fair_esm(theirs, tmp_path / "esm2_x.pt"), tmp_path / "a")
    assert torch.equal(
        model.protein_model.contact_head.regression.weight, theirs.contact_head.regression.weight
    )
    without = foreign.write_fair_esm(theirs, tmp_path / "esm2_y.pt", regression=False)
    assert with_it.untrained == ("protein_projection", "text_projection", "log_scale")
    report, _ = imported(without, tmp_path / "b")
    assert {*report.untrained} == {*with_it.untrained, "protein_model.contact_head"}


@pytest.mark.parametrize("kind", [EsmModel, EsmForMaskedLM])
@pytest.mark.parametrize("original_format", [True, False])
@pytest.mark.parametrize("shape", SHAPES[1:])
def test_hugging_face_weights_go_in_and_out_bit_for_bit(foreign, tmp_path, kind, original_format, shape):
    torch.manual_seed(1)
    theirs = foreign.louder(kind(foreign.esm_config(*shape)))
    theirs.save_pretrained(tmp_path / "hf", save_original_format=original_format)
    _, model = imported(tmp_path / "hf", tmp_path / "ours", "eager")
    inner = theirs if kind is EsmModel else theirs.esm
    theirs.set_attn_implementation("eager")
    ids, mask = tokens()
    with torch.inference_mode():
        expected = inner(input_ids=ids, attention_mask=mask).last_hidden_state
        torch.testing.assert_close(model.residue_features(ids, mask), expected, rtol=0, atol=1e-5)
    export_hf_esm(tmp_path / "ours", tmp_path / "out")
    again = EsmModel.from_pretrained(tmp_path / "out", add_pooling_layer=False)
    kept = {name: values for name, values in inner.state_dict().items() if not name.startswith("pooler.")}
    assert again.state_dict().keys() == kept.keys()
    assert all(torch.equal(values, kept[name]) for name, values in again.state_dict().items())
    assert AutoTokenizer.from_pretrained(tmp_path / "out")("MKX")["input_ids"] == [0, 20, 15, 24, 2]


def test_half_precision_goes_in_and_out_bit_for_bit_and_is_computed_in_float32(foreign, tmp_path):
    theirs = foreign.write_release(tmp_path / "release")
    import_weights(ImportJob(source=tmp_path / "release", folder=tmp_path / "ours", dtype="fp16"))
    stored = load_file(tmp_path / "ours" / "model.safetensors")
    assert {str(v.dtype) for k, v in stored.items() if "inv_freq" not in k} == {"torch.float16"}
    assert stored["protein_model.rotary_embeddings.inv_freq"].dtype == torch.float32
    export_hf_esm(tmp_path / "ours", tmp_path / "out")
    for name, values in load_file(tmp_path / "out" / "model.safetensors").items():
        if "inv_freq" not in name:
            assert torch.equal(values, theirs[f"protein_model.{name}"]), name
    assert json.loads((tmp_path / "out" / "config.json").read_text())["dtype"] == "float16"
    import_weights(ImportJob(source=tmp_path / "release", folder=tmp_path / "full"))
    half, full = (Encoder.from_pretrained(tmp_path / name) for name in ("ours", "full"))
    assert {p.dtype for p in half.model.parameters()} == {torch.float32}
    for name, values in full.model.state_dict().items():
        assert torch.equal(values, half.model.state_dict()[name]), name
    np.testing.assert_allclose(half.proteins(["MKTAYIAK"]), full.proteins(["MKTAYIAK"]), atol=1e-6)


@pytest.mark.parametrize("form", ["safetensors", "bin"])
@pytest.mark.parametrize("old_names", [False, True])
def test_a_bert_becomes_the_text_tower(foreign, tmp_path, form, old_names):
    theirs = foreign.write_bert(tmp_path / "bert", form=form, old_names=old_names)
    source = foreign.write_fair_esm(foreign.fair_esm(1, 16, 2), tmp_path / "esm2_x.pt")
    report, model = imported(source, tmp_path / "ours", text=tmp_path / "bert")
    for name, values in model.text_model.state_dict().items():
        assert torch.equal(values, theirs.state_dict()[name]), name
    assert report.unknown == ()
    assert model.config.text_max_tokens == 64
    encoder = Encoder.from_pretrained(tmp_path / "ours")
    ids = AutoTokenizer.from_pretrained(tmp_path / "bert")("A kinase binds zinc")["input_ids"]
    assert encoder.processor.texts(["A kinase binds zinc"]).input_ids.tolist() == [ids]
    alone = load_bert(tmp_path / "bert")
    assert not alone.training
    with torch.inference_mode():
        expected = theirs(torch.tensor([ids])).last_hidden_state
        torch.testing.assert_close(alone(torch.tensor([ids])).last_hidden_state, expected)


def test_a_bert_without_prefix_and_head_is_read_too(foreign, tmp_path):
    theirs = foreign.louder(BertModel(foreign.bert_config()))
    theirs.save_pretrained(tmp_path / "bert")
    for name, values in load_bert(tmp_path / "bert").state_dict().items():
        assert torch.equal(values, theirs.state_dict()[name]), name


@pytest.mark.parametrize("text", ["bert", None])
def test_the_encoder_takes_proteins_and_texts_to_unit_rows(foreign, tmp_path, text):
    foreign.write_bert(tmp_path / "bert")
    source = foreign.write_fair_esm(foreign.fair_esm(2, 16, 2), tmp_path / "esm2_x.pt")
    folder = tmp_path / "ours"
    text_folder = text and tmp_path / text
    report = import_weights(ImportJob(source=source, folder=folder, text=text_folder, projection_dim=24))
    encoder = Encoder.from_pretrained(folder)
    assert encoder.fingerprint == report.fingerprint
    assert encoder.config.text_source == ("" if text else MINILM)
    for rows in (encoder.proteins(["MKTAYIAK", "MK"]), encoder.texts(["a kinase binds", "protein"])):
        assert rows.shape == (2, 24)
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
        assert not np.allclose(rows[0], rows[1], atol=1e-3)


def test_fresh_parts_follow_the_seed_and_nothing_else(foreign, tmp_path):
    source = foreign.write_fair_esm(foreign.fair_esm(1, 16, 2), tmp_path / "esm2_x.pt")
    jobs = {"a": 0, "b": 0, "c": 1}
    before = torch.random.get_rng_state()
    reports = {
        name: import_weights(ImportJob(source=source, folder=tmp_path / name, seed=seed))
        for name, seed in jobs.items()
    }
    assert torch.equal(torch.random.get_rng_state(), before), "the caller's random numbers were moved"
    assert reports["a"].fingerprint == reports["b"].fingerprint != reports["c"].fingerprint
    first, other = (load_file(tmp_path / name / "model.safetensors") for name in "ac")
    differing = {name.split(".")[0] for name, values in first.items() if not torch.equal(values, other[name])}
    assert differing == {"protein_projection", "text_projection"}


def test_what_a_configuration_leaves_out_has_the_value_transformers_gives_it(foreign, tmp_path):
    theirs = foreign.louder(EsmModel(foreign.esm_config(2, 16, 2), add_pooling_layer=False))
    theirs.save_pretrained(tmp_path / "hf", save_original_format=False)
    path = tmp_path / "hf" / "config.json"
    config = json.loads(path.read_text())
    path.write_text(
        json.dumps({k: v for k, v in config.items() if k not in {"token_dropout", "layer_norm_eps"}})
    )
    again = EsmModel.from_pretrained(tmp_path / "hf", add_pooling_layer=False, attn_implementation="eager")
    again = copy.deepcopy(again).eval()
    _, model = imported(tmp_path / "hf", tmp_path / "ours", "eager")
    ids, mask = tokens()
    with torch.inference_mode():
        expected = again(input_ids=ids, attention_mask=mask).last_hidden_state
        torch.testing.assert_close(model.residue_features(ids, mask), expected, rtol=0, atol=1e-5)


def test_parts_for_the_residue_objectives_are_added_when_asked_for(foreign, tmp_path):
    source = foreign.write_fair_esm(foreign.fair_esm(1, 16, 2), tmp_path / "esm2_x.pt")
    report, model = imported(source, tmp_path / "ours", residue_objectives=True)
    assert model.config.residue_objectives is True
    assert {"mlm_head", "bsr_head", "fusion", "prototypes", "local_log_scale"} <= set(report.untrained)


def test_weights_in_parts_are_read_as_one(foreign, tmp_path):
    theirs = foreign.louder(EsmModel(foreign.esm_config(3, 16, 2), add_pooling_layer=False))
    theirs.save_pretrained(tmp_path / "hf", save_original_format=False, max_shard_size="10KB")
    parts = sorted((tmp_path / "hf").glob("model-*.safetensors"))
    assert len(parts) > 1
    _, model = imported(tmp_path / "hf", tmp_path / "ours")
    for name, values in theirs.state_dict().items():
        assert torch.equal(values, model.protein_model.state_dict()[name]), name


def test_extra_tensors_are_named_and_known_ones_told_apart(foreign, tmp_path):
    theirs = foreign.louder(EsmModel(foreign.esm_config(1, 16, 2)))
    theirs.save_pretrained(tmp_path / "hf", save_original_format=False)
    path = tmp_path / "hf" / "model.safetensors"
    state = load_file(path) | {
        "encoder.layer.0.adapter.weight": torch.ones(2),
        "embeddings.position_embeddings.weight": torch.ones(1026, 16),
    }
    save_file(state, path)
    report, _ = imported(tmp_path / "hf", tmp_path / "ours")
    assert report.unknown == ("protein_model.encoder.layer.*.adapter",)
    assert {"pooler.dense (2)", "embeddings.position_embeddings"} <= set(report.unused)
